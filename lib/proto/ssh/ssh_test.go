package ssh

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/wire"
)

var metadata = proto.Options{Metadata: true, Select: proto.All()}

// exampleLists are the lists of a KEXINIT.
var exampleLists = []string{"curve25519-sha256,ecdh", "ssh-ed25519", "aes128-ctr", "aes256-ctr", "hmac-a", "hmac-b", "none", "zlib", "", "en"}

// kexInit builds a binary packet with a KEXINIT message (RFC 4253, sections 6
// and 7.1).
func kexInit(lists ...string) []byte {
	const padding = 4
	payload := append([]byte{20}, make([]byte, cookieLen)...)
	for _, l := range lists {
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(l)))
		payload = append(payload, l...)
	}
	payload = append(payload, 0, 0, 0, 0, 0)
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	b = append(b, padding)
	b = append(b, payload...)
	return append(b, make([]byte, padding)...)
}

const (
	exampleKEX = `"kex":{"kex_algorithms":"curve25519-sha256,ecdh","server_host_key_algorithms":"ssh-ed25519",` +
		`"encryption_algorithms_client_to_server":"aes128-ctr","encryption_algorithms_server_to_client":"aes256-ctr",` +
		`"mac_algorithms_client_to_server":"hmac-a","mac_algorithms_server_to_client":"hmac-b",` +
		`"compression_algorithms_client_to_server":"none","compression_algorithms_server_to_client":"zlib",` +
		`"languages_client_to_server":"","languages_server_to_client":"en"}`
	exampleFingerprint = "(637572766532353531392d7368613235362c65636468)(7373682d65643235353139)(6165733132382d637472)" +
		"(6165733235362d637472)(686d61632d61)(686d61632d62)(6e6f6e65)(7a6c6962)()(656e)"
)

const tcp = 6 // number of the IP protocol

func clientPacket() proto.Packet {
	return proto.Packet{Key: flow.Key{Protocol: tcp, SrcPort: 40000, DstPort: 22}}
}

func serverPacket() proto.Packet {
	return proto.Packet{Key: flow.Key{Protocol: tcp, SrcPort: 22, DstPort: 40000}}
}

func TestIdentification(t *testing.T) {
	kex := string(kexInit(exampleLists...))
	tests := []struct {
		in, want, fingerprint string
		missing               uint32
	}{
		{"SSH-2.0-OpenSSH_9.2\r\n", `"init":{"protocol":"SSH-2.0-OpenSSH_9.2\u000d"}`, "ssh_init/(5353482d322e302d4f70656e5353485f392e32)", proto.Unknown},
		{"SSH-2.0-x\n", `"init":{"protocol":"SSH-2.0-x"}`, "ssh_init/(5353482d322e302d)", proto.Unknown},
		{"SSH-2.0-x", `"init":{"protocol":"SSH-2.0-x"}`, "ssh_init/(5353482d322e302d)", proto.Unknown},
		{"SSH-2.0-x a b\r\n", `"init":{"protocol":"SSH-2.0-x","comment":"a b\u000d"}`, "ssh_init/(5353482d322e302d7820612062)", proto.Unknown},
		{"SSH-2.0-x \n", `"init":{"protocol":"SSH-2.0-x","comment":""}`, "ssh_init/(5353482d322e302d)", proto.Unknown},
		{"SSH-2.0-x ", `"init":{"protocol":"SSH-2.0-x"}`, "ssh_init/(5353482d322e302d)", proto.Unknown},
		{"SSH-2.0-x cut", `"init":{"protocol":"SSH-2.0-x","comment":"cut"}`, "ssh_init/(5353482d322e302d78206375)", proto.Unknown},
		{"SSH-2.0-x\r\n" + kex, `"init":{"protocol":"SSH-2.0-x\u000d"},` + exampleKEX, "ssh/" + exampleFingerprint, 0},
		{"SSH-2.0-x c\r\n" + kex, `"init":{"protocol":"SSH-2.0-x","comment":"c\u000d"},` + exampleKEX, "ssh/" + exampleFingerprint, 0},
		{"SSH-2.0-x\r\n" + kex + "\x00\x00\x00\x08\x03\x1eabcd", `"init":{"protocol":"SSH-2.0-x\u000d"},` + exampleKEX +
			`,"sec_binary_pkt_code":30,"sec_binary_pkt_len":8`, "ssh/" + exampleFingerprint, 0},
		{"SSH-2.0-x\r\n" + kex[:len(kex)-2], `"init":{"protocol":"SSH-2.0-x\u000d"},` + exampleKEX, "ssh/" + exampleFingerprint, 2},
		{"SSH-2.0-x\r\n" + kex[:60], `"init":{"protocol":"SSH-2.0-x\u000d"},"kex":{"kex_algorithms":"curve25519-sha256,ecdh"}`,
			"ssh/(637572766532353531392d7368613235362c65636468)()()()()()()()()()", uint32(len(kex) - 60)},
		{"SSH-2.0-x\r\n" + kex[:40], `"init":{"protocol":"SSH-2.0-x\u000d"}`, "ssh_init/(5353482d322e302d78)", proto.Unknown},
		{"SSH-2.0-x\r\n\x00\x00\x00\x00\x00x", `"init":{"protocol":"SSH-2.0-x\u000d"}`, "ssh_init/(5353482d322e302d78)", proto.Unknown},
		{"SSH-2.0-x\r\n\x00\x00\x40\x01\x00x", `"init":{"protocol":"SSH-2.0-x\u000d"}`, "ssh_init/(5353482d322e302d78)", proto.Unknown},
		{"SSH-\xff\"\n", `"init":{"protocol":"SSH-\ufffd\""}`, "ssh_init/(5353482dff)", proto.Unknown},
		{"", "none", "", proto.Unknown},
		{"\n", "none", "", proto.Unknown},
	}
	p := prototest.New(t, Protocol, "identification", metadata)
	for _, tt := range tests {
		p.Packet = clientPacket()
		want := tt.want
		if want != "none" {
			want = `"ssh":{` + want + `}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		if got := p.Packet.Missing; got != tt.missing || p.Packet.Indefinite != (tt.missing != 0) {
			t.Errorf("%q: missing %d, want %d", tt.in, got, tt.missing)
		}
		if got := p.Fingerprint([]byte(tt.in)); got != tt.fingerprint {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, tt.fingerprint)
		}
		if got := p.Message.(proto.Incomplete).MissingFrom(wire.Of([]byte(tt.in))); got != tt.missing {
			t.Errorf("%q: missing from the start %d, want %d", tt.in, got, tt.missing)
		}
		p.Packet = serverPacket()
		if got, want := p.Fingerprint([]byte(tt.in)), serverType(tt.fingerprint); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
}

func serverType(fingerprint string) string {
	return strings.Replace(fingerprint, "/", "_server/", 1)
}

func TestKeyExchange(t *testing.T) {
	kex := kexInit(exampleLists...)
	changed := func(i int, list string) []byte {
		lists := append([]string{}, exampleLists...)
		lists[i] = list
		return kexInit(lists...)
	}
	tests := []struct {
		in      []byte
		want    string
		missing uint32
	}{
		{kex, `"ssh":{` + exampleKEX + `}`, 0},
		{kex[:len(kex)-1], `"ssh":{` + exampleKEX + `}`, 1},
		{append(kex[:len(kex):len(kex)], 0, 0, 0, 12, 10, 21, 0), `"ssh":{` + exampleKEX + `,"sec_binary_pkt_code":21,"sec_binary_pkt_len":12}`, 0},
		{append(kex[:len(kex):len(kex)], 0, 0, 0, 1, 0), `"ssh":{` + exampleKEX + `}`, 0},
		{append(kex[:len(kex):len(kex)], 0, 0), `"ssh":{` + exampleKEX + `}`, 0},
		{changed(1, strings.Repeat("a", maxList+1)), `"ssh":{"kex":{"kex_algorithms":"curve25519-sha256,ecdh"}}`, 0},
		{changed(0, "\xff\xc3\xa9")[:31], `"ssh":{"kex":{"kex_algorithms":"\ufffd\u00e9"}}`, 96},
		{changed(0, strings.Repeat("a", maxList+1)), "none", 0},
		{changed(0, ""), "none", 0},
		{kexInit(), "none", 0},
		{kex[:20], "none", uint32(len(kex) - 20)},
		{[]byte{0, 0, 0, 0, 0, 20, 0, 0}, "none", 0},
		{[]byte{0, 0, 0xf0, 0, 0, 20, 0, 0}, "none", 0},
		{nil, "none", 0},
	}
	p := prototest.New(t, Protocol, "KEXINIT", metadata)
	for _, tt := range tests {
		p.Packet = clientPacket()
		if got := p.Record(tt.in); got != tt.want {
			t.Errorf("%x:\n got %s\nwant %s", tt.in, got, tt.want)
		}
		if p.Packet.Missing != tt.missing || p.Packet.Supplementary != (tt.missing == 0) || p.Packet.Indefinite {
			t.Errorf("%x: missing %d, want %d", tt.in, p.Packet.Missing, tt.missing)
		}
		p.Truncated(tt.in)
	}
	if got, want := p.Fingerprint(kex), "ssh_kex/"+exampleFingerprint; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p.Packet = serverPacket()
	if got, want := p.Fingerprint(kex), "ssh_kex_server/"+exampleFingerprint; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBrief(t *testing.T) {
	for kind, in := range map[string][]byte{"identification": []byte("SSH-2.0-x\r\n"), "KEXINIT": kexInit(exampleLists...)} {
		p := prototest.New(t, Protocol, kind, proto.Options{Select: proto.All()})
		if got := p.Record(in); got != "" {
			t.Errorf("%s: got %s", kind, got)
		}
	}
}

func TestSelection(t *testing.T) {
	for _, tt := range []struct {
		name           string
		client, server bool
	}{
		{"ssh", true, true},
		{"ssh.client", true, false},
		{"ssh.server", false, true},
	} {
		for kind, in := range map[string][]byte{"identification": []byte("SSH-2.0-x\r\n"), "KEXINIT": kexInit(exampleLists...)} {
			p := prototest.New(t, Protocol, kind, proto.Options{Select: proto.Selection{tt.name: true}})
			p.Packet = clientPacket()
			if ok := p.Record(in) != "none"; ok != tt.client || p.Packet.Unclaimed == tt.client {
				t.Errorf("%s, %s: client %v", tt.name, kind, ok)
			}
			p.Packet = serverPacket()
			if ok := p.Record(in) != "none"; ok != tt.server || p.Packet.Unclaimed == tt.server {
				t.Errorf("%s, %s: server %v", tt.name, kind, ok)
			}
		}
	}
	// Ports that are equal mean the client; without any, both are meant.
	p := prototest.New(t, Protocol, "identification", proto.Options{Select: proto.Selection{"ssh.client": true}})
	p.Packet.Key = flow.Key{Protocol: tcp, SrcPort: 22, DstPort: 22}
	if p.Record([]byte("SSH-2.0-x\r\n")) == "none" {
		t.Error("equal ports are not a client's")
	}
	p = prototest.New(t, Protocol, "identification", proto.Options{Select: proto.Selection{"ssh.server": true}})
	p.Packet.Key = flow.Key{}
	if p.Record([]byte("SSH-2.0-x\r\n")) == "none" {
		t.Error("a packet without ports has a direction")
	}
}

func TestContext(t *testing.T) {
	kex := string(kexInit(exampleLists...))
	for _, tt := range []struct {
		in        string
		packet    proto.Packet
		userAgent string
		ok        bool
	}{
		{"SSH-2.0-x c\r\n" + kex, clientPacket(), "SSH-2.0-xc\r", true},
		{"SSH-2.0-x \n" + kex, clientPacket(), "SSH-2.0-x", true},
		{"SSH-2.0-x\r\n" + kex, clientPacket(), "", true},
		{"SSH-2.0-x c\r\n" + kex, serverPacket(), "SSH-2.0-xc\r", false},
		{"SSH-2.0-x c\r\n", clientPacket(), "SSH-2.0-xc\r", false},
		{"SSH-" + strings.Repeat("x", 500) + " 12345678\n" + kex, clientPacket(), "SSH-" + strings.Repeat("x", 500) + "12345678", true},
		{"SSH-" + strings.Repeat("x", 500) + " 123456789\n" + kex, clientPacket(), "", true},
	} {
		m := prototest.New(t, Protocol, "identification", metadata).Message
		m.Parse(wire.Of([]byte(tt.in)), &tt.packet)
		var c proto.Context
		if ok := m.(proto.Classifiable).Context(&c); ok != tt.ok || string(c.UserAgent) != tt.userAgent || c.ServerName != nil {
			t.Errorf("%q: got %q, %v", tt.in, c.UserAgent, ok)
		}
	}
}

func TestAccessors(t *testing.T) {
	var m Identification
	m.from = proto.Undecided
	p := clientPacket()
	m.Parse(wire.Of(append([]byte("SSH-2.0-x\r\n"), kexInit(exampleLists...)...)), &p)
	k := m.KEXInit()
	if !k.Present() || string(k.KeyExchange()) != exampleLists[0] || string(k.CiphersToServer()) != exampleLists[2] || string(k.CiphersToClient()) != exampleLists[3] {
		t.Errorf("got %q, %q, %q", k.KeyExchange(), k.CiphersToServer(), k.CiphersToClient())
	}
	// Nothing of a message is left in the next.
	m.Parse(wire.Of([]byte("SSH-2.0-x\r\n")), &p)
	if k.Present() || k.CiphersToServer() != nil {
		t.Errorf("got %q, %q", k.KeyExchange(), k.CiphersToServer())
	}
}

// A KEXINIT that comes after the identification string is put behind it, and
// is complete when its packet is.
func TestReassembly(t *testing.T) {
	data := append([]byte("SSH-2.0-x\r\n"), kexInit(exampleLists...)...)
	m := Identification{from: proto.Undecided}
	p := clientPacket()
	m.Parse(wire.Of(data[:11]), &p)
	r := reassembly.NewReassembler(1)
	part := r.Begin(new(flow.Key), 0, 0, reassembly.Fragment{Data: data[:11]}, p.Missing, p.Indefinite, nil)
	for i := 11; i < len(data); i += 40 {
		if part.State() != reassembly.Progress {
			t.Fatalf("complete with %d of %d bytes", i, len(data))
		}
		part.Add(reassembly.Fragment{Offset: uint32(i), Data: data[i:min(i+40, len(data))]})
		if part.Indefinite && part.State() == reassembly.Progress {
			part.Settle(m.MissingFrom(part.Data()))
		}
	}
	if part.State() != reassembly.Complete || !bytes.Equal(part.Data(), data) {
		t.Errorf("state %v with %d of %d bytes", part.State(), len(part.Data()), len(data))
	}
}

func TestNoAllocations(t *testing.T) {
	data := append([]byte("SSH-2.0-x c\r\n"), kexInit(exampleLists...)...)
	p := prototest.New(t, Protocol, "identification", metadata)
	p.NoAllocations(data)
	m := p.Message.(*Identification)
	if n := testing.AllocsPerRun(100, func() { m.MissingFrom(data) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	prototest.New(t, Protocol, "KEXINIT", metadata).NoAllocations(data[len("SSH-2.0-x c\r\n"):])
}

func Fuzz(f *testing.F) {
	kex := kexInit(exampleLists...)
	prototest.Fuzz(f, Protocol, metadata,
		[]byte("SSH-2.0-OpenSSH_9.2 comment\r\n"),
		append([]byte("SSH-2.0-x\r\n"), kex...),
		append(kex[:len(kex):len(kex)], kex...),
		[]byte("SSH-1.99-\n\x00\x00\x00\x01\x00"),
	)
}

// A KEXINIT that begins a segment is recognized up to 4095 bytes.
func TestLongKeyExchange(t *testing.T) {
	var table detect.Table
	for _, r := range Protocol.Messages[1].Match {
		table.Add(1, r)
	}
	for _, tt := range []struct {
		n    int
		want detect.Kind
	}{{1000, 1}, {4000, 1}, {4100, detect.None}} {
		if got := table.Find(kexInit(strings.Repeat("a", tt.n)), 50000, 22); got != tt.want {
			t.Errorf("%d bytes: %d", tt.n, got)
		}
	}
}
