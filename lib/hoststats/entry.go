package hoststats

import (
	"strconv"

	"merctools/lib/record"
)

// kind is what an observation is about; the order is that of a report.
type kind uint8

const (
	certificateName kind = iota
	objectID
	client
)

// key is what makes an observation another one than the others. Texts are as
// they are written, escaped for JSON.
type key struct {
	kind        kind
	version     uint8    // of IP
	port        uint16   // of the server
	host        [16]byte // whom it is about; an IPv4 address fills the first four bytes
	server      [16]byte // whom the host speaks to
	fingerprint string
	agent       string // the host's software, as it calls itself
	name        string // of the server; of the host, where there is no server
}

// observation is a key made of slices that are not kept.
type observation struct {
	kind                     kind
	version                  uint8
	port                     uint16
	host, server             [16]byte
	fingerprint, agent, name []byte
}

// table holds a number for each entry.
type table map[key]uint32

// find looks for the entry of an observation. The compiler makes no copies of
// the strings in a key that is only looked for.
func (t table) find(o *observation) (uint32, bool) {
	i, ok := t[key{o.kind, o.version, o.port, o.host, o.server, string(o.fingerprint), string(o.agent), string(o.name)}]
	return i, ok
}

// tally is how often something was observed, and where first.
type tally struct {
	place
	count uint64
}

// row is an entry in a report.
type row struct {
	key
	tally
}

// newcomer is an entry of which it is not decided yet whether it is within
// the limit.
type newcomer struct {
	place
	key key
	in  *Collector
}

func (k *key) appendHost(b []byte) []byte { return appendAddr(b, k.version, &k.host) }

// appendLast appends the part of the entry that is written last: the server
// or the name.
func (k *key) appendLast(b []byte) []byte {
	if k.kind != client {
		return append(b, k.name...)
	}
	b = append(b, '(')
	b = append(b, k.name...)
	b = append(b, ")("...)
	b = appendAddr(b, k.version, &k.server)
	b = append(b, ")("...)
	b = strconv.AppendUint(b, uint64(k.port), 10)
	return append(b, ')')
}

func appendAddr(b []byte, version uint8, a *[16]byte) []byte {
	if version == 4 {
		return record.AppendIPv4(b, [4]byte(a[:4]))
	}
	return record.AppendIPv6(b, *a)
}
