package members

import (
	"strconv"

	"merctools/lib/packet"
	"merctools/lib/record"
)

func appendMAC(s *Set, b []byte) []byte {
	if s.Headers == nil {
		return b
	}
	const length = 6
	if s.Headers.LinkType == packet.LinkEthernet && len(s.Bytes) >= 2*length {
		b = append(separated(b), `"mac":{"src":`...)
		b = record.AppendMAC(b, s.Bytes[length:][:length])
		b = append(b, `,"dst":`...)
		b = record.AppendMAC(b, s.Bytes[:length])
		return append(b, '}')
	}
	h := s.Headers.Hardware(s.Bytes)
	if h.Src == nil && h.Dst == nil {
		return b
	}
	b = append(separated(b), `"mac":{`...)
	if h.Src != nil {
		b = append(b, `"src":`...)
		b = record.AppendMAC(b, h.Src)
	}
	if h.Dst != nil {
		b = append(separated(b), `"dst":`...)
		b = record.AppendMAC(b, h.Dst)
	}
	return append(b, '}')
}

func appendVLAN(s *Set, b []byte) []byte {
	if s.Headers == nil {
		return b
	}
	h := s.Headers.Hardware(s.Bytes)
	id, ok := h.NextVLAN()
	if !ok {
		return b
	}
	b = append(separated(b), `"vlan":[`...)
	for {
		b = strconv.AppendUint(b, uint64(id), 10)
		if id, ok = h.NextVLAN(); !ok {
			return append(b, ']')
		}
		b = append(b, ',')
	}
}
