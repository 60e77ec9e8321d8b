package members

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// conversation returns the flow in the one of its directions that the smaller
// address or port sends in. An ICMP message has types in place of ports, as
// Community ID defines it; where no other type answers, it keeps its direction.
// hasPorts is false where there are no ports, and ok where there is no flow.
func (s *Set) conversation() (k flow.Key, hasPorts, ok bool) {
	if s.Flow == nil || s.Flow.Version == 0 {
		return k, false, false
	}
	k = *s.Flow
	if !s.Headers.HasFirstByte(s.Bytes) {
		k.SrcPort, k.DstPort = 0, 0 // they are of the payload
		return ordered(&k), false, true
	}
	switch k.Protocol {
	case packet.ProtocolTCP, packet.ProtocolUDP:
		hasPorts = true
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
			return k, hasPorts, true
		}
	}
	return ordered(&k), hasPorts, true
}

// ordered returns the flow in the same direction for both of its directions.
func ordered(k *flow.Key) flow.Key {
	if c := bytes.Compare(k.Src[:], k.Dst[:]); c > 0 || c == 0 && k.SrcPort > k.DstPort {
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

// communityTable keeps the Community IDs of some of the flows seen last.
type communityTable [256]struct {
	key flow.Key
	id  [len("1:") + 28]byte // the second part is the base64 of 20 bytes
}

// writeCommunityID follows version 1 of the specification
// (https://github.com/corelight/community-id-spec): the SHA-1 hash of seed,
// addresses, protocol, a zero byte and ports, in network byte order.
func writeCommunityID(s *Set, w *record.Writer) {
	k, hasPorts, ok := s.conversation()
	if !ok {
		return
	}
	e := &s.community[flowID(&k)%uint64(len(s.community))]
	if e.key != k || !hasPorts {
		n := len(k.Src)
		if k.Version == 4 {
			n = 4
		}
		b := binary.BigEndian.AppendUint16(s.text[:0], s.list.seed)
		b = append(b, k.Src[:n]...)
		b = append(b, k.Dst[:n]...)
		b = append(b, k.Protocol, 0)
		e.key = flow.Key{}
		if hasPorts {
			b = binary.BigEndian.AppendUint16(b, k.SrcPort)
			b = binary.BigEndian.AppendUint16(b, k.DstPort)
			e.key = k
		}
		s.text = b
		sum := sha1.Sum(b)
		base64.StdEncoding.AppendEncode(append(e.id[:0], "1:"...), sum[:])
	}
	w.Key("community_id").StrBytes(e.id[:])
}

// writeFlowID writes the number of the flow.
func writeFlowID(s *Set, w *record.Writer) {
	if s.Flow == nil || s.Flow.Version == 0 {
		return
	}
	k := ordered(s.Flow)
	w.Key("flow_id").HexUint(flowID(&k), 16)
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
