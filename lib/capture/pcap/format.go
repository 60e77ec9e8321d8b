package pcap

import (
	"encoding/binary"
	"strings"
)

// A Format is what the first bytes of a file say that it is.
type Format uint8

// The formats that Open reads. Those of compression say nothing about what is
// inside.
const (
	Unknown Format = iota
	PCAP
	PCAPNG
	Snoop
	Gzip
	Zstd
	LZ4
	XZ
)

// SniffLen is how many bytes Sniff needs to tell the formats apart.
const SniffLen = 4

// Sniff detects the format from a file's first bytes. With less than SniffLen
// bytes it is Unknown.
func Sniff(head []byte) Format {
	if len(head) < SniffLen {
		return Unknown
	}
	switch m := binary.LittleEndian.Uint32(head); {
	case m == blockSection:
		return PCAPNG
	case m == 0x6f6f6e73: // "snoop": RFC 1761, section 2
		return Snoop
	case m&0xffff == 0x8b1f: // RFC 1952, section 2.3.1
		return Gzip
	case m == magicZstd, m&0xfffffff0 == 0x184d2a50: // RFC 8878, sections 3.1.1 and 3.1.2
		return Zstd
	case m == 0x184d2204, m == 0x184c2102: // LZ4 frames, and those of the legacy format
		return LZ4
	case m == 0x587a37fd: // "\xfd7zX", section 2.1.1.1 of the .xz format
		return XZ
	}
	var h pcapHeader
	if h.parseMagic(head) {
		return PCAP
	}
	return Unknown
}

// magicZstd begins a zstd frame (RFC 8878, section 3.1.1).
const magicZstd = 0xfd2fb528

func (f Format) compressed() bool { return f >= Gzip }

// String is the name of the format.
func (f Format) String() string {
	return [...]string{"unknown format", "pcap", "pcapng", "snoop", "gzip", "zstd", "lz4", "xz"}[f]
}

// unsupported names the format of a file that Open does not read, from its
// first bytes, or returns "".
func unsupported(head []byte) string {
	for _, f := range []struct{ magic, name string }{
		{"RTSS", "Microsoft Network Monitor 1"},
		{"GMBU", "Microsoft Network Monitor 2"},
		{"TRSNIFF data", "Sniffer"},
		{"XCP\x00", "NetXRay"},
		{"\x7fver", "EyeSDN"},
		{"BZh", "bzip2"},
	} {
		if strings.HasPrefix(string(head), f.magic) {
			return f.name
		}
	}
	if isERF(head) {
		return "ERF"
	}
	return ""
}

// erfHeader is the length of the header of an ERF record, in bytes.
const erfHeader = 16

// isERF reports whether a file begins with the header of an ERF record. The
// format has no magic number: the header must make sense. It is a timestamp
// (fixed point, seconds in the upper half, little-endian), then type, flags,
// length of the record, a counter, and length on the wire, big-endian.
func isERF(head []byte) bool {
	const (
		maxType  = 48
		from, to = 800000000, 4000000000 // seconds since 1970
	)
	if len(head) < erfHeader {
		return false
	}
	seconds := binary.LittleEndian.Uint32(head[4:])
	kind, flags := head[8]&0x7f, head[9]
	length := binary.BigEndian.Uint16(head[10:])
	return kind > 0 && kind <= maxType && flags&0xc0 == 0 && length >= erfHeader && seconds > from && seconds < to
}
