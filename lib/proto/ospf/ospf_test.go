package ospf

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// packetOf is a packet with the given type, length and authentication type.
func packetOf(typ byte, length, auth uint16, body string) []byte {
	return []byte("\x02" + string([]byte{typ, byte(length >> 8), byte(length)}) + "\x0a\x00\x00\x01\x00\x00\x00\x02\xab\xcd" +
		string([]byte{byte(auth >> 8), byte(auth)}) + "password" + body)
}

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "packet", proto.Options{})
	record := func(typ, auth, body string) string {
		return `"ospf":{"version":2,"type":"` + typ + `","router_id":167772161,"area_id":2,"au_type":"` + auth + `","authentication":"70617373776f7264","body":"` + body + `"}`
	}
	const none = "no_authentication"
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"hello", packetOf(1, 26, 0, "ab"), record("hello", none, "6162")},
		{"description", packetOf(2, 26, 1, "ab"), record("database_description", "simple_password_authentication", "6162")},
		{"request", packetOf(3, 26, 2, "ab"), record("link_state_request", "cryptographic_authentication", "6162")},
		{"update", packetOf(4, 26, 3, "ab"), record("link_state_update", "cryptographic_authentication_with_extended_sequence_numbers", "6162")},
		{"acknowledgement", packetOf(5, 26, 4, "ab"), record("link_state_acknowledgement", "unassigned", "6162")},
		{"unknown", packetOf(6, 26, 255, "ab"), record("unknown", "unassigned", "6162")},
		{"type 0", packetOf(0, 26, 256, "ab"), record("unknown", "deprecated/unknown", "6162")},
		{"padded", packetOf(1, 25, 0, "ab"), record("hello", none, "61")},
		{"cut off", packetOf(1, 27, 0, "ab"), "none"},
		{"no body", packetOf(1, 24, 0, "ab"), "none"},
		{"length too small", packetOf(1, 23, 0, "ab"), "none"},
		{"length 0", packetOf(1, 0, 0, "ab"), "none"},
		{"empty", nil, "none"},
	} {
		if got := p.Record(tt.data); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	whole := packetOf(1, 26, 0, "ab")
	for n := range whole {
		if got := p.Record(whole[:n]); got != "none" {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
	p.NoAllocations(whole)
}

// Version 3 has no authentication in its header, but is read as if it had.
func TestVersion3(t *testing.T) {
	p := prototest.New(t, Protocol, "packet", proto.Options{})
	data := "\x03\x01\x00\x1a\x0a\x00\x00\x01\x00\x00\x00\x02\xab\xcd\x07\x00hello678ab" // instance 7
	want := `"ospf":{"version":3,"type":"hello","router_id":167772161,"area_id":2,"au_type":"deprecated/unknown","authentication":"68656c6c6f363738","body":"6162"}`
	if got := p.Record([]byte(data)); got != want {
		t.Errorf("got %s", got)
	}
}
