package pcap

import "encoding/binary"

// order is the byte order of a file or section: true is big-endian. It is
// cheaper than a binary.ByteOrder, whose calls are not inlined.
type order bool

const (
	littleEndian order = false
	bigEndian    order = true
)

func (o order) uint16(b []byte) uint16 {
	if o == bigEndian {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (o order) uint32(b []byte) uint32 {
	if o == bigEndian {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (o order) uint64(b []byte) uint64 {
	if o == bigEndian {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}
