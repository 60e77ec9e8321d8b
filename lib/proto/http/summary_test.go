package http

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSummary(t *testing.T) {
	const request = "POST /a HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\nCookie: c\r\nX-Own: x\r\n\r\nbody"
	const head = `{"protocols":["http"],"http":{"request":{"method":"POST","uri":"/a","protocol":"HTTP/1.1","host":"h","user_agent":"u"`
	const response = "HTTP/1.1 200 OK\r\nServer: s\r\nSet-Cookie: c\r\n\r\nbody"
	const responseHead = `{"protocols":["http"],"http":{"response":{"version":"HTTP/1.1","status_code":"200","status_reason":"OK","server":"s"`
	for _, tt := range []struct {
		kind, in string
		fields   proto.HTTPHeaders
		bodyMax  int
		want     string
	}{
		{"request", request, proto.HTTPHeadersDefault, 0, head + `}}}`},
		{"request", request, proto.HTTPHeadersNonSensitive, 0, head + `,"headers":[{"name":"Host","value":"h"},{"name":"User-Agent","value":"u"},{"name":"Cookie"},{"name":"X-Own"}]}}}`},
		{"request", request, proto.HTTPHeadersAll, 2, head + `,"headers":[{"name":"Host","value":"h"},{"name":"User-Agent","value":"u"},{"name":"Cookie","value":"c"},{"name":"X-Own"}],"body":"626f"}}}`},
		{"request", request, proto.HTTPHeadersDefault, 100, head + `,"body":"626f6479"}}}`},
		{"response", response, proto.HTTPHeadersDefault, 0, responseHead + `}}}`},
		{"response", response, proto.HTTPHeadersNonSensitive, 1, responseHead + `,"headers":[{"name":"Server","value":"s"},{"name":"Set-Cookie"}],"body":"62"}}}`},
		{"response", response, proto.HTTPHeadersAll, 0, responseHead + `,"headers":[{"name":"Server","value":"s"},{"name":"Set-Cookie","value":"c"}]}}}`},
	} {
		p := prototest.New(t, Protocol, tt.kind, proto.Options{HTTPHeaders: tt.fields, HTTPBodyMax: tt.bodyMax})
		if got := p.Summary([]byte(tt.in)); got != tt.want {
			t.Errorf("%d, %d:\n got %s\nwant %s", tt.fields, tt.bodyMax, got, tt.want)
		}
	}
}

// Without an empty line, what is asked for of the body is the fields.
func TestSummaryWithoutEnd(t *testing.T) {
	p := prototest.New(t, Protocol, "request", proto.Options{HTTPBodyMax: 4})
	want := `{"protocols":["http"],"http":{"request":{"method":"GET","uri":"/","protocol":"HTTP/1.1","host":"h","body":"486f7374"}}}`
	if got := p.Summary([]byte("GET / HTTP/1.1\r\nHost: h")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
