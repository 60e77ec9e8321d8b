package build

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"merctools/lib/osinfo"
	"merctools/lib/process"
)

func TestLabel(t *testing.T) {
	curl := Process{Process: process.Process{
		Program: osinfo.Program{Path: "/usr/bin/curl", Package: "curl", Version: "7.88.1", SHA256: "AB"},
		PID:     7, Command: "curl", Parent: "bash", OS: "cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*",
	}}
	server := Process{
		Process:    process.Process{Program: osinfo.Program{Path: "/opt/a\"b"}, Command: "worker"},
		Library:    "OpenSSL 3",
		Malware:    true,
		Attributes: []string{"remote_access_tool", "x"},
	}
	sockets := map[process.Socket]Process{
		{Protocol: process.TCP, Local: netip.MustParseAddrPort("192.0.2.1:40000"), Remote: netip.MustParseAddrPort("192.0.2.2:443")}:     curl,
		{Protocol: process.UDP, Local: netip.MustParseAddrPort("[2001:db8::2]:443"), Remote: netip.MustParseAddrPort("[2001:db8::1]:5")}: server,
		{Protocol: process.TCP, Local: netip.MustParseAddrPort("192.0.2.2:443"), Remote: netip.MustParseAddrPort("192.0.2.1:40001")}:     server,
		{Protocol: process.TCP, Local: netip.MustParseAddrPort("192.0.2.1:40001"), Remote: netip.MustParseAddrPort("192.0.2.2:443")}:     curl,
	}
	const (
		curlLabel = `{"name":"curl","version":"7.88.1","package":"curl","path":"/usr/bin/curl","sha256":"AB","parent":"bash","pid":7,"os":"cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*"}`
		// Text is escaped, and the name that the kernel knows is only shown
		// where it is another one.
		serverLabel = `{"name":"a\"b","library":"OpenSSL 3","path":"/opt/a\"b","command":"worker","malware":true,"attributes":["remote_access_tool","x"]}`
	)
	now := time.Unix(1_000_100, 0)
	for _, c := range []struct{ name, in, want string }{
		{"client",
			`{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40000,"dst_port":443,"event_start":1000099.5}` + "\n",
			`{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40000,"dst_port":443,"event_start":1000099.5,"src_process":` + curlLabel + "}\n"},
		{"server's answer, no newline",
			`{"src_ip":"192.0.2.2","dst_ip":"192.0.2.1","protocol":6,"src_port":443,"dst_port":40000,"event_start":1000099.5}`,
			`{"src_ip":"192.0.2.2","dst_ip":"192.0.2.1","protocol":6,"src_port":443,"dst_port":40000,"event_start":1000099.5,"dst_process":` + curlLabel + "}"},
		{"both ends",
			`{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40001,"dst_port":443}`,
			`{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40001,"dst_port":443,"src_process":` + curlLabel + `,"dst_process":` + serverLabel + `}`},
		{"UDP over IPv6, space",
			` { "src_ip" : "2001:db8::1", "dst_ip":"2001:db8::2","protocol":17,"src_port":5,"dst_port":443 } ` + "\r\n",
			` { "src_ip" : "2001:db8::1", "dst_ip":"2001:db8::2","protocol":17,"src_port":5,"dst_port":443,"dst_process":` + serverLabel + " } \r\n"},
		{"other protocol", `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":17,"src_port":40000,"dst_port":443}`, ""},
		{"ICMP", `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":1}`, ""},
		{"old", `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40000,"dst_port":443,"event_start":1000000.0}`, ""},
		{"labelled", `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40000,"dst_port":443,"src_process":{}}`, ""},
		{"no addresses", `{"a":1}`, ""},
		{"no number", `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":"x","dst_port":70000}`, ""},
		{"no JSON", `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,`, ""},
		{"empty", "\n", ""},
	} {
		l := &Labeler{
			Find:   func(s process.Socket) (Process, bool) { p, ok := sockets[s]; return p, ok },
			MaxAge: time.Minute,
			Now:    func() time.Time { return now },
		}
		want := c.want
		if want == "" {
			want = c.in
		}
		got := string(l.Append([]byte("before"), []byte(c.in)))
		if got != "before"+want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, want)
		}
		if json.Valid([]byte(c.in)) && !json.Valid([]byte(got[len("before"):])) {
			t.Errorf("%s: not JSON: %s", c.name, got)
		}
		if (l.Labelled == 1) != (c.want != "") || l.Foreign+l.Records != 1 {
			t.Errorf("%s: counts %+v", c.name, l)
		}
	}
}

func FuzzLabel(f *testing.F) {
	f.Add([]byte(`{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40000,"dst_port":443,"event_start":1000099.5}`))
	f.Add([]byte(`{"src_ip":"::","dst_ip":"1","protocol":6,"src_port":-1,"dst_port":1e9,"event_start":1e300,"a":{"b":[]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		l := &Labeler{Find: func(process.Socket) (Process, bool) { return Process{Name: "x"}, true }, MaxAge: 1, Now: time.Now}
		if out := l.Append(nil, line); json.Valid(line) && !json.Valid(out) {
			t.Errorf("%q became %q", line, out)
		}
	})
}
