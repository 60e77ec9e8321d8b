package fingerprints

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/dtls"
	"merctools/lib/proto/quic"
	"merctools/lib/proto/ssh"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ list, names string }{
		{"", ""},
		{" , ", ""},
		{"ja4", "ja4"},
		{"hassh, ja4_o,ja3,ja3", "ja3 ja4_o hassh"},
		{"ja4,all", strings.Join(Names(), " ")},
	} {
		l, err := Parse(tt.list)
		if err != nil {
			t.Errorf("%q: %v", tt.list, err)
			continue
		}
		var names []string
		if l != nil {
			for _, k := range l.kinds {
				names = append(names, k.name)
			}
		}
		if got := strings.Join(names, " "); got != tt.names || (l == nil) != (tt.names == "") {
			t.Errorf("%q: %q, want %q", tt.list, got, tt.names)
		}
	}
	if l, err := Parse("ja3,ja5"); err == nil || !strings.Contains(err.Error(), `"ja5"`) {
		t.Errorf("ja5: %v, %v", l, err)
	}
}

// Messages with a hello of one cipher suite and no extensions.
const (
	random      = "................................"
	body        = "\x03\x03" + random + "\x00\x00\x02\x13\x01\x01\x00"
	clientHello = "\x16\x03\x01\x00\x2d\x01\x00\x00\x29" + body
	serverHello = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + random + "\x00\x13\x01\x00"
	dtlsHello   = "\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x36" +
		"\x01\x00\x00\x2a\x00\x00\x00\x00\x00\x00\x00\x2a\xfe\xfd" + random + "\x00\x00\x00\x02\x13\x01\x01\x00"
	kexInit = "\x00\x00\x00\x40\x04\x14................" +
		"\x00\x00\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x01b\x00\x00\x00\x01c\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00...."
)

// of returns the fingerprints of what a protocol's message finds in data.
func of(t *testing.T, p *proto.Protocol, message int, data string, srcPort, dstPort uint16) map[string]string {
	t.Helper()
	m := p.Messages[message].New(&proto.Options{Select: proto.All()})
	l, err := Parse("all")
	if err != nil {
		t.Fatal(err)
	}
	s := l.Of(m)
	m.Parse(wire.Of([]byte(data)), &proto.Packet{Key: flow.Key{Protocol: packet.ProtocolTCP, SrcPort: srcPort, DstPort: dstPort}})
	if s == nil {
		return nil
	}
	var w record.Writer
	w.Object()
	s.Write(&w)
	w.EndObject()
	var got map[string]string
	if err := json.Unmarshal(w.Bytes(), &got); err != nil {
		t.Fatalf("%s: %v", w.Bytes(), err)
	}
	return got
}

func TestSet(t *testing.T) {
	for _, tt := range []struct {
		name             string
		protocol         *proto.Protocol
		message          int
		data             string
		srcPort, dstPort uint16
		names            string
		ja4              string
	}{
		{"TLS client", tls.Protocol, 0, clientHello, 50000, 443, "ja3 ja4 ja4_o ja4_r", "t12i010000_"},
		{"TLS client with an extension that is cut off", tls.Protocol, 0,
			"\x16\x03\x01\x00\x2f\x01\x00\x00\x39" + body + "\x00\x10\x00\x17", 50000, 443, "", ""},
		{"DTLS client", dtls.Protocol, 0, dtlsHello, 50000, 443, "ja3 ja4 ja4_o ja4_r", "dd2i010000_"},
		{"TLS server", tls.Protocol, 1, serverHello, 443, 50000, "ja3s", ""},
		{"TLS server whose extensions are cut off", tls.Protocol, 1,
			"\x16\x03\x03\x00\x2f\x02\x00\x00\x30\x03\x03" + random + "\x00\x13\x01\x00\x00\x10\x00\x17", 443, 50000, "", ""},
		{"SSH client", ssh.Protocol, 1, kexInit, 50000, 22, "hassh", ""},
		{"SSH server", ssh.Protocol, 1, kexInit, 22, 50000, "hasshserver", ""},
		{"SSH client behind its identification", ssh.Protocol, 0, "SSH-2.0-x\r\n" + kexInit, 50000, 22, "hassh", ""},
		{"SSH client, cut off", ssh.Protocol, 1, kexInit[:50], 50000, 22, "", ""},
		{"DNS", dns.Protocol, 0, "\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01", 50000, 53, "", ""},
	} {
		got := of(t, tt.protocol, tt.message, tt.data, tt.srcPort, tt.dstPort)
		var names []string
		for name := range got {
			names = append(names, name)
		}
		slices.Sort(names)
		if s := strings.Join(names, " "); s != tt.names {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.names)
		}
		if !strings.HasPrefix(got["ja4"], tt.ja4) {
			t.Errorf("%s: JA4 %s, want %s", tt.name, got["ja4"], tt.ja4)
		}
	}
}

// The order is that of the table whatever the list's is.
func TestOrder(t *testing.T) {
	l, err := Parse("ja4,ja3")
	if err != nil {
		t.Fatal(err)
	}
	m := tls.Protocol.Messages[0].New(&proto.Options{})
	s := l.Of(m)
	m.Parse(wire.Of([]byte(clientHello)), new(proto.Packet))
	var w record.Writer
	w.Object()
	s.Write(&w)
	if got := string(w.Bytes()); !strings.HasPrefix(got, `{"ja3":"`) || strings.Index(got, `,"ja4":"t12i010000_`) != len(`{"ja3":""`)+32 {
		t.Errorf("%s", got)
	}
}

// Messages that can hold a hello of a client and one of a server have those of
// the one that is there, also where the list is for the other one only.
func TestEitherHello(t *testing.T) {
	const clientJA3 = "ea1e247991e541e39bf918cb7cfa5139" // of 771,4865,,,
	for _, tt := range []struct{ list, want string }{
		{"ja3s", "{}"},
		{"ja3", `{"ja3":"` + clientJA3 + `"}`},
	} {
		l, err := Parse(tt.list)
		if err != nil {
			t.Fatal(err)
		}
		m := new(quic.Initial)
		s := l.Of(m)
		m.ClientHello().Parse(wire.Of([]byte(body)))
		for range 3 { // the second time it is remembered
			var w record.Writer
			w.Object()
			s.Write(&w)
			w.EndObject()
			if got := string(w.Bytes()); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.list, got, tt.want)
			}
		}
	}
}

func TestWriteAllocatesNothing(t *testing.T) {
	l, err := Parse("all")
	if err != nil {
		t.Fatal(err)
	}
	m := tls.Protocol.Messages[0].New(&proto.Options{})
	s := l.Of(m)
	m.Parse(wire.Of([]byte(clientHello)), new(proto.Packet))
	w := record.NewWriter(make([]byte, 0, 1<<10))
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		w.Object()
		s.Write(w)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is remembered is the same as what is computed, for hellos with anything
// changed.
func TestRemembered(t *testing.T) {
	const (
		client = "\x00\x2b\x00\x07\x06\x7a\x7a\x03\x04\x03\x03\x00\x0a\x00\x08\x00\x06\x0a\x0a\x11\xec\x00\x1d" +
			"\x00\x33\x00\x07\x00\x05\x00\x1d\x00\x01.\x00\x0d\x00\x04\x00\x02\x08\x04\x00\x10\x00\x05\x00\x03\x02h2\x00\x0b\x00\x02\x01\x00\x8a\x8a\x00\x00"
		server = "\x00\x2b\x00\x02\x03\x04\x0a\x0a\x00\x00\x00\x33\x00\x05\x00\x1d\x00\x01.\x00\x10\x00\x05\x00\x03\x02h2"
	)
	l, err := Parse("all")
	if err != nil {
		t.Fatal(err)
	}
	write := func(s *Set) string {
		var w record.Writer
		w.Object()
		s.Write(&w)
		return string(w.Bytes())
	}
	for message, tt := range []struct {
		before, extensions string
		different          int
	}{
		{"\x00\x00\x04\x0a\x0a\x13\x01\x01\x00", client, 100},
		{"\x00\x13\x01\x00", server, 50},
	} {
		hello := []byte("\x16\x03\x01\x00\x00" + string(rune(1+message)) + "\x00\x00\x00\x03\x03" + random + tt.before + "\x00\x00" + tt.extensions)
		n := len(hello)
		hello[4], hello[8] = byte(n-5), byte(n-9)
		hello[n-len(tt.extensions)-1] = byte(len(tt.extensions))
		m := tls.Protocol.Messages[message].New(&proto.Options{})
		kept := l.Of(m)
		different := map[string]bool{}
		for i := 9; i < n; i++ { // from the version on
			for _, v := range []byte{0, 1, 2, 3, 0x0a, 0x1a, 0x2a, 0xff, hello[i] + 1} {
				changed := []byte(string(hello))
				changed[i] = v
				if i+1 < n && v&0x0f == 0x0a {
					changed[i+1] = v
				}
				m.Parse(wire.Of(changed), new(proto.Packet))
				want := write(l.Of(m))
				for range 2 {
					if got := write(kept); got != want {
						t.Fatalf("message %d, byte %d is %#x: %s, want %s", message, i, v, got, want)
					}
				}
				different[want] = true
			}
		}
		if len(different) < tt.different {
			t.Errorf("message %d: only %d different ones", message, len(different))
		}
	}
}
