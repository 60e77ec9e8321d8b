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
		FDC:    "dnp3",
		Select: []string{"dnp3"},
		Match:  []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xff\x00\x00", Value: "\x05\x64\x00\x00", Length: length}},
		New:    func(o *proto.Options) proto.Message { return &Frame{metadata: o.Metadata} },
	}},
	Framer: &proto.Framer{Frame: findFrame},
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
				proto.F("internal_indications", proto.String, "indications of a response, each with a comma after it").To(proto.Words).Saying("indications of a response")),
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

// findFrame finds a frame: its header, and blocks of user data with a checksum each
// (IEEE 1815, section 9.2.4).
func findFrame(data wire.Cursor, f *proto.Frame) {
	if !data.HasPrefix("\x05\x64") {
		return
	}
	if len(data) < headLen {
		f.More(data, headLen)
		return
	}
	if user := int(data[2]) - countedBy; user >= 0 {
		f.Prefixed(data, headLen+user+(user+blockLen-1)/blockLen*crcLen)
		f.Kind = 1
	}
}

// A Frame is a frame of the data link layer that carries user data (IEEE
// 1815, section 9.2.4).
type Frame struct {
	metadata bool

	DataLen             int // bytes of user data
	Control             Control
	Destination, Source uint16 // addresses of stations
	Transport           uint8  // transport header: FIN, FIR, and a sequence number of 6 bits
	Application         Application
}

// Parse implements proto.Message.
func (m *Frame) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(2)
	m.DataLen = max(int(c.Uint8())-countedBy, 0)
	m.Control = Control(c.Uint8())
	m.Destination = c.Uint16LE()
	m.Source = c.Uint16LE()
	c.Skip(crcLen)
	if c.Failed() || m.DataLen == 0 {
		return false
	}
	// The headers lie in the first block. Beyond it, only the number of bytes
	// counts, so checksums need not be cut out; one byte of them is counted.
	// Quirk Q82: one byte of a checksum is counted.
	user := c.UpTo(m.DataLen + 1)
	m.Transport = user.Uint8()
	m.Application.parse(user)
	return true
}

// WriteRecord implements proto.Message.
func (m *Frame) WriteRecord(w *record.Writer) {
	w.Key("dnp3").Object()
	w.Key("link").Object()
	w.Key("data_len").Uint(uint64(m.DataLen))
	m.Control.write(w, m.metadata)
	w.Key("dest_addr").Uint(uint64(m.Destination))
	w.Key("src_addr").Uint(uint64(m.Source))
	if m.metadata {
		w.Key("block_count").Uint(uint64((m.DataLen + blockLen - 1) / blockLen))
	}
	w.EndObject()
	w.Key("transport").Object()
	w.Key("fin").Bool(m.Transport&0x80 != 0)
	w.Key("fir").Bool(m.Transport&0x40 != 0)
	w.Key("seq").Uint(uint64(m.Transport & 0x3f))
	w.EndObject()
	m.Application.write(w)
	w.EndObject()
}

// Control is the control byte of a link header (IEEE 1815, section
// 9.2.4.1.3).
type Control uint8

func (b Control) write(w *record.Writer, metadata bool) {
	fcb, fcv := b&0x20 != 0, b&0x10 != 0
	w.Key("control").Object()
	w.Key("dir").Bool(b&0x80 != 0)
	w.Key("prim").Bool(b.Primary())
	w.Key("fcb").Bool(fcb)
	if b.Primary() {
		w.Key("fcv").Bool(fcv)
	} else {
		w.Key("dfc").Bool(fcv) // the same bit
	}
	w.Key("func_str").NameOrCode(b.Function(), int64(b&0x0f))
	switch {
	case !metadata:
	case b.Primary():
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

// Primary reports whether the station that began the transaction sent the
// frame.
func (b Control) Primary() bool { return b&0x40 != 0 }

// Function is the name of the function, or empty (IEEE 1815, table 9-1 and
// 9-2).
func (b Control) Function() string {
	if b.Primary() {
		return proto.Name(primary[:], b&0x0f)
	}
	return proto.Name(secondary[:], b&0x0f)
}

// primary and secondary are the functions of the station that began the
// transaction, and of the other one.
var (
	primary = [...]string{
		0: "RESET_LINK_STATES", 2: "TEST_LINK_STATES", 3: "CONFIRMED_USER_DATA", 4: "UNCONFIRMED_USER_DATA",
		9: "REQUEST_LINK_STATES",
	}
	secondary = [...]string{0: "ACK", 1: "NACK", 11: "LINK_STATUS", 15: "NOT_SUPPORTED"}
)

// wrongFCV reports whether the frame count valid bit of a primary station is
// not as the function requires.
func (b Control) wrongFCV() bool {
	fcv := b&0x10 != 0
	switch b & 0x0f {
	case 2, 3:
		return !fcv
	case 0, 4, 9:
		return fcv
	}
	return false
}
