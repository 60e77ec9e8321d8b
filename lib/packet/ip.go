package packet

import "merctools/lib/record"

// Numbers of protocols (IANA, Assigned Internet Protocol Numbers).
const (
	ProtocolICMP     = 1
	ProtocolIPv4     = 4
	ProtocolTCP      = 6
	ProtocolUDP      = 17
	ProtocolIPv6     = 41
	ProtocolGRE      = 47
	ProtocolESP      = 50
	ProtocolICMPv6   = 58
	ProtocolOSPF     = 89
	ProtocolSCTP     = 132
	ProtocolReserved = 255
)

// IP is the header of an IP packet, as far as records and fingerprints use
// it.
type IP struct {
	Version    uint8  // 4, 6, or 0 where there is no header
	TTL        uint8  // time to live or hop limit
	ID         uint32 // identification; of version 6, traffic class and flow label: 24 bits
	Extensions []byte // the extension headers of IPv6
}

// readIP reads an IP header and leaves the payload in r, without what a link
// layer may have padded. Where there is no whole header, Protocol is
// ProtocolReserved.
func (h *Headers) readIP(r *rest) {
	// Quirk Q5: the Ethernet type does not count.
	first, _ := r.Peek()
	switch first >> 4 {
	case 4:
		h.readIPv4(r)
	case 6:
		h.readIPv6(r)
	default:
		h.Protocol = ProtocolReserved
	}
}

// IP returns the innermost IP header. Extensions is a view into the packet.
func (h *Headers) IP(packet []byte) IP {
	switch h.Version {
	case 4:
		return ipv4(packet[h.network:])
	case 6:
		ip := ipv6(packet[h.network:])
		if n := int(h.extensionsLen); n > 0 {
			ip.Extensions = packet[h.network+ipv6Len:][:n:n]
		}
		return ip
	}
	return IP{}
}

// IPFields describes the member ip.
var IPFields = []record.Field{
	record.O("ip", "the header of the innermost IP packet",
		record.F("version", record.Uint, "4 or 6"),
		record.F("ttl", record.Uint, "time to live, or hop limit"),
		record.F("id", record.Hex, "identification, four digits; for version 6 the flow label, five digits"),
		record.F("extensions", record.Hex, "extension headers of version 6")).If("--metadata"),
}

// WriteRecord writes the member ip.
func (h *IP) WriteRecord(w *record.Writer) {
	if h.Version == 0 {
		return
	}
	w.Key("ip").Object()
	w.Key("version").Uint(uint64(h.Version))
	w.Key("ttl").Uint(uint64(h.TTL))
	if h.Version == 4 {
		w.Key("id").HexUint(uint64(h.ID), 4)
	} else {
		w.Key("id").HexUint(uint64(h.ID), 5)
		if len(h.Extensions) > 0 {
			w.Key("extensions").Hex(h.Extensions)
		}
	}
	w.EndObject()
}
