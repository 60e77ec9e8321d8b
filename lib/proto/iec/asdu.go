package iec

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An asdu is an application service data unit (IEC 60870-5-101, section 7).
type asdu struct {
	kind       uint8
	sequence   bool  // elements at consecutive addresses
	objects    uint8 // how many
	test       bool
	negative   bool
	cause      uint8
	originator uint8
	address    uint16
	body       wire.Cursor
}

// Lengths in bytes.
const (
	addressLen = 3     // of an information object's address
	headLen    = 4 + 6 // of control field and data unit identifier, which the length field counts
	minBody    = addressLen + 1
)

// parse reports whether there is a whole header with at least one object.
func (a *asdu) parse(c wire.Cursor) bool {
	a.kind = c.Uint8()
	structure := c.Uint8()
	a.sequence = structure&0x80 != 0
	a.objects = structure & 0x7f
	cause := c.Uint8()
	a.test = cause&0x80 != 0
	a.negative = cause&0x40 != 0
	a.cause = cause & 0x3f
	a.originator = c.Uint8()
	a.address = c.Uint16()
	a.body = c
	return c.Ok() && a.objects > 0
}

func (a *asdu) write(w *record.Writer, length int) {
	w.Key("type_id")
	writeName(w, typeNames[:], a.kind)
	w.Key("sq").Bool(a.sequence)
	w.Key("number_of_objects").Uint(uint64(a.objects))
	w.Key("test_bit").Bool(a.test)
	w.Key("negative_confirm").Bool(a.negative)
	w.Key("cot")
	writeName(w, causeNames[:], a.cause)
	w.Key("originator_address").Uint(uint64(a.originator))
	w.Key("asdu_address").Uint(uint64(a.address))
	c := a.body
	if c.Len() < minBody {
		return
	}
	// The size of an element is what the length of the frame leaves to each,
	// modulo 256 where that is less than nothing.
	n := int(a.objects)
	if a.sequence {
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

func writeName(w *record.Writer, names []string, code uint8) {
	if int(code) < len(names) && names[code] != "" {
		w.Str(names[code])
		return
	}
	w.UnknownUint(uint64(code))
}
