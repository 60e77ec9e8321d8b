package ssh

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSummary(t *testing.T) {
	p := prototest.New(t, Protocol, "identification", proto.Options{Select: proto.All()})
	for in, want := range map[string]string{
		"SSH-2.0-a b\r\n": `{"protocols":["ssh"],"ssh":{"protocol":"SSH-2.0-a","comment":"b\u000d"}}`,
		"SSH-2.0-a\r\n":   `{"protocols":["ssh"],"ssh":{"protocol":"SSH-2.0-a\u000d"}}`,
	} {
		if got := p.Summary([]byte(in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
