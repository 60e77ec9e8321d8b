package selector

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

func filter(t *testing.T, list string) *Filter {
	t.Helper()
	s, err := proto.ParseSelection(list, registry.Selectors())
	if err != nil {
		t.Fatal(err)
	}
	return New(s)
}

func TestMatch(t *testing.T) {
	records := map[string]string{
		"client hello":        `{"fingerprints":{"tls":"tls/"},"tls":{"client":{}}}`,
		"server hello":        `{"fingerprints":{"tls_server":"tls_server/"},"tls":{"server":{"certs":[]}}}`,
		"server certificates": `{"tls":{"server":{"certs":[]}}}`,
		"client certificates": `{"tls":{"client":{"certs":[]}}}`,
		"QUIC":                `{"fingerprints":{"quic":"quic/"},"tls":{"client":{}},"quic":{"version":"00000001"}}`,
		"OpenVPN":             `{"fingerprints":{"openvpn":"openvpn/"},"openvpn":{},"tls":{"client":{}}}`,
		"DTLS":                `{"fingerprints":{"dtls":"dtls/"},"dtls":{"client":{}}}`,
		"request":             `{"http":{"request":{}}}`,
		"response":            `{"fingerprints":{"http_server":"http_server/"}}`,
		"SYN":                 `{"fingerprints":{"tcp":"tcp/"}}`,
		"SYN/ACK":             `{"fingerprints":{"tcp_server":"tcp_server/"},"tcp_server":{}}`,
		"DNS":                 `{"dns":{}}`,
		"mDNS":                `{"mdns":{}}`,
		"VXLAN":               `{"icmp":{},"encapsulations":[{"type":"ip encapsulation"},{"type":"vxlan"}]}`,
		"GRE":                 `{"icmp":{},"encapsulations":[{"type":"gre"}]}`,
		"nothing":             `{}`,
		"name in a string":    `{"a":"dns","b":["dns",{"dns":1}]}`,
	}
	tests := map[string]string{
		"all":                        "client hello,server hello,server certificates,client certificates,QUIC,OpenVPN,DTLS,request,response,SYN,SYN/ACK,DNS,mDNS,VXLAN,GRE,nothing,name in a string",
		"none":                       "",
		"all,none":                   "",
		"tls":                        "client hello,server hello,server certificates,client certificates",
		"tls.client_hello":           "client hello",
		"tls.serverhello":            "server hello",
		"tls.certificates":           "server certificates,client certificates",
		"tls.server_hello,quic,dtls": "server hello,QUIC,DTLS",
		"openvpn_tcp":                "OpenVPN",
		"http":                       "request,response",
		"http.request":               "request",
		"http.response":              "response",
		"tcp":                        "SYN",
		"tcp,tcp.syn_ack":            "SYN,SYN/ACK",
		"dns":                        "DNS",
		"mdns":                       "mDNS",
		"vxlan":                      "VXLAN",
		"gre":                        "GRE",
		"geneve":                     "",
		"icmp":                       "VXLAN,GRE",
	}
	for list, want := range tests {
		f := filter(t, list)
		wanted := map[string]bool{}
		for name := range strings.SplitSeq(want, ",") {
			wanted[name] = true
		}
		for name, record := range records {
			got, err := f.Match([]byte(record))
			if err != nil || got != wanted[name] {
				t.Errorf("%s: %s: %v, %v", list, name, got, err)
			}
			if got, err := f.scan([]byte(record)); err != nil || got != wanted[name] {
				t.Errorf("%s: %s: %v, %v, without a tree", list, name, got, err)
			}
			large := strings.Replace(record, "{", `{"x":[`+strings.Repeat("[],", maxValues)+`0],`, 1)
			large = strings.Replace(large, ",}", "}", 1)
			if got, err := f.Match([]byte(large)); err != nil || got != wanted[name] || !tooMany([]byte(large)) {
				t.Errorf("%s: %s: %v, %v, where it is large", list, name, got, err)
			}
		}
	}
}

func TestMatchErrors(t *testing.T) {
	for _, list := range []string{"dns", "all", "none"} {
		f := filter(t, list)
		for _, line := range []string{"", " ", "x", `{"dns":`, `[{"dns":{}}]`, `"dns"`, "1", `{"dns":{}} x`} {
			if ok, err := f.Match([]byte(line)); ok || err == nil {
				t.Errorf("%s, %q: %v, %v; want an error", list, line, ok, err)
			}
		}
		// An error does not stay.
		if ok, err := f.Match([]byte(`{"dns":{}}`)); ok != (list != "none") || err != nil {
			t.Errorf("%s after errors: %v, %v", list, ok, err)
		}
	}
}
