package dns

import (
	"strings"
	"testing"

	"merctools/lib/wire"
)

// longName is a name of 257 characters, without its end.
var longName = strings.Repeat("\x3f"+strings.Repeat("a", 63), 4) + "\x01b"

func TestName(t *testing.T) {
	label := "\x3f" + strings.Repeat("a", 63)
	text := strings.Repeat("a", 63) + "."
	tests := []struct {
		name, msg string // the name is at the beginning of the message's records
		want      string
		valid     bool
		present   bool
		rest      string // what is left unread
		failed    bool
	}{
		{"labels", "\x03www\x02ab\x00rest", "www.ab.", true, true, "rest", false},
		{"root", "\x00rest", "", true, false, "rest", false},
		{"nothing", "", "", true, false, "", false},
		{"no end", "\x01a", "a.", true, true, "", false},
		{"label cut off", "\x01a\x02b", "a..", true, true, "", true},
		{"pointer", "\xc0\x12rest\x01b\x00", "b.", true, true, "rest\x01b\x00", false},
		{"pointer of one bit", "\x40\x12rest\x01b\x00", "b.", true, true, "rest\x01b\x00", false},
		{"pointer of the other bit", "\x80\x12rest\x01b\x00", "b.", true, true, "rest\x01b\x00", false},
		{"pointer to itself", "\xc0\x0crest", "", true, false, "rest", false},
		{"loop", "\x01a\xc0\x0crest", strings.Repeat("a.", 17), true, true, "rest", false},
		{"pointer into the header", "\x01a\xc0\x0brest", "a.", true, true, "", false},
		{"pointer to the last byte", "\x01a\xc0\x10\x00", "a.", true, true, "\x00", false},
		{"pointer behind the end", "\x01a\xc0\x11\x00", "a.", true, true, "", false},
		{"pointer to a pointer to nowhere", "\xc0\x12rest\xff\xff", "", true, false, "rest\xff\xff", false},
		{"pointer cut off", "\x01a\xc0", "a.", true, true, "", true},
		{"254 characters", label + label + label + "\x3d" + strings.Repeat("b", 61) + "\x00", text + text + text + strings.Repeat("b", 61) + ".", true, true, "", false},
		{"255 characters", label + label + label + "\x3e" + strings.Repeat("b", 62) + "\x00", text + text + text + strings.Repeat("b", 62) + ".", true, true, "", false},
		{"256 characters", label + label + label + label + "\x00rest", text + text + text + text, true, false, "rest", false},
		// The bytes of the label that is too much are read as lengths.
		{"257 characters", label + label + label + label + "\x01\x02\x00rest", "", false, false, "rest", false},
		{"257 characters, a letter like a pointer", label + label + label + label + "\x01b\x00rest", "", false, false, "", false},
		{"too long in a label", label + label + label + label + "\x05\x00rest", "", false, false, "rest", false},
		{"too long, then a pointer", label + label + label + label + "\x05\xc0\x0crest", "", false, false, "rest", false},
	}
	for _, tt := range tests {
		var n Name
		c := wire.Of([]byte(tt.msg))
		// Pointers reach the message but for as many bytes as its header has.
		n.Parse(&c, wire.Of([]byte(tt.msg+strings.Repeat("\x00", headerLen))))
		if got := string(n.Bytes()); got != tt.want || n.Valid() != tt.valid || n.present() != tt.present {
			t.Errorf("%s: got %q, valid %v, present %v", tt.name, got, n.Valid(), n.present())
		}
		if string(c) != tt.rest || c.Failed() != tt.failed {
			t.Errorf("%s: %q is left, failed %v", tt.name, c, c.Failed())
		}
		if n.IsNetBIOS() {
			t.Errorf("%s: taken for a NetBIOS name", tt.name)
		}
	}
}

// Pointers are followed up to a depth of 16.
func TestPointerDepth(t *testing.T) {
	for depth := range 20 {
		msg := "\x01a\x00"
		at := 0
		for range depth {
			next := len(msg)
			msg += u16(0xc000 + headerLen + at)
			at = next
		}
		msg += strings.Repeat("\x00", headerLen) // so that no pointer is too near the end
		var n Name
		c := wire.Of([]byte(msg[at:]))
		n.Parse(&c, wire.Of([]byte(msg)))
		if got := n.present(); got != (depth <= maxPointers) {
			t.Errorf("%d pointers: %v", depth, got)
		}
	}
}

func TestNetBIOSName(t *testing.T) {
	for _, tt := range []struct {
		name, encoded, want string
	}{
		{"letters", name("EGEJFCEFEEEPEHCACACACACACACACAAA"), "FIREDOG        \x00"},
		{"any bytes", name("AAABPPPACKAAAAAAAAAAAAAAAAAAAAAA"), "\x00\x01\xff\xf0*" + strings.Repeat("\x00", 11)},
		{"letter out of range", name("AAABPQPACKAAAAAAAAAAAAAAAAAAAAAA"), ""},
		{"small letters", name("aaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ""},
		{"too short", name("AAABPPPACKAAAAAAAAAAAAAAAAAAAAA"), ""},
		{"too long", name("AAABPPPACKAAAAAAAAAAAAAAAAAAAAAAA"), ""},
		{"with a scope", name("EGEJFCEFEEEPEHCACACACACACACACAAA.SCOPE"), ""},
		{"in two labels", name("EGEJFCEFEEEPEHC.CACACACACACACAAA"), ""},
		{"at a pointer", "\xc0\x0e" + name("EGEJFCEFEEEPEHCACACACACACACACAAA"), "FIREDOG        \x00"},
		{"then a pointer to the root", name("EGEJFCEFEEEPEHCACACACACACACACAAA")[:33] + "\xc0\x2f\x00", "FIREDOG        \x00"},
		{"then a pointer to nowhere", name("EGEJFCEFEEEPEHCACACACACACACACAAA")[:33] + "\xc0\x00", ""},
		{"no end", name("EGEJFCEFEEEPEHCACACACACACACACAAA")[:33], "FIREDOG        \x00"},
	} {
		var n Name
		c := wire.Of([]byte(tt.encoded))
		n.Parse(&c, wire.Of([]byte(tt.encoded+strings.Repeat("\x00", headerLen))))
		if n.IsNetBIOS() != (tt.want != "") {
			t.Errorf("%s: %v", tt.name, n.IsNetBIOS())
			continue
		}
		if got := n.NetBIOS(); n.IsNetBIOS() && string(got[:]) != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add([]byte("\x03www\x02ab\x00"))
	f.Add([]byte("\x01a\xc0\x0c"))
	f.Add([]byte(longName))
	f.Fuzz(func(t *testing.T, b []byte) {
		var n Name
		c := wire.Of(b)
		n.Parse(&c, wire.Of(b))
		if len(n.Bytes()) > maxNameLen || len(c) > len(b) {
			t.Errorf("%d bytes, %d left of %d", len(n.Bytes()), len(c), len(b))
		}
	})
}
