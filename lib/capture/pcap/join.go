package pcap

import (
	"encoding/binary"

	"merctools/lib/capture"
)

// Captures that were joined, as `cat a.pcap b.pcapng c.pcap.gz` does, are read
// on: what begins in place of a record may be a capture of any format. Where
// it could be a record, too, it is a record.

// mayJoin reports whether what begins with a record's header of a pcap file is
// worth the question whether another capture begins there. It is so where it
// makes no sense as a record, or little. A pcap header there has the captured
// length 0 (its time zone), a pcapng section one that is too great (its
// byte-order magic), compressed data any.
func (h *pcapHeader) mayJoin(sec, fraction, capLen uint32) bool {
	return capLen-1 >= capture.MaxPacket || fraction >= h.perSecond || sec == magicZstd
}

// joined looks whether another capture begins at rest, which is at least
// minBlock bytes in place of a record, at an offset. If so it returns true, and
// how many bytes its header has: what follows is to be read anew, or, where
// too little is there, with more of it. senseless says that rest makes no
// sense as a record.
func (r *Reader) joined(rest []byte, offset int64, senseless bool) (n int, ok bool) {
	switch f := Sniff(rest); f {
	case PCAP:
		return r.joinedPCAP(rest, senseless)
	case PCAPNG:
		if magic := binary.LittleEndian.Uint32(rest[8:]); magic == byteOrderMagic || magic == byteOrderSwapped {
			r.section = section{interfaces: r.section.interfaces[:0]}
			r.format, r.again = PCAPNG, true
			return 0, true
		}
	case Snoop:
		if !senseless || string(rest[:len(snoopMagic)]) != snoopMagic {
			return 0, false
		}
		if len(rest) < snoopFileHeader {
			r.need(snoopFileHeader, "file header")
			return 0, true
		}
		r.format, r.again = Snoop, true
		r.parseSnoop(rest, offset)
		return snoopFileHeader, true
	case Gzip, Zstd, LZ4, XZ:
		// What was decompressed is not decompressed once more.
		if (senseless || f == Zstd) && (r.packed == nil || r.packed.plainAt(offset)) {
			r.packedNext = true
			return 0, true
		}
	}
	return 0, false
}

// joinedPCAP continues with a pcap file.
func (r *Reader) joinedPCAP(rest []byte, senseless bool) (n int, ok bool) {
	var h pcapHeader
	h.parseMagic(rest)
	zone := binary.LittleEndian.Uint32(rest[8:])
	if zone != 0 && !(senseless && h.order.uint16(rest[4:]) == pcapVersion) {
		return 0, false
	}
	if len(rest) < pcapFileHeader {
		r.need(pcapFileHeader, "file header")
		return 0, true
	}
	r.pcap.parse(rest)
	r.format, r.again = PCAP, true
	return pcapFileHeader, true
}
