package tls

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/record"
)

var metadata = &proto.Options{Metadata: true}

func TestClientRecord(t *testing.T) {
	head := `"version":"0303","random":"` + hexOf(random) + `","session_id":"6964","cipher_suites":"1a1a1301","compression_methods":"00"`
	parameters := "\x01\x01\x2a" + "\x71\x29\x03" + "UA\"" + "\x04\x00"
	tests := []struct {
		name    string
		opt     proto.Options
		hello   string
		members string // of the object client
	}{
		{"no metadata", proto.Options{}, clientHello(serverName("example.com"), extension(ExtALPN, vec16(vec8("h2")))),
			`"server_name":"example.com"`},
		{"no extensions", *metadata, clientHello(), head},
		{"server name with characters to escape", proto.Options{}, clientHello(serverName("a\"\\\x01\xff")),
			`"server_name":"a\"\\\u0001\ufffd"`},
		{"empty server name", proto.Options{}, clientHello(serverName("")), ``},
		{"server name without name", proto.Options{}, clientHello(extension(ExtServerName, "\x00\x02\x00\x00")), ``},
		{"the first server name", proto.Options{}, clientHello(serverName("a"), serverName("b")), `"server_name":"a"`},
		{"two names in a server name", proto.Options{},
			clientHello(extension(ExtServerName, vec16("\x00", vec16("a"), "\x00", vec16("b")))), `"server_name":"a\u0000\u0000\u0001b"`},
		{"ALPN", *metadata, clientHello(extension(ExtALPN, vec16(vec8("h2"), vec8(""), vec8("\xfa\xfa"), vec8("\xfa\xca"), vec8("http/1.1")))),
			head + `,"application_layer_protocol_negotiation":["h2","\n\n","\ufffd\ufffd","http/1.1"]`},
		{"ALPN with a name that is too long", *metadata, clientHello(extension(ExtALPN, vec16(vec8("h2"), "\x09http/1.1"))),
			head + `,"application_layer_protocol_negotiation":["h2"]`},
		{"ALPN with a list that is too long", *metadata, clientHello(extension(ExtALPN, "\x00\x04", vec8("h2"))),
			head + `,"application_layer_protocol_negotiation":[]`},
		{"ALPN with a list that is too short", *metadata, clientHello(extension(ExtALPN, "\x00\x03", vec8("h2"), vec8("h3"))),
			head + `,"application_layer_protocol_negotiation":["h2"]`},
		{"session ticket", *metadata, clientHello(extension(ExtSessionTicket, "abc")), head + `,"session_ticket":"616263"`},
		{"two session tickets", *metadata, clientHello(extension(ExtSessionTicket, "a"), extension(ExtSessionTicket, "b")),
			head + `,"session_ticket":"61","session_ticket":"62"`},
		{"empty session ticket", *metadata, clientHello(extension(ExtSessionTicket)), head + `,"session_ticket":""`},
		{"transport parameters", proto.Options{}, clientHello(extension(ExtQUICParameters, parameters)),
			`"quic_transport_parameters":"0039000b01012a71290355412204` + `00","google_user_agent":"UA\""`},
		{"transport parameters of drafts", proto.Options{}, clientHello(extension(ExtQUICParametersDraft, "\x71\x29\x00\x71\x29\x05U")),
			`"quic_transport_parameters_draft":"ffa50007712900712905` + `55"`},
		{"ECH", *metadata, clientHello(extension(ExtECH, "\x00\x00\x01\x00\x03\x07", vec16("key"), vec16("payload"))),
			head + `,"ech_client_hello":{"hpke_symmetric_cipher_suite":{"kdf":"HKDF_SHA256","aead":"ChaCha20Poly1305"},"config_id":7,"payload_length":7}`},
		{"inner ECH, which has no more than its type", *metadata, clientHello(extension(ExtECH, "\x01\x00\x01\x00\x03\x07", vec16("key"), vec16("payload"))),
			head + `,"ech_client_hello":{"hpke_symmetric_cipher_suite":{"kdf":"HKDF_SHA256","aead":"ChaCha20Poly1305"},"config_id":7,"payload_length":7}`},
		{"ECH with unknown codes, cut off", *metadata, clientHello(extension(ExtECH, "\x00\x12\x34\x56\x78\x07", vec16("key"), "\x00\x08payload")),
			head + `,"ech_client_hello":{"hpke_symmetric_cipher_suite":{"kdf":"UNKNOWN (1234)","aead":"UNKNOWN (5678)"},"config_id":7,"payload_length":0}`},
		{"empty ECH", *metadata, clientHello(extension(ExtECH)),
			head + `,"ech_client_hello":{"hpke_symmetric_cipher_suite":{"kdf":"UNKNOWN (0000)","aead":"UNKNOWN (0000)"},"config_id":0,"payload_length":0}`},
		{"extension beyond the end", proto.Options{}, clientHello("\x00\x00\x00\x10", vec16("\x00", vec16("a"))), ``},
		{"extensions beyond the end", proto.Options{}, cat("\x03\x03", random, vec8(""), vec16("\x13\x01"), vec8("\x00"), "\xff\xff", serverName("a")),
			`"server_name":"a"`},
		{"no extensions field", proto.Options{}, cat("\x03\x03", random, vec8(""), vec16("\x13\x01"), vec8("\x00")), ``},
		{"features", proto.Options{RawFeatures: map[string]bool{"tls": true}}, clientHello(extension(ExtSessionTicket), extension(10, "ab")),
			`"features":"[\"0303\",\"1a1a1301\",[[\"0023\",\"\"],[\"000a\",\"6162\"]]]"`},
		{"features of all protocols", proto.Options{RawFeatures: map[string]bool{"all": true}}, clientHello(),
			`"features":"[\"0303\",\"1a1a1301\",[]]"`},
		{"features, extension beyond the end", proto.Options{RawFeatures: map[string]bool{"tls": true}}, clientHello("\x00\x0b\x00\x03\x01\x02"),
			`"features":"[\"0303\",\"1a1a1301\",[[\"000b\",\"\"],[\"0102\",\"\"]]]"`},
		{"features, type beyond the end", proto.Options{RawFeatures: map[string]bool{"tls": true}}, clientHello("\x0b"),
			`"features":"[\"0303\",\"1a1a1301\",[[\"0b00\",\"\"]]]"`},
		{"features, type beyond the end of the extensions", proto.Options{RawFeatures: map[string]bool{"tls": true}}, clientHello("\x0b") + "\x0c\x0d",
			`"features":"[\"0303\",\"1a1a1301\",[[\"0b0c\",\"\"]]]"`},
	}
	for _, tt := range tests {
		r := run(newClientMessage(&tt.opt), recordOf(handshakeOf(TypeClientHello, tt.hello)))
		if !r.ok || r.missing != 0 {
			t.Errorf("%s: ok %v, missing %d", tt.name, r.ok, r.missing)
		}
		check(t, tt.name, "record", r.record, `{"tls":{"client":{`+tt.members+`}}}`)
	}
}

func TestFeaturesLength(t *testing.T) {
	empty := len(`["0303","1a1a1301",[["0000",""]]]`)
	most := (maxFeaturesLen - empty) / 2
	m := newClientMessage(&proto.Options{RawFeatures: map[string]bool{"tls": true}})
	for _, tt := range []struct {
		n    int
		want bool
	}{{most, true}, {most + 1, false}} {
		r := run(m, recordOf(handshakeOf(TypeClientHello, clientHello(extension(0, strings.Repeat("\x00", tt.n))))))
		if got := strings.Contains(r.record, `"features":`); got != tt.want {
			t.Errorf("extension of %d bytes: features %v, want %v", tt.n, got, tt.want)
		}
	}
}

func TestClientFingerprint(t *testing.T) {
	const head = "(0303)(0a0a1301)"
	groups := extension(ExtSupportedGroups, vec16("\x2a\x2a\x00\x1d"))
	versions := extension(ExtSupportedVersions, vec8("\x3a\x3a\x03\x04"))
	grease := extension(0x5a5a, "x")
	parameters := extension(ExtQUICParameters, "\x05\x00"+"\x1b\x01x"+"\x01\x02xy"+"\x40\x3a\x00") // 27 and 58 are for GREASE
	tests := []struct {
		name       string
		extensions string
		want       [3]string
	}{
		{"none", "", [3]string{"()", "[]", "[]"}},
		{"values", cat(groups, serverName("a"), versions, grease), [3]string{
			"((000a000600040a0a001d)(0000)(002b0005040a0a0304)(0a0a))",
			"[(0000)(000a000600040a0a001d)(002b0005040a0a0304)(0a0a)]",
			"[(0000)(000a000600040a0a001d)(002b0005040a0a0304)(0a0a)]"}},
		{"looks like GREASE", extension(0x1a2a), [3]string{"((1a2a))", "[(0a0a)]", "[(0a0a)]"}},
		{"transport parameters", parameters, [3]string{
			"(((0039)((05)(1b)(01)(1b))))", "[((0039)[(01)(05)(1b)(1b)])]", "[((0039)[(01)(05)(1b)(1b)])]"}},
		{"transport parameters beyond the end", extension(ExtQUICParametersDraft, "\x05\x00\x01\x02x"), [3]string{
			"(((ffa5)((05))))", "[((ffa5)[(05)])]", "[((ffa5)[(05)])]"}},
		{"left out: padding, ticket, PSK, early data", cat(extension(21), extension(35), extension(41), extension(42)), [3]string{
			"((0015)(0023)(0029)(002a))", "[(0015)(0023)(0029)(002a)]", "[]"}},
		{"ranges", cat(extension(0xff04), extension(0xff02), extension(63), extension(0xfeff), extension(0xff01)), [3]string{
			"((ff04)(ff02)(003f)(feff)(ff01))", "[(003f)(feff)(ff01)(ff02)(ff04)]", "[(003e)(003e)(ff00)(ff00)(ff01)]"}},
		{"more than three", cat(extension(50, "b"), extension(50, "a"), extension(50, "cc"), extension(50, "")), [3]string{
			"((0032000162)(0032000161)(003200026363)(00320000))",
			"[(00320000)(0032000161)(0032000162)(003200026363)]",
			"[(0032000161)(0032000162)(003200026363)]"}},
		{"beyond the end", cat(extension(23), "\x00\x0b\x00\x02x"), [3]string{"((0017))", "[(0017)]", "[(0017)]"}},
		{"odd number of bytes in a list of groups", extension(ExtSupportedGroups, "\x00\x03\x00\x1d\x0a"), [3]string{
			"((000a00050003001d))", "[(000a00050003001d)]", "[(000a00050003001d)]"}},
		{"empty lists", cat(extension(ExtSupportedGroups, "\x00"), extension(ExtSupportedVersions)), [3]string{
			"((000a000100)(002b0000))", "[(000a000100)(002b0000)]", "[(000a000100)(002b0000)]"}},
	}
	for _, tt := range tests {
		for format, want := range tt.want {
			prefix := [...]string{"tls/", "tls/1/", "tls/2/"}[format]
			m := newClientMessage(&proto.Options{TLSFormat: format})
			r := run(m, recordOf(handshakeOf(TypeClientHello, clientHello(tt.extensions))))
			check(t, tt.name, "fingerprint", r.fingerprint, prefix+head+want)
		}
	}
}

func TestFingerprintLength(t *testing.T) {
	for format := range 3 {
		m := newClientMessage(&proto.Options{TLSFormat: format})
		for _, extensions := range []string{
			strings.Repeat(extension(23), 2000),
			extension(13, strings.Repeat("x", 5000)),
			extension(ExtQUICParameters, strings.Repeat("\x01\x00", 3000)),
		} {
			r := run(m, recordOf(handshakeOf(TypeClientHello, clientHello(extensions))))
			// Of many extensions of one type, a Registered fingerprint has few.
			if short := npf.Format(format) == npf.Registered && strings.HasPrefix(extensions, extension(23)); !r.ok || (r.fingerprint != "") != short {
				t.Errorf("format %d: ok %v, fingerprint of %d bytes", format, r.ok, len(r.fingerprint))
			}
		}
	}
}

// TestParameterOrder has an identifier that is longer than it needs to be: it
// comes before GREASE, which comes before 32, which comes before it.
func TestParameterOrder(t *testing.T) {
	m := newClientMessage(&proto.Options{TLSFormat: 1})
	r := run(m, recordOf(handshakeOf(TypeClientHello, clientHello(extension(ExtQUICParameters, "\x20\x00"+"\x1b\x00"+"\x40\x03\x00")))))
	check(t, "few", "fingerprint", r.fingerprint, "tls/1/(0303)(0a0a1301)[((0039)[(4003)(1b)(20)])]")
	r = run(m, recordOf(handshakeOf(TypeClientHello, clientHello(extension(ExtQUICParameters, "\x40\x03\x00"+"\x20\x00")))))
	check(t, "by bytes", "fingerprint", r.fingerprint, "tls/1/(0303)(0a0a1301)[((0039)[(20)(4003)])]")
	many := strings.Repeat("\x02\x00\x01\x00", 20)
	r = run(m, recordOf(handshakeOf(TypeClientHello, clientHello(extension(ExtQUICParameters, many)))))
	check(t, "many", "fingerprint", r.fingerprint,
		"tls/1/(0303)(0a0a1301)[((0039)["+strings.Repeat("(01)", 20)+strings.Repeat("(02)", 20)+"])]")
}

func TestClientExtent(t *testing.T) {
	hello := clientHello(serverName("a"))
	whole := handshakeOf(TypeClientHello, hello)
	tests := []struct {
		name    string
		payload string
		ok      bool
		missing int
	}{
		{"whole", recordOf(whole), true, 0},
		{"record with more", recordOf(whole, whole), true, 0},
		{"cut off", recordOf(whole)[:60], true, len(hello) - 60 + 9},
		{"cut off before the cipher suites", recordOf(whole)[:43], false, len(hello) - 43 + 9},
		{"record that is shorter than the message", recordOf(whole[:60]), true, len(hello) - 60 + 4},
		{"only headers", recordOf(whole)[:9], false, len(hello)},
		{"longest that is read", recordOf("\x01\x00\x80\x00", hello), true, maxHandshakeLen - len(hello)},
		{"too long", recordOf("\x01\x00\x80\x01", hello), false, 0},
		{"too short", recordOf("\x01\x00\x00\x10", hello), false, 0},
		{"no compression methods", recordOf(handshakeOf(TypeClientHello, "\x03\x03", random, vec8(""), vec16("\x13\x01"), vec8(""))), false, 0},
		{"odd number of bytes in the cipher suites", recordOf(handshakeOf(TypeClientHello, "\x03\x03", random, vec8(""), vec16("\x13\x01\x00"), vec8("\x00"))), false, 0},
		{"empty", "", false, 0},
	}
	for _, tt := range tests {
		if r := run(newClientMessage(metadata), tt.payload); r.ok != tt.ok || int(r.missing) != tt.missing {
			t.Errorf("%s: ok %v, missing %d, want %v, %d", tt.name, r.ok, r.missing, tt.ok, tt.missing)
		}
	}
}

// TestVersions has hello messages that are not what their records say.
func TestVersions(t *testing.T) {
	dtls := cat("\xfe\xfd", random, vec8(""), vec8("cookie"), vec16("\x13\x01"), vec8("\x00"))
	r := run(newClientMessage(&proto.Options{}), recordOf(handshakeOf(TypeClientHello, dtls)))
	check(t, "DTLS", "record", r.record, `{"dtls":{"client":{}}}`)
	check(t, "DTLS", "fingerprint", r.fingerprint, "tls/(fefd)(1301)()")

	none := cat("\x03\x03", random, vec8(""), vec16(), vec8("\x00"))
	r = run(newClientMessage(metadata), recordOf(handshakeOf(TypeClientHello, none)))
	check(t, "no cipher suites", "record", r.record, `{}`)
	check(t, "no cipher suites", "fingerprint", r.fingerprint, "tls/(0303)()()")
}

func TestClientContext(t *testing.T) {
	m := newClientMessage(&proto.Options{}).(*ClientMessage)
	draft := extension(ExtQUICParametersDraft, "\x71\x29\x02UA")
	run(m, recordOf(handshakeOf(TypeClientHello, clientHello(
		serverName("a"), extension(ExtALPN, vec16(vec8("h2"))), draft, serverName("b"), extension(ExtQUICParameters, "\x71\x29\x02no")))))
	c := proto.Context{UserAgent: []byte("stale")}
	if !m.Context(&c) {
		t.Error("not to be classified")
	}
	check(t, "context", "server name", string(c.ServerName), "b")
	check(t, "context", "user agent", string(c.UserAgent), "UA")
	check(t, "context", "ALPN", string(c.ALPN), vec8("h2"))

	run(m, recordOf(handshakeOf(TypeClientHello, clientHello())))
	if m.Context(&c); c.ServerName != nil || c.UserAgent != nil || c.ALPN != nil {
		t.Errorf("context of a message without extensions: %+v", c)
	}
}

func TestAccessors(t *testing.T) {
	hello := clientHello(
		serverName("example.com"),
		extension(ExtALPN, vec16(vec8("h2"), vec8("http/1.1"))),
		extension(ExtSupportedGroups, vec16("\x00\x1d\x00\x17")),
		extension(ExtSignatureAlgorithms, vec16("\x04\x03")),
		extension(ExtSupportedVersions, vec8("\x03\x04\x03\x03")),
		extension(ExtKeyShare, vec16("\x00\x1d", vec16("key"))),
		extension(ExtPSKModes, vec8("\x01")),
		"\x00\x29\x00\x05ab")
	var m ClientHello
	if !m.Parse([]byte(hello)) {
		t.Fatal("not parsed")
	}
	check(t, "client", "server name", string(m.ServerName()), "example.com")
	if m.LegacyVersion() != 0x0303 || !slices.Equal(slices.Collect(m.CipherSuites.All()), []uint16{0x1a1a, 0x1301}) {
		t.Error("version or cipher suites")
	}
	var names []string
	for name := range m.ALPN().All() {
		names = append(names, string(name))
	}
	if !slices.Equal(names, []string{"h2", "http/1.1"}) {
		t.Errorf("ALPN %q", names)
	}
	for _, tt := range []struct {
		name string
		list CodeList
		want []uint16
	}{
		{"supported groups", m.SupportedGroups(), []uint16{29, 23}},
		{"signature algorithms", m.SignatureAlgorithms(), []uint16{0x0403}},
		{"supported versions", m.SupportedVersions(), []uint16{0x0304, 0x0303}},
	} {
		if !slices.Equal(slices.Collect(tt.list.All()), tt.want) {
			t.Errorf("%s: %x", tt.name, tt.list)
		}
	}
	if !m.SupportedGroups().Contains(23) || m.SupportedGroups().Contains(24) {
		t.Error("Contains")
	}
	shares := 0
	for s := range m.KeyShares().All() {
		if shares++; s.Group != 29 || string(s.KeyExchange) != "key" {
			t.Errorf("key share %v", s)
		}
	}
	if shares != 1 || string(m.PSKModes()) != "\x01" {
		t.Error("key shares or PSK modes")
	}
	var types []ExtensionType
	for e := range m.Extensions.All() {
		types = append(types, e.Type)
		if e.Type == ExtPreSharedKey && e.Value != nil {
			t.Error("an extension beyond the end has a value")
		}
	}
	if !slices.Equal(types, []ExtensionType{0, 16, 10, 13, 43, 51, 45, 41}) {
		t.Errorf("extensions %v", types)
	}
	if !m.Extensions.Has(ExtKeyShare) || m.Extensions.Has(ExtPreSharedKey) || m.Extensions.Has(ExtECH) {
		t.Error("Has")
	}

	var none ClientHello
	none.Parse([]byte(clientHello()))
	if none.ServerName() != nil || none.ALPN() != nil || none.SupportedGroups().Len() != 0 || none.KeyShares() != nil || none.PSKModes() != nil {
		t.Error("a message without extensions has values of some")
	}
}

// TestReuse parses a small message after a large one.
func TestReuse(t *testing.T) {
	opt := &proto.Options{Metadata: true, TLSFormat: 2, RawFeatures: map[string]bool{"tls": true}}
	m := newClientMessage(opt)
	run(m, recordOf(handshakeOf(TypeClientHello, clientHello(serverName("example.com"), extension(ExtQUICParameters, "\x01\x00")))))
	for _, payload := range []string{
		recordOf(handshakeOf(TypeClientHello, clientHello())),
		recordOf(handshakeOf(TypeClientHello, clientHello()))[:40],
		"",
	} {
		if got, want := run(m, payload), run(newClientMessage(opt), payload); got != want {
			t.Errorf("%q:\n got %v\nwant %v", payload, got, want)
		}
	}
}

func manyExtensions() string {
	return recordOf(handshakeOf(TypeClientHello, clientHello(
		serverName("example.com"), extension(ExtALPN, vec16(vec8("h2"), vec8("http/1.1"))), extension(ExtSupportedGroups, vec16("\x1a\x1a\x00\x1d")),
		extension(ExtQUICParameters, "\x02\x00\x01\x00"), extension(ExtSessionTicket, "t"), extension(ExtECH, "\x00\x00\x01"),
		extension(0x2a2a), extension(50, "b"), extension(50, "a"))))
}

func TestClientAllocations(t *testing.T) {
	payload := []byte(manyExtensions())
	for format := range 3 {
		m := newClientMessage(&proto.Options{Metadata: true, TLSFormat: format, RawFeatures: map[string]bool{"tls": true}}).(*ClientMessage)
		var p proto.Packet
		var b npf.Builder
		var c proto.Context
		w := record.NewWriter(make([]byte, 0, 1<<16))
		f := func() {
			w.Reset(0)
			w.Object()
			m.Parse(payload, &p)
			m.Fingerprint(&b)
			m.WriteRecord(w)
			m.Context(&c)
		}
		f()
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("format %d: %v allocations", format, n)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add([]byte(manyExtensions()), uint8(0))
	f.Add([]byte(manyExtensions()), uint8(1))
	f.Add([]byte(manyExtensions())[:100], uint8(2))
	f.Fuzz(func(t *testing.T, payload []byte, format uint8) {
		message := newClientMessage(&proto.Options{Metadata: true, TLSFormat: int(format % 3), RawFeatures: map[string]bool{"tls": true}})
		r := run(message, string(payload))
		if r.ok && !json.Valid([]byte(r.record)) {
			t.Errorf("no JSON: %s", r.record)
		}
		if r.ok {
			prototest.Access(t, message)
		}
		if strings.Count(r.fingerprint, "(") != strings.Count(r.fingerprint, ")") || strings.Count(r.fingerprint, "[") != strings.Count(r.fingerprint, "]") {
			t.Errorf("unbalanced: %s", r.fingerprint)
		}
		var m ClientHello
		m.Parse(bytes.Clone(payload))
		m.ALPN()
		m.KeyShares()
		m.PSKModes()
		m.SignatureAlgorithms()
	})
}

// What comes in the second record of a message is not read.
func TestHelloInTwoRecords(t *testing.T) {
	const first = 60
	message := handshakeOf(TypeClientHello, clientHello(serverName("example.com")))
	r := run(newClientMessage(metadata), recordOf(message[:first])+recordOf(message[first:]))
	if !r.ok || r.missing != uint32(len(message)-first) || r.fingerprint != "tls/(0303)(0a0a1301)()" {
		t.Errorf("%+v", r)
	}
}

func TestNoCipherSuites(t *testing.T) {
	hello := cat("\x03\x03", random, vec8(""), vec16(), vec8("\x00"), vec16(serverName("a")))
	r := run(newClientMessage(metadata), recordOf(handshakeOf(TypeClientHello, hello)))
	if !r.ok || r.fingerprint != "tls/(0303)()((0000))" || r.record != "{}" {
		t.Errorf("%+v", r)
	}
}
