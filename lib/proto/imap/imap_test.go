package imap

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestRequests(t *testing.T) {
	tests := []struct {
		in, want string
		exposure proto.Exposure
	}{
		{"a1 LOGIN smith sesame\r\n", `{"is_tagged":true,"tag":"a1","command":"LOGIN","username":"smith","password":"sesame"}`, proto.ExposedPassword},
		{"a1 login \"a\\\"b\" \"\"\r\n", `{"is_tagged":true,"tag":"a1","command":"login","username":"\"a\\\"b\"","password":"\"\""}`, proto.ExposedPassword},
		{"a1 LOGIN {5}\r\n", `{"is_tagged":true,"tag":"a1","command":"LOGIN","username":{"size":5,"synchronizing":true}}`, proto.ExposedPassword},
		{"a1 LOGIN smith {6}\r\n", `{"is_tagged":true,"tag":"a1","command":"LOGIN","username":"smith","password":{"size":6,"synchronizing":true}}`, proto.ExposedPassword},
		{"a1 LOGIN {7+}\r\nsm\r\nith {0+}\r\n\r\n", `{"is_tagged":true,"tag":"a1","command":"LOGIN",` +
			`"username":{"size":7,"synchronizing":false,"data":"sm\u000d\u000aith"},"password":{"size":0,"synchronizing":false}}`, proto.ExposedPassword},
		{"a1 LOGIN {4294967295}\r\n", `{"is_tagged":true,"tag":"a1","command":"LOGIN","username":{"size":18446744073709551615,"synchronizing":true}}`, proto.ExposedPassword},
		{"a1 LOGIN {4294967295+}\r\nx y\r\n", "none", proto.NotExposed},
		{"a1 LOGIN {4294967296}\r\n", "none", proto.NotExposed},
		{"a1 LOGIN {-1}\r\n", "none", proto.NotExposed},
		{"a1 LOGIN {5} x\r\n", "none", proto.NotExposed},
		{"a1 LOGIN smith\r\n", "none", proto.NotExposed},
		{"a1 LOGIN smith \r\n", "none", proto.NotExposed},
		{"a1 LOGIN smith sesame x\r\n", "none", proto.NotExposed},
		{"a1 LOGIN \"smith sesame\r\n", "none", proto.NotExposed},
		{"a1 LOGIN\r\n", "none", proto.NotExposed},
		{"a1 AUTHENTICATE PLAIN\r\n", `{"is_tagged":true,"tag":"a1","command":"AUTHENTICATE","auth_type":"PLAIN"}`, proto.ExposedPassword},
		{"a1 authenticate scram-sha-256 YQ==\r\n", `{"is_tagged":true,"tag":"a1","command":"authenticate","auth_type":"scram-sha-256 YQ=="}`, proto.ExposedDerived},
		{"a1 AUTHENTICATE XOAUTH2\r\n", `{"is_tagged":true,"tag":"a1","command":"AUTHENTICATE","auth_type":"XOAUTH2"}`, proto.ExposedToken},
		{"a1 AUTHENTICATE EXTERNAL\r\n", `{"is_tagged":true,"tag":"a1","command":"AUTHENTICATE","auth_type":"EXTERNAL"}`, proto.NotExposed},
		{"a1 AUTHENTICATE\r\n", `{"is_tagged":true,"tag":"a1","command":"AUTHENTICATE"}`, proto.NotExposed},
		{"a1 CAPABILITY\r\n", `{"is_tagged":true,"tag":"a1","command":"CAPABILITY","args_length":2,"arguments":"\u000d\u000a"}`, proto.NotExposed},
		{"a1 X-GM-EXT-1 a b\r\n", `{"is_tagged":true,"tag":"a1","command":"X-GM-EXT-1","args_length":5,"arguments":"a b\u000d\u000a"}`, proto.NotExposed},
		{"a1 APPEND box {3+}\r\na\r\n {2}\r\nrest", `{"is_tagged":true,"tag":"a1","command":"APPEND","args_length":19,"arguments":"box {3+}\u000d\u000aa\u000d\u000a {2}\u000d\u000a"}`, proto.NotExposed},
		// Several commands; those that are wrong are left out, and so is what
		// comes after the end of the last line.
		{"a NOOP\r\nb FOO\r\nc LOGIN x\r\nd list\r\ne NOOP", `{"is_tagged":true,"tag":"a","command":"NOOP","args_length":2,"arguments":"\u000d\u000a"},` +
			`{"is_tagged":true,"tag":"d","command":"list","args_length":2,"arguments":"\u000d\u000a"}`, proto.NotExposed},
		{"a NOOP\r\nb LOGIN x y\r\n", `{"is_tagged":true,"tag":"a","command":"NOOP","args_length":2,"arguments":"\u000d\u000a"},` +
			`{"is_tagged":true,"tag":"b","command":"LOGIN","username":"x","password":"y"}`, proto.NotExposed},
		// What a server asked for.
		{"AHNtaXRo\r\n", `{"is_tagged":false,"type":"continuation","data":"AHNtaXRo"}`, proto.NotExposed},
		{"*\r\n", `{"is_tagged":false,"type":"continuation","action":"cancel"}`, proto.NotExposed},
		{"\r\n", `{"is_tagged":false,"type":"continuation"}`, proto.NotExposed},
		{"{16}\r\n", `{"is_tagged":false,"type":"continuation","data":"{16}"}`, proto.NotExposed},
		{"a IDLE\r\n", `{"is_tagged":false,"type":"continuation","data":"a IDLE"}`, proto.NotExposed},
		{" NOOP\r\n", `{"is_tagged":false,"type":"continuation","data":" NOOP"}`, proto.NotExposed},
		{"DONE\r\na NOOP\r\n", "none", proto.NotExposed},
		{"{2+}\r\n\r\n\r\n", "none", proto.NotExposed},
		{"{5} x\r\n", "none", proto.NotExposed},
		{"a1 NOOP", "none", proto.NotExposed},
		{"a1 NOOP\r", "none", proto.NotExposed},
		{"a1 NOOP\n", "none", proto.NotExposed},
		{"", "none", proto.NotExposed},
	}
	p := prototest.New(t, Protocol, "requests", proto.Options{Metadata: true})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"imap":{"requests":[` + want + `]}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		if got := p.Message.(proto.Exposer).Exposure(); want != "none" && got != tt.exposure {
			t.Errorf("%q: exposure %v, want %v", tt.in, got, tt.exposure)
		}
		p.Truncated([]byte(tt.in))
	}
	p = prototest.New(t, Protocol, "requests", proto.Options{})
	if got, want := p.Record([]byte("a SELECT x\r\n")), `"imap":{"requests":[{"is_tagged":true,"tag":"a","command":"SELECT","args_length":3}]}`; got != want {
		t.Errorf("without metadata: got %s", got)
	}
}

func TestResponses(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a1 OK LOGIN completed\r\n", `{"is_tagged":true,"tag":"a1","status":"OK","text":"LOGIN completed"}`},
		{"a1 bad \r\n", `{"is_tagged":true,"tag":"a1","status":"bad"}`},
		{"* NO quota\r\n", `{"is_tagged":false,"type":"resp-cond-state","status":"NO","text":"quota"}`},
		{"* OK\r\n", `{"is_tagged":false,"type":"data","data":"OK"}`},
		{"* Capability IMAP4rev1 IDLE\r\n", `{"is_tagged":false,"type":"capability","data":"IMAP4rev1 IDLE"}`},
		{"* CAPABILITY \r\n", `{"is_tagged":false,"type":"capability"}`},
		{"* 3 EXISTS\r\n* FLAGS (\\Seen)\r\nb2 FOO\r\n+ x\r\nb2 OK done\r\ncut", `{"is_tagged":false,"type":"data","data":"3 EXISTS"},` +
			`{"is_tagged":false,"type":"data","data":"FLAGS (\\Seen)"},{"is_tagged":true,"tag":"b2","status":"OK","text":"done"}`},
		{"*  x\r\n", `{"is_tagged":false,"type":"data","data":" x"}`},
		{"+ idling\r\n", `{"type":"continuation","data":"idling"}`},
		{"+ YQ==\r\n", `{"type":"continuation","data":"YQ=="}`},
		{"+ \r\n", `{"type":"continuation"}`},
		{"+ \xff\xfe\xfd\xfc\r\n", `{"type":"continuation","data":"\ufffd\ufffd\ufffd\ufffd"}`}, // base64, of a kind
		{"+ caf\xc3\xa9\r\n", `{"type":"continuation","data":"caf\u00e9"}`},
		{"+ \xff" + strings.Repeat("a", 30) + "\r\n", `{"type":"continuation","data":"\ufffd` + strings.Repeat("a", 30) + `"}`},
		{"+ \xff" + strings.Repeat("a", 29) + "\r\n", "none"},
		{"+ \xee\x80\x80\r\n", "none"}, // for private use
		{"+ \xff\xfe\xfd\r\n", "none"},
		{"+ a\r\n* b\r\n", "none"},
		{"+\r\n", "none"},
		{"+ a", "none"},
		{"a1 OK\r\n", "none"},
		{"a1 FOO x\r\n", "none"},
		{" OK x\r\n", "none"},
		{"* \r\n", "none"},
		{"*\r\n", "none"},
		{"* a", "none"},
		{"* a\n", "none"},
		{"* a\rb\r\n", "none"},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "responses", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"imap":{"responses":[` + want + `]}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
}

func TestNoAllocations(t *testing.T) {
	p := prototest.New(t, Protocol, "requests", proto.Options{Metadata: true})
	p.NoAllocations([]byte("a NOOP\r\nb LOGIN {1+}\r\nx \"y\"\r\n"))
	p.NoAllocations([]byte("*\r\n"))
	p = prototest.New(t, Protocol, "responses", proto.Options{})
	p.NoAllocations([]byte("* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"))
	p.NoAllocations([]byte("+ YQ==\r\n"))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{Metadata: true},
		[]byte("a NOOP\r\nb LOGIN {1+}\r\nx \"y\\\"\"\r\nc LOGIN {3}\r\n"),
		[]byte("a LOGIN {4294967295+}\r\n"),
		[]byte("a AUTHENTICATE PLAIN\r\n"),
		[]byte("*\r\n"),
		[]byte("* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"),
		[]byte("+ caf\xc3\xa9\r\n"),
	)
}
