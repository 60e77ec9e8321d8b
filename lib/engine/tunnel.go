package engine

import (
	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/ip"
	"merctools/lib/record"
	"merctools/lib/transport"
	"merctools/lib/tunnel"
	"merctools/lib/wire"
)

// maxTunnels is how many tunnels deep a packet is followed.
const maxTunnels = 4

// tunnels are the tunnels that the present packet came through, the outermost
// first.
type tunnels struct {
	n   int
	all [maxTunnels]struct {
		header tunnel.Header
		key    flow.Key
	}
}

// decapsulate goes through tunnels until there is none left, with c at the
// payload of the IP header in w.pkt. A tunnel that turns out to hold no IP
// packet ends it: what it consumed stays consumed.
func (w *Worker) decapsulate(c *wire.Cursor) {
	p := &w.pkt
	for w.tunnels.n < maxTunnels {
		t := &w.tunnels.all[w.tunnels.n]
		if !w.open(c, &t.header) {
			return
		}
		t.key = p.Key
		w.tunnels.n++
		w.enter(c)
	}
}

// open reads the header of a tunnel, if there is one, and reports whether an
// IP packet follows. The ports of a tunnel over UDP go into the
// flow's key, and stay there where the inner packet has none.
func (w *Worker) open(c *wire.Cursor, h *tunnel.Header) bool {
	p := &w.pkt
	switch p.IP.Protocol {
	case ip.GRE:
		return w.e.ip[ip.GRE] != detect.None && h.ParseGRE(c)
	case ip.IPv4, ip.IPv6:
		h.Type = tunnel.IP
		return true
	case ip.UDP:
		var u transport.UDP
		inner := *c
		if transport.ParseUDP(&inner, &u) {
			p.Key.SrcPort, p.Key.DstPort = u.SrcPort, u.DstPort
			p.Key.Protocol = ip.UDP
		}
		kind := w.e.udp.ByPorts(u.SrcPort, u.DstPort)
		if kind == detect.None || w.e.kinds[kind].New != nil {
			return false
		}
		*c = inner
		return h.ParseUDP(c, u.DstPort)
	}
	return false
}

func (t *tunnels) write(w *record.Writer) {
	if t.n == 0 {
		return
	}
	w.Key("encapsulations").Array()
	for i := range t.all[:t.n] {
		w.Elem().Object()
		w.Key("type").Str(t.all[i].header.Type.String())
		t.all[i].key.WriteAddrs(w)
		t.all[i].header.WriteRecord(w)
		w.EndObject()
	}
	w.EndArray()
}
