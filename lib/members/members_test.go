package members

import (
	"math/bits"
	"strings"
	"testing"

	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/ssh"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		list string
		rows int
	}{{"", 0}, {",", 0}, {"type", 1}, {"tls_params", 2}, {" size, type,size", 2}, {"type,all", len(table)}} {
		l, err := Parse(tt.list, 0)
		if err != nil || (l == nil) != (tt.rows == 0) || l != nil && len(l.message)+len(l.flow)+bits.OnesCount8(uint8(l.packet)) != tt.rows {
			t.Errorf("%q: %v, %v", tt.list, l, err)
		}
	}
	if _, err := Parse("type,sise", 0); err == nil || !strings.Contains(err.Error(), `"sise"`) {
		t.Errorf("sise: %v", err)
	}
	if s := (*List)(nil).NewSet(); s != nil || s.Offers() != (proto.HeldCounts{}) {
		t.Errorf("%v", s)
	}
}

func TestOrigin(t *testing.T) {
	p := Packet{Packet: &proto.Packet{Bytes: make([]byte, 60), Time: 1700000000000000001}}
	from := Origin{Source{File: "a\"é.pcap", Interfaces: []string{"", "eth0"}}, Place{Number: 7, Length: 1500, Interface: 1}}
	const want = `{"file":"a\"\u00e9.pcap","packet":7,"interface":"eth0","size":1500,"time_iso":"2023-11-14T22:13:20.000000001Z"}`
	l, err := Parse("time_iso,file,packet,interface,size", 0)
	if err != nil {
		t.Fatal(err)
	}
	set := l.NewSet()
	for range 2 {
		set.SetOrigin(from)
		if got := write(set, p); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	// The other interface has no name, and there is no third.
	for n := range 3 {
		from.Interface = n
		set.SetOrigin(from)
		if got, has := write(set, p), n == 1; strings.Contains(got, "interface") != has {
			t.Errorf("interface %d: %s", n, got)
		}
	}
	if got := text(t, "file,packet,interface,size", 0, Packet{Packet: &proto.Packet{Bytes: make([]byte, 60)}}); got != `{"size":60}` {
		t.Errorf("nothing known: %s", got)
	}
}

func TestLink(t *testing.T) {
	const ip = "\x45\x00\x00\x14\x00\x00\x00\x00\x40\x3b\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02"
	for _, tt := range []struct {
		name string
		link uint16
		data string
		want string
	}{
		{"Ethernet", packet.LinkEthernet, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + ip,
			`{"mac":{"src":"02:00:00:00:00:01","dst":"02:00:00:00:00:02"}}`},
		{"tags", packet.LinkEthernet, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x88\xa8\x20\x64\x81\x00\x00\x0a\x08\x00" + ip,
			`{"mac":{"src":"02:00:00:00:00:01","dst":"02:00:00:00:00:02"},"vlan":[100,10]}`},
		{"tag cut off", packet.LinkEthernet, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x81\x00\x20",
			`{"mac":{"src":"02:00:00:00:00:01","dst":"02:00:00:00:00:02"}}`},
		{"cooked", packet.LinkSLL, "\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x81\x00\x00\x05\x08\x00" + ip,
			`{"mac":{"src":"02:00:00:00:00:01"},"vlan":[5]}`},
		{"cooked 2", packet.LinkSLL2, "\x08\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00" + ip,
			`{"mac":{"src":"02:00:00:00:00:01"}}`},
		{"raw", packet.LinkRaw, ip, `{}`},
		{"nothing", packet.LinkEthernet, "\x02", `{}`},
	} {
		h := new(packet.Headers)
		packet.NewDecoder(packet.Config{}).Decode(h, tt.link, []byte(tt.data))
		if got := text(t, "mac,vlan", 0, Packet{Packet: &proto.Packet{Headers: h, Bytes: []byte(tt.data)}}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// message is what a protocol's message reads in data, towards a port.
func message(t *testing.T, protocol *proto.Protocol, number int, data string, srcPort, dstPort uint16) Packet {
	t.Helper()
	k := key(6, "192.0.2.1:0", "192.0.2.2:0")
	k.SrcPort, k.DstPort = srcPort, dstPort
	kind := &protocol.Messages[number]
	m := kind.New(&proto.Options{Select: proto.All()})
	p := &proto.Packet{Key: *k}
	if !m.Parse(wire.Of([]byte(data)), p) {
		t.Fatalf("no message in %q", data)
	}
	return Packet{new(List).NewMessage(m, kind), p}
}

func TestDNS(t *testing.T) {
	const question = "\x01a\x00\x00\x01\x00\x01"
	l, err := Parse("type,dns_header", 0)
	if err != nil {
		t.Fatal(err)
	}
	used := l.NewSet() // for all of them
	for _, tt := range []struct{ data, want string }{
		{"\x00\x07\x01\x20\x00\x01\x00\x00\x00\x00\x00\x00" + question,
			`{"type":"dns","dns_header":{"response":false,"opcode":"QUERY","aa":false,"tc":false,"rd":true,"ra":false,"ad":true,"cd":false}}`},
		{"\x00\x07\x85\x93\x00\x01\x00\x00\x00\x00\x00\x00" + question,
			`{"type":"dns","dns_header":{"response":true,"opcode":"QUERY","rcode":"NXDOMAIN","aa":true,"tc":false,"rd":true,"ra":true,"ad":false,"cd":true}}`},
		// BADCOOKIE, with a cookie and an option without a name.
		{"\x00\x07\x80\x07\x00\x01\x00\x01\x00\x00\x00\x01" + question + "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x01\x02\x03\x04" +
			"\x00\x00\x29\x04\xd0\x01\x00\x80\x00\x00\x0b\x00\x0a\x00\x02\xab\xcd\xff\xf0\x00\x01\x01",
			`{"type":"dns","dns_header":{"response":true,"opcode":"QUERY","rcode":"BADCOOKIE","aa":false,"tc":false,"rd":false,"ra":false,"ad":false,"cd":false,` +
				`"edns":{"udp_size":1232,"version":0,"do":true,"options":[{"name":"COOKIE","data":"abcd"},{"name":"UNKNOWN","code":65520,"data":"01"}]}}}`},
	} {
		if got := text(t, "type,dns_header", 0, message(t, dns.Protocol, 0, tt.data, 50000, 53)); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
		for range 2 {
			if got := write(used, message(t, dns.Protocol, 0, tt.data, 50000, 53)); got != tt.want {
				t.Errorf("again: %s, want %s", got, tt.want)
			}
		}
		const header = 12 + len(question)
		for n := header; n < len(tt.data); n++ { // cut off anywhere
			text(t, "dns_header", 0, message(t, dns.Protocol, 0, tt.data[:n], 50000, 53))
		}
	}
}

// tlsRecord is a handshake message in a record.
func tlsRecord(kind byte, body string) string {
	n := len(body)
	return "\x16\x03\x03" + string([]byte{byte((n + 4) >> 8), byte(n + 4), kind, 0, byte(n >> 8), byte(n)}) + body
}

func TestTLS(t *testing.T) {
	const (
		random = "................................"
		retry  = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
	)
	client := func(extensions string) string {
		return tlsRecord(1, "\x03\x03"+random+"\x00\x00\x02\x13\x01\x01\x00"+string([]byte{0, byte(len(extensions))})+extensions)
	}
	server := func(random, suite, extensions string) string {
		return tlsRecord(2, "\x03\x03"+random+"\x00"+suite+"\x00"+string([]byte{0, byte(len(extensions))})+extensions)
	}
	l, err := Parse("tls_params", 0)
	if err != nil {
		t.Fatal(err)
	}
	used := l.NewSet() // for all of them
	for _, tt := range []struct {
		name, data string
		message    int
		want       string
	}{
		{"client of TLS 1.2", client("\x00\x17\x00\x00"), 0,
			`"versions":["TLSv1.2"],"post_quantum_offered":false,"post_quantum_key_share":false,"ech":false`},
		{"client that offers", client("\x00\x2b\x00\x07\x06\x7a\x7a\x03\x04\x03\x03\x00\x0a\x00\x08\x00\x06\x0a\x0a\x11\xec\x00\x1d\x00\x33\x00\x0c\x00\x0a\x0a\x0a\x00\x01.\x00\x1d\x00\x01."), 0,
			`"versions":["TLSv1.3","TLSv1.2"],"groups":["X25519MLKEM768","x25519"],"key_shares":["x25519"],"post_quantum_offered":true,"post_quantum_key_share":false,"ech":false`},
		{"client that sends", client("\xfe\x0d\x00\x01.\x00\x0a\x00\x04\x00\x02\x11\xec\x00\x33\x00\x07\x00\x05\x11\xec\x00\x01.\x00\x10\x00\x05\x00\x03\x02h2"), 0,
			`"versions":["TLSv1.2"],"groups":["X25519MLKEM768"],"key_shares":["X25519MLKEM768"],"post_quantum_offered":true,"post_quantum_key_share":true,"ech":true,"alpn":["h2"]`},
		{"server of TLS 1.3", server(random, "\x13\x02", "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x05\x11\xec\x00\x01."), 1,
			`"version":"TLSv1.3","cipher_suite":"TLS_AES_256_GCM_SHA384","group":"X25519MLKEM768","post_quantum":true,"hello_retry":false`},
		{"retry", server(retry, "\x13\x01", "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02\x00\x17"), 1,
			`"version":"TLSv1.3","cipher_suite":"TLS_AES_128_GCM_SHA256","group":"secp256r1","post_quantum":false,"hello_retry":true`},
		{"server of TLS 1.2", server(random, "\xc0\x2f", "\x00\x10\x00\x05\x00\x03\x02h2"), 1,
			`"version":"TLSv1.2","cipher_suite":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","post_quantum":false,"hello_retry":false,"alpn":["h2"]`},
		{"server of TLS 1.2 with a key exchange", server(random, "\xc0\x2f", "") + tlsRecord(12, "\x03\x00\x1d\x01."), 1,
			`"version":"TLSv1.2","cipher_suite":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","group":"x25519","post_quantum":false,"hello_retry":false`},
		{"server with a key exchange of another kind", server(random, "\x00\x9e", "") + tlsRecord(12, "\x03\x00\x1d\x01."), 1,
			`"version":"TLSv1.2","cipher_suite":"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256","post_quantum":false,"hello_retry":false`},
		{"codes without names", server(random, "\xfa\xfa", "\x00\x2b\x00\x02\x7f\x1c"), 1,
			`"version":"UNKNOWN (7f1c)","cipher_suite":"UNKNOWN (fafa)","post_quantum":false,"hello_retry":false`},
	} {
		want := `{"tls_params":{` + tt.want + `}}`
		for range 2 { // the second time it is remembered
			if got := write(used, message(t, tls.Protocol, tt.message, tt.data, 1, 2)); got != want {
				t.Errorf("%s: %s, want %s", tt.name, got, want)
			}
		}
	}
	// A hello that is cut off would tell of another version.
	whole := server(random, "\x13\x02", "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x05\x11\xec\x00\x01.")
	if got := text(t, "tls_params", 0, message(t, tls.Protocol, 1, whole[:len(whole)-3], 1, 2)); got != "{}" {
		t.Errorf("cut off: %s", got)
	}
}

// kexInit is a KEXINIT with lists.
func kexInit(lists ...string) string {
	body := "\x04\x14................"
	for i := range 10 {
		list := ""
		if i < len(lists) {
			list = lists[i]
		}
		body += "\x00\x00" + string([]byte{byte(len(list) >> 8), byte(len(list))}) + list
	}
	body += "\x00\x00\x00\x00\x00...."
	return "\x00\x00" + string([]byte{byte(len(body) >> 8), byte(len(body))}) + body
}

func TestSSH(t *testing.T) {
	clientInit := kexInit("mlkem768x25519-sha256,curve25519-sha256,ext-info-c", "ssh-ed25519,rsa-sha2-256", "aes128-gcm@openssh.com,aes128-ctr", "aes128-ctr", "a,b", "a,b", "none", "none")
	serverInit := kexInit("curve25519-sha256,mlkem768x25519-sha256", "rsa-sha2-256", "aes128-gcm@openssh.com", "aes128-ctr", "b,a", "b,c", "zlib", "none")
	const want = `{"ssh_params":{"kex":"mlkem768x25519-sha256","host_key":"rsa-sha2-256","cipher_to_server":"aes128-gcm@openssh.com",` +
		`"cipher_to_client":"aes128-ctr","mac_to_client":"b","compression_to_client":"none","post_quantum":true}}`
	client := message(t, ssh.Protocol, 1, clientInit, 50000, 22)
	server := message(t, ssh.Protocol, 1, serverInit, 22, 50000)
	server.Key.Src, server.Key.Dst = client.Key.Dst, client.Key.Src
	l, err := Parse("tls_params", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]Packet{{client, server}, {server, client}, {client, client, server}} {
		s := l.NewSet()
		for i, p := range order {
			got := write(s, p)
			if last := i == len(order)-1; last && got != want || !last && got != "{}" {
				t.Errorf("%d of %d: %s", i+1, len(order), got)
			}
		}
		if got := write(s, client); got != "{}" { // a later connection
			t.Errorf("again: %s", got)
		}
	}
	s := l.NewSet()
	for port := range uint16(5000) {
		p := Packet{client.Message, &proto.Packet{Key: client.Key}}
		p.Key.SrcPort = port
		write(s, p)
	}
	if n := s.Offers().Evicted; n < 5000-sshSets*sshWays || n >= 5000 {
		t.Errorf("%d evicted", n)
	}
}
