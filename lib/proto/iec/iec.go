// Package iec reads messages of IEC 60870-5-104, by which control stations
// talk to the equipment of power grids.
package iec

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes IEC 60870-5-104.
var Protocol = &proto.Protocol{
	Name: "IEC 60870-5-104",
	Doc:  "telecontrol of equipment over TCP",
	Spec: "IEC 60870-5-104, IEC 60870-5-101",
	Selectors: map[string]string{
		"iec": "IEC 60870-5-104: telecontrol of equipment over TCP",
	},
	Messages: []proto.Kind{{
		Name:   "APDU",
		FDC:    "iec60870_5_104",
		Select: []string{"iec"},
		Match:  []detect.Rule{{Layer: detect.TCP, Mask: "\xff\x00\x00\x00", Value: "\x68\x00\x00\x00", Length: length}},
		New:    func(*proto.Options) proto.Message { return new(APDU) },
	}},
	Fields: []proto.Field{proto.O("iec60870_5_104", "an APDU",
		proto.F("apdu_length", proto.Uint, "length of what follows the length, in bytes"),
		proto.O("i_frame", "an information transfer frame",
			proto.F("send_sequence_number", proto.Uint, "number of the frame, its bytes in the wrong order"),
			proto.F("receive_sequence_number", proto.Uint, "number of the frame expected next, its bytes in the wrong order"),
			proto.F("type_id", proto.String, "type of the information"),
			proto.F("sq", proto.Bool, "a sequence of elements at one address"),
			proto.F("number_of_objects", proto.Uint, "number of objects or elements"),
			proto.F("test_bit", proto.Bool, "sent as a test"),
			proto.F("negative_confirm", proto.Bool, "a negative confirmation"),
			proto.F("cot", proto.String, "cause of transmission"),
			proto.F("originator_address", proto.Uint, "address of the originator"),
			proto.F("asdu_address", proto.Uint, "common address, its bytes in the wrong order"),
			proto.O("information_object", "a sequence of elements",
				proto.F("information_object_address", proto.Hex, "address of the first"),
				proto.L("information_elements", proto.Hex, "elements")),
			proto.A("info_objs", "objects with an address each",
				proto.F("information_object_address", proto.Hex, "address"),
				proto.F("information_element", proto.Hex, "element"))),
		proto.O("s_frame", "a supervisory frame",
			proto.F("receive_sequence_number", proto.Uint, "number of the frame expected next, its bytes in the wrong order")),
		proto.O("u_frame", "an unnumbered control frame",
			proto.F("u_frame_function", proto.String, "function")),
	)},
}

// length is what the length field says, with itself and the start byte
// (IEC 60870-5-104, section 5).
func length(c wire.Cursor) int {
	c.Skip(1)
	return int(c.Uint8()) + 2
}

// Format is the low bits of the first control byte, which tell the formats of
// frames apart. Those of an information frame also hold a bit of its sequence
// number, so that every other such frame is not taken for one.
type Format uint8

// The formats (IEC 60870-5-104, section 5).
const (
	Information Format = 0
	Supervisory Format = 1
	Unnumbered  Format = 3
	formatMask         = 3
)

// An APDU is one frame (IEC 60870-5-104, section 5).
type APDU struct {
	Length   uint8  // of what follows the length, in bytes
	Format   Format // which of the other fields are set
	Sent     uint16 // send sequence number, its bytes in the wrong order; of information frames
	Received uint16 // receive sequence number, its bytes in the wrong order; not of unnumbered frames
	ASDU     ASDU   // of information frames
	Function uint8  // first control byte; of unnumbered frames
}

// Parse implements proto.Message.
func (m *APDU) Parse(c wire.Cursor, _ *proto.Packet) bool {
	*m = APDU{}
	c.Accept("\x68")
	m.Length = c.Uint8()
	first, _ := c.Peek()
	// Quirk Q85: one of the bits belongs to the number.
	m.Format = Format(first & formatMask)
	switch m.Format {
	case Information: // also where the frame ends here, which fails below
		m.Sent = sequenceNumber(&c)
		m.Received = sequenceNumber(&c)
		return m.ASDU.parse(c)
	case Supervisory:
		c.SkipUpTo(2)
		m.Received = sequenceNumber(&c)
		return c.Ok()
	case Unnumbered:
		m.Function = c.Uint8()
		return c.Ok()
	}
	return false
}

// Quirk Q84: the bytes are sent the other way round.
func sequenceNumber(c *wire.Cursor) uint16 { return c.Uint16() >> 1 }

// WriteRecord implements proto.Message.
func (m *APDU) WriteRecord(w *record.Writer) {
	w.Key("iec60870_5_104").Object()
	w.Key("apdu_length").Uint(uint64(m.Length))
	switch m.Format {
	case Information:
		w.Key("i_frame").Object()
		w.Key("send_sequence_number").Uint(uint64(m.Sent))
		w.Key("receive_sequence_number").Uint(uint64(m.Received))
		m.ASDU.write(w, int(m.Length))
		w.EndObject()
	case Supervisory:
		w.Key("s_frame").Object()
		w.Key("receive_sequence_number").Uint(uint64(m.Received))
		w.EndObject()
	case Unnumbered:
		w.Key("u_frame").Object()
		w.Key("u_frame_function").Str(functionName(m.Function))
		w.EndObject()
	}
	w.EndObject()
}

// functionName is the name of the function of an unnumbered frame.
func functionName(control uint8) string {
	switch control {
	case 0x07:
		return "start_data_transfer_activation"
	case 0x0b:
		return "start_data_transfer_confirmation"
	case 0x13:
		return "stop_data_transfer_activation"
	case 0x23:
		return "stop_data_transfer_confirmation"
	case 0x43:
		return "test_frame_activation"
	case 0x83:
		return "test_frame_confirmation"
	}
	return "unknown"
}
