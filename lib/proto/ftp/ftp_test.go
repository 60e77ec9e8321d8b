package ftp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestRequest(t *testing.T) {
	tests := []struct {
		in, want string
		exposure proto.Exposure
	}{
		{"USER anonymous\r\n", `"command":"USER","argument":"anonymous"`, proto.NotExposed},
		{"PASS secret\r\n", `"command":"PASS","argument":"secret"`, proto.ExposedPassword},
		{"pass s\r\n", `"command":"pass","argument":"s"`, proto.ExposedPassword},
		{"PASS\r\n", `"command":"PASS"`, proto.NotExposed},
		{"PASS \r\n", `"command":"PASS"`, proto.NotExposed},
		{"PWD\r\n", `"command":"PWD"`, proto.NotExposed},
		{"CWD  /\xff\r\n", `"command":"CWD","argument":" /\ufffd"`, proto.NotExposed},
		{"CWD..\r\n", `"command":"CWD","argument":".."`, proto.NotExposed},
		{"STORE x\r\n", "none", proto.NotExposed},
		{"CD x\r\n", "none", proto.NotExposed},
		{"USER a\r\nPASS b\r\n", "none", proto.NotExposed},
		{"USER a", "none", proto.NotExposed},
		{"USER a\r", "none", proto.NotExposed},
		{"USER a\n", "none", proto.NotExposed},
		{"USER a\rb\r\n", "none", proto.NotExposed},
		{"", "none", proto.NotExposed},
		{"\r\n", "none", proto.NotExposed},
	}
	p := prototest.New(t, Protocol, "request", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"ftp":{"request":{` + want + `}}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
		if got := p.Message.(proto.Exposer).Exposure(); want != "none" && got != tt.exposure {
			t.Errorf("%q: exposure %v, want %v", tt.in, got, tt.exposure)
		}
		p.Truncated([]byte(tt.in))
	}
}

func TestResponse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"220 ready\r\n", `"status_code":"220","reply_text":"ready\u000d\u000a"`},
		{"230-a\r\n230 b\r\n", `"status_code":"230","reply_text":"a\u000d\u000a230 b\u000d\u000a"`},
		{"220 ", `"status_code":"220"`},
		{"220-", `"status_code":"220"`},
		{"220", "none"},
		{"220\r\n", "none"},
		{"22 x", "none"},
		{"2200 x", "none"},
		{" 220 x", "none"},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "response", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"ftp":{"response":{` + want + `}}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	prototest.New(t, Protocol, "request", proto.Options{}).NoAllocations([]byte("USER anonymous\r\n"))
	prototest.New(t, Protocol, "response", proto.Options{}).NoAllocations([]byte("220 ready\r\n"))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("PASS secret\r\n"),
		[]byte("CWD\r\n"),
		[]byte("230-a\r\n230 b\r\n"),
	)
}
