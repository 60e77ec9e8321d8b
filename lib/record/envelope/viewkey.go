package envelope

import (
	"net/netip"
	"strconv"
	"unsafe"

	"merctools/lib/flow"
	"merctools/lib/record"
)

func readKey(k *flow.Key, src, dst, srcPort, dstPort, protocol []byte) {
	d, ok := address(dst)
	if !ok {
		return
	}
	k.Version = 6
	if d.Is4() {
		k.Version = 4
	}
	k.Dst = bytes16(d)
	if s, ok := address(src); ok {
		k.Src = bytes16(s)
	}
	k.SrcPort = uint16(number(srcPort))
	k.DstPort = uint16(number(dstPort))
	k.Protocol = uint8(number(protocol))
}

// bytes16 is an address in the form of a flow's key.
func bytes16(a netip.Addr) (b [16]byte) {
	if a.Is4() {
		v4 := a.As4()
		copy(b[:], v4[:])
		return b
	}
	return a.As16()
}

func address(value []byte) (netip.Addr, bool) { return ParseAddress(record.Quoted(value)) }

// ParseAddress reads an address without a zone.
func ParseAddress(text []byte) (netip.Addr, bool) {
	if len(text) == 0 {
		return netip.Addr{}, false
	}
	// ParseAddr keeps nothing of the text but in an error, which goes no
	// further; a copy would be an allocation per record.
	a, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a, true
}

func number(value []byte) uint64 {
	if len(value) == 0 {
		return 0
	}
	n, err := strconv.ParseUint(unsafe.String(&value[0], len(value)), 10, 32)
	if err != nil {
		return 0
	}
	return n
}
