package pcap

import "encoding/binary"

// PCAPFormat is the form of a pcap file to be written. It is little-endian.
type PCAPFormat struct {
	Nano    bool   // times have nanoseconds instead of microseconds
	SnapLen uint32 // stated in the file header; packets are not cut to it
	Link    uint16 // link type (a LINKTYPE_ value)
}

// HoldsTime reports whether a pcap file can hold a time, in nanoseconds since
// 1970: one of the years from 1970 to 2106, whose seconds 32 bits hold.
func HoldsTime(ns int64) bool { return uint64(ns) < 1e9<<32 }

// DefaultSnapLen is the snapshot length that tools state that do not limit it.
const DefaultSnapLen = 65535

// AppendHeader appends the file header.
func (f PCAPFormat) AppendHeader(dst []byte) []byte {
	magic := uint32(magicMicro)
	if f.Nano {
		magic = magicNano
	}
	dst = binary.LittleEndian.AppendUint32(dst, magic)
	dst = binary.LittleEndian.AppendUint16(dst, pcapVersion)
	dst = binary.LittleEndian.AppendUint16(dst, 4) // minor version
	dst = binary.LittleEndian.AppendUint64(dst, 0) // time zone, accuracy
	dst = binary.LittleEndian.AppendUint32(dst, f.SnapLen)
	return binary.LittleEndian.AppendUint32(dst, uint32(f.Link))
}

// AppendPacket appends a record: a packet that was captured at the given time,
// in nanoseconds since 1970, and was origLen bytes long on the wire. Seconds
// are written modulo 2^32; [HoldsTime] says whether that changes them.
func (f PCAPFormat) AppendPacket(dst []byte, ns int64, packet []byte, origLen int) []byte {
	sec, nano := ns/1e9, ns%1e9
	if nano < 0 {
		sec, nano = sec-1, nano+1e9
	}
	fraction := uint32(nano)
	if !f.Nano {
		fraction /= 1000
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(sec))
	dst = binary.LittleEndian.AppendUint32(dst, fraction)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(packet)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(origLen))
	return append(dst, packet...)
}
