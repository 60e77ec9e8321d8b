package flow

import "net/netip"

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
