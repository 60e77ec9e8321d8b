package engine

import (
	"merctools/lib/ip"
	"merctools/lib/link"
	"merctools/lib/transport"
	"merctools/lib/wire"
)

// A Sharder tells the flows of packets apart as a Worker does, behind all
// tunnels, without processing them. It must not be used by more than one
// goroutine at a time.
type Sharder struct{ w Worker }

// NewSharder returns a Sharder.
func (e *Engine) NewSharder() *Sharder { return &Sharder{Worker{e: e}} }

// Shard returns a number that is the same for all packets of a flow, in both
// directions. Packets without one all have the number 0.
func (s *Sharder) Shard(linkType uint16, data []byte) uint64 {
	w := &s.w
	c := wire.Of(data)
	if t := link.Frame(linkType, &c); t != link.TypeIPv4 && t != link.TypeIPv6 {
		return 0
	}
	w.begin()
	w.enter(&c)
	w.decapsulate(&c)
	k := &w.pkt.Key
	var t transport.TCP
	var u transport.UDP
	switch w.pkt.IP.Protocol {
	case ip.TCP:
		if transport.ParseTCP(&c, &t) {
			k.SrcPort, k.DstPort = t.SrcPort, t.DstPort
		}
	case ip.UDP:
		if transport.ParseUDP(&c, &u) {
			k.SrcPort, k.DstPort = u.SrcPort, u.DstPort
		}
	}
	return k.Hash()
}
