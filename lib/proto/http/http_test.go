package http

import (
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/internal/lenientbase64"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var metadata = proto.Options{Metadata: true}

const get = "GET /a HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\nbody"

func TestRequest(t *testing.T) {
	tests := []struct{ in, want string }{
		{get, `"method":"GET","uri":"/a","protocol":"HTTP/1.1","user_agent":"curl/8","host":"example.com","headers":[` +
			`{"name":"Host","value":"example.com","delimiter":"\u000d\u000a"},` +
			`{"name":"User-Agent","value":"curl/8","delimiter":"\u000d\u000a"},` +
			`{"name":"Accept","value":"*/*","delimiter":"\u000d\u000a"}],"body":"626f6479"`},
		// Every member there is, and names in any case.
		{"PUT / HTTP/1.0\r\nVIA: v\r\nupgrade: h2c\r\nReferer: r\r\nX-Forwarded-For: f\r\n\r\n",
			`"method":"PUT","uri":"/","protocol":"HTTP/1.0","x_forwarded_for":"f","via":"v","upgrade":"h2c","referer":"r","headers":[` +
				`{"name":"VIA","value":"v","delimiter":"\u000d\u000a"},{"name":"upgrade","value":"h2c","delimiter":"\u000d\u000a"},` +
				`{"name":"Referer","value":"r","delimiter":"\u000d\u000a"},{"name":"X-Forwarded-For","value":"f","delimiter":"\u000d\u000a"}]`},
		// Of equal names the first counts, even where it has no value.
		{"GET / HTTP/1.1\r\nHost:\r\nhost: b\r\n\r\n",
			`"method":"GET","uri":"/","protocol":"HTTP/1.1","headers":[{"name":"Host","delimiter":"\u000d\u000a"},` +
				`{"name":"host","value":"b","delimiter":"\u000d\u000a"}]`},
		{"GET / HTTP/1.1\nHost:\t x\n\nb\r\n", // lines that end in LF
			`"method":"GET","uri":"/","protocol":"HTTP/1.1","host":"x","headers":[{"name":"Host","value":"x","delimiter":"\u000a"}],"body":"620d0a"`},
		{"GET / HTTP/1.1\rHost: x\r\rb", // and in CR
			`"method":"GET","uri":"/","protocol":"HTTP/1.1","host":"x","headers":[{"name":"Host","value":"x","delimiter":"\u000d"}],"body":"62"`},
		{"GET / HTTP/1.1\r\nHost: cut", `"method":"GET","uri":"/","protocol":"HTTP/1.1","host":"cut","headers":[{"name":"Host","value":"cut"}]`},
		{"GET / HTTP/1.1\r\nHost", `"method":"GET","uri":"/","protocol":"HTTP/1.1"`},
		{"GET / HTTP/1.1\r\n\r\n", `"method":"GET","uri":"/","protocol":"HTTP/1.1"`},
		{"GET / HTTP/1.1", `"method":"GET","uri":"/","protocol":"HTTP/1.1"`},
		{"GET  HTTP/1.1\r\n\r\n", `"method":"GET","protocol":"HTTP/1.1"`},
		// Without fields, the body is taken for them if it can be.
		{"POST / HTTP/1.1\r\n\r\na:b", `"method":"POST","uri":"/","protocol":"HTTP/1.1","headers":[{"name":"a","value":"b"}]`},
		// The end of the first line goes as far as the next letter.
		{"GET / HTTP/1.1\r\n1-A: b\r\n2-C: d\r\n\r\n",
			`"method":"GET","uri":"/","protocol":"HTTP/1.1","headers":[{"name":"A","value":"b","delimiter":"\u000d\u000a"},` +
				`{"name":"2-C","value":"d","delimiter":"\u000d\u000a"}]`},
		// A line without a colon belongs to the next name.
		{"GET / HTTP/1.1\r\na\r\nb: c\r\n\r\n",
			`"method":"GET","uri":"/","protocol":"HTTP/1.1","headers":[{"name":"a\u000d\u000ab","value":"c","delimiter":"\u000d\u000a"}]`},
		// There is no space behind the path: all of it is path.
		{"GET /HTTP/1.1\r\nA:b\r\n\r\n", `"method":"GET","uri":"/HTTP/1.1\u000d\u000aA:b\u000d\u000a\u000d\u000a","protocol":"HTTP/1.1",` +
			`"headers":[{"name":"A","value":"b","delimiter":"\u000d\u000a"}]`},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00", `"method":"PRI","uri":"*","protocol":"HTTP/2.0"`},
		{"GET \xff\" HTTP/1.1\r\n\r\n", `"method":"GET","uri":"\ufffd\"","protocol":"HTTP/1.1"`},

		{"", "none"},
		{"GET", "none"},
		{"GET ", "none"},
		{"GET / ", "none"},
		{"GET / FTP/1.1\r\n\r\n", "none"},
		{"GE / HTTP/1.1\r\n\r\n", "none"},
		{"get / HTTP/1.1\r\n\r\n", "none"},
		{"GETGETGETGETGETGE / HTTP/1.1\r\n\r\n", "none"},
	}
	p := prototest.New(t, Protocol, "request", metadata)
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"http":{"request":{` + want + `}}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
}

func TestRequestBrief(t *testing.T) {
	p := prototest.New(t, Protocol, "request", proto.Options{})
	if got, want := p.Record([]byte(get)), `"http":{"request":{"user_agent":"curl/8"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := p.Record([]byte("GET / HTTP/1.0\r\n\r\n")), `"http":{"request":{}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBodyLength(t *testing.T) {
	p := prototest.New(t, Protocol, "request", metadata)
	got := p.Record([]byte("PUT / HTTP/1.1\r\nA: b\r\n\r\n" + strings.Repeat("x", 600)))
	if want := `"body":"` + strings.Repeat("78", 512) + `"`; !strings.HasSuffix(got, want+"}}") {
		t.Errorf("got %s", got)
	}
}

func TestAuthorization(t *testing.T) {
	long := func(n int) string { return strings.Repeat("YWFh", n) } // "aaa"
	tests := []struct {
		field, want string
		exposure    proto.Exposure
	}{
		{"Basic dTpw", `{"basic":{"param":"u:p"}}`, proto.ExposedPassword},
		{"Basic ", `{"basic":{"param":""}}`, proto.ExposedPassword},
		{"Basic dTp", `{"basic":{"param":""}}`, proto.ExposedPassword},
		{"Basic " + long(682), `{"basic":{"param":"` + strings.Repeat("aaa", 682) + `"}}`, proto.ExposedPassword},
		{"Basic " + long(683), `{"basic":{"param":""}}`, proto.ExposedPassword},
		{"Basic", ``, proto.ExposedPassword},
		{"Digest username=\"u\"", `{"digest":{"param":"username=\"u\""}}`, proto.ExposedDerived},
		{"Bearer eyJhIjoxfQ==.eyJiIjoyfQ==.s", `{"bearer":{"header":"{\"a\":1}","payload":"{\"b\":2}","signature":"s"}}`, proto.ExposedToken},
		{"Bearer YQ==.Yg==.", `{"bearer":{"header":"a","payload":"b","signature":""}}`, proto.ExposedToken},
		{"Bearer eyJhIjoxfQ.eyJiIjoyfQ.s", `{"bearer":{"token":"eyJhIjoxfQ.eyJiIjoyfQ.s"}}`, proto.ExposedToken},
		{"Bearer " + long(342) + ".Yg==.s", `{"bearer":{"token":"` + long(342) + `.Yg==.s"}}`, proto.ExposedToken},
		{"Bearer ..", `{"bearer":{"token":".."}}`, proto.ExposedToken},
		{"Bearer YQ==.Yg==", `{"bearer":{}}`, proto.ExposedToken},
		{"Bearer YQ==", `{"bearer":{}}`, proto.ExposedToken},
		{"Bearer ", `{"bearer":{}}`, proto.ExposedToken},
		{"basic dTpw", `{"unknown":{"param":"dTpw"}}`, proto.NotExposed},
		{"NTLM ", `{"unknown":{"param":""}}`, proto.NotExposed},
		{"", ``, proto.NotExposed},
	}
	p := prototest.New(t, Protocol, "request", metadata)
	for _, tt := range tests {
		got := p.Record([]byte("GET / HTTP/1.1\r\nAuthorization: " + tt.field + "\r\n\r\n"))
		_, got, found := strings.Cut(got, `"authorization":`)
		got, _, _ = strings.Cut(got, `,"headers"`)
		if got != tt.want || found != (tt.want != "") {
			t.Errorf("%q: got %s, want %s", tt.field, got, tt.want)
		}
		if e := p.Message.(*Request).Exposure(); e != tt.exposure {
			t.Errorf("%q: exposure %v, want %v", tt.field, e, tt.exposure)
		}
	}
}

// A token whose parts fill their room must not spill into each other.
func TestTokenRoom(t *testing.T) {
	part := strings.Repeat("YWFh", 341) + "YWE=" // 1025 bytes
	p := prototest.New(t, Protocol, "request", metadata)
	got := p.Record([]byte("GET / HTTP/1.1\r\nAuthorization: Bearer " + part + ".YmJi.s\r\n\r\n"))
	var buf [2000]byte
	want := `"header":"` + string(lenientbase64.Decode(buf[:], []byte(part))) + `","payload":"bbb"`
	if !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestResponse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"HTTP/1.1 200 OK\r\nServer: s\r\nContent-Type: t\r\nContent-Length: 2\r\nVia: v\r\n\r\nhi",
			`"version":"HTTP/1.1","status_code":"200","status_reason":"OK","content_type":"t","content_length":"2","server":"s","via":"v","headers":[` +
				`{"name":"Server","value":"s","delimiter":"\u000d\u000a"},{"name":"Content-Type","value":"t","delimiter":"\u000d\u000a"},` +
				`{"name":"Content-Length","value":"2","delimiter":"\u000d\u000a"},{"name":"Via","value":"v","delimiter":"\u000d\u000a"}],"body":"6869"`},
		{"HTTP/1.1 404 Not Found\r\n\r\n", `"version":"HTTP/1.1","status_code":"404","status_reason":"Not Found"`},
		{"HTTP/1.1 204 \r\n\r\n", `"version":"HTTP/1.1","status_code":"204","status_reason":""`},
		{"HTTP/1.1 200 ", `"version":"HTTP/1.1","status_code":"200","status_reason":""`},
		{"HTTP/1.1 200", `"version":"HTTP/1.1","status_code":"200","status_reason":"00"`},
		{"HTTP!\r\n", `"version":"HTTP!\u000d\u000a","status_code":"TTP!\u000d\u000a","status_reason":"TP!"`},
		{"HTTP", `"version":"HTTP","status_code":"TTP","status_reason":"TP"`},
		{"HTTP/1.1  OK", "none"},
		{"HTTP/1.1 ", "none"},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "response", metadata)
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"http":{"response":{` + want + `}}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
	p = prototest.New(t, Protocol, "response", proto.Options{})
	if got := p.Record([]byte(tests[0].in)); got != "" {
		t.Errorf("without metadata: got %s", got)
	}
}

func TestFingerprint(t *testing.T) {
	tests := []struct{ kind, in, want string }{
		{"request", "GET / HTTP/1.1\r\nhOST: x\r\nACCEPT:  y\r\nX: z\r\nDNT:\r\n\r\n",
			"http/(474554)(485454502f312e31)((684f5354)(4143434550543a202079)(444e543a))"},
		{"request", "GET / HTTP/1.1\r\n\r\n", "http/(474554)(485454502f312e31)()"},
		{"response", "HTTP/1.0 200 OK\r\nServer: s\r\nDate: d\r\nSet-Cookie: c\r\n\r\n",
			"http_server/(485454502f312e30)(323030)(4f4b)((5365727665723a2073)(44617465))"},
		{"response", "HTTP/1.1 200", "http_server/(485454502f312e31)(323030)(3030)()"},
	}
	for _, tt := range tests {
		p := prototest.New(t, Protocol, tt.kind, proto.Options{})
		if got := p.Fingerprint([]byte(tt.in)); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestFingerprintLength(t *testing.T) {
	p := prototest.New(t, Protocol, "request", proto.Options{})
	for _, tt := range []struct{ n, want int }{{4065, 8191}, {4066, 0}} {
		in := "GET / HTTP/1.1\r\nAccept: " + strings.Repeat("a", tt.n) + "\r\nHost: h\r\n\r\n"
		if got := len(p.Fingerprint([]byte(in))); got != tt.want {
			t.Errorf("with %d bytes: %d characters, want %d", tt.n, got, tt.want)
		}
	}
}

// Names that differ in one letter from one that counts do not.
func TestShares(t *testing.T) {
	for _, tt := range []struct {
		name              string
		request, response share
	}{
		{"accept", wholeLine, nothing},
		{"Accept-Language", nameOnly, nothing},
		{"cache-control", nameOnly, wholeLine},
		{"connection", wholeLine, wholeLine},
		{"Access-Control-Allow-Credentials", nothing, wholeLine},
		{"Access-Control-Allow-Credentials-", nothing, nothing},
		{"accep", nothing, nothing},
		{"accept ", nothing, nothing},
		{"", nothing, nothing},
		{strings.Repeat("x", 1000), nothing, nothing},
		{"x-trace-context", nothing, nameOnly},
	} {
		if _, got := new(Request).known([]byte(tt.name)); got != tt.request {
			t.Errorf("request, %q: got %v", tt.name, got)
		}
		if _, got := new(Response).known([]byte(tt.name)); got != tt.response {
			t.Errorf("response, %q: got %v", tt.name, got)
		}
	}
}

func TestContext(t *testing.T) {
	var m Request
	var c proto.Context
	m.Parse(wire.Of([]byte(get)), new(proto.Packet))
	if !m.Context(&c) || string(c.ServerName) != "example.com" || string(c.UserAgent) != "curl/8" || c.ALPN != nil {
		t.Errorf("got %q, %q", c.ServerName, c.UserAgent)
	}
	// Nothing of a message is left in the next.
	m.Parse(wire.Of([]byte("GET / HTTP/1.1\r\n\r\n")), new(proto.Packet))
	if m.Context(&c); c.ServerName != nil || c.UserAgent != nil || m.Exposure() != proto.NotExposed {
		t.Errorf("got %q, %q", c.ServerName, c.UserAgent)
	}
}

func TestNoAllocations(t *testing.T) {
	p := prototest.New(t, Protocol, "request", metadata)
	p.NoAllocations([]byte(get))
	p.NoAllocations([]byte("GET / HTTP/1.1\r\nAuthorization: Bearer eyJhIjoxfQ==.eyJiIjoyfQ==.s\r\n\r\n"))
	prototest.New(t, Protocol, "response", metadata).NoAllocations([]byte("HTTP/1.1 200 OK\r\nServer: s\r\n\r\nhi"))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, metadata,
		[]byte(get),
		[]byte("GET / HTTP/1.1\r\nAuthorization: Basic dTpw\r\nVia: v\r\n\r\n"),
		[]byte("GET / HTTP/1.1\nAuthorization: Bearer eyJhIjoxfQ==.eyJiIjoyfQ==.s\n\n"),
		[]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00:"),
		[]byte("HTTP/1.1 200 OK\r\nServer: s\r\nContent-Type: t\r\n\r\nhi"),
		[]byte("HTTP"),
	)
}

// The options for headers and body are accepted, but not used.
func TestUnusedOptions(t *testing.T) {
	with := metadata
	with.HTTPHeaders, with.HTTPBodyMax = proto.HTTPHeadersNonSensitive, 1
	for kind, data := range map[string]string{
		"request":  "POST / HTTP/1.1\r\nCookie: secret\r\n\r\nbody",
		"response": "HTTP/1.1 200 OK\r\nSet-Cookie: secret\r\n\r\nbody",
	} {
		want := prototest.New(t, Protocol, kind, metadata).Record([]byte(data))
		if got := prototest.New(t, Protocol, kind, with).Record([]byte(data)); got != want || !strings.Contains(got, "secret") {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
}

// What ends the first line goes as far as the next letter, and ends other lines,
// too: but a long one is not looked for without end.
func TestLongLineEnd(t *testing.T) {
	end := "\r\n" + strings.Repeat("1\r\n", 20)
	almost := "\r\n" + strings.Repeat("1\r\n", 19) + "2\r\n"
	p := prototest.New(t, Protocol, "request", metadata)
	count := func(in string) int { return strings.Count(p.Record([]byte(in)), `"name":"a"`) }
	whole := strings.Repeat("a:b"+end, mostTries)
	if got := count("GET / HTTP/1.1" + end + whole + "a:b\r\n\r\n"); got != mostTries+1 {
		t.Errorf("%d fields end as the first line does", got)
	}
	few := "GET / HTTP/1.1" + end + strings.Repeat("a:b"+almost, 3) + "a:b" + end + "a:c\r\n\r\n"
	if !strings.Contains(p.Record([]byte(few)), `"value":"b","delimiter":"\u000d\u000a1`) {
		t.Error("after three that are almost it, the end is not found")
	}
}

// A URI of which secrets are masked is cut where the record is full: what is left
// may have more of them.
func TestMaskedURIBound(t *testing.T) {
	w := record.NewWriter(nil)
	w.SetMask(record.NewMask([]byte("key")))
	w.SetBound(1000)
	w.Object()
	writeURI(w, "uri", []byte("/?"+strings.Repeat("sid=geheim&", 1000)))
	w.EndObject()
	if s := string(w.Bytes()); strings.Contains(s, "geheim") || len(s) > 1100 || !json.Valid(w.Bytes()) {
		t.Errorf("%d bytes: %.200s", len(s), s)
	}
}
