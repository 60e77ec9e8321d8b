package report

import (
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// An Inventory is the cryptography that was seen.
type Inventory struct {
	Title        string
	First, Last  time.Time // zero if unknown
	Services     []Service
	Certificates []Certificate
	// Incomplete says that there were more services or certificates than are
	// kept.
	Incomplete bool
}

// Seen says when something was seen, and how often.
type Seen struct {
	First, Last time.Time // zero if unknown
	Count       uint64
}

// A Service is what a server does for those who encrypt, by one port. Its lists
// have what servers chose, the most frequent first.
type Service struct {
	Seen
	Address   string // with the port
	Transport string // "tcp", "udp", or a number
	Protocol  string // "tls", "dtls", "quic" or "ssh"
	Names     []string

	Versions, Suites, Groups, ALPN, Certificates []string // certificates by their ID
	KeyExchanges, HostKeys, Ciphers, MACs        []string // SSH
}

// A Certificate is one that a server sent.
type Certificate struct {
	Seen
	ID                  string
	SHA256              string // of the DER; empty if unknown
	Serial              string // in hexadecimal
	Subject, Issuer     string
	NotBefore, NotAfter time.Time // zero if unknown
	Key, Signature      string    // algorithms
	Bits                int       // of the key; 0 if unknown
	Names               []string
	Servers             []string
}

// Inventory sums up the cryptography.
func (c *Collector) Inventory() *Inventory {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &builder{Collector: c}
	v := &Inventory{Title: b.title(), First: instant(c.first), Last: instant(c.last),
		Incomplete: c.services.displaced+c.certificates.displaced > 0}
	for _, e := range c.services.sorted(nil) {
		s := &e.value
		if len(s.versions.list)+len(s.certs.list)+len(s.kex.list) == 0 && s.protocols.most() != "quic" {
			continue // nobody answered
		}
		x := Service{Seen: seenOf(e), Address: b.server(e.key.server).Text, Transport: transport(e.key.transport), Protocol: s.protocols.most(),
			Names: texts(&s.names), Versions: texts(&s.versions), Suites: texts(&s.suites), Groups: texts(&s.groups), ALPN: texts(&s.alpn),
			Certificates: texts(&s.certs), KeyExchanges: texts(&s.kex), HostKeys: texts(&s.hostKeys), Ciphers: texts(&s.ciphers), MACs: texts(&s.macs)}
		x.Certificates = slices.DeleteFunc(x.Certificates, func(id string) bool { return !c.hasCertificate(id) })
		v.Services = append(v.Services, x)
	}
	for _, e := range c.certificates.sorted(nil) {
		s := &e.value
		x := Certificate{Seen: seenOf(e), ID: hex.EncodeToString(e.key[:]), SHA256: s.hash, Serial: s.serial, Subject: s.subject, Issuer: s.issuer,
			NotBefore: s.notBefore, NotAfter: s.notAfter, Key: s.key, Signature: s.signature, Bits: s.bits, Names: texts(&s.names)}
		for _, a := range s.servers {
			x.Servers = append(x.Servers, b.server(a).Text)
		}
		v.Certificates = append(v.Certificates, x)
	}
	return v
}

func (c *Collector) hasCertificate(id string) bool {
	var sum [32]byte
	n, err := hex.Decode(sum[:], []byte(id))
	return err == nil && n == len(sum) && c.certificates.entries[sum] != nil
}

func seenOf[K comparable, V any](e *entry[K, V]) Seen {
	return Seen{instant(e.first), instant(e.last), e.count}
}

func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

func texts(f *few) []string {
	var list []string
	for _, x := range f.sorted() {
		list = append(list, x.text)
	}
	return list
}

func transport(protocol uint8) string {
	switch protocol {
	case 6:
		return "tcp"
	case 17:
		return "udp"
	}
	return strconv.Itoa(int(protocol))
}
