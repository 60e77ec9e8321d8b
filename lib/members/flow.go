package members

import (
	"crypto/sha1"
	"encoding/binary"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// conversation returns the flow as Community IDs have it: in the one of its
// directions that the smaller address or port sends in. An ICMP message has
// types in place of ports; where no other type answers, it keeps its direction.
// hasPorts is false where there are no ports.
func (s *Set) conversation() (k flow.Key, hasPorts bool) {
	k = s.Key
	if !s.Headers.HasFirstByte(s.Bytes) {
		k.SrcPort, k.DstPort = 0, 0 // they are of the payload
		return ordered(&k), false
	}
	switch k.Protocol {
	case packet.ProtocolTCP, packet.ProtocolUDP:
		return s.flow, true
	case packet.ProtocolSCTP:
		c := s.Headers.Payload(s.Bytes)
		k.SrcPort, k.DstPort = c.Uint16(), c.Uint16()
		hasPorts = c.Ok()
	case packet.ProtocolICMP, packet.ProtocolICMPv6:
		c := s.Headers.Payload(s.Bytes)
		kind, code := c.Uint8(), c.Uint8()
		hasPorts = c.Ok()
		answer, answered := icmpAnswer(k.Protocol, kind)
		if !answered {
			answer = code
		}
		k.SrcPort, k.DstPort = uint16(kind), uint16(answer)
		if !answered {
			return k, hasPorts
		}
	}
	return ordered(&k), hasPorts
}

// ordered returns the flow in the same direction for both of its directions.
func ordered(k *flow.Key) flow.Key {
	src, dst := binary.BigEndian.Uint64(k.Src[:8]), binary.BigEndian.Uint64(k.Dst[:8])
	if src == dst {
		src, dst = binary.BigEndian.Uint64(k.Src[8:]), binary.BigEndian.Uint64(k.Dst[8:])
	}
	if src > dst || src == dst && k.SrcPort > k.DstPort {
		return k.Reverse()
	}
	return *k
}

// icmpAnswer is the type of what answers an ICMP message, or asks for it. ok is
// false where there is no such type.
func icmpAnswer(protocol, kind uint8) (answer uint8, ok bool) {
	if protocol == packet.ProtocolICMP {
		switch kind {
		case 0:
			return 8, true // echo
		case 8:
			return 0, true
		case 9:
			return 10, true // router advertisement and solicitation
		case 10:
			return 9, true
		case 13:
			return 14, true // timestamp
		case 14:
			return 13, true
		case 15:
			return 16, true // information
		case 16:
			return 15, true
		case 17:
			return 18, true // address mask
		case 18:
			return 17, true
		}
		return 0, false
	}
	switch kind {
	case 128:
		return 129, true // echo
	case 129:
		return 128, true
	case 130:
		return 131, true // multicast listener
	case 131:
		return 130, true
	case 133:
		return 134, true // router
	case 134:
		return 133, true
	case 135:
		return 136, true // neighbor
	case 136:
		return 135, true
	case 139:
		return 140, true // node information
	case 140:
		return 139, true
	case 144:
		return 145, true // home agent address discovery
	case 145:
		return 144, true
	}
	return 0, false
}

// communityTable keeps the Community IDs of some of the flows seen last. It is
// small: a hash takes less time than memory that is in no cache.
type communityTable [256]struct {
	key      flow.Key
	hasPorts bool
	id       communityID
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
	k, hasPorts := s.conversation()
	e := &s.community[s.flowID%uint64(len(s.community))]
	if e.key != k || e.hasPorts != hasPorts {
		e.key, e.hasPorts = k, hasPorts
		s.hashCommunity(&e.id, &k, hasPorts)
	}
	b = append(separated(b), `"community_id":"1:`...)
	b = append(b, e.id[:]...)
	return append(b, '"')
}

func (s *Set) hashCommunity(id *communityID, k *flow.Key, hasPorts bool) {
	n := len(k.Src)
	if k.Version == 4 {
		n = 4
	}
	b := binary.BigEndian.AppendUint16(s.text[:0], s.list.seed)
	b = append(b, k.Src[:n]...)
	b = append(b, k.Dst[:n]...)
	b = append(b, k.Protocol, 0)
	if hasPorts {
		b = binary.BigEndian.AppendUint16(b, k.SrcPort)
		b = binary.BigEndian.AppendUint16(b, k.DstPort)
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

// flowID is the number of an ordered flow: addresses, ports, protocol and
// version, eight bytes at a time, each taken in by a multiplication and a
// shift. It never changes: users join by it.
func flowID(k *flow.Key) uint64 {
	const offset, prime = 0xcbf29ce484222325, 0x9e3779b97f4a7c15
	h := uint64(offset)
	for _, v := range [...]uint64{
		binary.BigEndian.Uint64(k.Src[:8]), binary.BigEndian.Uint64(k.Src[8:]),
		binary.BigEndian.Uint64(k.Dst[:8]), binary.BigEndian.Uint64(k.Dst[8:]),
		uint64(k.SrcPort)<<32 | uint64(k.DstPort)<<16 | uint64(k.Protocol)<<8 | uint64(k.Version),
	} {
		h = (h ^ v) * prime
		h ^= h >> 32
	}
	return h
}
