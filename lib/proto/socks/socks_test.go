package socks

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/wire"
)

func TestRecords(t *testing.T) {
	const v4, hello, v5 = "SOCKS4 request", "SOCKS5 hello", "SOCKS5 request or reply"
	tests := []struct{ kind, name, data, want string }{
		{v4, "connect", "\x04\x01\x00\x50\xc0\x00\x02\x01user\x00", `"socks4":{"cmd":"CONNECT","port":80,"ip":"192.0.2.1","id":"user"}`},
		{v4, "bind, no user", "\x04\x02\xff\xff\x00\x00\x00\x00\x00", `"socks4":{"cmd":"BIND","port":65535,"ip":"0.0.0.0"}`},
		{v4, "unknown command", "\x04\x03\x00\x50\xc0\x00\x02\x01\"\x00", `"socks4":{"cmd":"UNKNOWN (3)","port":80,"ip":"192.0.2.1","id":"\""}`},
		{v4, "domain name", "\x04\x01\x01\xbb\x00\x00\x00\x01u\x00example.com\x00", `"socks4":{"cmd":"CONNECT","port":443,"ip":"0.0.0.1","id":"u","socks4a":true,"domain":"example.com"}`},
		{v4, "empty domain name", "\x04\x01\x01\xbb\x00\x00\x00\x01\x00\x00", `"socks4":{"cmd":"CONNECT","port":443,"ip":"0.0.0.1","socks4a":true}`},
		{v4, "a third string", "\x04\x01\x01\xbb\x00\x00\x00\x01u\x00a\x00b\x00", "none"},
		{v4, "user without an end", "\x04\x01\x01\xbb\x00\x00\x00\x01u", "none"},
		{v4, "domain name without an end", "\x04\x01\x01\xbb\x00\x00\x00\x01u\x00a", "none"},
		{v4, "no user at all", "\x04\x01\x01\xbb\x00\x00\x00\x01", "none"},
		{v4, "cut off", "\x04\x01\x01\xbb\x00\x00\x00", "none"},
		{v4, "empty", "", "none"},
		{hello, "methods", "\x05\x05\x00\x01\x02\x03\x05", `"socks5":{"nauth":5,"auth_list":["NO_AUTH","GSSAPI","USER_PASS","CHALLENGE_HANDSHAKE_AUTH","CHALLENGE_RESPONSE_AUTH"]}`},
		{hello, "all others", "\x05\x0c\x04\x06\x07\x08\x09\x0a\x7e\x7f\x86\xfd\xfe\xff", `"socks5":{"nauth":12,"auth_list":["UNASSIGNED","SSL","NDS","MULTI_AUTH_FRAMEWORK","JSON_FRAMEWORK_BLOCK","UNASSIGNED","UNASSIGNED","PRIVATE","SSL","PRIVATE","NO_MATCH","NO_MATCH"]}`},
		{hello, "none", "\x05\x00", `"socks5":{"nauth":0,"auth_list":[]}`},
		{hello, "cut off", "\x05\x03\x00\x01", "none"},
		{v5, "connect to a name", "\x05\x01\x00\x03\x0bexample.com\x01\xbb", `"socks5_req_resp":{"cmd":"tcp_conn_or_gen_failure","addr_type":3,"domain":"example.com","dst_port":443}`},
		{v5, "connect to no name", "\x05\x01\x00\x03\x00\x01\xbb", `"socks5_req_resp":{"cmd":"tcp_conn_or_gen_failure","addr_type":3,"dst_port":443}`},
		{v5, "granted", "\x05\x00\x00\x01\xc0\x00\x02\x01\x00\x50", `"socks5_req_resp":{"cmd":"request_granted","addr_type":1,"ipv4":"192.0.2.1","dst_port":80}`},
		{v5, "IPv6", "\x05\x08\x00\x04\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x00\x50", `"socks5_req_resp":{"cmd":"addr_unsupp","addr_type":4,"ipv6":"2001:db8::1","dst_port":80}`},
		{v5, "unknown command", "\x05\x09\x00\x01\xc0\x00\x02\x01\x00\x50", `"socks5_req_resp":{"cmd":"NULL","addr_type":1,"ipv4":"192.0.2.1","dst_port":80}`},
		{v5, "unknown type of address", "\x05\x01\x00\x02\xc0\x00\x02\x01\x00\x50", "none"},
		{v5, "cut off", "\x05\x01\x00\x03\x0bexample.com\x01", "none"},
	}
	for _, metadata := range []bool{true, false} {
		for _, tt := range tests {
			want := tt.want
			if !metadata {
				for _, s := range []string{`,"ip":"192.0.2.1"`, `,"ip":"0.0.0.0"`, `,"ip":"0.0.0.1"`, `,"socks4a":true`, `"nauth":5,`, `"nauth":12,`, `"nauth":0,`, `,"addr_type":1`, `,"addr_type":3`, `,"addr_type":4`} {
					want = strings.ReplaceAll(want, s, "")
				}
			}
			t.Run(tt.kind+"/"+tt.name, func(t *testing.T) {
				p := prototest.New(t, Protocol, tt.kind, proto.Options{Metadata: metadata})
				if got := p.Record([]byte(tt.data)); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				if want != "none" {
					p.NoAllocations([]byte(tt.data))
				}
				p.Truncated([]byte(tt.data))
			})
		}
	}
}

func TestLengths(t *testing.T) {
	tests := []struct {
		name   string
		length func(wire.Cursor) int
		data   string
		want   int
	}{
		{"v4", lengthV4, "\x04\x01\x00\x50\xc0\x00\x02\x01user\x00", 13},
		{"v4 empty user", lengthV4, "\x04\x01\x00\x50\xc0\x00\x02\x01\x00", 9},
		{"v4 domain name only", lengthV4, "\x04\x01\x00\x50\x00\x00\x00\x01\x00a\x00", 11},
		{"v4 control character first", lengthV4, "\x04\x01\x00\x50\xc0\x00\x02\x01\x01ab\x00", 0},
		{"v4 control character last", lengthV4, "\x04\x01\x00\x50\xc0\x00\x02\x01ab\x1f\x00", 0},
		{"v4 no end", lengthV4, "\x04\x01\x00\x50\xc0\x00\x02\x01ab", 0},
		{"v4 no user", lengthV4, "\x04\x01\x00\x50\xc0\x00\x02\x01", 0},
		{"v4 short", lengthV4, "\x04\x01\x00\x00", 0},
		{"hello", lengthHello, "\x05\x02\x00\x01", 4},
		{"hello longer", lengthHello, "\x05\x0f\x00\x01", 17},
		{"v5 IPv4", lengthV5, "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", 10},
		{"v5 IPv6", lengthV5, "\x05\x01\x00\x04" + strings.Repeat("\x00", 18), 22},
		{"v5 name", lengthV5, "\x05\x01\x00\x03\x01a\x00\x50", 8},
		{"v5 too long", lengthV5, "\x05\x01\x00\x03\x01ab\x00\x50", 0},
		{"v5 short", lengthV5, "\x05\x01\x00\x03", 0},
	}
	for _, tt := range tests {
		if got := tt.length(wire.Cursor(tt.data)); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{Metadata: true},
		[]byte("\x04\x01\x01\xbb\x00\x00\x00\x01u\x00example.com\x00"),
		[]byte("\x05\x05\x00\x01\x02\x03\x05"),
		[]byte("\x05\x01\x00\x03\x0bexample.com\x01\xbb"),
	)
}
