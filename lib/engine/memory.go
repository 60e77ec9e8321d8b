package engine

import (
	"merctools/lib/fingerprintdb"
	"merctools/lib/internal/memo"
	"merctools/lib/proto"
)

// Weights of kinds of state, by which a Worker's memory is divided among those
// that are kept.
const (
	weighFlows     = 2 // whose first data is wanted, of TCP and of UDP each
	weighMessages  = 6
	weighStreams   = 8
	weighFragments = 2
	weighQUIC      = 3
	weighDTLS      = 2
)

const (
	// keysMemory is how many bytes keys of QUIC connections take, datagrams that
	// came early, and other things of fixed size.
	keysMemory = 1 << 20

	// helloKinds are the kinds of messages with hellos, of which fingerprints are
	// remembered: of TLS, DTLS and QUIC.
	helloKinds = 3

	// leastShares is how much memory is left at least for what grows.
	leastShares = 2 << 20
)

// LeastMemory is the least that Memory may be, if it is not 0: it depends on
// what is wanted.
func (c *Config) LeastMemory() int { return c.fixedMemory() + leastShares }

// fixedMemory is how many bytes tables of a fixed size take.
func (c *Config) fixedMemory() int {
	n := keysMemory + fingerprintdb.AnalyzerMemory + c.Members.Memory()
	if c.Fingerprints != nil {
		n += helloKinds * (memo.Memory + memo.ShortMemory)
	}
	return n
}

// shares divides Memory among kinds of state.
func (c *Config) shares() (m proto.Memory) {
	type share struct {
		of     *int
		weight int
	}
	list := []share{{&m.QUIC, weighQUIC}}
	add := func(wanted bool, of *int, weight int) {
		if wanted {
			list = append(list, share{of, weight})
		}
	}
	add(c.NonselectedTCPData && !c.Deep, &m.TCPFlows, weighFlows)
	add(c.NonselectedUDPData, &m.UDPFlows, weighFlows)
	add(c.Reassembly, &m.Messages, weighMessages)
	add(c.Deep, &m.Streams, weighStreams)
	add(c.Deep, &m.Fragments, weighFragments)
	add(c.Deep, &m.DTLS, weighDTLS)
	sum := 0
	for _, s := range list {
		sum += s.weight
	}
	rest := c.Memory - c.fixedMemory()
	for _, s := range list {
		*s.of = max(rest/sum*s.weight, 1)
	}
	return m
}
