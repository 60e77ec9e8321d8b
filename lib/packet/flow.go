package packet

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"merctools/lib/flow"
	"merctools/lib/wire"
)

// Key returns the flow of the packet: the innermost addresses and ports.
func (h *Headers) Key(packet []byte) flow.Key {
	k := flow.Key{SrcPort: h.SrcPort, DstPort: h.DstPort}
	if h.Version == 0 {
		return k
	}
	k.Version, k.Protocol = h.Version, h.Protocol
	setAddresses(&k, packet[h.network:])
	return k
}

// setAddresses takes addresses and version from an IP header.
func setAddresses(k *flow.Key, header wire.Cursor) {
	first, _ := header.Peek()
	k.Version = first >> 4
	if k.Version == 4 {
		header.Skip(12)
		copy(k.Src[:4], header.Bytes(4))
		copy(k.Dst[:4], header.Bytes(4))
		return
	}
	header.Skip(8)
	copy(k.Src[:], header.Bytes(16))
	copy(k.Dst[:], header.Bytes(16))
}

// seeds make hashes differ from process to process, so that nobody can send
// flows that all have the same.
var seeds = [2]uint64{rand.Uint64(), rand.Uint64()}

// Hash returns a number that is the same for all packets of a flow, in both
// directions, in this process. It is 0 for packets without an IP header.
func (h *Headers) Hash(packet []byte) uint64 {
	var src, dst uint64
	switch h.Version {
	case 4:
		b := wire.Cursor(packet[h.network:])
		b.Skip(12)
		src = side(uint64(b.Uint32()), 0, h.SrcPort)
		dst = side(uint64(b.Uint32()), 0, h.DstPort)
	case 6:
		b := packet[h.network:][8:40]
		src = side(binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), h.SrcPort)
		dst = side(binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[24:]), h.DstPort)
	default:
		return 0
	}
	return mix(src+dst, seeds[0]^uint64(h.Protocol))
}

// side hashes one end of a flow.
func side(high, low uint64, port uint16) uint64 {
	return mix(high^seeds[0], bits.RotateLeft64(low, 16)^uint64(port)^seeds[1])
}

// mix multiplies two numbers and folds the product.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
