package http

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func TestSecrets(t *testing.T) {
	const mask = "masked:"
	m := record.NewMask([]byte("a key for tests."))
	hide := func(s string) string { return string(m.Append(nil, []byte(s))) }
	if len(hide("x")) <= len(mask) {
		t.Fatal(hide("x"))
	}
	tests := []struct{ in, want string }{
		{"GET / HTTP/1.1\r\nCookie: a=b\r\n\r\n", `"uri":"/","protocol":"HTTP/1.1","headers":[{"name":"Cookie","value":"` + hide("a=b") + `","delimiter":"\u000d\u000a"}]`},
		{"GET /?token=t&n=1;PASSWORD=a%20b#x HTTP/1.1\r\n", `"uri":"/?token=` + hide("t") + `&n=1;PASSWORD=` + hide("a%20b") + `#x","protocol":"HTTP/1.1"`},
		{"GET /?token HTTP/1.1\r\n", `"uri":"/?token","protocol":"HTTP/1.1"`},
		{"GET /?token= HTTP/1.1\r\n", `"uri":"/?token=","protocol":"HTTP/1.1"`},
		{"GET /?author=x HTTP/1.1\r\n", `"uri":"/?author=x","protocol":"HTTP/1.1"`},
		{"GET http://u:p@h/ HTTP/1.1\r\n", `"uri":"http://u:` + hide("p") + `@h/","protocol":"HTTP/1.1"`},
		{"GET http://u:p@q@h/?a=:@ HTTP/1.1\r\n", `"uri":"http://u:` + hide("p@q") + `@h/?a=:@","protocol":"HTTP/1.1"`},
		{"GET http://h/u:p@x HTTP/1.1\r\n", `"uri":"http://h/u:p@x","protocol":"HTTP/1.1"`},
		{"GET / HTTP/1.1\r\nX-Api-Key: k\r\nReferer: /?sid=1\r\n\r\n", `"uri":"/","protocol":"HTTP/1.1","referer":"/?sid=` + hide("1") + `","headers":[{"name":"X-Api-Key","value":"` + hide("k") + `","delimiter":"\u000d\u000a"},{"name":"Referer","value":"/?sid=` + hide("1") + `","delimiter":"\u000d\u000a"}]`},
		{"GET / HTTP/1.1\r\nAuthorization Basic c2VjcmV0\r\nHost: h\r\n\r\n", `"uri":"/","protocol":"HTTP/1.1","headers":[{"name":"` + hide("Authorization Basic c2VjcmV0\r\nHost") + `","value":"` + hide("h") + `","delimiter":"\u000d\u000a"}]`},
		{"GET / HTTP/1.1\r\nAuthorization: Basic dTpw\r\n\r\n", `"uri":"/","protocol":"HTTP/1.1","authorization":{"basic":{"param":"` + hide("u:p") + `"}},"headers":[{"name":"Authorization","value":"` + hide("Basic dTpw") + `","delimiter":"\u000d\u000a"}]`},
		{"POST / HTTP/1.1\r\nA: b\r\n\r\nx=y", `"uri":"/","protocol":"HTTP/1.1","headers":[{"name":"A","value":"b","delimiter":"\u000d\u000a"}],"body":"` + hide("x=y") + `"`},
	}
	for _, tt := range tests {
		r := &Request{metadata: true}
		if !r.Parse(wire.Of([]byte(tt.in)), new(proto.Packet)) {
			t.Fatalf("%q: no request", tt.in)
		}
		w := record.NewWriter(nil)
		w.SetMask(m)
		r.WriteRecord(w)
		method := tt.in[:3]
		if method == "POS" {
			method = "POST"
		}
		if got, want := string(w.Bytes()), `"http":{"request":{"method":"`+method+`",`+tt.want+`}}`; got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.in, got, want)
		}
	}
	for body, secret := range map[string]bool{`{"access_token":"x"}`: true, "<html>": false} {
		r := &Response{metadata: true}
		r.Parse(wire.Of([]byte("HTTP/1.1 200 OK\r\nSet-Cookie: c=d\r\nWWW-Authenticate: Basic\r\n\r\n"+body)), new(proto.Packet))
		w := record.NewWriter(nil)
		w.SetMask(m)
		r.WriteRecord(w)
		last := string(record.AppendHex(nil, []byte(body)))
		if secret {
			last = hide(body)
		}
		want := `"http":{"response":{"version":"HTTP/1.1","status_code":"200","status_reason":"OK","headers":[{"name":"Set-Cookie","value":"` + hide("c=d") +
			`","delimiter":"\u000d\u000a"},{"name":"WWW-Authenticate","value":"Basic","delimiter":"\u000d\u000a"}],"body":"` + last + `"}}`
		if got := string(w.Bytes()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
