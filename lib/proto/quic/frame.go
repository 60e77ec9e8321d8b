package quic

import (
	"encoding/binary"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// Types of the frames that Initial packets may hold (RFC 9000, section 12.4).
const (
	typePadding         = 0x00
	typePing            = 0x01
	typeACK             = 0x02
	typeACKWithECN      = 0x03
	typeCrypto          = 0x06
	typeCryptoGoogle    = 0x08 // CRYPTO in Google's versions
	typeConnectionClose = 0x1c
)

// maxACKRanges is the number of ranges up to which an acknowledgement is read.
const maxACKRanges = 1000

// frame is a frame that is written into the record.
type frame struct {
	kind  uint8
	valid bool
	ack   ack
	ecn   [3]uint64 // packets with ECT(0), ECT(1), ECN-CE
	close connectionClose
}

// ack is what an ACK frame says (RFC 9000, section 19.3), without its ranges.
type ack struct{ largest, delay, ranges, firstRange uint64 }

// connectionClose is a CONNECTION_CLOSE frame (RFC 9000, section 19.19).
type connectionClose struct {
	code, frameType uint64
	reason          wire.Cursor
}

// readFrames reads the frames of a payload until one is of an unknown type.
// CRYPTO frames go into the stream; of those that are written, the last one
// counts, even where it is cut short. Strict reading reports whether there
// was no frame that is unknown or cut short, and leaves acknowledgements with
// ECN counts out.
func (m *Initial) readFrames(c wire.Cursor, strict bool) bool {
	for c.More() {
		kind := c.Uint8()
		if kind == typeCryptoGoogle && m.deep && isGoogle(m.header.versionNumber()) {
			kind = typeCrypto
		}
		switch kind {
		case typePadding:
			skipZeros(&c)
		case typePing:
		case typeACK:
			m.last = frame{kind: kind}
			m.last.valid = m.last.ack.read(&c)
		case typeACKWithECN:
			f := frame{kind: kind}
			f.valid = f.ack.read(&c)
			for i := range f.ecn {
				f.ecn[i] = readVarint(&c)
			}
			f.valid = f.valid && c.Ok()
			if !strict {
				m.last = f
			}
		case typeConnectionClose:
			m.last = frame{kind: kind}
			m.last.close.read(&c)
			// Quirk Q51: a close without a reason is not written.
			m.last.valid = m.last.close.reason.More()
		case typeCrypto:
			offset := readVarint(&c)
			data := readBytes(&c, readVarint(&c))
			switch {
			case !data.More():
			case m.conn != nil:
				m.crypto = true
				m.fresh = m.conn.add(offset, data) || m.fresh
			default:
				m.stream.add(offset, data)
			}
		default:
			return false
		}
		if strict && c.Failed() {
			return false
		}
	}
	return true
}

// skipZeros passes over padding, of which there is much.
func skipZeros(c *wire.Cursor) {
	const word = 8
	b := *c
	for len(b) >= word && binary.NativeEndian.Uint64(b) == 0 {
		b = b[word:]
	}
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	*c = b
}

// read reads an ACK frame, and reports whether it is whole. Ranges may be
// missing at its end.
func (a *ack) read(c *wire.Cursor) bool {
	a.largest = readVarint(c)
	a.delay = readVarint(c)
	a.ranges = readVarint(c)
	a.firstRange = readVarint(c)
	if a.ranges > maxACKRanges {
		c.Fail()
		return false
	}
	for i := uint64(0); i < a.ranges && c.More(); i++ {
		readVarint(c) // gap
		readVarint(c) // length
	}
	return c.Ok()
}

func (f *connectionClose) read(c *wire.Cursor) {
	f.code = readVarint(c)
	f.frameType = readVarint(c)
	f.reason = readBytes(c, readVarint(c))
}

func (f *frame) write(w *record.Writer) {
	if !f.valid {
		return
	}
	switch f.kind {
	case typeACK:
		f.ack.write(w)
	case typeACKWithECN:
		w.Key("ack_ecn").Object()
		w.Key("ect0").Uint(f.ecn[0])
		w.Key("ect1").Uint(f.ecn[1])
		w.Key("ecn_ce").Uint(f.ecn[2])
		f.ack.write(w)
		w.EndObject()
	case typeConnectionClose:
		w.Key("connection_close").Object()
		w.Key("error_code").Uint(f.close.code)
		w.Key("frame_type").Uint(f.close.frameType)
		w.Key("reason_phrase").Text(f.close.reason)
		w.EndObject()
	}
}

func (a *ack) write(w *record.Writer) {
	w.Key("ack").Object()
	w.Key("largest_acked").Uint(a.largest)
	w.Key("ack_delay").Uint(a.delay)
	w.Key("ack_range_count").Uint(a.ranges)
	w.Key("first_ack_range").Uint(a.firstRange)
	w.EndObject()
}
