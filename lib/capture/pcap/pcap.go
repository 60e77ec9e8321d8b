package pcap

import "merctools/lib/capture"

// Magic numbers of the pcap file header, in the writer's byte order.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // microseconds, with 8 more bytes in each record header
)

const (
	pcapVersion        = 2 // major, of all files there are
	pcapFileHeader     = 24
	pcapRecordHeader   = 16
	pcapModifiedHeader = pcapRecordHeader + 8
)

// maxRecord is the longest packet record or block that is taken for one, in
// bytes; a greater length is a corrupt one. Captures of buses have records of
// up to that size.
const maxRecord = 128 << 20

// maxUsual is the longest packet that there usually is, in bytes: the limit of
// libpcap for all but buses.
const maxUsual = 262144

// pcapHeader is what a pcap file header says about the records after it.
type pcapHeader struct {
	order  order
	record int   // length of a record header, in bytes
	unit   int64 // of the second half of a time, in nanoseconds
	link   uint16

	perSecond uint32 // units
}

// parseMagic takes byte order, length of the record headers and unit of time
// from the first four bytes of a file, and reports whether they are pcap's.
func (h *pcapHeader) parseMagic(b []byte) bool {
	*h = pcapHeader{
		order:  b[0] == 0xa1, // the most significant byte of every magic number
		record: pcapRecordHeader,
		unit:   1000,

		perSecond: 1e6,
	}
	switch h.order.uint32(b) {
	case magicMicro:
	case magicNano:
		h.unit, h.perSecond = 1, 1e9
	case magicModified:
		h.record = pcapModifiedHeader
	default:
		return false
	}
	return true
}

// parse reads a file header of pcapFileHeader bytes, whose magic number is
// pcap's. Version, time zone, accuracy and snapshot length do not change how
// records are read. The upper half of the link type field tells of a frame check
// sequence.
func (h *pcapHeader) parse(b []byte) {
	h.parseMagic(b)
	h.link = uint16(h.order.uint32(b[20:]))
}

// pcapRecords adds the packets of the whole records in data[pos:] to b, and
// returns where the first record is that is not whole.
func (r *Reader) pcapRecords(b *capture.Batch, data []byte, pos int) int {
	for {
		rest := data[pos:]
		header := r.pcap.record
		if len(rest) < header {
			r.need(header, "packet record header")
			return pos
		}
		offset := r.offset + int64(pos)
		sec, fraction, capLen := r.pcap.order.uint32(rest), r.pcap.order.uint32(rest[4:]), r.pcap.order.uint32(rest[8:])
		if r.pcap.mayJoin(sec, fraction, capLen) {
			if n, ok := r.joined(rest, offset, capLen > maxUsual || fraction >= r.pcap.perSecond); ok {
				return pos + n
			}
		}
		keep := int(min(capLen, capture.MaxPacket))
		if len(rest)-header < keep {
			r.need(header+int(capLen), "packet record")
			return pos
		}
		b.Packets = append(b.Packets, capture.Packet{})
		p := &b.Packets[len(b.Packets)-1] // copying a whole one takes twice as long
		p.Time = int64(sec)*1e9 + int64(fraction)*r.pcap.unit
		p.Off, p.CapLen = uint32(pos+header), uint32(keep)
		p.OrigLen = r.pcap.order.uint32(rest[12:])
		p.Link = r.pcap.link
		p.Nano = r.pcap.unit == 1
		pos += header + keep
		if capLen > maxRecord {
			r.fail(offset, nil, "packet record with a captured length of %d bytes", capLen)
			return pos
		}
		if int(capLen) > keep {
			r.skip = skip{offset: offset, size: header + int(capLen), left: int(capLen) - keep, what: "packet record"}
			return pos
		}
	}
}
