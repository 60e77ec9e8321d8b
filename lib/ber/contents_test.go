package ber

import (
	"math"
	"testing"

	"merctools/lib/record"
	"merctools/lib/wire"
)

func TestIntegers(t *testing.T) {
	tests := []struct {
		contents string
		uint     uint64
		int      int64
	}{
		{"", 0, 0},
		{"\x00", 0, 0},
		{"\x7f", 127, 127},
		{"\x80", 0, -128},
		{"\xff", 0, -1},
		{"\x00\x80", 128, 128},
		{"\xff\x7f", 0, -129},
		{"\xff\x00", 0, -256},
		{"\x01\x00", 256, 256},
		{"\x00\x00", 0, 0}, // not minimal, as the next four
		{"\x00\x7f", 0, 0},
		{"\xff\xff", 0, 0},
		{"\xff\x80", 0, 0},
		{"\x00\x00\x80", 0, 0},
		{"\x00\xff\xff\xff\xff", math.MaxUint32, math.MaxUint32},
		{"\x7f\xff\xff\xff\xff\xff\xff\xff", math.MaxInt64, math.MaxInt64},
		{"\x80\x00\x00\x00\x00\x00\x00\x00", 0, math.MinInt64},
		{"\x00\x80\x00\x00\x00\x00\x00\x00\x00", 1 << 63, 0},
		{"\x00\xff\xff\xff\xff\xff\xff\xff\xff", math.MaxUint64, 0},
		{"\x01\x00\x00\x00\x00\x00\x00\x00\x00", 0, 0},
		{"\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00", 0, 0},
		{"\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 0, 0},
	}
	for _, tt := range tests {
		c := wire.Cursor(tt.contents)
		if u, i := Uint64(c), Int64(c); u != tt.uint || i != tt.int {
			t.Errorf("%x: got %d and %d", tt.contents, u, i)
		}
	}
	if Uint64(nil) != 0 || Int64(nil) != 0 {
		t.Error("contents that are missing have a value")
	}
}

func TestOctets(t *testing.T) {
	tests := []struct {
		in, want TLV
	}{
		{TLV{3, 3, wire.Cursor{0, 1, 2}}, TLV{3, 2, wire.Cursor{1, 2}}},
		{TLV{3, 9, wire.Cursor{0, 1}}, TLV{3, 8, wire.Cursor{1}}},
		{TLV{3, 1, wire.Cursor{0}}, TLV{3, 0, wire.Cursor{}}},
		{TLV{3, 2, wire.Cursor{4, 0xf0}}, TLV{3, 2, nil}},
		{TLV{3, 0, wire.Cursor{}}, TLV{3, 0, nil}},
		{TLV{3, 4, nil}, TLV{3, 4, nil}},
		{TLV{3, 4, wire.Cursor{}}, TLV{3, 4, wire.Cursor{}}},
	}
	for _, tt := range tests {
		if got := tt.in.Octets(); !got.Equal(&tt.want) {
			t.Errorf("%+v: got %+v", tt.in, got)
		}
	}
}

func TestBits(t *testing.T) {
	tests := []struct {
		contents string
		len      uint
		flags    uint32
	}{
		{"", 0, 0},
		{"\x00", 0, 0},
		{"\x00\x00", 0, 0},
		{"\x01\x00\x80", 17, 0x00800000},
		{"\x00\x40\x81\x00\x10", 31, 0x40810010},
		{"\x00\x01\x02\x03\x04\x05", 33, 0x01020304},
	}
	for _, tt := range tests {
		c := wire.Cursor(tt.contents)
		if n, f := BitLen(c), Flags32(c); n != tt.len || f != tt.flags {
			t.Errorf("%x: got %d, %#x", tt.contents, n, f)
		}
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		contents, utc, generalized string
	}{
		{"240102030405Z", "2024-01-02 03:04:05Z", "malformed"},
		{"500101000000Z", "1950-01-01 00:00:00Z", "malformed"},
		{"491231235959Z", "2049-12-31 23:59:59Z", "malformed"},
		{"20240102030405Z", "malformed", "2024-01-02 03:04:05Z"},
		{"00000000000000Z", "malformed", "0000-00-00 00:00:00Z"},
		{"24010203040:Z", "malformed", "malformed"},
		{"2401020304/5Z", "malformed", "malformed"},
		{"240102030405z", "malformed", "malformed"},
		{"2401020304Z", "malformed", "malformed"},
		{"20240102030405.5Z", "malformed", "malformed"},
		{"", "malformed", "malformed"},
	}
	for _, tt := range tests {
		c := wire.Cursor(tt.contents)
		if got := string(AppendUTCTime(nil, c)); got != tt.utc {
			t.Errorf("%s: UTCTime is %s", tt.contents, got)
		}
		if got := string(AppendGeneralizedTime(nil, c)); got != tt.generalized {
			t.Errorf("%s: GeneralizedTime is %s", tt.contents, got)
		}
		for _, x := range []struct {
			tag  uint8
			want string
		}{{UTCTime, tt.utc}, {GeneralizedTime, tt.generalized}, {OctetString, "malformed"}} {
			when, ok := TLV{Tag: x.tag, Value: c}.Time()
			if noSuchDay := x.want == "0000-00-00 00:00:00Z"; x.want == "malformed" || noSuchDay {
				if ok {
					t.Errorf("%s: time %v of a value with tag %d", tt.contents, when, x.tag)
				}
			} else if got := when.Format("2006-01-02 15:04:05Z"); !ok || got != x.want {
				t.Errorf("%s: time is %s, %t", tt.contents, got, ok)
			}
		}
	}
}

func TestWrite(t *testing.T) {
	tests := []struct {
		in   TLV
		want string
	}{
		{TLV{UTCTime, 13, wire.Cursor("240102030405Z")}, `{"v":"2024-01-02 03:04:05Z"}`},
		{TLV{UTCTime, 13, wire.Cursor("24")}, `{"v":"malformed","truncated":"v"}`},
		{TLV{UTCTime, 13, nil}, `{}`},
		{TLV{UTCTime, 0, nil}, `{"v":"malformed"}`},
		{TLV{GeneralizedTime, 15, wire.Cursor("20240102030405Z")}, `{"v":"2024-01-02 03:04:05Z"}`},
		{TLV{GeneralizedTime, 15, nil}, `{}`},
		{TLV{ObjectIdentifier, 3, wire.Cursor("\x55\x04\x03")}, `{"v":"common_name"}`},
		{TLV{ObjectIdentifier, 9, wire.Cursor("\x55\x04")}, `{"v":"id-at","truncated":"v"}`},
		{TLV{ObjectIdentifier, 9, nil}, `{}`},
		{TLV{ObjectIdentifier, 0, nil}, `{"v":""}`},
		{TLV{PrintableString, 2, wire.Cursor("a\"")}, `{"v":"a\""}`},
		{TLV{IA5String, 9, wire.Cursor("a")}, `{"v":"a","truncated":"v"}`},
		{TLV{IA5String, 0, wire.Cursor{}}, `{}`},
		{TLV{IA5String, 3, nil}, `{}`},
		{TLV{T61String, 1, wire.Cursor("\xfc")}, `{"v":"\ufffd"}`},
		{TLV{VideotexString, 1, wire.Cursor("a")}, `{"v":"a"}`},
		{TLV{GraphicString, 1, wire.Cursor("a")}, `{"v":"a"}`},
		{TLV{VisibleString, 1, wire.Cursor("a")}, `{"v":"a"}`},
		{TLV{UTF8String, 1, wire.Cursor("a")}, `{"v":"61"}`},
		{TLV{BMPString, 2, wire.Cursor("\x00a")}, `{"v":"0061"}`},
		{TLV{OctetString, 0, nil}, `{"v":""}`},
		{TLV{OctetString, 3, nil}, `{}`},
		{TLV{OctetString, 3, wire.Cursor{1}}, `{"v":"01","truncated":"v"}`},
		{TLV{BitString, 3, wire.Cursor{6, 0xa5, 0xc0}}, `{"v":[1,0,1,0,0,1,0,1,1,1]}`},
		{TLV{BitString, 9, wire.Cursor{0, 0x80}}, `{"v":[1,0,0,0,0,0,0,0],"truncated":"v"}`},
		{TLV{BitString, 1, wire.Cursor{0}}, `{"v":[]}`},
		{TLV{BitString, 0, nil}, `{"v":[]}`},
		{TLV{BitString, 3, nil}, `{}`},
	}
	for _, tt := range tests {
		var w record.Writer
		w.Object()
		tt.in.WriteValue(&w, "v")
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.in, w.Bytes(), tt.want)
		}
	}
}

func TestWriteFlags(t *testing.T) {
	tests := []struct {
		in   TLV
		want string
	}{
		{TLV{BitString, 2, wire.Cursor{5, 0xa0}}, `{"v":["a","c"]}`},
		{TLV{BitString, 2, wire.Cursor{6, 0xa0}}, `{"v":["a"]}`},
		{TLV{BitString, 3, wire.Cursor{0, 0x1f, 0xff}}, `{"v":["d"]}`},
		{TLV{BitString, 2, wire.Cursor{8, 0xff}}, `{"v":[]}`},
		{TLV{BitString, 2, wire.Cursor{9, 0xff}}, `{"v":["a","b","c","d"]}`}, // modulo 32, and beyond 8: all bits
		{TLV{BitString, 2, wire.Cursor{38, 0xff}}, `{"v":["a","b"]}`},
		{TLV{BitString, 9, wire.Cursor{0, 0x40}}, `{"v":["b"],"truncated":"v"}`},
		{TLV{BitString, 9, nil}, `{}`},
	}
	for _, tt := range tests {
		var w record.Writer
		w.Object()
		tt.in.WriteFlags(&w, "v", []string{"a", "b", "c", "d"})
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.in, w.Bytes(), tt.want)
		}
	}
}
