package wireguard

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func initiation() []byte {
	b := make([]byte, initiationLen)
	copy(b, "\x01\x00\x00\x00\x3c\xb8\xca\x53")
	for i := 8; i < len(b); i++ {
		b[i] = byte(i)
	}
	return b
}

func write(t testing.TB, m proto.Message) string {
	t.Helper()
	var w record.Writer
	w.Object()
	m.WriteRecord(&w)
	w.EndObject()
	if !json.Valid(w.Bytes()) {
		t.Fatalf("not JSON: %s", w.Bytes())
	}
	return string(w.Bytes())
}

func TestInitiation(t *testing.T) {
	m := Protocol.Messages[0].New(&proto.Options{})
	if !m.Parse(wire.Of(initiation()), &proto.Packet{}) {
		t.Fatal("not taken")
	}
	// The index is sent as 3c b8 ca 53.
	if got, want := write(t, m), `{"wireguard":{"sender_index":"53cab83c00000000"}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLength(t *testing.T) {
	var m Initiation
	for n := range 200 {
		b := append(initiation(), make([]byte, 100)...)[:n]
		if got := m.Parse(wire.Of(b), &proto.Packet{}); got != (n == initiationLen) {
			t.Errorf("%d bytes: %v", n, got)
		}
	}
}

func TestMatch(t *testing.T) {
	r := Protocol.Messages[0].Match[0]
	for _, tt := range []struct {
		head string
		want bool
	}{
		{"0100000000000000", true},
		{"01000000ffffffff", true},
		{"0200000000000000", false}, // the response
		{"0400000000000000", false}, // data
		{"0100000100000000", false},
	} {
		b, _ := hex.DecodeString(tt.head)
		ok := true
		for i := range r.Mask {
			ok = ok && b[i]&r.Mask[i] == r.Value[i]
		}
		if ok != tt.want {
			t.Errorf("%s: %v", tt.head, ok)
		}
	}
}

func TestAllocs(t *testing.T) {
	var m Initiation
	var w record.Writer
	b := initiation()
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		m.Parse(b, nil)
		m.WriteRecord(&w)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(initiation())
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x01", 147)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Initiation
		if m.Parse(wire.Of(b), &proto.Packet{}) {
			write(t, &m)
		}
	})
}
