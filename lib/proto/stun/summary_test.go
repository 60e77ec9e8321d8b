package stun

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSummary(t *testing.T) {
	const rest = "\x00\x08\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x80\x22\x00\x04name"
	p := prototest.New(t, Protocol, "message", proto.Options{})
	for in, want := range map[string]string{
		"\x00\x01" + rest: `{"protocols":["stun"],"stun":{"software":"name"}}`,
		"\x01\x01" + rest: `{"protocols":["stun"]}`, // a response
	} {
		if got := p.Summary([]byte(in)); got != want {
			t.Errorf("%x: got %s, want %s", in, got, want)
		}
	}
}
