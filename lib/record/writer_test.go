package record

import (
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"
)

func TestValues(t *testing.T) {
	tests := []struct {
		write func(*Writer)
		want  string
	}{
		{func(w *Writer) { w.Null() }, `null`},
		{func(w *Writer) { w.Bool(true) }, `true`},
		{func(w *Writer) { w.Uint(math.MaxUint64) }, `18446744073709551615`},
		{func(w *Writer) { w.Int(math.MinInt64) }, `-9223372036854775808`},
		{func(w *Writer) { w.Float(0.5) }, `0.500000`},
		{func(w *Writer) { w.Float(math.NaN()) }, `null`},
		{func(w *Writer) { w.Float(math.Inf(1)) }, `null`},
		{func(w *Writer) { w.Hex([]byte{0, 0xaf}) }, `"00af"`},
		{func(w *Writer) { w.Hex(nil) }, `""`},
		{func(w *Writer) { w.HexUint(0x12345, 5) }, `"12345"`},
		{func(w *Writer) { w.HexUint(0x12345, 4) }, `"2345"`},
		{func(w *Writer) { w.UnknownHex(0x0a, 2) }, `"UNKNOWN (0a)"`},
		{func(w *Writer) { w.NameOrHex("", 0x0a, 4) }, `"UNKNOWN (000a)"`},
		{func(w *Writer) { w.NameOrHex("ten", 0x0a, 4) }, `"ten"`},
		{func(w *Writer) { w.NameOrCode("", 10) }, `"UNKNOWN (10)"`},
		{func(w *Writer) { w.NameOrCode("", -10) }, `"UNKNOWN (-10)"`},
		{func(w *Writer) { w.NameOrCode("ten", 10) }, `"ten"`},
		{func(w *Writer) { w.Base64([]byte("ab")) }, `"YWI="`},
		{func(w *Writer) { w.IPv4([4]byte{192, 0, 2, 1}) }, `"192.0.2.1"`},
		{func(w *Writer) { w.IP([]byte{1, 2, 3}) }, `"malformed"`},
		{func(w *Writer) { w.MAC([]byte{0, 1, 2, 0xa, 0xb, 0xc}) }, `"00:01:02:0a:0b:0c"`},
		{func(w *Writer) { w.Time(1700000000123456789) }, `1700000000.123456`},
		{func(w *Writer) { w.Time(0) }, `0.000000`},
		{func(w *Writer) { w.Time(999) }, `0.000000`},
		{func(w *Writer) { w.Time(-999) }, `0.000000`},
		{func(w *Writer) { w.Time(-1000) }, `-0.000001`},
		{func(w *Writer) { w.Time(-1700000000123456789) }, `-1700000000.123456`},
		{func(w *Writer) { w.Time(5000000000123456789) }, `5000000000.123456`},
		{func(w *Writer) { w.Time(math.MaxInt64) }, `9223372036.854775`},
		{func(w *Writer) { w.Time(math.MinInt64) }, `-9223372036.854775`},
		{func(w *Writer) { w.Str("a") }, `"a"`},
	}
	for _, tt := range tests {
		var w Writer
		if tt.write(&w); string(w.Bytes()) != tt.want {
			t.Errorf("got %s, want %s", w.Bytes(), tt.want)
		}
	}
}

func TestIPv6(t *testing.T) {
	tests := []struct {
		addr [16]byte
		want string
	}{
		{[16]byte{}, "::"},
		{[16]byte{15: 1}, "::1"},
		{[16]byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}, "2001:db8::1:0:0:1"},
		{[16]byte{0x26, 4, 0x2d, 0xc0, 1, 0, 0x23, 0x93}, "2604:2dc0:100:2393::"},
		{[16]byte{0, 1, 0, 2, 0, 0, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}, "1:2:0:4:5:6:7:8"},
		{[16]byte{10: 0xff, 0xff, 192, 0, 2, 1}, "::ffff:c000:201"},
		{[16]byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0}, "1::2:0:0:3:0"},
	}
	for _, tt := range tests {
		var w Writer
		if w.IPv6(tt.addr); string(w.Bytes()) != `"`+tt.want+`"` {
			t.Errorf("got %s, want %s", w.Bytes(), tt.want)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain", `plain`},
		{"A\"\\B", `A\"\\B`},
		{"\n\t\r\x7f", `\u000a\u0009\u000d\u007f`},
		{"\xe2\x82\xac", `\u20ac`},
		{"\xc0\x80", `\ufffd\ufffd`},
		{"\xff", `\ufffd`},
		{"\xf5\x80\x80\x80", `\ufffd\ufffd\ufffd\ufffd`},
		{"\xf4\x8f\xbf\xbe", `\udbff\udffe`},
		{"\xf4\x8f\xbf\xbf", `\udbff\udfff`},
		{"\xf4\x8f\xbf\xbd", `\ufffd`},
		{"\xe2\x82A", `\ufffd\ufffdA`},
		{"\xe0A\x80", `\ufffdA\ufffd`},
		{"\xc2\x7f", `\ufffd\u007f`},
		{"\xc2", `\ufffd`},
		{"\xed\xa0\x80", `\ufffd\ufffd\ufffd`},
		{"\xee\x80\x80", `\ufffd`},
		{"\xef\xbf\xbf", `\uffff`},
		{"\xf0\x9f\x98\x80x", `\ud83d\ude00x`},
	}
	for _, tt := range tests {
		if got := string(AppendText(nil, []byte(tt.in))); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestNesting(t *testing.T) {
	var w Writer
	w.Object()
	w.Key("a").Array()
	w.Elem().Uint(1)
	w.Elem().Array()
	w.EndArray()
	w.Elem().Object()
	w.Key("x").Str("{")
	w.Key("y").Str("[")
	w.EndObject()
	w.EndArray()
	mark := w.Len()
	w.Key("gone").Bool(true)
	w.Reset(mark)
	w.TextKey([]byte("k\"")).Null()
	w.EndObject()
	w.Newline()
	const want = `{"a":[1,[],{"x":"{","y":"["}],"k\"":null}` + "\n"
	if string(w.Bytes()) != want {
		t.Errorf("got %s, want %s", w.Bytes(), want)
	}
}

func TestNoAllocation(t *testing.T) {
	w := NewWriter(make([]byte, 0, 4096))
	s := []byte("caf\xc3\xa9 \"x\"")
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		w.Object()
		w.Key("t").Text(s)
		w.Key("h").Hex(s)
		w.Key("b").Base64(s)
		w.Key("f").Float(1.25)
		w.Key("i").IPv6([16]byte{1: 1})
		w.Key("m").IPv6([16]byte{10: 255, 255, 1})
		w.Key("e").Time(1700000000123456789)
		w.EndObject()
	}); n != 0 {
		t.Errorf("%v allocations per record", n)
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("a\"\\\n\xff\xc3\xa9\xf0\x9f\x98\x80"))
	f.Fuzz(func(t *testing.T, s []byte) {
		w := NewWriter(nil)
		w.Text(s)
		var back string
		if err := json.Unmarshal(w.Bytes(), &back); err != nil {
			t.Fatalf("%s: %v", w.Bytes(), err)
		}
		want := []rune{}
		for rest := s; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			rest = rest[size:]
			if r >= 0xe000 && r <= 0xf8ff || r >= 0xf0000 && r <= 0xffffd || r >= 0x100000 && r <= 0x10fffd {
				r = utf8.RuneError
			}
			want = append(want, r)
		}
		if back != string(want) {
			t.Fatalf("%q comes back as %q", s, back)
		}
	})
}

// IsExact and TextLen tell what becomes of text that is read again.
func TestReadAgain(t *testing.T) {
	for _, s := range []string{"", "abc", "a\"\\\x00\x7f", "é漢😀", "\xff", "\xc3", "a\xed\xa0\x80", "\ue000", "\U000f0000", "\ufffd", "😀\xf0\x9f\x98"} {
		again := string(AppendUnescaped(nil, AppendText(nil, []byte(s))))
		if got := IsExact([]byte(s)); got != (again == s) {
			t.Errorf("%q: exact %v, but it becomes %q", s, got, again)
		}
		if got := TextLen([]byte(s)); got != len(again) {
			t.Errorf("%q: %d bytes, not %d", s, len(again), got)
		}
	}
}
