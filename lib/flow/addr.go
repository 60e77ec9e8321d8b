package flow

import (
	"net/netip"
	"strconv"
)

// SrcAddr is the source address, or the zero Addr where the flow has none.
func (k *Key) SrcAddr() netip.Addr { return k.addr(&k.Src) }

// DstAddr is the destination address, or the zero Addr where the flow has
// none.
func (k *Key) DstAddr() netip.Addr { return k.addr(&k.Dst) }

func (k *Key) addr(a *[16]byte) netip.Addr {
	switch k.Version {
	case 4:
		return netip.AddrFrom4([4]byte(a[:4]))
	case 6:
		return netip.AddrFrom16(*a)
	}
	return netip.Addr{}
}

// Source is the source address and port.
func (k *Key) Source() netip.AddrPort { return netip.AddrPortFrom(k.SrcAddr(), k.SrcPort) }

// Destination is the destination address and port.
func (k *Key) Destination() netip.AddrPort { return netip.AddrPortFrom(k.DstAddr(), k.DstPort) }

// String is the flow for people, such as
// "192.0.2.1:1234 -> 192.0.2.2:443 tcp". Protocols other than TCP and UDP have
// their number, and no ports where both are 0.
func (k Key) String() string {
	b := k.appendEnd(nil, k.Source())
	b = append(b, " -> "...)
	b = k.appendEnd(b, k.Destination())
	b = append(b, ' ')
	switch k.Protocol {
	case protocolTCP:
		b = append(b, "tcp"...)
	case protocolUDP:
		b = append(b, "udp"...)
	default:
		b = strconv.AppendUint(append(b, "protocol "...), uint64(k.Protocol), 10)
	}
	return string(b)
}

// IP protocol numbers (IANA, Assigned Internet Protocol Numbers).
const (
	protocolTCP = 6
	protocolUDP = 17
)

func (k *Key) appendEnd(b []byte, end netip.AddrPort) []byte {
	switch {
	case !end.Addr().IsValid():
		return append(b, "unknown"...)
	case k.SrcPort == 0 && k.DstPort == 0:
		return end.Addr().AppendTo(b)
	}
	return end.AppendTo(b)
}
