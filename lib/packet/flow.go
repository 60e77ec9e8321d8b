package packet

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"merctools/lib/flow"
)

// Key returns the flow of the packet: the innermost addresses and ports.
func (h *Headers) Key(packet []byte) (k flow.Key) {
	h.SetKey(&k, packet)
	return k
}

// SetKey makes k what Key returns. It writes whole words: they are copied and
// hashed at once, and a processor waits where it reads a word that was written
// in parts.
func (h *Headers) SetKey(k *flow.Key, packet []byte) {
	k.SrcPort, k.DstPort = h.SrcPort, h.DstPort
	k.Protocol, k.Version = 0, 0
	if h.Version != 0 {
		k.Protocol = h.Protocol
		setAddresses(k, packet[h.network:])
		return
	}
	k.Src, k.Dst = [16]byte{}, [16]byte{}
}

// setAddresses takes addresses and version from an IP header, which is whole.
func setAddresses(k *flow.Key, header []byte) {
	k.Version = header[0] >> 4
	if k.Version == 4 {
		b := header[12:ipv4Len]
		setIPv4(&k.Src, b)
		setIPv4(&k.Dst, b[4:])
		return
	}
	k.Src = [16]byte(header[8:])
	k.Dst = [16]byte(header[24:])
}

// setIPv4 sets an address whose first four bytes are in b.
func setIPv4(a *[16]byte, b []byte) {
	binary.LittleEndian.PutUint64(a[:8], uint64(binary.LittleEndian.Uint32(b)))
	binary.LittleEndian.PutUint64(a[8:], 0)
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

// SetFlow sets Flow.
func (h *Headers) SetFlow(packet []byte) { h.Flow = uint32(h.Hash(packet)) }

// side hashes one end of a flow.
func side(high, low uint64, port uint16) uint64 {
	return mix(high^seeds[0], bits.RotateLeft64(low, 16)^uint64(port)^seeds[1])
}

// mix multiplies two numbers and folds the product.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
