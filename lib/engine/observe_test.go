package engine

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/hoststats"
	"merctools/lib/npf"
	"merctools/lib/packet"
)

// noted is an Observer that writes down what it is told.
type noted struct {
	number uint64
	lines  []string
}

func (o *noted) note(k *flow.Key, what string, a ...any) {
	o.lines = append(o.lines, fmt.Sprintf("%d %d>%d ", o.number, k.SrcPort, k.DstPort)+fmt.Sprintf(what, a...))
}

func (o *noted) Packet(n uint64) { o.number = n }

func (o *noted) Client(t npf.Type, fingerprint []byte, k *flow.Key, serverName, userAgent []byte) {
	if !strings.HasPrefix(string(fingerprint), t.String()+"/") {
		o.note(k, "fingerprint %s is not of type %s", fingerprint, t)
	}
	o.note(k, "%s %q %q", t, serverName, userAgent)
}

func (o *noted) CertificateName(k *flow.Key, name []byte) { o.note(k, "name %s", name) }

func (o *noted) ObjectID(k *flow.Key, oid []byte) { o.note(k, "oid %s", oid) }

// frame is an Ethernet frame with an IPv4 packet from 10.0.0.1 to 10.0.0.2.
func frame(protocol byte, payload string) []byte {
	b := append(make([]byte, 12), "\x08\x00\x45\x00"...)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(payload)))
	b = append(b, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	return append(b, payload...)
}

func tcpFrame(src, dst uint16, data string) []byte {
	b := binary.BigEndian.AppendUint16(nil, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	b = append(b, "\x00\x00\x00\x01\x00\x00\x00\x01\x50\x18\xff\xff\x00\x00\x00\x00"...)
	return frame(6, string(b)+data)
}

func udpFrame(src, dst uint16, data string) []byte {
	b := binary.BigEndian.AppendUint16(nil, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
	return frame(17, string(b)+"\x00\x00"+data)
}

// der is a value in DER with a length below 128.
func der(tag byte, parts ...string) string {
	value := strings.Join(parts, "")
	return string([]byte{tag, byte(len(value))}) + value
}

// prefixed is data behind its length in n bytes.
func prefixed(n int, parts ...string) string {
	data := strings.Join(parts, "")
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	return string(b[4-n:]) + data
}

// certificate has one attribute in its subject (RFC 5280, section 4.1).
func makeCertificate(oid, value string) string {
	algorithm := der(0x30, der(0x06, "\x2a\x03"))
	validity := der(0x30, der(0x17, "200101000000Z"), der(0x17, "300101000000Z"))
	subject := der(0x30, der(0x31, der(0x30, der(0x06, oid), der(0x0c, value))))
	return der(0x30, der(0x30, der(0x02, "\x01"), algorithm, der(0x30), validity, subject))
}

const (
	oidCommonName   = "\x55\x04\x03"
	oidOrganization = "\x55\x04\x0a"
)

func tlsRecord(messages ...string) string { return "\x16\x03\x03" + prefixed(2, messages...) }

func certificateMessage(certificates ...string) string {
	var list strings.Builder
	for _, c := range certificates {
		list.WriteString(prefixed(3, c))
	}
	return "\x0b" + prefixed(3, prefixed(3, list.String()))
}

var serverHello = "\x02" + prefixed(3, "\x03\x03", strings.Repeat("R", 32), "\x00", "\xc0\x2f", "\x00")

// snmpResponse is a message of SNMP version 2c (RFC 1901, RFC 3416).
func snmpResponse(values ...string) string {
	var bindings strings.Builder
	for _, v := range values {
		bindings.WriteString(der(0x30, der(0x06, "\x2b\x06"), v))
	}
	pdu := der(0xa2, der(0x02, "\x05"), der(0x02, "\x00"), der(0x02, "\x00"), der(0x30, bindings.String()))
	return der(0x30, der(0x02, "\x01"), der(0x04, "public"), pdu)
}

var observed = []struct {
	packet []byte
	want   []string
}{
	{tcpFrame(40000, 80, "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8\r\n\r\n"), []string{`40000>80 http "example.com" "curl/8"`}},
	{tcpFrame(40000, 22, "SSH-2.0-x y\r\n"), []string{`40000>22 ssh_init "" "SSH-2.0-xy\r"`}}, // not classified, and has no server name
	{tcpFrame(80, 40000, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), nil},
	{tcpFrame(443, 40000, tlsRecord(certificateMessage(makeCertificate(oidCommonName, "one"), makeCertificate(oidCommonName, "two")))), []string{"443>40000 name one"}},
	{tcpFrame(443, 40000, tlsRecord(serverHello, certificateMessage(makeCertificate(oidOrganization, "one"), makeCertificate(oidCommonName, "two")))), []string{"443>40000 name two"}},
	{tcpFrame(443, 40000, tlsRecord(certificateMessage(makeCertificate(oidOrganization, "one")))), nil},
	{tcpFrame(443, 40000, tlsRecord(serverHello)), nil},
	{udpFrame(161, 5000, snmpResponse(der(0x06, "\x2b\x06\x01\x04\x01\xbf\x08"), der(0x02, "\x07"), der(0x06, "\x55\x04\x03"))),
		[]string{"161>5000 oid 1.3.6.1.4.1.8072", "161>5000 oid common_name"}},
	{udpFrame(161, 5000, snmpResponse()), nil},
}

func TestObserver(t *testing.T) {
	o := &noted{}
	e, err := New(Config{Observe: func() Observer { return o }})
	if err != nil {
		t.Fatal(err)
	}
	w := e.NewWorker(nil)
	for i, x := range observed {
		o.lines = nil
		w.SetNumber(uint64(i))
		w.Packet(nil, packet.LinkEthernet, x.packet, 0)
		var want []string
		for _, line := range x.want {
			want = append(want, fmt.Sprint(i, " ", line))
		}
		if !slices.Equal(o.lines, want) {
			t.Errorf("packet %d: got %q, want %q", i, o.lines, want)
		}
	}
}

func TestObserveAllocations(t *testing.T) {
	counts := hoststats.New(0)
	e, err := New(Config{Observe: func() Observer { return counts.NewCollector() }})
	if err != nil {
		t.Fatal(err)
	}
	w := e.NewWorker(nil)
	out := make([]byte, 0, 1<<16)
	for i, x := range observed {
		process := func() {
			w.SetNumber(uint64(i))
			w.Packet(out, packet.LinkEthernet, x.packet, 0)
		}
		process()
		if n := testing.AllocsPerRun(100, process); n != 0 {
			t.Errorf("packet %d: %v allocations", i, n)
		}
	}
	if got, want := counts.Take().Entries(), 6; got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
}
