package ber

import (
	"bytes"
	"encoding/json"
	"testing"

	"merctools/lib/record"
	"merctools/lib/wire"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name     string
		in       []byte
		expected uint8
		tag      uint8
		length   uint64
		value    wire.Cursor // nil: failed
		rest     wire.Cursor // nil: failed
	}{
		{"short", []byte{4, 2, 1, 2, 9}, Any, 4, 2, wire.Cursor{1, 2}, wire.Cursor{9}},
		{"expected", []byte{4, 1, 1}, OctetString, 4, 1, wire.Cursor{1}, wire.Cursor{}},
		{"not expected", []byte{4, 1, 1}, Sequence, 0, 0, nil, nil},
		{"empty, then more", []byte{5, 0, 9}, Any, 5, 0, wire.Cursor{}, wire.Cursor{9}},
		{"empty at the end", []byte{5, 0}, Any, 5, 0, nil, wire.Cursor{}},
		{"truncated", []byte{4, 3, 1}, Any, 4, 3, wire.Cursor{1}, wire.Cursor{}},
		{"truncated, nothing left", []byte{4, 3}, Any, 4, 3, nil, wire.Cursor{}},
		{"nothing", []byte{}, Any, 0, 0, nil, nil},
		{"failed", nil, Any, 0, 0, nil, nil},
		{"one octet", []byte{4}, Any, 0, 0, nil, nil},
		{"long", []byte{4, 0x81, 1, 1, 9}, Any, 4, 1, wire.Cursor{1}, wire.Cursor{9}},
		{"longer than needed", []byte{4, 0x84, 0, 0, 0, 1, 1, 9}, Any, 4, 1, wire.Cursor{1}, wire.Cursor{9}},
		{"length cut off", []byte{4, 0x82, 1}, Any, 4, 0, nil, nil},
		{"length of 127 octets cut off", []byte{4, 0xff, 1, 2}, Any, 4, 0, nil, nil},
		{"length of nine octets, eight of which count", []byte{4, 0x89, 7, 0, 0, 0, 0, 0, 0, 0, 1, 1, 9}, Any, 4, 1, wire.Cursor{1}, wire.Cursor{9}},
		{"length of 64 bits", append([]byte{4, 0x88}, bytes.Repeat([]byte{0xff}, 9)...), Any, 4, 1<<64 - 1, wire.Cursor{0xff}, wire.Cursor{}},
		{"length of 33 bits, 32 of which count", []byte{4, 0x85, 1, 0, 0, 0, 1, 1, 9}, Any, 4, 1<<32 + 1, wire.Cursor{1}, wire.Cursor{9}},
		{"indefinite", []byte{0x30, 0x80, 5, 0, 0, 0}, Any, 0x30, 0x80, nil, nil},
		{"long tag, taken for a short one", []byte{0x9f, 0x81, 1, 5}, Any, 0x9f, 1, wire.Cursor{5}, wire.Cursor{}},
	}
	for _, tt := range tests {
		c := wire.Cursor(tt.in)
		got := ReadTag(&c, tt.expected)
		if got.Tag != tt.tag || got.Length != tt.length || !same(got.Value, tt.value) || !same(c, tt.rest) {
			t.Errorf("%s: got %+v, rest %v", tt.name, got, c)
		}
		if tt.expected == Any {
			c = tt.in
			if again := Read(&c); !again.Equal(&got) {
				t.Errorf("%s: Read got %+v", tt.name, again)
			}
		}
	}
}

// same tells a failed cursor from an empty one.
func same(a, b wire.Cursor) bool { return a.Ok() == b.Ok() && bytes.Equal(a, b) }

// What can't be read leaves what was there.
func TestParseKeeps(t *testing.T) {
	tests := []struct {
		in   []byte
		want TLV
	}{
		{[]byte{4}, TLV{1, 1, wire.Cursor{0xff}}},
		{[]byte{4, 0x80}, TLV{4, 0x80, wire.Cursor{0xff}}},
		{[]byte{4, 0x82, 0}, TLV{4, 0, wire.Cursor{0xff}}},
		{[]byte{4, 7}, TLV{4, 7, wire.Cursor{0xff}}},
		{[]byte{4, 0, 0}, TLV{4, 0, wire.Cursor{}}},
	}
	for _, tt := range tests {
		got := TLV{1, 1, wire.Cursor{0xff}}
		c := wire.Of(tt.in)
		if got.Parse(&c, Any); !got.Equal(&tt.want) {
			t.Errorf("%x: got %+v", tt.in, got)
		}
	}
	got := TLV{1, 1, wire.Cursor{0xff}}
	c := wire.Of([]byte{5, 0, 0})
	if got.Parse(&c, Boolean); got.Tag != 1 || c.Ok() {
		t.Errorf("another tag: got %+v", got)
	}
}

func TestState(t *testing.T) {
	tests := []struct {
		in                             []byte
		ok, valid, complete, truncated bool
	}{
		{[]byte{4, 1, 0}, true, true, true, false},
		{[]byte{4, 2, 0}, true, true, false, true},
		{[]byte{4, 0, 0}, true, true, true, false},
		{[]byte{4, 0}, false, true, false, false},
		{[]byte{4, 1}, false, false, false, false},
		{[]byte{4}, false, true, false, false},
	}
	for _, tt := range tests {
		c := wire.Of(tt.in)
		got := Read(&c)
		if got.Ok() != tt.ok || got.Valid() != tt.valid || got.Complete() != tt.complete || got.Truncated() != tt.truncated {
			t.Errorf("%x: %t %t %t %t", tt.in, got.Ok(), got.Valid(), got.Complete(), got.Truncated())
		}
	}
}

func TestTag(t *testing.T) {
	tests := []struct {
		tag         uint8
		class       Class
		number      uint8
		constructed bool
	}{
		{Sequence, Universal, 16, true},
		{OctetString, Universal, 4, false},
		{0x61, Application, 1, true},
		{Context(3), ContextSpecific, 3, false},
		{ContextConstructed(30), ContextSpecific, 30, true},
		{0xdf, Private, 31, false},
	}
	for _, tt := range tests {
		v := TLV{Tag: tt.tag}
		if v.Class() != tt.class || v.Number() != tt.number || v.Constructed() != tt.constructed {
			t.Errorf("%#x: %d %d %t", tt.tag, v.Class(), v.Number(), v.Constructed())
		}
	}
}

func TestEqual(t *testing.T) {
	a := TLV{4, 1, wire.Cursor{1}}
	for _, b := range []TLV{{5, 1, wire.Cursor{1}}, {4, 2, wire.Cursor{1}}, {4, 1, wire.Cursor{2}}, {4, 1, nil}} {
		if a.Equal(&b) {
			t.Errorf("equals %+v", b)
		}
	}
	empty, none := TLV{4, 0, wire.Cursor{}}, TLV{4, 0, nil}
	if empty.Equal(&none) || !a.Equal(&TLV{4, 1, wire.Cursor{1}}) || !none.Equal(&TLV{4, 0, nil}) {
		t.Error("empty contents and none are not told apart")
	}
}

func TestReadExplicit(t *testing.T) {
	tests := []struct {
		name   string
		in     []byte
		fields [3]uint8 // lengths of what was read
		ok     bool
	}{
		{"all", []byte{0xa0, 3, 2, 1, 5, 0xa1, 4, 4, 2, 6, 7, 0xa2, 3, 5, 1, 0}, [3]uint8{1, 2, 1}, true},
		{"in another order, one missing", []byte{0xa2, 3, 5, 1, 0, 0xa0, 3, 2, 1, 5}, [3]uint8{1, 0, 1}, true},
		{"none", []byte{}, [3]uint8{}, true},
		{"another tag inside", []byte{0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 5}, [3]uint8{1, 0, 0}, false},
		{"tag twice", []byte{0xa0, 3, 2, 1, 5, 0xa0, 4, 2, 2, 1, 5}, [3]uint8{1, 0, 0}, false},
		{"tag too high", []byte{0xa0, 3, 2, 1, 5, 0xa3, 3, 2, 1, 5}, [3]uint8{1, 0, 0}, false},
		{"primitive", []byte{0x80, 3, 2, 1, 5}, [3]uint8{}, false},
		{"empty", []byte{0xa0, 0, 0}, [3]uint8{}, false},
		{"cut off", []byte{0xa0, 3, 2, 1, 5, 0xa1}, [3]uint8{1, 0, 0}, false},
		{"no contents", []byte{0xa0, 3}, [3]uint8{}, false},
		{"truncated inside", []byte{0xa1, 4, 4, 9, 6, 7}, [3]uint8{0, 2, 0}, true},
	}
	for _, tt := range tests {
		fields := [3]Field{{Expected: Integer}, {Expected: OctetString}, {Expected: Any}}
		c := wire.Of(tt.in)
		ok := ReadExplicit(&c, fields[:])
		var got [3]uint8
		for i := range fields {
			got[i] = uint8(fields[i].Value.Len())
		}
		if got != tt.fields || ok != tt.ok {
			t.Errorf("%s: got %v, %t", tt.name, got, ok)
		}
	}
	var failed wire.Cursor
	if ReadExplicit(&failed, make([]Field, 1)) {
		t.Error("a failed cursor was read")
	}
}

// walk reads and writes everything in c, values inside values too.
func walk(w *record.Writer, c wire.Cursor, depth int) {
	w.Array()
	for c.More() {
		v := Read(&c)
		w.Elem().Object()
		v.WriteValue(w, "value")
		v.WriteText(w, "text")
		v.WriteOID(w, "oid")
		v.WriteFlags(w, "flags", []string{"a", "b", "c"})
		v.WriteUTCTime(w, "utc")
		v.WriteGeneralizedTime(w, "generalized")
		octets := v.Octets()
		octets.WriteHex(w, "octets")
		w.Key("numbers").Array()
		w.Elem().Uint(Uint64(v.Value))
		w.Elem().Int(Int64(v.Value))
		w.Elem().Uint(uint64(Flags32(v.Value)))
		w.Elem().Uint(uint64(BitLen(v.Value)))
		w.EndArray()
		fields := [2]Field{{Expected: Integer}}
		explicit := v.Value
		w.Key("explicit").Bool(ReadExplicit(&explicit, fields[:]))
		if v.Constructed() && depth < 4 {
			walk(w.Key("inside"), v.Value, depth+1)
		}
		w.EndObject()
	}
	w.EndArray()
}

func FuzzTLV(f *testing.F) {
	f.Add([]byte{0x30, 12, 2, 1, 5, 3, 2, 7, 0x80, 6, 3, 0x2a, 0x86, 0x48})
	f.Add([]byte{0xa0, 3, 2, 1, 5, 0xa1, 4, 4, 2, 6, 7})
	f.Add([]byte("\x17\x0d240102030405Z\x18\x0f20240102030405Z"))
	f.Add([]byte{4, 0x82, 1})
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Add([]byte{3, 9, 40, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		var w record.Writer
		walk(&w, wire.Of(in), 0)
		if !json.Valid(w.Bytes()) {
			t.Errorf("not JSON: %s", w.Bytes())
		}
	})
}

func TestAllocations(t *testing.T) {
	in := wire.Of([]byte("\x17\x0d240102030405Z\x18\x0f20240102030405Z\x30\x17\x02\x01\x05\x03\x02\x07\x80\x06\x03\x2a\x86\x48\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"))
	var w record.Writer
	if n := testing.AllocsPerRun(100, func() { w.Reset(0); walk(&w, in, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
