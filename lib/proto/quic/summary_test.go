package quic

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSummary(t *testing.T) {
	p := prototest.New(t, Protocol, "initial packet", proto.Options{})
	for _, clear := range []bool{false, true} {
		in := packet{version: 1, dcid: rfcID, number: 2, payload: crypto(0, rfcHello), clear: clear}.build(t)
		got := p.Summary([]byte(in))
		want := `{"protocols":["quic"],"tls":{"client":{"random":"`
		if clear {
			want = `{"protocols":["quic"]}`
		}
		if !strings.HasPrefix(got, want) || !clear && !strings.HasSuffix(got, `","server_name":"example.com"}}}`) {
			t.Errorf("unencrypted %v: got %s", clear, got)
		}
	}
}
