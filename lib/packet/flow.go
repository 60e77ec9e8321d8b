package packet

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"merctools/lib/flow"
)

// Key returns the flow of the packet: the innermost addresses and ports.
func (h *Headers) Key(packet []byte) (k flow.Key) {
	k.SrcPort, k.DstPort = h.SrcPort, h.DstPort
	if h.Version != 0 {
		k.Protocol = h.Protocol
		setAddresses(&k, packet[h.network:])
	}
	return k
}

// setAddresses takes addresses and version from an IP header, which is whole.
func setAddresses(k *flow.Key, header []byte) {
	k.Version = header[0] >> 4
	if k.Version == 4 {
		*(*[4]byte)(k.Src[:]) = [4]byte(header[12:])
		*(*[4]byte)(k.Dst[:]) = [4]byte(header[16:])
		return
	}
	k.Src = [16]byte(header[8:])
	k.Dst = [16]byte(header[24:])
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
		b := packet[h.network:][12:ipv4Len]
		src = side(uint64(binary.BigEndian.Uint32(b)), 0, h.SrcPort)
		dst = side(uint64(binary.BigEndian.Uint32(b[4:])), 0, h.DstPort)
	case 6:
		b := packet[h.network:][8:ipv6Len]
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
