package pcap

import (
	"encoding/binary"

	"merctools/lib/capture"
)

const (
	snoopMagic        = "snoop\x00\x00\x00"
	snoopVersion      = 2
	snoopFileHeader   = 16
	snoopRecordHeader = 24

	// maxSnoopPadding is more than any program writes, in bytes.
	maxSnoopPadding = 4096
)

// snoopLinks are the link types of snoop's datalink types (RFC 1761, section
// 4.1). Others become noLink.
var snoopLinks = [...]uint16{
	0: 1, // IEEE 802.3
	1: 7, // token bus
	2: 6, // token ring
	3: noLink,
	4: 1,   // Ethernet
	5: 104, // HDLC
	6: noLink,
	7: noLink,
	8: 10, // FDDI
}

// noLink is a number that stands for no link type (LINKTYPE_USER15).
const noLink = 162

// parseSnoop reads the file header of a snoop capture, of snoopFileHeader
// bytes, which are big-endian.
func (r *Reader) parseSnoop(b []byte, offset int64) {
	if string(b[:len(snoopMagic)]) != snoopMagic {
		r.failFormat("")
		return
	}
	if v := binary.BigEndian.Uint32(b[8:]); v != snoopVersion {
		r.fail(offset, nil, "snoop capture of version %d", v)
		return
	}
	r.snoopLink = noLink
	if kind := binary.BigEndian.Uint32(b[12:]); kind < uint32(len(snoopLinks)) {
		r.snoopLink = snoopLinks[kind]
	}
}

// snoopRecords adds the packets of the whole records in data[pos:] to b, and
// returns where the first record is that is not whole.
//
// A record has a header of six numbers, the packet, and padding up to the
// length that the header says.
func (r *Reader) snoopRecords(b *capture.Batch, data []byte, pos int) int {
	for {
		rest := data[pos:]
		if len(rest) < snoopRecordHeader {
			r.need(snoopRecordHeader, "packet record header")
			return pos
		}
		offset := r.offset + int64(pos)
		capLen, size := binary.BigEndian.Uint32(rest[4:]), binary.BigEndian.Uint32(rest[8:])
		micro := binary.BigEndian.Uint32(rest[20:])
		wrong := size < snoopRecordHeader || capLen > size-snoopRecordHeader || size > maxRecord
		if wrong || capLen > maxUsual || size-snoopRecordHeader-capLen > maxSnoopPadding || micro >= 1e6 {
			if n, ok := r.joined(rest, offset, true); ok {
				return pos + n
			}
		}
		if wrong {
			r.fail(offset, nil, "packet record of %d bytes with a captured length of %d", size, capLen)
			return pos
		}
		keep := int(min(capLen, capture.MaxPacket))
		if len(rest)-snoopRecordHeader < keep {
			r.need(int(size), "packet record")
			return pos
		}
		b.Packets = append(b.Packets, capture.Packet{
			Time:    int64(binary.BigEndian.Uint32(rest[16:]))*1e9 + int64(micro)*1e3,
			Off:     uint32(pos + snoopRecordHeader),
			CapLen:  uint32(keep),
			OrigLen: binary.BigEndian.Uint32(rest),
			Link:    r.snoopLink,
		})
		pos += snoopRecordHeader + keep
		if left := int(size) - snoopRecordHeader - keep; left > 0 {
			r.skip = skip{offset: offset, size: int(size), left: left, what: "packet record"}
			return pos
		}
	}
}
