package smtp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestCommand(t *testing.T) {
	tests := []struct{ in, want string }{
		{"EHLO client.example\r\n", `"command":"EHLO","parameters":["client.example"]`},
		{"MAIL FROM:<a@b>\r\nRCPT TO:<c>\r\n\r\nDATA\r\n", `"command":"MAIL","parameters":["FROM:<a@b>","RCPT TO:<c>","DATA"]`},
		{"QUIT\r\n", `"command":"QUIT"`},
		{"DATA\r\nx\r\n", `"command":"DATA"`}, // the first line has nothing to list
		{"EHLO  x\r\n", `"command":"EHLO","parameters":[" x"]`},
		{"VRFY\xff\"\r\n", `"command":"VRFY","parameters":["\ufffd\""]`},
		{"HELP", `"command":"HELP"`},
		{"HELP ", `"command":"HELP"`},
		{"HELP x", "none"},
		{"HELP x\r", "none"},
		{"HELP x\ry\r\n", "none"},
		{"HELP x\n", "none"},
		{"NOOP\r\nrest", "none"},
		{"", "none"},
		{" EHLO x\r\n", "none"},
	}
	p := prototest.New(t, Protocol, "command", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"smtp":{"request":{` + want + `}}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
}

func TestReply(t *testing.T) {
	tests := []struct{ in, want, fingerprint string }{
		{"250-mx.example Hello\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
			`"command":"250","parameters":["-mx.example Hello","250-PIPELINING","250 8BITMIME"]`,
			"(3235302d504950454c494e494e47)(32353020384249544d494d45)"},
		{"250-Hello\r\n", `"command":"250","parameters":["-Hello"]`, ""},
		{"250-HHello\r\n", `"command":"250","parameters":["-HHello"]`, "(2d4848656c6c6f)"},
		{"250-a\r\n\r\n250 b\r\n", `"command":"250","parameters":["-a","250 b"]`, "(2d61)()(3235302062)"},
		{"250-a\r\n\r\n", `"command":"250","parameters":["-a"]`, "(2d61)"},
		{"250-", "none", ""},
		{"250-a\r\n250 cut", "none", ""},
	}
	p := prototest.New(t, Protocol, "reply to EHLO", proto.Options{})
	for _, tt := range tests {
		want, fingerprint := tt.want, tt.fingerprint
		if want != "none" {
			want = `"smtp":{"response":{` + want + `}}`
			fingerprint = "smtp_server/" + fingerprint
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
		if got := p.Fingerprint([]byte(tt.in)); got != fingerprint {
			t.Errorf("%q: got %s, want %s", tt.in, got, fingerprint)
		}
		p.Truncated([]byte(tt.in))
	}
}

func TestNoAllocations(t *testing.T) {
	prototest.New(t, Protocol, "command", proto.Options{}).NoAllocations([]byte("MAIL FROM:<a@b>\r\nRCPT TO:<c>\r\n"))
	prototest.New(t, Protocol, "reply to EHLO", proto.Options{}).NoAllocations([]byte("250-mx.example Hello\r\n250-PIPELINING\r\n"))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("EHLO client.example\r\n"),
		[]byte("250-mx.example Hello\r\n250-PIPELINING\r\n\r\n250 8BITMIME\r\n"),
		[]byte("250-HHello\r\n\r\n"),
	)
}
