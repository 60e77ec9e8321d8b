package dtls

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/internal/reassembly"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
)

func u16(v int) string { return string([]byte{byte(v >> 8), byte(v)}) }

func u24(v int) string { return string([]byte{byte(v >> 16), byte(v >> 8), byte(v)}) }

func vec16(s string) string { return u16(len(s)) + s }

// recordOf is a record of DTLS 1.2 (RFC 6347, section 4.1).
func recordOf(fragment string) string {
	return "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x01" + vec16(fragment)
}

// fragment is a part of a handshake message (RFC 6347, section 4.2.2) of
// length bytes, at an offset.
func fragment(t tls.HandshakeType, length, seq, offset int, part string) string {
	return string(rune(t)) + u24(length) + u16(seq) + u24(offset) + u24(len(part)) + part
}

func messageOf(t tls.HandshakeType, body string) string {
	return recordOf(fragment(t, len(body), 0, 0, body))
}

var (
	random      = strings.Repeat("R", 32)
	clientHello = "\xfe\xfd" + random + "\x00" + "\x06cookie" + vec16("\xc0\x2b\x0a\x0a") + "\x01\x00" +
		vec16("\x00\x17\x00\x00"+"\x00\x00\x00\x06\x00\x04\x00\x00\x01a")
	serverHello = "\xfe\xfd" + random + "\x00" + "\xc0\x2b" + "\x00" + vec16("\x00\x17\x00\x00")
)

const clientMembers = `"session_id":"","cipher_suites":"c02b0a0a","compression_methods":"00","server_name":"a"`

type result struct {
	ok                  bool
	missing             uint32
	fingerprint, record string
}

func run(m proto.Message, payload string) result {
	var p proto.Packet
	r := result{ok: m.Parse([]byte(payload), &p), missing: p.Missing}
	if r.ok {
		r.fingerprint, r.record = written(m)
	}
	return r
}

func written(m proto.Message) (fingerprint, json string) {
	var b npf.Builder
	if f, ok := m.(proto.Fingerprinter); ok {
		f.Fingerprint(&b)
	}
	var w record.Writer
	w.Object()
	m.WriteRecord(&w)
	w.EndObject()
	return string(b.Bytes()), string(w.Bytes())
}

func TestClient(t *testing.T) {
	metadata := `{"dtls":{"client":{"version":"fefd","random":"` + hex.EncodeToString([]byte(random)) + `",` + clientMembers + `}}}`
	for format, want := range []string{"dtls/(fefd)(c02b0a0a)((0017)(0000))", "dtls/1/(fefd)(c02b0a0a)[(0000)(0017)]", "dtls/2/(fefd)(c02b0a0a)[(0000)(0017)]"} {
		r := run(newClientMessage(&proto.Options{Metadata: true, TLSFormat: format}), messageOf(tls.TypeClientHello, clientHello))
		if !r.ok || r.missing != 0 || r.record != metadata || r.fingerprint != want {
			t.Errorf("format %d: %+v", format, r)
		}
	}
	r := run(newClientMessage(&proto.Options{}), messageOf(tls.TypeClientHello, clientHello))
	if r.record != `{"dtls":{"client":{"server_name":"a"}}}` {
		t.Error(r.record)
	}
	// With a version of TLS there is no cookie.
	r = run(newClientMessage(&proto.Options{}), messageOf(tls.TypeClientHello, "\x03\x03"+random+"\x00"+vec16("\xc0\x2b")+"\x01\x00"))
	if r.record != `{"tls":{"client":{}}}` || r.fingerprint != "dtls/(0303)(c02b)()" {
		t.Errorf("%+v", r)
	}
}

func TestExtent(t *testing.T) {
	n := len(clientHello)
	first := clientHello[:60]
	tests := []struct {
		name           string
		payload        string
		ok             bool
		missing        int
		offset, length uint32
	}{
		{"whole", messageOf(tls.TypeClientHello, clientHello), true, 0, 0, uint32(n)},
		{"first fragment", recordOf(fragment(tls.TypeClientHello, n, 7, 0, first)), true, n - 60, 0, 60},
		{"a later fragment", recordOf(fragment(tls.TypeClientHello, n, 7, 60, clientHello[60:])), false, 0, 60, uint32(n - 60)},
		{"fragment that is longer than the message", recordOf(fragment(tls.TypeClientHello, 50, 7, 0, clientHello)), true, 0, 0, uint32(n)},
		{"fragment beyond the end of the record", recordOf(fragment(tls.TypeClientHello, n, 7, 0, clientHello)[:40]), false, n, 0, 0},
		{"that, with contradicting lengths", recordOf(fragment(tls.TypeClientHello, 50, 7, 0, clientHello)[:40]), false, 0, 0, 0},
		{"record beyond the end of the datagram", messageOf(tls.TypeClientHello, clientHello)[:n], false, 0, 0, 0},
		{"header cut off", recordOf(fragment(tls.TypeClientHello, n, 7, 0, "")[:11]), false, 0, 0, 0},
		{"only the header", recordOf(fragment(tls.TypeClientHello, n, 7, 0, "")), false, n, 0, 0},
		{"a second record", messageOf(tls.TypeClientHello, clientHello) + "\x16", true, 0, 0, uint32(n)},
		{"empty", "", false, 0, 0, 0},
	}
	for _, tt := range tests {
		m := newClientMessage(&proto.Options{}).(*ClientMessage)
		r := run(m, tt.payload)
		offset, length, _ := m.Extent()
		if r.ok != tt.ok || int(r.missing) != tt.missing || offset != tt.offset || length != tt.length {
			t.Errorf("%s: ok %v, missing %d, offset %d, length %d", tt.name, r.ok, r.missing, offset, length)
		}
	}
}

func TestFragments(t *testing.T) {
	m := newClientMessage(&proto.Options{Metadata: true}).(*ClientMessage)
	var whole []byte
	for _, cut := range [][2]int{{0, 50}, {50, len(clientHello)}} {
		part := clientHello[cut[0]:cut[1]]
		run(m, recordOf(fragment(tls.TypeClientHello, len(clientHello), 0x0102, cut[0], part)))
		if _, _, id := m.Extent(); string(id) != "\x01\x02" {
			t.Errorf("identifier %x", id)
		}
		frags := m.Fragments([]reassembly.Fragment{{}}, cut[0] == 0)
		if len(frags) != 2 || frags[1].Offset != uint32(cut[0]) || string(frags[1].Data) != part {
			t.Fatalf("fragments %v", frags)
		}
		whole = append(whole, frags[1].Data...)
	}
	if !m.Reparse(whole) {
		t.Fatal("not parsed")
	}
	if _, got := written(m); !strings.Contains(got, clientMembers) {
		t.Error(got)
	}
	if m.Reparse(whole[:40]) {
		t.Error("parsed a part")
	}
}

func TestServer(t *testing.T) {
	r := run(newServerMessage(&proto.Options{Metadata: true}), messageOf(tls.TypeServerHello, serverHello))
	want := `{"dtls":{"server":{"version":"fefd","random":"` + hex.EncodeToString([]byte(random)) + `","selected_cipher_suite":"c02b","compression_method":"00"}}}`
	if r.record != want || r.fingerprint != "dtls_server/(fefd)(c02b)((0017))" || r.missing != 0 {
		t.Errorf("%+v", r)
	}
	r = run(newServerMessage(&proto.Options{}), messageOf(tls.TypeServerHello, serverHello))
	if r.record != `{"dtls":{"server":{}}}` {
		t.Error(r.record)
	}
	for _, body := range []string{"", serverHello[:36], "\xfe\xfc" + serverHello[2:]} {
		if r := run(newServerMessage(&proto.Options{}), messageOf(tls.TypeServerHello, body)); r.ok {
			t.Errorf("%q: %+v", body, r)
		}
	}
}

func TestVerify(t *testing.T) {
	m := new(VerifyMessage)
	for _, tt := range []struct {
		body string
		ok   bool
	}{
		{"\xfe\xff\x06cookie", true},
		{"\xfe\xff\x00", true},
		{"\xfe\xff\x06cookie and more", true},
		{"\xfe\xff\x07cookie", false},
		{"\xfe\xff", false},
		{"", false},
	} {
		if r := run(m, messageOf(tls.TypeHelloVerifyRequest, tt.body)); r.ok != tt.ok || r.ok && r.record != `{}` {
			t.Errorf("%q: %+v", tt.body, r)
		}
	}
	run(m, messageOf(tls.TypeHelloVerifyRequest, "\xfe\xff\x06cookie"))
	if m.Version != 0xfeff || string(m.Cookie) != "cookie" {
		t.Errorf("version %x, cookie %q", m.Version, m.Cookie)
	}
}

func TestMatch(t *testing.T) {
	for i, kind := range Protocol.Messages {
		want := []string{"\x01", "\x02", "\x03", "\x0b"}[i]
		r := kind.Match[0]
		for _, version := range []string{"\xfe\xfd", "\xfe\xff"} {
			payload := []byte("\x16" + version + "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa" + want + "\xbb\xcc")
			for j := range payload {
				payload[j] &= r.Mask[j]
			}
			if string(payload) != r.Value {
				t.Errorf("%s does not match", kind.Name)
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	client, server := []byte(messageOf(tls.TypeClientHello, clientHello)), []byte(messageOf(tls.TypeServerHello, serverHello))
	c := newClientMessage(&proto.Options{Metadata: true}).(*ClientMessage)
	s := newServerMessage(&proto.Options{Metadata: true}).(*ServerMessage)
	v := new(VerifyMessage)
	var p proto.Packet
	var b npf.Builder
	w := record.NewWriter(make([]byte, 0, 4096))
	frags := make([]reassembly.Fragment, 0, 4)
	f := func() {
		w.Reset(0)
		c.Parse(client, &p)
		c.Fingerprint(&b)
		c.WriteRecord(w)
		c.Extent()
		frags = c.Fragments(frags[:0], true)
		s.Parse(server, &p)
		s.Fingerprint(&b)
		s.WriteRecord(w)
		v.Parse(client, &p)
	}
	f()
	if n := testing.AllocsPerRun(100, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A certificate that is cut short is written as far as it goes.
func TestCertificate(t *testing.T) {
	const list = "\x00\x00\x08\x00\x00\x05first"
	for name, tt := range map[string]struct {
		payload string
		want    result
	}{
		"server's":  {messageOf(tls.TypeCertificate, list) + "\x0c", result{true, 0, "", `{"dtls":{"server":{"certs":[{"base64":"Zmlyc3Q="}]}}}`}},
		"client's":  {messageOf(tls.TypeCertificate, list) + "\x10", result{true, 0, "", `{"dtls":{"client":{"certs":[{"base64":"Zmlyc3Q="}]}}}`}},
		"anybody's": {messageOf(tls.TypeCertificate, list), result{true, 0, "", `{"dtls":{"undetermined":{"certs":[{"base64":"Zmlyc3Q="}]}}}`}},
		"cut short": {recordOf(fragment(tls.TypeCertificate, len(list), 0, 0, list[:9])), result{true, 2, "", `{"dtls":{"undetermined":{"certs":[{"base64":"Zmly"}]}}}`}},
		"none":      {messageOf(tls.TypeCertificate, "\x00\x00\x00"), result{}},
	} {
		if got := run(newCertificateMessage(&proto.Options{}), tt.payload); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte(messageOf(tls.TypeClientHello, clientHello)))
	f.Add([]byte(messageOf(tls.TypeServerHello, serverHello)))
	f.Add([]byte(messageOf(tls.TypeHelloVerifyRequest, "\xfe\xff\x06cookie")))
	f.Add([]byte(messageOf(tls.TypeCertificate, "\x00\x00\x04\x00\x00\x01c") + "\x0c"))
	f.Add([]byte(recordOf(fragment(tls.TypeClientHello, 1000, 1, 0, clientHello))))
	f.Fuzz(func(t *testing.T, payload []byte) {
		opt := &proto.Options{Metadata: true}
		for _, m := range []proto.Message{newClientMessage(opt), newServerMessage(opt), new(VerifyMessage), newCertificateMessage(opt)} {
			if r := run(m, string(payload)); r.ok && !json.Valid([]byte(r.record)) {
				t.Errorf("no JSON: %s", r.record)
			} else if r.ok {
				prototest.Access(t, m)
			}
			if c, ok := m.(*ClientMessage); ok {
				offset, length, _ := c.Extent()
				for _, part := range c.Fragments(nil, true) {
					if part.Offset != offset || len(part.Data) != int(length) || !bytes.Contains(payload, part.Data) {
						t.Errorf("fragment %v", part)
					}
				}
			}
		}
	})
}
