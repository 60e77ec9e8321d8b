package lenientbase64

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"Zg==", "f"},
		{"Zm8=", "fo"},
		{"Zm9v", "foo"},
		{"Zm9vYmFy", "foobar"},
		{"+/+/", "\xfb\xff\xbf"},
		{"Zm9", ""},              // not a multiple of four
		{"Zm9vY", ""},            // the same
		{"Zm-v", ""},             // of the other alphabet
		{"Zm 9v", ""},            // a space
		{"Zm9vZm-=", ""},         // a bad byte in the last group
		{"====", "\x00"},         // padding alone
		{"=m9v", "\x02\x6f\x6f"}, // padding in front
		{"Zm9\x87", ""},
		{"Zm9\xff", "\x66\x6f\x40"},
	}
	var buf [16]byte
	for _, tt := range tests {
		if got := Decode(buf[:], []byte(tt.in)); string(got) != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestDecodeRoom(t *testing.T) {
	tests := []struct {
		in   string
		room int
		want int
	}{
		{strings.Repeat("Zm9v", 5), 16, 15},
		{strings.Repeat("Zm9v", 5), 15, 0},
		{strings.Repeat("Zm9v", 5) + "Zg==", 17, 16},
		{strings.Repeat("Zm9v", 5) + "Zg==", 16, 0},
		{strings.Repeat("Zm9v", 5) + "Zm8=", 17, 17},
		{strings.Repeat("Zm9v", 5) + "Zm8=", 16, 0},
	}
	for _, tt := range tests {
		if got := Decode(make([]byte, tt.room), []byte(tt.in)); len(got) != tt.want {
			t.Errorf("%d characters into %d bytes: got %d, want %d", len(tt.in), tt.room, len(got), tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("Zm9vYmE="))
	f.Add([]byte("===="))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var buf [64]byte
		got := Decode(buf[:], in)
		if want, err := base64.StdEncoding.DecodeString(string(in)); err == nil && len(want) < len(buf)-1 && !bytes.ContainsAny(in, "\r\n") {
			if !bytes.Equal(got, want) {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		}
	})
}
