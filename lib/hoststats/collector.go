package hoststats

import (
	"net/netip"
	"sync"

	"merctools/lib/flow"
	"merctools/lib/npf"
)

// A Collector counts what one goroutine observes. Slices are not kept.
type Collector struct {
	agg    *Aggregator
	number uint64
	o      observation // scratch
	agent  []byte      // scratch
	name   []byte      // scratch

	// mu is held during an observation. Nobody else wants it but the
	// Aggregator, once in a while.
	mu      sync.Mutex
	entries table      // the index of each entry in tallies
	tallies []tally    // those of entries that were removed stay unused
	fresh   []newcomer // in the order in which they came
	serial  uint64
	dropped uint64
}

func (c *Collector) reset() {
	c.entries = table{}
	c.tallies = nil
	c.dropped = 0
}

// Packet tells the number of the packet, or of the record, that is observed
// next. Numbers must not decrease.
func (c *Collector) Packet(number uint64) { c.number = number }

// Client counts a message with a fingerprint, sent with the flow key k.
// serverName and userAgent are what the message tells of the server and of
// its own sender, as a fingerprintdb.Observation has them: as they came, not
// escaped.
//
// It does nothing where messages with fingerprints of type t are not observed:
// observed are TLS, QUIC, HTTP, STUN and SSH clients, SSH servers, and the
// clients of Tofsee, whose messages come from the server.
func (c *Collector) Client(t npf.Type, fingerprint []byte, k *flow.Key, serverName, userAgent []byte) {
	o := &c.o
	switch t {
	case npf.TLS, npf.QUIC, npf.HTTP, npf.STUN, npf.SSH, npf.SSHInit, npf.SSHServer, npf.SSHInitServer:
		o.host, o.server, o.port = k.Src, k.Dst, k.DstPort
	case npf.Tofsee:
		o.host, o.server, o.port = k.Dst, k.Src, k.SrcPort
	default:
		return
	}
	c.name = appendServerName(c.name[:0], serverName)
	if t == npf.STUN {
		c.agent = appendSoftware(c.agent[:0], userAgent)
	} else {
		c.agent = appendUserAgent(c.agent[:0], userAgent)
	}
	o.kind, o.version = client, k.Version
	o.fingerprint, o.agent, o.name = fingerprint, c.agent, c.name
	c.observe()
}

// CertificateName counts the subject's common name of the first certificate
// that a server sent and that has one, with the flow key k. Only servers with
// a private address (RFC 1918, RFC 4193) are observed.
func (c *Collector) CertificateName(k *flow.Key, name []byte) {
	if isPrivate(k.Version, &k.Src) {
		c.label(certificateName, k, name)
	}
}

// ObjectID counts an object identifier that an SNMP agent sent as the value of
// a variable, with the flow key k: its name, or its numbers with dots between
// them. Of a longer text the first 255 bytes count.
func (c *Collector) ObjectID(k *flow.Key, oid []byte) { c.label(objectID, k, clip(oid, maxObjectID)) }

func (c *Collector) label(kind kind, k *flow.Key, text []byte) {
	c.name = appendLabel(c.name[:0], text)
	if len(c.name) == 0 {
		return
	}
	c.o = observation{kind: kind, version: k.Version, host: k.Src, name: c.name}
	c.observe()
}

func isPrivate(version uint8, a *[16]byte) bool {
	if version == 4 {
		return netip.AddrFrom4([4]byte(a[:4])).IsPrivate()
	}
	const uniqueLocal, mask = 0xfc, 0xfe
	return version == 6 && a[0]&mask == uniqueLocal
}

// observe counts c.o.
func (c *Collector) observe() {
	c.mu.Lock()
	if full := c.agg.full.Load(); full != nil && !full.mayHave(&c.o) {
		c.dropped++ // without a look into tables that are too large for caches
	} else if i, ok := c.entries.find(&c.o); ok {
		c.tallies[i].count++
	} else {
		c.add(full)
	}
	c.serial++
	c.mu.Unlock()
}

// add makes an entry of c.o, if it may. full is what is within the limit, once
// that is reached.
func (c *Collector) add(full *admitted) {
	a := c.agg
	if full != nil {
		if _, ok := full.entries.find(&c.o); !ok {
			c.dropped++
			return
		}
	}
	k := c.key()
	undecided := a.limited() && full == nil
	if undecided && !a.ordered {
		if !a.admit(k) {
			c.dropped++
			return
		}
		undecided = false
	}
	at := place{c.number, c.serial}
	c.entries[k] = uint32(len(c.tallies))
	c.tallies = append(c.tallies, tally{at, 1})
	if undecided {
		c.fresh = append(c.fresh, newcomer{at, k, c})
		a.waiting.Add(1)
	}
}

// key makes a key of c.o.
func (c *Collector) key() key {
	o := &c.o
	t := &c.agg.texts
	t.mu.Lock()
	defer t.mu.Unlock()
	return key{o.kind, o.version, o.port, o.host, o.server, t.of(o.fingerprint), t.of(o.agent), t.of(o.name)}
}

// remove removes an entry that turned out to be beyond the limit, and returns
// how often it was observed.
func (c *Collector) remove(k key) uint64 {
	n := c.tallies[c.entries[k]].count
	delete(c.entries, k)
	return n
}
