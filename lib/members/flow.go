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

// ends are the two ends of a flow in an order that does not depend on the
// direction of the packet, unless the flow has one direction only.
type ends struct {
	addresses [2][]byte // of 4 or 16 bytes
	ports     [2]uint16
	protocol  uint8
	hasPorts  bool
}

// ends returns the ends of the flow. ok is false where it has no addresses.
// ICMP has types in place of ports, as Community ID defines it.
func (s *Set) ends() (e ends, ok bool) {
	k := s.Flow
	if k == nil || k.Version == 0 {
		return e, false
	}
	n := len(k.Src)
	if k.Version == 4 {
		n = 4
	}
	e.addresses = [2][]byte{k.Src[:n], k.Dst[:n]}
	e.protocol = k.Protocol
	oneWay := false
	switch k.Protocol {
	case packet.ProtocolTCP, packet.ProtocolUDP:
		e.ports, e.hasPorts = [2]uint16{k.SrcPort, k.DstPort}, true
	case packet.ProtocolSCTP:
		c := s.Headers.Payload(s.Bytes)
		e.ports[0], e.ports[1] = c.Uint16(), c.Uint16()
		e.hasPorts = c.Ok()
	case packet.ProtocolICMP, packet.ProtocolICMPv6:
		c := s.Headers.Payload(s.Bytes)
		kind, code := c.Uint8(), c.Uint8()
		e.hasPorts = c.Ok()
		var answer uint8
		if answer, ok = icmpAnswer(k.Protocol, kind); !ok {
			answer, oneWay = code, true
		}
		e.ports = [2]uint16{uint16(kind), uint16(answer)}
	}
	if c := bytes.Compare(e.addresses[0], e.addresses[1]); !oneWay && (c > 0 || c == 0 && e.ports[0] > e.ports[1]) {
		e.addresses[0], e.addresses[1] = e.addresses[1], e.addresses[0]
		e.ports[0], e.ports[1] = e.ports[1], e.ports[0]
	}
	return e, true
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

// writeCommunityID follows version 1 of the specification
// (https://github.com/corelight/community-id-spec): the SHA-1 hash of seed,
// addresses, protocol, a zero byte and ports, in network byte order.
func writeCommunityID(s *Set, w *record.Writer) {
	e, ok := s.ends()
	if !ok {
		return
	}
	b := binary.BigEndian.AppendUint16(s.text[:0], s.list.seed)
	b = append(b, e.addresses[0]...)
	b = append(b, e.addresses[1]...)
	b = append(b, e.protocol, 0)
	if e.hasPorts {
		b = binary.BigEndian.AppendUint16(b, e.ports[0])
		b = binary.BigEndian.AppendUint16(b, e.ports[1])
	}
	s.text = b
	sum := sha1.Sum(b)
	s.text = base64.StdEncoding.AppendEncode(append(s.text[:0], "1:"...), sum[:])
	w.Key("community_id").StrBytes(s.text)
}

// writeFlowID writes the 64-bit FNV-1a hash of the flow's ends.
func writeFlowID(s *Set, w *record.Writer) {
	k := s.Flow
	if k == nil || k.Version == 0 {
		return
	}
	w.Key("flow_id").HexUint(flowID(k), 16)
}

func flowID(k *flow.Key) uint64 {
	src, dst, srcPort, dstPort := &k.Src, &k.Dst, k.SrcPort, k.DstPort
	if c := bytes.Compare(src[:], dst[:]); c > 0 || c == 0 && srcPort > dstPort {
		src, dst, srcPort, dstPort = dst, src, dstPort, srcPort
	}
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	h := uint64(offset)
	for _, b := range src {
		h = (h ^ uint64(b)) * prime
	}
	for _, b := range dst {
		h = (h ^ uint64(b)) * prime
	}
	for _, b := range [...]byte{byte(srcPort >> 8), byte(srcPort), byte(dstPort >> 8), byte(dstPort), k.Protocol, k.Version} {
		h = (h ^ uint64(b)) * prime
	}
	return h
}
