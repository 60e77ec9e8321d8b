package members

import (
	"time"

	"merctools/lib/record"
)

// packetMembers are members that say where and when a packet was captured.
type packetMembers uint8

const (
	packetNumber packetMembers = 1 << iota
	packetInterface
	packetSize
	packetTime
)

// appendPacket appends the members of the packet that are wanted.
func (s *Set) appendPacket(b []byte) []byte {
	wanted := s.list.packet
	if wanted&^packetTime != 0 {
		s.locate()
	}
	if wanted&packetNumber != 0 && s.origin.Number != 0 {
		b = append(separated(b), `"packet":`...)
		b = record.AppendUint(b, s.origin.Number)
	}
	if wanted&packetInterface != 0 && s.origin.Interface < len(s.origin.Interfaces) {
		b = s.appendInterface(b)
	}
	if wanted&packetSize != 0 {
		// Where nothing else is known it is what was captured.
		if n := max(s.origin.Length, uint32(len(s.Bytes))); n != 0 {
			b = append(separated(b), `"size":`...)
			b = record.AppendUint(b, uint64(n))
		}
	}
	if wanted&packetTime != 0 {
		b = s.appendTime(separated(b))
	}
	return b
}

func (s *Set) appendInterface(b []byte) []byte {
	if n := s.origin.Interface; n != s.interfaceOf {
		s.interfaceOf, s.interfaceText = n, s.interfaceText[:0]
		if name := s.origin.Interfaces[n]; name != "" {
			s.interfaceText = appendText(s.interfaceText, `"interface":`, name)
		}
	}
	if len(s.interfaceText) == 0 {
		return b
	}
	return append(separated(b), s.interfaceText...)
}

// timeFormat is the member as text, of which packets of the same second share
// all but the last nine digits.
const (
	timeFormat = `"time_iso":"2006-01-02T15:04:05.000000000Z"`
	timeDigits = len(`000000000Z"`)
)

// appendTime appends nine decimals always, so that texts sort like times.
func (s *Set) appendTime(b []byte) []byte {
	second, ns := s.Time/1e9, s.Time%1e9
	if ns < 0 {
		second, ns = second-1, ns+1e9
	}
	if second != s.second || len(s.time) == 0 {
		s.second = second
		s.time = time.Unix(second, 0).UTC().AppendFormat(s.time[:0], timeFormat)
	}
	b = append(b, s.time...)
	record.PutDecimals(b[len(b)-timeDigits:], uint32(ns))
	return b
}
