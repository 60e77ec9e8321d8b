package rfb

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestProtocolVersion(t *testing.T) {
	tests := []struct{ in, want string }{
		{"RFB 003.008\n", `"vnc":{"version":"003.008"}`},
		{"RFB 003.008\nmore\n", `"vnc":{"version":"003.008"}`},
		{"RFB 003", `"vnc":{"version":"003"}`},
		{"RFB \xff\"", `"vnc":{"version":"\ufffd\""}`},
		{"RFB \n", `"vnc":{}`},
		{"RFB ", "none"},
		{"RFB", "none"},
		{"rfb 003.008\n", "none"},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "ProtocolVersion", proto.Options{})
	for _, tt := range tests {
		if got := p.Record([]byte(tt.in)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
	p.NoAllocations([]byte("RFB 003.008\n"))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{}, []byte("RFB 003.008\n"), []byte("RFB \n"))
}
