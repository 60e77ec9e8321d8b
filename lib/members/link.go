package members

import (
	"merctools/lib/packet"
	"merctools/lib/record"
)

func appendMAC(s *Set, b []byte) []byte {
	if s.Headers == nil {
		return b
	}
	if s.Headers.LinkType == packet.LinkEthernet && len(s.Bytes) >= 2*packet.MACLen {
		const src, dst = `"mac":{"src":"`, `","dst":"`
		b = append(separated(b), src+"00:00:00:00:00:00"+dst+`00:00:00:00:00:00"}`...)
		end := len(b) - len(`"}`)
		record.PutMAC(b[:end], [6]byte(s.Bytes))
		record.PutMAC(b[:end-record.MACLen-len(dst)], [6]byte(s.Bytes[packet.MACLen:]))
		return b
	}
	src, dst := s.Headers.Hardware(s.Bytes)
	if src == nil && dst == nil {
		return b
	}
	b = append(separated(b), `"mac":{`...)
	if src != nil {
		b = append(b, `"src":`...)
		b = record.AppendMAC(b, src)
	}
	if dst != nil {
		b = append(separated(b), `"dst":`...)
		b = record.AppendMAC(b, dst)
	}
	return append(b, '}')
}

func appendVLAN(s *Set, b []byte) []byte {
	if s.Headers == nil {
		return b
	}
	tags := s.Headers.VLANs(s.Bytes)
	id, ok := tags.Next()
	if !ok {
		return b
	}
	b = append(separated(b), `"vlan":[`...)
	for {
		b = record.AppendUint(b, uint64(id))
		if id, ok = tags.Next(); !ok {
			return append(b, ']')
		}
		b = append(b, ',')
	}
}
