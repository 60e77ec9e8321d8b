package members

import (
	"crypto/sha1"
	"encoding/binary"
	"math/bits"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// A conversation is a flow in one of its directions. It is held as numbers so that
// it is written and compared in few steps.
type conversation struct {
	srcHigh, srcLow, dstHigh, dstLow uint64 // addresses
	rest                             uint64 // ports, protocol and version; hasPorts
}

// hasPorts says that a conversation is one between ports.
const hasPorts = 1 << 48

// set makes c that of a flow, in the direction that the key has.
func (c *conversation) set(k *flow.Key) {
	c.srcHigh, c.srcLow = binary.BigEndian.Uint64(k.Src[:8]), binary.BigEndian.Uint64(k.Src[8:])
	c.dstHigh, c.dstLow = binary.BigEndian.Uint64(k.Dst[:8]), binary.BigEndian.Uint64(k.Dst[8:])
	c.setRest(k, k.SrcPort, k.DstPort)
}

func (c *conversation) setRest(k *flow.Key, srcPort, dstPort uint16) {
	c.rest = uint64(srcPort)<<32 | uint64(dstPort)<<16 | uint64(k.Protocol)<<8 | uint64(k.Version)
}

func (c *conversation) version() uint8  { return uint8(c.rest) }
func (c *conversation) protocol() uint8 { return uint8(c.rest >> 8) }
func (c *conversation) ports() uint32   { return uint32(c.rest >> 16) }

// order makes the smaller address the source, or the smaller port where they are
// the same.
func (c *conversation) order() {
	src, dst := c.srcHigh, c.dstHigh
	if src == dst {
		src, dst = c.srcLow, c.dstLow
	}
	ports := c.ports()
	if src > dst || src == dst && ports>>16 > ports&0xffff {
		c.srcHigh, c.srcLow, c.dstHigh, c.dstLow = c.dstHigh, c.dstLow, c.srcHigh, c.srcLow
		c.rest = c.rest&^(0xffffffff<<16) | uint64(bits.RotateLeft32(ports, 16))<<16
	}
}

func (c *conversation) equal(o *conversation) bool {
	return c.srcHigh == o.srcHigh && c.srcLow == o.srcLow && c.dstHigh == o.dstHigh && c.dstLow == o.dstLow && c.rest == o.rest
}

// id is the number of a flow, in order: addresses, ports, protocol and version,
// eight bytes at a time, each taken in by a multiplication and a shift. It never
// changes: users join by it.
func (c *conversation) id() uint64 {
	const offset, prime = 0xcbf29ce484222325, 0x9e3779b97f4a7c15
	h := uint64(offset)
	h = (h ^ c.srcHigh) * prime
	h = (h ^ h>>32 ^ c.srcLow) * prime
	h = (h ^ h>>32 ^ c.dstHigh) * prime
	h = (h ^ h>>32 ^ c.dstLow) * prime
	h = (h ^ h>>32 ^ c.rest) * prime
	return h ^ h>>32
}

// talk returns the flow as Community IDs have it: in order. An ICMP message has
// types in place of ports; where no other type answers, it keeps its direction.
func (s *Set) talk() *conversation {
	k, c := &s.Key, &s.other
	if !s.Headers.HasFirstByte(s.Bytes) {
		*c = s.flow
		c.setRest(k, 0, 0) // they are of the payload
		c.order()
		return c
	}
	switch k.Protocol {
	case packet.ProtocolTCP, packet.ProtocolUDP:
		*c = s.flow
		c.rest |= hasPorts
		return c
	case packet.ProtocolSCTP:
		ports := s.Headers.Payload(s.Bytes)
		src, dst := ports.Uint16(), ports.Uint16()
		c.set(k)
		c.setRest(k, src, dst)
		c.order()
		if ports.Ok() {
			c.rest |= hasPorts
		}
		return c
	case packet.ProtocolICMP, packet.ProtocolICMPv6:
		types := s.Headers.Payload(s.Bytes)
		kind, code := types.Uint8(), types.Uint8()
		answer, answered := icmpAnswer(k.Protocol, kind)
		if !answered {
			answer = code
		}
		c.set(k)
		c.setRest(k, uint16(kind), uint16(answer))
		if answered {
			c.order()
		}
		if types.Ok() {
			c.rest |= hasPorts
		}
		return c
	}
	*c = s.flow
	return c
}

// Types of ICMP messages that answer each other.
var (
	icmpPairs = [...][2]uint8{
		{8, 0},   // echo
		{10, 9},  // router solicitation and advertisement
		{13, 14}, // timestamp
		{15, 16}, // information
		{17, 18}, // address mask
	}
	icmp6Pairs = [...][2]uint8{
		{128, 129}, // echo
		{130, 131}, // multicast listener
		{133, 134}, // router
		{135, 136}, // neighbor
		{139, 140}, // node information
		{144, 145}, // home agent address discovery
	}
)

// icmpAnswer is the type of what answers an ICMP message, or asks for it. ok is
// false where there is no such type.
func icmpAnswer(protocol, kind uint8) (answer uint8, ok bool) {
	pairs := icmpPairs[:]
	if protocol == packet.ProtocolICMPv6 {
		pairs = icmp6Pairs[:]
	}
	for _, p := range pairs {
		switch kind {
		case p[0]:
			return p[1], true
		case p[1]:
			return p[0], true
		}
	}
	return 0, false
}

// communityTable keeps the Community IDs of some of the flows seen last. It is
// small: a hash takes less time than memory that is in no cache.
type communityTable [256]struct {
	of conversation // version 0: of none
	id communityID
}

// communityID is the ID as text, in base64.
type communityID [(sha1.Size + 2) / 3 * 4]byte

// appendCommunityID follows version 1 of the specification
// (https://github.com/corelight/community-id-spec): the SHA-1 hash of seed,
// addresses, protocol, a zero byte and ports, in network byte order.
func appendCommunityID(s *Set, b []byte) []byte {
	if s.Key.Version == 0 {
		return b
	}
	c := s.talk()
	e := &s.community[s.flowID%uint64(len(s.community))]
	if !e.of.equal(c) {
		e.of = *c
		s.hashCommunity(&e.id, c)
	}
	b = append(separated(b), `"community_id":"1:`...)
	b = append(b, e.id[:]...)
	return append(b, '"')
}

func (s *Set) hashCommunity(id *communityID, c *conversation) {
	b := binary.BigEndian.AppendUint16(s.text[:0], s.list.seed)
	if c.version() == 4 {
		b = binary.BigEndian.AppendUint32(b, uint32(c.srcHigh>>32))
		b = binary.BigEndian.AppendUint32(b, uint32(c.dstHigh>>32))
	} else {
		for _, half := range [...]uint64{c.srcHigh, c.srcLow, c.dstHigh, c.dstLow} {
			b = binary.BigEndian.AppendUint64(b, half)
		}
	}
	b = append(b, c.protocol(), 0)
	if c.rest&hasPorts != 0 {
		b = binary.BigEndian.AppendUint32(b, c.ports())
	}
	sum := sha1.Sum(b)
	s.text = record.AppendBase64(b[:0], sum[:])
	copy(id[:], s.text)
}

// appendFlowID appends the number of the flow.
func appendFlowID(s *Set, b []byte) []byte {
	if s.Key.Version == 0 {
		return b
	}
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], s.flowID)
	b = append(separated(b), `"flow_id":"`...)
	b = record.AppendHex(b, id[:])
	return append(b, '"')
}
