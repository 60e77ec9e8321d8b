package pcap

import "encoding/binary"

// A Format is what the first bytes of a file say that it is.
type Format uint8

// The formats that Open reads. Gzip and Zstd say nothing about what is inside.
const (
	Unknown Format = iota
	PCAP
	PCAPNG
	Gzip
	Zstd
)

// SniffLen is how many bytes Sniff needs to tell the formats apart.
const SniffLen = 4

// Sniff finds out the format from a file's first bytes. With less than
// SniffLen bytes it is Unknown.
func Sniff(head []byte) Format {
	if len(head) < SniffLen {
		return Unknown
	}
	switch m := binary.LittleEndian.Uint32(head); {
	case m == blockSection:
		return PCAPNG
	case m&0xffff == 0x8b1f: // RFC 1952, section 2.3.1
		return Gzip
	case m == 0xfd2fb528, m&0xfffffff0 == 0x184d2a50: // RFC 8878, sections 3.1.1 and 3.1.2
		return Zstd
	}
	var h pcapHeader
	if h.parseMagic(head) {
		return PCAP
	}
	return Unknown
}
