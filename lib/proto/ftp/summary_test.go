package ftp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSummary(t *testing.T) {
	for _, tt := range []struct{ kind, in, want string }{
		{"request", "USER me\r\n", `{"protocols":["ftp"],"ftp":{"request":{"command":"USER","argument":"me"}}}`},
		{"request", "QUIT\r\n", `{"protocols":["ftp"],"ftp":{"request":{"command":"QUIT"}}}`},
		{"response", "220 hi", `{"protocols":["ftp"],"ftp":{"response":{"status_code":"220","reply_text":"hi"}}}`},
	} {
		if got := prototest.New(t, Protocol, tt.kind, proto.Options{}).Summary([]byte(tt.in)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
}
