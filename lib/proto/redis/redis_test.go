package redis

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestRequest(t *testing.T) {
	tests := []struct {
		in, want string
		exposure proto.Exposure
	}{
		{"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", `"command":"GET"`, proto.NotExposed},
		{"*+1\r\n$004\r\nPING\r\nrest", `"command":"PING"`, proto.NotExposed},
		{"*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n", `"command":"AUTH","auth":{"password":"pw"}`, proto.ExposedPassword},
		{"*3\r\n$4\r\nauth\r\n$1\r\nu\r\n$2\r\npw\r\n", `"command":"auth","auth":{"username":"u","password":"pw"}`, proto.ExposedPassword},
		{"*2\r\n$4\r\nAUTH\r\n$9\r\ncut", `"command":"AUTH","auth":{"password":"cut"}`, proto.ExposedPassword},
		{"*3\r\n$4\r\nAUTH\r\n$9\r\ncut", "none", proto.NotExposed},
		{"*3\r\n$4\r\nAUTH\r\n$-1\r\n$0\r\n\r\n", `"command":"AUTH","auth":{}`, proto.NotExposed},
		{"*1\r\n$4\r\nAUTH\r\n", `"command":"AUTH","auth":{}`, proto.NotExposed},
		{"*4\r\n$4\r\nAUTH\r\n", `"command":"AUTH","auth":{}`, proto.NotExposed},
		{"*2\r\n$4\r\nAUTH\r\n", "none", proto.NotExposed},
		{"*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n", "none", proto.NotExposed},
		{"*1\r\n$9\r\nPING", `"command":"PING"`, proto.NotExposed},
		{"*1\r\n$-1\r\n", ``, proto.NotExposed},
		{"*1\r\n$0\r\n\r\n", ``, proto.NotExposed},
		{"*1\r\n$4\r\nPI G\r\n", "none", proto.NotExposed},
		{"*1\r\n$4\r\nPING\n\n", "none", proto.NotExposed},
		{"*1\r\n$-2\r\n", "none", proto.NotExposed},
		{"*1\r\n$2147483646\r\nGET", "none", proto.NotExposed},
		{"*0\r\n", "none", proto.NotExposed},
		{"*-1\r\n$4\r\nPING\r\n", "none", proto.NotExposed},
		{"*\r\n", "none", proto.NotExposed},
		{"*1\n$4\r\nPING\r\n", "none", proto.NotExposed},

		{"PING\r\n", `"command":"PING"`, proto.NotExposed},
		{"AUTH pw\r\n", `"command":"AUTH","auth":{"password":"pw"}`, proto.ExposedPassword},
		{"auth u pw\r\n", `"command":"auth","auth":{"username":"u","password":"pw"}`, proto.ExposedPassword},
		{"AUTH u p w\r\n", `"command":"AUTH","auth":{"username":"u","password":"p w"}`, proto.ExposedPassword},
		{"AUTH u \r\n", `"command":"AUTH","auth":{"username":"u"}`, proto.NotExposed},
		{"AUTH  pw\r\n", `"command":"AUTH","auth":{"password":"pw"}`, proto.ExposedPassword},
		{"AUTH \r\n", `"command":"AUTH","auth":{}`, proto.NotExposed},
		{"AUTH\r\n", `"command":"AUTH","auth":{}`, proto.NotExposed},
		{"AUTH u pw", "none", proto.NotExposed},
		{"AUTH pw\n", "none", proto.NotExposed},
		{"AUTH ", "none", proto.NotExposed},
		{"GET key\r\n", "none", proto.NotExposed},
		{"PING", "none", proto.NotExposed},
		{"\r\n", "none", proto.NotExposed},
		{"\xc3\xa0\r\n", "none", proto.NotExposed},
		{"", "none", proto.NotExposed},
	}
	p := prototest.New(t, Protocol, "request", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"redis":{"request":{` + want + `}}`
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
	x := strings.Repeat("x", 101)
	tests := []struct{ in, want string }{
		{"+OK\r\n", `"type":"simple_string","data":"OK"`},
		{"+" + x + "\r\n+more", `"type":"simple_string","data":"` + x + `"`},
		{"-ERR no\r\n", `"type":"error","data":"ERR no"`},
		{":-12\r\n", `"type":"integer","data":"-12"`},
		{"$5\r\nhello\r\n", `"type":"bulk_string","data":"hello"`},
		{"$2\r\n\r\n\r\n", `"type":"bulk_string","data":"\u000d\u000a"`},
		{"$101\r\n" + x + "\r\n", `"type":"bulk_string","data":"` + x[1:] + `"`},
		{"$102\r\n" + x, `"type":"bulk_string","data":"` + x[1:] + `","truncated":true`},
		{"$5\r\n", `"type":"bulk_string","data":"","truncated":true`},
		{"$5\r\nhello\r", `"type":"bulk_string","data":"hello\u000d","truncated":true`},
		{"$2147483645\r\n\xff", `"type":"bulk_string","data":"\ufffd","truncated":true`},
		{"$-1\r\n", `"type":"bulk_string"`},
		{"$0\r\n\r\n", `"type":"bulk_string","data":""`},
		{"$0\r\n\r", "none"},
		{"$0\r\n", "none"},
		{"$5\r\nhelloo\r\n", "none"},
		{"$2147483646\r\nx", "none"},
		{"$2147483648\r\nx", "none"},
		{"$-2147483648\r\nx", "none"},
		{"$-2147483649\r\nx", "none"},
		{"$x\r\n", "none"},
		{"$+\r\n", "none"},
		{"+\r\n", "none"},
		{"+OK", "none"},
		{"+OK\n", "none"},
		{"+O\rK\r\n", "none"},
		{"*1\r\n$1\r\na\r\n", "none"},
		{"OK\r\n", "none"},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "response", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"redis":{"response":{` + want + `}}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
}

func TestNoAllocations(t *testing.T) {
	p := prototest.New(t, Protocol, "request", proto.Options{})
	p.NoAllocations([]byte("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$2\r\npw\r\n"))
	p.NoAllocations([]byte("AUTH u pw\r\n"))
	prototest.New(t, Protocol, "response", proto.Options{}).NoAllocations([]byte("$5\r\nhello\r\n"))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$2\r\npw\r\n"),
		[]byte("AUTH u pw\r\n"),
		[]byte("$5\r\nhello\r\n"),
		[]byte("$-1\r\n"),
		[]byte("+OK\r\n"),
	)
}
