package tls

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/record"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestServer(t *testing.T) {
	random := `"random":"` + hexOf(random) + `"`
	members := `"version":"0303",` + random + `,"selected_cipher_suite":"c02f","compression_method":"00"`
	one := `"certs":[{"base64":"` + b64("one") + `"}]`
	two := `"certs":[{"base64":"` + b64("one") + `"},{"base64":"` + b64("second") + `"}]`
	const fingerprint = "tls_server/(0303)(c02f)()"
	hello := handshakeOf(TypeServerHello, serverHello())
	certificate := certificateOf(vec24("one"), vec24("second"))
	tests := []struct {
		name        string
		payload     string
		missing     int
		fingerprint string
		members     string // of the object server
	}{
		{"hello", recordOf(hello), 0, fingerprint, members},
		{"hello and certificate in a record", recordOf(hello, certificate), 0, fingerprint, two + "," + members},
		{"hello and certificate in two records", recordOf(hello) + recordOf(certificate), 0, fingerprint, two + "," + members},
		{"certificate behind another message", recordOf(hello, handshakeOf(22, "")) + recordOf(certificate), 0, fingerprint, two + "," + members},
		{"another message for a certificate", recordOf(hello, handshakeOf(22, vec24(vec24("one")))), 0, fingerprint, one + "," + members},
		{"no certificate in the next record", recordOf(hello) + recordOf(handshakeOf(14)), 0, fingerprint, members},
		{"certificate cut off", (recordOf(hello) + recordOf(certificate))[:len(recordOf(hello))+5+4+3+6], len(certificate) - 13, fingerprint, one + "," + members},
		{"second certificate cut off", (recordOf(hello) + recordOf(certificate))[:len(recordOf(hello))+5+4+3+6+6], len(certificate) - 19, fingerprint,
			`"certs":[{"base64":"` + b64("one") + `"},{"base64":"` + b64("sec") + `"}],` + members},
		{"record header cut off", (recordOf(hello) + recordOf(certificate))[:len(recordOf(hello))+4], 0, fingerprint, members},
		{"list header only", recordOf(hello) + recordOf(certificate)[:12], len(certificate) - 7, fingerprint, members},
		{"empty certificate ends the list", recordOf(hello, certificateOf(vec24(""), vec24("one"))), 0, fingerprint, `"certs":[],` + members},
		{"empty list", recordOf(hello, certificateOf()), 0, fingerprint, members},
		{"list that is too long", recordOf(hello, handshakeOf(TypeCertificate, "\x01\x00\x01", vec24("one"))), 0, fingerprint, members},
		{"longest list", recordOf(hello, handshakeOf(TypeCertificate, "\x01\x00\x00", vec24("one"))), 65536 - 6, fingerprint, one + "," + members},
		{"two lists", recordOf(hello, certificateOf(vec24("one"), vec24("second"))) + recordOf(certificateOf(vec24("one"))), 0, fingerprint, one + "," + members},
		{"certificate that begins the data", recordOf(certificate), 0, "", two},
		{"hello of an unknown version", recordOf(handshakeOf(TypeServerHello, "\x03\x05", serverHello()[2:]), certificate), 0, "", two},
		{"SSL 3", recordOf(handshakeOf(TypeServerHello, "\x03\x00", serverHello()[2:])), 0, "tls_server/(0300)(c02f)()",
			`"version":"0300",` + random + `,"selected_cipher_suite":"c02f","compression_method":"00"`},
		{"extensions", recordOf(handshakeOf(TypeServerHello, serverHello(
			extension(ExtSupportedVersions, "\x03\x04"), extension(ExtALPN, vec16(vec8("h2"))), extension(ExtSessionTicket), extension(0x1a1a, "x")))), 0,
			"tls_server/(0303)(c02f)((002b00020304)(00100005000302" + "6832)(0023)(0a0a))",
			members + `,"application_layer_protocol_negotiation":["h2"],"session_ticket":""`},
		{"GREASE for a version", recordOf(handshakeOf(TypeServerHello, serverHello(extension(ExtSupportedVersions, "\x1a\x1a")))), 0,
			"tls_server/(0303)(c02f)((002b00020a0a))", members},
		{"extensions cut off", recordOf(handshakeOf(TypeServerHello, serverHello(extension(ExtALPN, vec16(vec8("h2"))))[:42])), 0, fingerprint, members},
		{"no compression method", recordOf(handshakeOf(TypeServerHello, serverHello()[:37])), 0, fingerprint,
			`"version":"0303",` + random + `,"selected_cipher_suite":"c02f","compression_method":""`},
	}
	for _, tt := range tests {
		r := run(newServerMessage(metadata), tt.payload)
		if !r.ok || int(r.missing) != tt.missing {
			t.Errorf("%s: ok %v, missing %d, want %d", tt.name, r.ok, r.missing, tt.missing)
		}
		check(t, tt.name, "fingerprint", r.fingerprint, tt.fingerprint)
		check(t, tt.name, "record", r.record, `{"tls":{"server":{`+tt.members+`}}}`)
	}
}

func TestServerWithoutMetadata(t *testing.T) {
	hello := handshakeOf(TypeServerHello, serverHello())
	m := newServerMessage(&proto.Options{})
	check(t, "hello", "record", run(m, recordOf(hello)).record, `{}`)
	check(t, "certificate", "record", run(m, recordOf(hello, certificateOf(vec24("one")))).record,
		`{"tls":{"server":{"certs":[{"base64":"`+b64("one")+`"}]}}}`)
}

func TestNoServer(t *testing.T) {
	hello := serverHello()
	for _, payload := range []string{
		"",
		recordOf(),
		recordOf(handshakeOf(TypeServerHello, hello[:34])),
		recordOf(handshakeOf(TypeServerHello, hello[:36])),
		recordOf(handshakeOf(TypeServerHello, "\x03\x03", random, "\xff", hello[35:])),
		recordOf(handshakeOf(TypeClientHello, hello)),
	} {
		if r := run(newServerMessage(metadata), payload); r.ok {
			t.Errorf("%q: %s", payload, r.record)
		}
	}
}

func TestServerAccessors(t *testing.T) {
	var m ServerHello
	m.Parse([]byte(serverHello(extension(ExtSupportedVersions, "\x03\x04"), extension(ExtKeyShare, "\x11\xec", vec16("key")))))
	if group, ok := m.Group(); m.LegacyVersion() != 0x0303 || m.SelectedVersion() != 0x0304 || m.Suite() != 0xc02f || group != 4588 || !ok {
		t.Error("TLS 1.3")
	}
	m.Parse([]byte(serverHello(extension(ExtALPN, vec16(vec8("h2"))))))
	if _, ok := m.Group(); m.SelectedVersion() != 0x0303 || ok {
		t.Error("TLS 1.2")
	}
	l := m.ALPN()
	if name, _ := l.Next(); string(name) != "h2" {
		t.Error("ALPN")
	}
}

func TestCertificate(t *testing.T) {
	certificate := certificateOf(vec24("one"))
	certs := `{"certs":[{"base64":"` + b64("one") + `"}]}`
	tests := []struct {
		name    string
		payload string
		missing int
		want    string // the object tls
	}{
		{"alone", recordOf(certificate), 0, `{"undetermined":` + certs + `}`},
		{"client's, in a record", recordOf(certificate, handshakeOf(TypeClientKeyExchange, "x")), 0, `{"client":` + certs + `}`},
		{"server's, in two records", recordOf(certificate) + recordOf(handshakeOf(TypeServerKeyExchange, "x")), 0, `{"server":` + certs + `}`},
		{"the same record decides", recordOf(certificate, handshakeOf(14)) + recordOf(handshakeOf(TypeServerKeyExchange, "x")), 0, `{"undetermined":` + certs + `}`},
		{"next record cut off", recordOf(certificate) + recordOf(handshakeOf(TypeServerKeyExchange, "x"))[:8], 0, `{"undetermined":` + certs + `}`},
		{"cut off", recordOf(certificate)[:5+4+3+5], 1, `{"undetermined":{"certs":[{"base64":"` + b64("on") + `"}]}}`},
	}
	for _, tt := range tests {
		r := run(newCertificateMessage(&proto.Options{}), tt.payload)
		if !r.ok || int(r.missing) != tt.missing {
			t.Errorf("%s: ok %v, missing %d, want %d", tt.name, r.ok, r.missing, tt.missing)
		}
		check(t, tt.name, "record", r.record, `{"tls":`+tt.want+`}`)
	}
	for _, payload := range []string{"", recordOf(certificateOf()), recordOf(handshakeOf(14)), recordOf(handshakeOf(TypeCertificate, "\x00\x00"))} {
		if r := run(newCertificateMessage(&proto.Options{}), payload); r.ok {
			t.Errorf("%q: %s", payload, r.record)
		}
	}
}

func TestCertificateAsJSON(t *testing.T) {
	r := run(newCertificateMessage(&proto.Options{CertsJSON: true}), recordOf(certificateOf(vec24("\x30\x00"))))
	if !strings.HasPrefix(r.record, `{"tls":{"undetermined":{"certs":[{"cert":{`) || !json.Valid([]byte(r.record)) {
		t.Error(r.record)
	}
}

func TestCertificateList(t *testing.T) {
	m := newServerMessage(metadata).(*ServerMessage)
	run(m, recordOf(handshakeOf(TypeServerHello, serverHello()), certificateOf(vec24("one"), vec24("second"))))
	var all []string
	for der := range m.Certificates.All() {
		all = append(all, string(der))
	}
	check(t, "list", "certificates", strings.Join(all, " "), "one second")
}

func TestServerAllocations(t *testing.T) {
	payload := []byte(recordOf(handshakeOf(TypeServerHello, serverHello(extension(ExtALPN, vec16(vec8("h2")))))) + recordOf(certificateOf(vec24("one"))))
	m := newServerMessage(metadata).(*ServerMessage)
	var p proto.Packet
	var b npf.Builder
	w := record.NewWriter(make([]byte, 0, 1<<16))
	f := func() {
		w.Reset(0)
		w.Object()
		m.Parse(payload, &p)
		m.Fingerprint(&b)
		m.WriteRecord(w)
	}
	f()
	if n := testing.AllocsPerRun(100, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestKeyExchangeGroup reads the curve, wherever in records the message is, and
// ends where records do: in the middle of a header, for instance.
func TestKeyExchangeGroup(t *testing.T) {
	hello, done := handshakeOf(TypeServerHello, serverHello()), handshakeOf(14)
	exchange := handshakeOf(TypeServerKeyExchange, "\x03\x00\x1d", vec8("key"))
	type answer struct {
		group uint16
		ok    bool
	}
	some, none := answer{29, true}, answer{}
	whole := recordOf(hello, done, exchange)
	tests := map[string]answer{
		whole:                                some,
		recordOf(hello) + recordOf(exchange): some,
		recordOf(hello) + recordOf(done) + recordOf(exchange, done): some,
		recordOf(hello, done):                                               none,
		recordOf(hello) + recordOf():                                        none,
		recordOf(hello) + recordOf() + recordOf(exchange):                   some,
		recordOf(hello, handshakeOf(TypeServerKeyExchange)):                 none,
		recordOf(hello, handshakeOf(TypeServerKeyExchange, "\x01\x00\x1d")): none,
		recordOf(hello, "\x0c"):                                             none,
		recordOf(hello, "\x0c\x00\x00") + recordOf(exchange):                some,
		recordOf(hello, "\x0c\xff\xff\xff", exchange):                       none,
		recordOf(hello) + "\x16\x03\x03":                                    none,
		recordOf(hello) + "\x17\x03\x03\x00\x01x" + recordOf(exchange):      none,
	}
	for n := range len(whole) {
		tests[whole[:n]] = none
	}
	tests[whole[:len(whole)-len(vec8("key"))]] = some
	for n := 1; n < len(vec8("key")); n++ {
		tests[whole[:len(whole)-n]] = some
	}
	for payload, want := range tests {
		m := newServerMessage(metadata).(*ServerMessage)
		run(m, payload)
		group, ok := m.KeyExchangeGroup()
		if ok != want.ok || ok && group != want.group {
			t.Errorf("%x: %d, %v, want %v", payload, group, ok, want)
		}
	}
}

func FuzzServer(f *testing.F) {
	hello := handshakeOf(TypeServerHello, serverHello(extension(ExtALPN, vec16(vec8("h2")))))
	f.Add([]byte(recordOf(hello) + recordOf(certificateOf(vec24("one")))))
	f.Add([]byte(recordOf(hello, certificateOf(vec24("one"), vec24("\x30\x03\x30\x01\x00")))))
	f.Add([]byte(recordOf(certificateOf(vec24("one")), handshakeOf(TypeClientKeyExchange))))
	f.Add([]byte(recordOf(hello, "\x0c\x00")))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, opt := range []*proto.Options{metadata, {CertsJSON: true}} {
			for _, m := range []proto.Message{newServerMessage(opt), newCertificateMessage(opt)} {
				if r := run(m, string(payload)); r.ok && !json.Valid([]byte(r.record)) {
					t.Errorf("no JSON: %s", r.record)
				} else if r.ok {
					prototest.Access(t, m)
				}
			}
		}
	})
}
