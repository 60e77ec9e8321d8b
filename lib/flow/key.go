// Package flow identifies the conversation that a packet belongs to.
package flow

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"merctools/lib/record"
)

// A Key identifies one direction of a conversation. It is comparable.
type Key struct {
	Src, Dst         [16]byte // an IPv4 address fills the first four bytes
	SrcPort, DstPort uint16
	Protocol         uint8 // IP protocol number
	Version          uint8 // 4, 6, or 0 where no address is known
}

// NewKey returns the key of what src sends to dst by an IP protocol. Both
// addresses are of the same version; IPv4 addresses in IPv6 form count as
// IPv4.
func NewKey(protocol uint8, src, dst netip.AddrPort) Key {
	k := Key{SrcPort: src.Port(), DstPort: dst.Port(), Protocol: protocol}
	a, b := src.Addr().Unmap(), dst.Addr().Unmap()
	if a.Is4() && b.Is4() {
		k.Version = 4
		x, y := a.As4(), b.As4()
		copy(k.Src[:], x[:])
		copy(k.Dst[:], y[:])
		return k
	}
	if a.IsValid() && b.IsValid() {
		k.Version = 6
		k.Src, k.Dst = src.Addr().As16(), dst.Addr().As16()
	}
	return k
}

// Reverse is the key of the other direction.
func (k *Key) Reverse() Key {
	return Key{Src: k.Dst, Dst: k.Src, SrcPort: k.DstPort, DstPort: k.SrcPort, Protocol: k.Protocol, Version: k.Version}
}

// seeds make hashes differ from process to process, so that nobody can send
// flows that all have the same.
var seeds = [2]uint64{rand.Uint64(), rand.Uint64()}

// Hash is the same number for both directions of a conversation, in this process.
func (k *Key) Hash() uint64 {
	return mix(side(&k.Src, k.SrcPort)+side(&k.Dst, k.DstPort), seeds[0]^uint64(k.Protocol))
}

func side(a *[16]byte, port uint16) uint64 {
	low := bits.RotateLeft64(binary.LittleEndian.Uint64(a[8:]), 16)
	return mix(binary.LittleEndian.Uint64(a[:8])^seeds[0], low^uint64(port)^seeds[1])
}

// mix multiplies two numbers and folds the product.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// WriteAddrs writes the members src_ip and dst_ip. Where no address is known
// they are those of IPv4 with all bits zero.
func (k *Key) WriteAddrs(w *record.Writer) {
	if k.Version == 6 {
		w.Key("src_ip").IPv6(k.Src)
		w.Key("dst_ip").IPv6(k.Dst)
		return
	}
	w.Key("src_ip")
	b := record.AppendIPv4(append(w.Bytes(), '"'), [4]byte(k.Src[:4]))
	b = append(b, `","dst_ip":"`...)
	w.SetBuffer(append(record.AppendIPv4(b, [4]byte(k.Dst[:4])), '"'))
}

// Fields describes the members by which a record names its flow.
var Fields = []record.Field{
	record.F("src_ip", record.Address, "address of the sender"),
	record.F("dst_ip", record.Address, "address of the receiver"),
	record.F("protocol", record.Uint, "number of the protocol in IP (IANA, Assigned Internet Protocol Numbers)"),
	record.F("src_port", record.Uint, "port of the sender; 0 where there are no ports"),
	record.F("dst_port", record.Uint, "port of the receiver; 0 where there are no ports"),
}

// Write writes the members by which a record names its flow. Every record has them:
// they are appended one by one, without a look at what stands before.
func (k *Key) Write(w *record.Writer) {
	k.WriteAddrs(w)
	b := append(w.Bytes(), `,"protocol":`...)
	b = record.AppendUint(b, uint64(k.Protocol))
	b = append(b, `,"src_port":`...)
	b = record.AppendUint(b, uint64(k.SrcPort))
	b = append(b, `,"dst_port":`...)
	w.SetBuffer(record.AppendUint(b, uint64(k.DstPort)))
}
