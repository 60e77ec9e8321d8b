package netbios

import (
	"strings"
	"testing"

	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSession(t *testing.T) {
	p := prototest.New(t, Protocol, "session packet", proto.Options{})
	for _, tt := range []struct{ name, data, want string }{
		{"message", "\x00\x00\x00\x04\xffSMB", `"nbss":{"type":"session_message","length":4,"data":"ff534d42"}`},
		{"long message", "\x00\x01\x00\x04\xffSMB", `"nbss":{"type":"session_message","length":4,"data":"ff534d42"}`},
		{"more than it says", "\x00\x00\x00\x01ab", `"nbss":{"type":"session_message","length":1,"data":"6162"}`},
		{"less than it says", "\x00\x00\xff\xffab", `"nbss":{"type":"session_message","length":65535,"data":"6162"}`},
		{"request", "\x81\x00\x00\x02ab", `"nbss":{"type":"session_request","length":2,"data":"6162"}`},
		{"positive response", "\x82\x00\x00\x00", `"nbss":{"type":"positive_session_response","length":0,"data":""}`},
		{"negative response", "\x83\x00\x00\x01\x8f", `"nbss":{"type":"negative_session_response","length":1,"data":"8f"}`},
		{"retarget", "\x84\x00\x00\x06\x01\x02\x03\x04\x00\x8b", `"nbss":{"type":"retarget_session_response","length":6,"data":"01020304008b"}`},
		{"keep alive", "\x85\x00\x00\x00", `"nbss":{"type":"session_keep_alive","length":0,"data":""}`},
		{"unknown", "\x80\x00\x00\x00", `"nbss":{"type":"UNKNOWN (128)","length":0,"data":""}`},
		{"cut off", "\x00\x00\x00", "none"},
		{"empty", "", "none"},
	} {
		if got := p.Record([]byte(tt.data)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	p.NoAllocations([]byte("\x00\x00\x00\x04\xffSMB"))
}

const (
	firedog = "\x20EGEJFCEFEEEPEHCACACACACACACACAAA\x00"
	any16   = "\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00"
)

func TestDatagram(t *testing.T) {
	p := prototest.New(t, Protocol, "datagram", proto.Options{})
	const (
		head = "\x02\x00\x07\x0a\x00\x00\x05\x00\x8a" // what follows the type
		rest = `,"flags":"02","datagram_id":7,"source_ip":"10.0.0.5","source_port":138`
	)
	hex := func(s string) string {
		const digits = "0123456789abcdef"
		var b strings.Builder
		for i := range len(s) {
			b.WriteByte(digits[s[i]>>4])
			b.WriteByte(digits[s[i]&15])
		}
		return b.String()
	}
	body := firedog + any16 + "\xffSMB"
	pointed := firedog + "\xc0\x0c"
	for _, tt := range []struct{ name, data, want string }{
		{"direct unique", "\x10" + head + "\x00\x50\x00\x01" + body,
			`"direct_unique_datagram"` + rest + `,"datagram_length":80,"packet_offset":1,"source_name":"FIREDOG        \u0000","destination_name":"*` + strings.Repeat(`\u0000`, 15) + `","data":"` + hex(body) + `"`},
		{"direct group, one name", "\x11" + head + "\x00\x50\x00\x00" + firedog,
			`"direct_group_datagram"` + rest + `,"datagram_length":80,"packet_offset":0,"source_name":"FIREDOG        \u0000","data":"` + hex(firedog) + `"`},
		{"broadcast, pointer", "\x12" + head + "\x00\x50\x00\x00" + pointed,
			`"broadcast_datagram"` + rest + `,"datagram_length":80,"packet_offset":0,"source_name":"FIREDOG        \u0000","destination_name":"FIREDOG        \u0000","data":"` + hex(pointed) + `"`},
		{"other names", "\x12" + head + "\x00\x50\x00\x00\x01a\x00" + any16,
			`"broadcast_datagram"` + rest + `,"datagram_length":80,"packet_offset":0,"destination_name":"*` + strings.Repeat(`\u0000`, 15) + `","data":"` + hex("\x01a\x00"+any16) + `"`},
		{"no names", "\x12" + head + "\x00\x50\x00\x00", `"broadcast_datagram"` + rest + `,"datagram_length":80,"packet_offset":0,"data":""`},
		{"no offset", "\x12" + head + "\x00\x50\x00", `"broadcast_datagram"` + rest},
		{"error", "\x13" + head + "\x82more", `"datagram_error"` + rest + `,"error_code":130`},
		{"error without a code", "\x13" + head, `"datagram_error"` + rest},
		{"query", "\x14" + head + firedog, `"datagram_query_request"` + rest + `,"destination_name":"FIREDOG        \u0000"`},
		{"positive", "\x15" + head + firedog, `"datagram_positive_query_response"` + rest + `,"destination_name":"FIREDOG        \u0000"`},
		{"negative, without a name", "\x16" + head, `"datagram_negative_query_response"` + rest},
		{"unknown", "\x17" + head + "ab", `"UNKNOWN (23)"` + rest + `,"data":"6162"`},
	} {
		want := `"nbds":{"msg_type":` + tt.want + `}`
		if got := p.Record([]byte(tt.data)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
		p.Truncated([]byte(tt.data))
	}
	for n := range 10 {
		if got := p.Record([]byte("\x10" + head)[:n]); got != "none" {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
	p.NoAllocations([]byte("\x10" + head + "\x00\x50\x00\x01" + body))
}

func TestMatch(t *testing.T) {
	var tcp, udp detect.Table
	tcp.Add(1, Protocol.Messages[0].Match[0])
	udp.Add(1, Protocol.Messages[1].Match[0])
	for _, tt := range []struct {
		src, dst uint16
		tcp, udp detect.Kind
	}{
		{139, 1000, 1, 0},
		{1000, 139, 1, 0},
		{138, 138, 0, 1},
		{138, 1000, 0, 0},
		{1000, 138, 0, 0},
	} {
		if got := tcp.Find(nil, tt.src, tt.dst); got != tt.tcp {
			t.Errorf("TCP %d to %d: %v", tt.src, tt.dst, got)
		}
		if got := udp.Find(nil, tt.src, tt.dst); got != tt.udp {
			t.Errorf("UDP %d to %d: %v", tt.src, tt.dst, got)
		}
	}
}
