package iec

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An ASDU is an application service data unit (IEC 60870-5-101, section 7).
type ASDU struct {
	Type       uint8  // type identification
	Sequence   bool   // elements at consecutive addresses
	Objects    uint8  // how many objects or elements
	Test       bool   // sent as a test
	Negative   bool   // negative confirmation
	Cause      uint8  // cause of transmission
	Originator uint8  // address of the originator
	Address    uint16 // common address, its bytes in the wrong order
	Body       wire.Cursor
}

// Lengths in bytes.
const (
	addressLen = 3     // of an information object's address
	headLen    = 4 + 6 // of control field and data unit identifier, which the length field counts
	minBody    = addressLen + 1
)

// parse reports whether there is a whole header with at least one object.
func (a *ASDU) parse(c wire.Cursor) bool {
	a.Type = c.Uint8()
	structure := c.Uint8()
	a.Sequence = structure&0x80 != 0
	a.Objects = structure & 0x7f
	cause := c.Uint8()
	a.Test = cause&0x80 != 0
	a.Negative = cause&0x40 != 0
	a.Cause = cause & 0x3f
	a.Originator = c.Uint8()
	a.Address = c.Uint16()
	a.Body = c
	return c.Ok() && a.Objects > 0
}

func (a *ASDU) write(w *record.Writer, length int) {
	w.Key("type_id").NameOrCode(proto.Name(typeNames[:], a.Type), int64(a.Type))
	w.Key("sq").Bool(a.Sequence)
	w.Key("number_of_objects").Uint(uint64(a.Objects))
	w.Key("test_bit").Bool(a.Test)
	w.Key("negative_confirm").Bool(a.Negative)
	w.Key("cot").NameOrCode(proto.Name(causeNames[:], a.Cause), int64(a.Cause))
	w.Key("originator_address").Uint(uint64(a.Originator))
	w.Key("asdu_address").Uint(uint64(a.Address))
	c := a.Body
	if c.Len() < minBody {
		return
	}
	// The size of an element is what the length of the frame leaves to each,
	// modulo 256 where that is less than nothing.
	n := int(a.Objects)
	if a.Sequence {
		size := uint8((length - headLen - addressLen) / n)
		w.Key("information_object").Object()
		w.Key("information_object_address").Hex(c.Bytes(addressLen))
		w.Key("information_elements").Array()
		for ; n > 0 && c.More(); n-- {
			w.Elem().Hex(c.Bytes(int(size)))
		}
		w.EndArray()
		w.EndObject()
		return
	}
	// Quirk Q86: modulo 256.
	size := uint8((length-headLen)/n - addressLen)
	w.Key("info_objs").Array()
	for c.More() {
		w.Elem().Object()
		w.Key("information_object_address").Hex(c.Bytes(addressLen))
		w.Key("information_element").Hex(c.Bytes(int(size)))
		w.EndObject()
	}
	w.EndArray()
}
