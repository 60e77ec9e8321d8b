// Package dnp3 reads messages of the Distributed Network Protocol, by which
// control stations talk to the equipment of power and water supplies.
package dnp3

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes DNP3.
var Protocol = &proto.Protocol{
	Name: "DNP3",
	Doc:  "Distributed Network Protocol over TCP",
	Spec: "IEEE 1815",
	Messages: []proto.Kind{{
		Name:   "frame",
		Select: []string{"dnp3"},
		Match:  []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xff\x00\x00", Value: "\x05\x64\x00\x00", Length: length}},
		New:    func(o *proto.Options) proto.Message { return &Frame{metadata: o.Metadata} },
	}},
	Fields: []proto.Field{proto.O("dnp3", "a frame with user data",
		proto.O("link", "header of the data link layer",
			proto.F("data_len", proto.Uint, "length of the user data in bytes"),
			proto.O("control", "control byte",
				proto.F("dir", proto.Bool, "sent by the master station"),
				proto.F("prim", proto.Bool, "sent by the station that began the transaction"),
				proto.F("fcb", proto.Bool, "frame count bit"),
				proto.F("fcv", proto.Bool, "frame count valid"),
				proto.F("dfc", proto.Bool, "data flow control: the receiver's buffers are full"),
				proto.F("func_str", proto.String, "function"),
				proto.F("func_fcv_mismatch", proto.Bool, "the frame count valid bit is not as the function requires").If("--metadata"),
				proto.F("prim_fcb_mismatch", proto.Bool, "a frame count bit that a secondary station must not set").If("--metadata"),
				proto.F("sec_buffer_exceed", proto.Bool, "the receiver's buffers are full").If("--metadata")),
			proto.F("dest_addr", proto.Uint, "address of the receiver"),
			proto.F("src_addr", proto.Uint, "address of the sender"),
			proto.F("block_count", proto.Uint, "number of data blocks").If("--metadata")),
		proto.O("transport", "header of the transport function",
			proto.F("fin", proto.Bool, "last segment"),
			proto.F("fir", proto.Bool, "first segment"),
			proto.F("seq", proto.Uint, "sequence number")),
		proto.O("app", "application layer",
			proto.O("app_hdr", "header",
				proto.F("fin", proto.Bool, "last fragment"),
				proto.F("fir", proto.Bool, "first fragment"),
				proto.F("con", proto.Bool, "confirmation is requested"),
				proto.F("uns", proto.Bool, "unsolicited"),
				proto.F("seq", proto.Uint, "sequence number"),
				proto.F("resp", proto.Bool, "a response"),
				proto.F("func_str", proto.String, "function"),
				proto.F("internal_indications", proto.String, "indications of a response, each with a comma after it")),
			proto.F("left_obj_data", proto.Uint, "bytes of user data that are left for objects")),
	)},
}

const (
	headLen   = 10 // bytes of the link header with its checksum
	countedBy = 5  // bytes of it that the length field counts
	blockLen  = 16 // bytes of user data in a block
	crcLen    = 2
)

// length is the length of a frame (IEEE 1815, section 9.2.4.1.2). The number
// of checksums is taken from the length field as it is, though that counts a
// part of the header.
func length(c wire.Cursor) int {
	c.SkipUpTo(2)
	n := int(c.Uint8())
	// Quirk Q81: the header is counted, too.
	return headLen - countedBy + n + (n+blockLen-1)/blockLen*crcLen
}

// A Frame is a frame of the data link layer that carries user data.
type Frame struct {
	metadata bool

	dataLen             int // bytes of user data
	control             control
	destination, source uint16
	transport           uint8
	app                 application
}

// Parse implements proto.Message.
func (m *Frame) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(2)
	m.dataLen = max(int(c.Uint8())-countedBy, 0)
	m.control = control(c.Uint8())
	m.destination = c.Uint16LE()
	m.source = c.Uint16LE()
	c.Skip(crcLen)
	if c.Failed() || m.dataLen == 0 {
		return false
	}
	// The headers lie in the first block. Beyond it, only the number of bytes
	// counts, so checksums need not be cut out; one byte of them is counted.
	// Quirk Q82: one byte of a checksum is counted.
	user := c.UpTo(m.dataLen + 1)
	m.transport = user.Uint8()
	m.app.parse(user)
	return true
}

// WriteRecord implements proto.Message.
func (m *Frame) WriteRecord(w *record.Writer) {
	w.Key("dnp3").Object()
	w.Key("link").Object()
	w.Key("data_len").Uint(uint64(m.dataLen))
	m.control.write(w, m.metadata)
	w.Key("dest_addr").Uint(uint64(m.destination))
	w.Key("src_addr").Uint(uint64(m.source))
	if m.metadata {
		w.Key("block_count").Uint(uint64((m.dataLen + blockLen - 1) / blockLen))
	}
	w.EndObject()
	w.Key("transport").Object()
	w.Key("fin").Bool(m.transport&0x80 != 0)
	w.Key("fir").Bool(m.transport&0x40 != 0)
	w.Key("seq").Uint(uint64(m.transport & 0x3f))
	w.EndObject()
	m.app.write(w)
	w.EndObject()
}

// control is the control byte of a link header (IEEE 1815, section
// 9.2.4.1.3).
type control uint8

func (b control) write(w *record.Writer, metadata bool) {
	fcb, fcv := b&0x20 != 0, b&0x10 != 0
	w.Key("control").Object()
	w.Key("dir").Bool(b&0x80 != 0)
	w.Key("prim").Bool(b.primary())
	w.Key("fcb").Bool(fcb)
	if b.primary() {
		w.Key("fcv").Bool(fcv)
	} else {
		w.Key("dfc").Bool(fcv) // the same bit
	}
	w.Key("func_str")
	if name := b.function(); name != "" {
		w.Str(name)
	} else {
		w.UnknownUint(uint64(b & 0x0f))
	}
	switch {
	case !metadata:
	case b.primary():
		if b.wrongFCV() {
			w.Key("func_fcv_mismatch").Bool(true)
		}
	default:
		if fcb {
			w.Key("prim_fcb_mismatch").Bool(true)
		}
		if fcv {
			w.Key("sec_buffer_exceed").Bool(true)
		}
	}
	w.EndObject()
}

func (b control) primary() bool { return b&0x40 != 0 }

// function is the name of the function, or empty (IEEE 1815, table 9-1 and
// 9-2).
func (b control) function() string {
	if b.primary() {
		switch b & 0x0f {
		case 0:
			return "RESET_LINK_STATES"
		case 2:
			return "TEST_LINK_STATES"
		case 3:
			return "CONFIRMED_USER_DATA"
		case 4:
			return "UNCONFIRMED_USER_DATA"
		case 9:
			return "REQUEST_LINK_STATES"
		}
		return ""
	}
	switch b & 0x0f {
	case 0:
		return "ACK"
	case 1:
		return "NACK"
	case 11:
		return "LINK_STATUS"
	case 15:
		return "NOT_SUPPORTED"
	}
	return ""
}

// wrongFCV reports whether the frame count valid bit of a primary station is
// not as the function requires.
func (b control) wrongFCV() bool {
	fcv := b&0x10 != 0
	switch b & 0x0f {
	case 2, 3:
		return !fcv
	case 0, 4, 9:
		return fcv
	}
	return false
}
