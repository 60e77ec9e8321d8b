package engine_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/cryptopolicy"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/arp"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// second is the time that packets of tests are apart, in nanoseconds.
const second = int64(1e9)

func newWorker(t testing.TB, cfg engine.Config) *engine.Worker {
	t.Helper()
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e.NewWorker(fingerprintdb.NewHistory())
}

// membersOf returns the record of a packet without its braces, addresses and
// time, or "none".
func membersOf(t testing.TB, w *engine.Worker, data []byte, time int64) string {
	t.Helper()
	out := w.Packet(nil, packet.LinkEthernet, data, time)
	if len(out) == 0 {
		return "none"
	}
	if !json.Valid(out) || out[len(out)-1] != '\n' || bytes.Count(out, []byte("\n")) != 1 {
		t.Errorf("no line of JSON: %q", out)
	}
	s := string(out)
	if i := strings.Index(s, `,"src_ip"`); i > 0 {
		s = s[:i]
	} else if i := strings.Index(s, `,"event_start"`); i > 0 {
		s = s[:i]
	}
	return strings.TrimPrefix(s, "{")
}

func TestTunnels(t *testing.T) {
	vxlan := func(outer ...gopacket.SerializableLayer) []gopacket.SerializableLayer {
		return append(outer, &layers.UDP{SrcPort: 1, DstPort: 4789}, gopacket.Payload("\x08\x00\x00\x00\x00\x00\x01\x00"))
	}
	frame := func(l ...gopacket.SerializableLayer) []gopacket.SerializableLayer { return l }
	hello := frame(&layers.TCP{SrcPort: 50000, DstPort: 443, ACK: true}, gopacket.Payload(clientHello))
	inner4 := append(frame(ipv4(layers.IPProtocolTCP, 1, 2)), hello...)
	inner6 := append(frame(ipv6(layers.IPProtocolTCP, 1, 2)), hello...)
	eth4, eth6 := ethernet(layers.EthernetTypeIPv4), ethernet(layers.EthernetTypeIPv6)
	const (
		flow4 = `"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":50000,"dst_port":443`
		flow6 = `"src_ip":"2001:db8::1","dst_ip":"2001:db8::2","protocol":6,"src_port":50000,"dst_port":443`
		from3 = `"src_ip":"192.0.2.3","dst_ip":"192.0.2.4"`
		from5 = `"src_ip":"2001:db8::5","dst_ip":"2001:db8::6"`
	)
	gre := func(t layers.EthernetType) *layers.GRE { return &layers.GRE{Protocol: t} }
	geneve := "\x02\x00\x65\x58\x00\x00\x01\x00" + "option.."
	for _, tt := range []struct {
		name   string
		layers []gopacket.SerializableLayer
		rest   []gopacket.SerializableLayer
		want   string
	}{
		{"none", frame(eth4), inner4, flow4},
		{"GRE", frame(eth4, ipv4(layers.IPProtocolGRE, 3, 4), gre(layers.EthernetTypeIPv4)), inner4,
			`"encapsulations":[{"type":"gre",` + from3 + `,"protocol_type":2048}],` + flow4},
		{"GRE with a checksum, IPv6 inside", frame(eth4, ipv4(layers.IPProtocolGRE, 3, 4), &layers.GRE{ChecksumPresent: true, Protocol: layers.EthernetTypeIPv6}), inner6,
			`"encapsulations":[{"type":"gre",` + from3 + `,"protocol_type":34525}],` + flow6},
		{"GRE in UDP", frame(eth4, ipv4(layers.IPProtocolUDP, 3, 4), &layers.UDP{SrcPort: 9, DstPort: 4754}, gre(layers.EthernetTypeIPv4)), inner4,
			`"encapsulations":[{"type":"gre",` + from3 + `,"protocol_type":2048}],` + flow4},
		{"IPv4 in IPv4", frame(eth4, ipv4(layers.IPProtocolIPv4, 3, 4)), inner4, `"encapsulations":[{"type":"ip encapsulation",` + from3 + `}],` + flow4},
		{"IPv6 in IPv4", frame(eth4, ipv4(layers.IPProtocolIPv6, 3, 4)), inner6, `"encapsulations":[{"type":"ip encapsulation",` + from3 + `}],` + flow6},
		{"IPv4 in IPv6", frame(eth6, ipv6(layers.IPProtocolIPv4, 5, 6)), inner4, `"encapsulations":[{"type":"ip encapsulation",` + from5 + `}],` + flow4},
		{"IPv6 in IPv6", frame(eth6, ipv6(layers.IPProtocolIPv6, 5, 6)), inner6, `"encapsulations":[{"type":"ip encapsulation",` + from5 + `}],` + flow6},
		{"VXLAN", vxlan(eth4, ipv4(layers.IPProtocolUDP, 3, 4)), append(frame(eth6), inner6...), `"encapsulations":[{"type":"vxlan",` + from3 + `}],` + flow6},
		{"VXLAN without its flag", frame(eth4, ipv4(layers.IPProtocolUDP, 3, 4), &layers.UDP{SrcPort: 1, DstPort: 4789}, gopacket.Payload("\x00\x00\x00\x00\x00\x00\x01\x00")),
			append(frame(eth4), inner4...), ""},
		{"GENEVE", frame(eth4, ipv4(layers.IPProtocolUDP, 3, 4), &layers.UDP{SrcPort: 1, DstPort: 6081}, gopacket.Payload(geneve)), append(frame(eth4), inner4...),
			`"encapsulations":[{"type":"geneve",` + from3 + `,"protocol_type":25944}],` + flow4},
		{"GENEVE with IPv4", frame(eth4, ipv4(layers.IPProtocolUDP, 3, 4), &layers.UDP{SrcPort: 1, DstPort: 6081}, gopacket.Payload("\x00\x00\x08\x00\x00\x00\x01\x00")), inner4,
			`"encapsulations":[{"type":"geneve",` + from3 + `,"protocol_type":2048}],` + flow4},
		{"four", frame(eth4, ipv4(layers.IPProtocolIPv4, 3, 4), ipv4(layers.IPProtocolIPv6, 3, 4), ipv6(layers.IPProtocolIPv4, 5, 6), ipv4(layers.IPProtocolGRE, 3, 4), gre(layers.EthernetTypeIPv4)), inner4,
			`"encapsulations":[{"type":"ip encapsulation",` + from3 + `},{"type":"ip encapsulation",` + from3 + `},{"type":"ip encapsulation",` + from5 +
				`},{"type":"gre",` + from3 + `,"protocol_type":2048}],` + flow4},
		{"five, more than are followed", frame(eth4, ipv4(4, 3, 4), ipv4(4, 3, 4), ipv4(4, 3, 4), ipv4(4, 3, 4), ipv4(4, 3, 4)), inner4, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorker(t, engine.Config{})
			out := string(w.Packet(nil, packet.LinkEthernet, encode(append(tt.layers, tt.rest...)...), 0))
			var want string
			if tt.want != "" {
				want = "{" + `"fingerprints":{"tls":"` + clientHelloPrint + `"},"tls":{"client":{"server_name":"example.com"}},` + tt.want + `,"event_start":0.000000}` + "\n"
			}
			if out != want {
				t.Errorf("got  %swant %s", out, want)
			}
		})
	}
}

func TestTunnelsNotSelected(t *testing.T) {
	data := encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolGRE, 3, 4), &layers.GRE{Protocol: layers.EthernetTypeIPv4},
		ipv4(layers.IPProtocolTCP, 1, 2), &layers.TCP{SrcPort: 50000, DstPort: 443, ACK: true}, gopacket.Payload(clientHello))
	w := newWorker(t, engine.Config{Options: proto.Options{Select: proto.Selection{"tls": true}}})
	if got := membersOf(t, w, data, 0); got != "none" {
		t.Errorf("without gre: %s", got)
	}
	w = newWorker(t, engine.Config{Options: proto.Options{Select: proto.Selection{"tls": true, "gre": true}}})
	if got := membersOf(t, w, data, 0); got == "none" {
		t.Error("with gre there is no record")
	}
}

// Every prefix of a packet gives a line of JSON or nothing.
func TestTruncated(t *testing.T) {
	full := engine.Config{Options: proto.Options{Metadata: true, DNSJSON: true, Reassembly: true, NonselectedTCPData: true, NonselectedUDPData: true}}
	for _, data := range mix() {
		w := newWorker(t, full)
		for n := range data {
			membersOf(t, w, data[:n:n], 0)
		}
		if p := w.Counters().Panics; p != 0 {
			t.Errorf("%d panics", p)
		}
	}
}

func TestFirstDataTCP(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{NonselectedTCPData: true, Select: proto.Selection{"none": true}}})
	fin := encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2), &layers.TCP{SrcPort: 3, DstPort: 4, Seq: 101, FIN: true, ACK: true}, gopacket.Payload("bye"))
	for i, step := range []struct {
		packet []byte
		sec    int64
		want   string
	}{
		{tcp(1, 2, 101, "no SYN was seen"), 0, "none"},
		{syn(1, 2, 100), 0, "none"},
		{tcp(1, 2, 105, "later"), 1, "none"},
		{tcp(1, 2, 101, ""), 1, "none"},
		{tcp(1, 2, 101, "first"), 2, `"tcp":{"data":"6669727374"}`},
		{tcp(1, 2, 101, "again"), 2, "none"},
		{syn(1, 2, 0xffffffff), 3, "none"},
		{tcp(1, 2, 0, "wrapped"), 4, `"tcp":{"data":"77726170706564"}`},
		{syn(3, 4, 100), 4, "none"},
		{fin, 4, "none"},
		{tcp(3, 4, 101, "closed"), 4, "none"},
		{syn(5, 6, 100), 5, "none"},
		{syn(5, 6, 200), 6, "none"}, // the first SYN counts
		{tcp(5, 6, 201, "x"), 6, "none"},
		{tcp(5, 6, 250, "late"), 35, `"tcp":{"data":"6c617465"}`},
	} {
		if got := membersOf(t, w, step.packet, step.sec*second); got != step.want {
			t.Errorf("step %d: got %s, want %s", i, got, step.want)
		}
	}
}

// A greeting of MySQL that is cut off is known for what it is, though there is
// nothing to write.
func TestFirstDataCutGreeting(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{NonselectedTCPData: true}})
	for i, step := range []struct{ data, want string }{
		{"\x09\x00\x00\x00\x0a5.5.6", "none"},
		{"\x09\x00\x00\x00\x0a5.5", `"tcp":{"data":"090000000a352e35"}`},
	} {
		src := layers.TCPPort(10 + i)
		membersOf(t, w, syn(src, 2, 100), 0)
		if got := membersOf(t, w, tcp(src, 2, 101, step.data), second); got != step.want {
			t.Errorf("step %d: got %s, want %s", i, got, step.want)
		}
	}
}

// Without a record, a message in a FIN is looked at whatever the options are.
func TestInspectFIN(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{NonselectedTCPData: true}})
	fin := encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2),
		&layers.TCP{SrcPort: 1, DstPort: 80, Seq: 101, ACK: true, FIN: true, Window: 1000}, gopacket.Payload(httpRequest))
	if got := membersOf(t, w, fin, 0); got != "none" {
		t.Errorf("record %s", got)
	}
	if !w.Inspect(1, fin, 0) || w.Message() == nil {
		t.Error("no message")
	}
}

func TestFirstDataUDP(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{NonselectedUDPData: true, Select: proto.Selection{"dns": true}}})
	for i, step := range []struct {
		packet []byte
		sec    int64
		want   string
	}{
		{udp(1, 2, ""), 0, "none"},
		{udp(1, 2, "first"), 0, `"udp":{"data":"6669727374"}`},
		{udp(1, 2, "second"), 1, "none"},
		{udp(2, 1, "other direction"), 1, `"udp":{"data":"6f7468657220646972656374696f6e"}`},
		{udp(1, 53, dnsQuery), 1, `"dns":{"base64":"EjQBAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB"}`},
		{udp(1, 53, "no DNS, but seen before"), 1, "none"},
		{udp(1, 2, "after an hour"), 3601, `"udp":{"data":"616674657220616e20686f7572"}`},
		{udp(1, 2, "and again"), 3602, `"udp":{"data":"616e6420616761696e"}`},
	} {
		if got := membersOf(t, w, step.packet, step.sec*second); got != step.want {
			t.Errorf("step %d: got %s, want %s", i, got, step.want)
		}
	}
}

func TestEthernetMessages(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Metadata: true}, ExposedCreds: true, Context: true})
	data := encode(ethernet(layers.EthernetTypeARP), gopacket.Payload("\x00\x01\x08\x00\x06\x04\x00\x02\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01\x02\x00\x00\x00\x00\x02\xc0\x00\x02\x02"))
	const want = `{"arp":{"hwtype":1,"protocol":2048,"hw_addr_len":6,"proto_addr_len":4,"opcode":"REPLY","sender_hw_addr":"020000000001","sender_proto_addr":"192.0.2.1",` +
		`"target_hw_addr":"020000000002","target_proto_addr":"192.0.2.2"},"event_start":1.500000}` + "\n"
	w.Packet(nil, packet.LinkEthernet, tcp(50000, 443, 1, clientHello), 0)
	if got := string(w.Packet(nil, packet.LinkEthernet, data, 1.5e9)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if _, ok := w.Message().(*arp.Packet); !ok {
		t.Errorf("message is %T", w.Message())
	}
	if kind, s := w.Fingerprint(); kind != npf.None || len(s) > 0 {
		t.Errorf("fingerprint is %v %s", kind, s)
	}
	if name, agent, alpn := w.Told(); name != nil || agent != nil || alpn != nil {
		t.Errorf("told %q, %q, %q", name, agent, alpn)
	}
	if w.Flow() != (flow.Key{}) {
		t.Errorf("flow is %v", w.Flow())
	}
}

// failing is a message whose parser or writer fails.
type failing struct{ parse, write bool }

func (m *failing) Parse(wire.Cursor, *proto.Packet) bool {
	if m.parse {
		panic("parse")
	}
	return true
}

func (m *failing) WriteRecord(w *record.Writer) {
	w.Key("half").Object()
	if m.write {
		panic("write")
	}
	w.EndObject()
}

func TestPanics(t *testing.T) {
	type quarantined struct {
		link uint16
		data string
		time int64
	}
	var got []quarantined
	panics := t
	w := newWorker(t, engine.Config{
		Options: proto.Options{Reassembly: true},
		Quarantine: func(linkType uint16, data []byte, size int, t int64) {
			if size != len(data) {
				panics.Errorf("%d bytes of %d", len(data), size)
			}
			got = append(got, quarantined{linkType, string(data), t})
		},
	})
	m := &failing{}
	w.Replace(m)
	before := []byte("before\n")
	data := tcp(50000, 443, 1, clientHello)
	if got := string(w.Packet(before, packet.LinkEthernet, data, 0)); !strings.HasPrefix(got, "before\n{\"half\":{},") {
		t.Fatalf("got %s", got)
	}
	for i, m2 := range []failing{{parse: true}, {write: true}} {
		*m = m2
		if got := string(w.Packet(before, packet.LinkEthernet, data, 0)); got != "before\n" {
			t.Errorf("%+v: got %q", m2, got)
		}
		if w.Counters().Panics != uint64(i+1) || w.Kept() || w.Message() != nil || w.Deferred() != nil {
			t.Errorf("%+v: %+v", m2, w.Counters())
		}
		*m = failing{}
		w.Packet(nil, packet.LinkEthernet, data, 0) // goes on
		if w.Message() != proto.Message(m) {
			t.Errorf("%+v: nothing works any more", m2)
		}
	}
	*m = failing{parse: true}
	if w.Inspect(packet.LinkEthernet, data, second) || w.Counters().Panics != 3 {
		t.Errorf("%+v", w.Counters())
	}
	key := w.Flow()
	if w.InspectPayload(&key, []byte(clientHello), 0) || w.Counters().Panics != 4 {
		t.Errorf("%+v", w.Counters())
	}
	var failed packet.Headers
	failed.Fail(packet.LinkRaw)
	if got := string(w.Decoded(before, &failed, data, 2*second)); got != "before\n" || w.Counters().Panics != 5 || w.Kept() {
		t.Errorf("got %q, %+v", got, w.Counters())
	}
	want := []quarantined{{packet.LinkEthernet, string(data), 0}, {packet.LinkEthernet, string(data), 0}, {packet.LinkEthernet, string(data), second}, {packet.LinkRaw, string(data), 2 * second}}
	if !slices.Equal(got, want) {
		t.Errorf("quarantine got %+v", got)
	}
}

// A packet in quarantine has its headers only where secrets are masked.
func TestQuarantineMasked(t *testing.T) {
	data := tcp(50000, 443, 1, clientHello)
	tests := []struct {
		name string
		data []byte
		want int
	}{
		{"TCP", data, len(data) - len(clientHello)},
		{"cut off in the headers", data[:40], 0},
	}
	for _, tt := range tests {
		calls, got, size := 0, []byte(nil), 0
		w := newWorker(t, engine.Config{
			MaskKey:    []byte("0123456789abcdef"),
			Quarantine: func(_ uint16, data []byte, n int, _ int64) { calls, got, size = calls+1, data, n },
		})
		w.Replace(&failing{parse: true})
		w.Packet(nil, packet.LinkEthernet, tt.data, 0)
		if calls == 0 {
			if tt.want > 0 {
				t.Errorf("%s: not in quarantine", tt.name)
			}
			continue
		}
		if string(got) != string(tt.data[:tt.want]) || size != len(tt.data) {
			t.Errorf("%s: %x, of %d bytes", tt.name, got, size)
		}
	}
}

// The headers of a packet that was held before tell nothing of the one that makes
// its data readable.
func TestQuarantineMaskedDeep(t *testing.T) {
	calls, got := 0, []byte(nil)
	w := newWorker(t, engine.Config{
		Options:    proto.Options{Deep: true},
		MaskKey:    []byte("0123456789abcdef"),
		Quarantine: func(_ uint16, data []byte, _ int, _ int64) { calls, got = calls+1, data },
	})
	options := make([]layers.TCPOption, 40)
	for i := range options {
		options[i].OptionType = layers.TCPOptionKindNop
	}
	held := encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2),
		&layers.TCP{SrcPort: 50000, DstPort: 443, Seq: 1, ACK: true, Options: options}, gopacket.Payload(clientHello[:70]))
	w.Packet(nil, packet.LinkEthernet, held, 0)
	w.Replace(&failing{parse: true})
	w.Packet(nil, packet.LinkEthernet, encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2),
		&layers.TCP{SrcPort: 50000, DstPort: 443, Seq: 1 << 20, SYN: true}, gopacket.Payload("secret")), 0)
	if calls != 1 || len(got) > 0 {
		t.Errorf("quarantine got %d packets, %q", calls, got)
	}
}

// large is a message whose record has n bytes, with what is around it.
type large struct{ n int }

func (m *large) Parse(wire.Cursor, *proto.Packet) bool { return true }
func (m *large) WriteRecord(w *record.Writer)          { w.Key("x").Str(strings.Repeat("x", m.n)) }

func TestLongestRecord(t *testing.T) {
	w := newWorker(t, engine.Config{})
	m := &large{}
	w.Replace(m)
	data := tcp(50000, 443, 1, clientHello)
	around := len(w.Packet(nil, packet.LinkEthernet, data, 0))
	m.n = record.MaxLen - around
	if got := w.Packet(nil, packet.LinkEthernet, data, 0); len(got) != record.MaxLen || w.Message() == nil {
		t.Errorf("got %d bytes of %d", len(got), record.MaxLen)
	}
	m.n++
	if got := w.Packet([]byte("."), packet.LinkEthernet, data, 0); string(got) != "." || w.Kept() || w.Message() != nil {
		t.Errorf("got %d bytes", len(got))
	}
	if s := w.Counters(); s.Packets != 3 || s.Records != 2 {
		t.Errorf("%+v", s)
	}
}

// A payload gives what its packet gives.
func TestPayload(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	tests := []struct {
		protocol uint8
		src, dst uint16
		data     string
		packet   []byte
	}{
		{packet.ProtocolTCP, 50000, 443, clientHello, tcp(50000, 443, 1, clientHello)},
		{packet.ProtocolTCP, 443, 50000, serverHello, tcp(443, 50000, 1, serverHello)},
		{packet.ProtocolTCP, 50000, 80, httpRequest, tcp(50000, 80, 1, httpRequest)},
		{packet.ProtocolTCP, 50000, 80, "unknown", tcp(50000, 80, 1, "unknown")},
		{packet.ProtocolTCP, 50000, 80, "", tcp(50000, 80, 1, "")},
		{packet.ProtocolUDP, 50000, 53, dnsQuery, udp(50000, 53, dnsQuery)},
		{packet.ProtocolUDP, 50000, 443, quicInitial("abcdefgh", cryptoFrame(0, clientHello[5:])), udp(50000, 443, quicInitial("abcdefgh", cryptoFrame(0, clientHello[5:])))},
		{packet.ProtocolUDP, 1, 2, "unknown", udp(1, 2, "unknown")},
		{packet.ProtocolICMP, 0, 0, "\x08\x00\x00\x00\x00\x01\x00\x02data",
			encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolICMPv4, 1, 2), gopacket.Payload("\x08\x00\x00\x00\x00\x01\x00\x02data"))},
		{packet.ProtocolESP, 0, 0, "\x00\x00\x00\x01\x00\x00\x00\x02data",
			encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolESP, 1, 2), gopacket.Payload("\x00\x00\x00\x01\x00\x00\x00\x02data"))},
		{99, 0, 0, "data", encode(ethernet(layers.EthernetTypeIPv4), ipv4(99, 1, 2), gopacket.Payload("data"))},
	}
	for _, cfg := range []engine.Config{{}, {Options: proto.Options{Reassembly: true, NonselectedUDPData: true}}, {Options: proto.Options{Deep: true}}} {
		for _, tt := range tests {
			one, other, silent := newWorker(t, cfg), newWorker(t, cfg), newWorker(t, cfg)
			k := flow.NewKey(tt.protocol, netip.AddrPortFrom(a, tt.src), netip.AddrPortFrom(b, tt.dst))
			want := string(one.Packet(nil, packet.LinkEthernet, tt.packet, second))
			got := string(other.Payload(nil, &k, []byte(tt.data), second))
			if got != want {
				t.Errorf("%d %q:\ngot  %swant %s", tt.protocol, tt.data, got, want)
			}
			found := silent.InspectPayload(&k, []byte(tt.data), second)
			if found != (want != "") || found != (silent.Message() != nil) || silent.Kept() != one.Kept() {
				t.Errorf("%d %q: found is %t, message %v", tt.protocol, tt.data, found, silent.Message())
			}
			kind, print := silent.Fingerprint()
			if found && kind != npf.None && !strings.Contains(want, `"`+kind.String()+`":"`+string(print)+`"`) {
				t.Errorf("%d %q: fingerprint %s is not in %s", tt.protocol, tt.data, print, want)
			}
			if found && silent.Flow() != k {
				t.Errorf("flow is %v, not %v", silent.Flow(), k)
			}
		}
	}
}

func TestPayloadReassembly(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("[2001:db8::1]:50000"), netip.MustParseAddrPort("[2001:db8::2]:443"))
	hello := longHello(3000)
	for i := 0; i < len(hello); i += 1000 {
		part := hello[i:min(i+1000, len(hello))]
		found := w.InspectPayload(&k, []byte(part), 0)
		if last := i+1000 >= len(hello); found != last || !w.Kept() {
			t.Errorf("%d: found is %t, kept is %t", i, found, w.Kept())
		}
	}
	m, ok := w.Message().(*tls.ClientMessage)
	if !ok {
		t.Fatalf("message is %T", w.Message())
	}
	if x := m.ClientHello().Extensions; x.Find(0xabcd).Len() != 3000 {
		t.Errorf("the extension has %d bytes", x.Find(0xabcd).Len())
	}
}

func TestAnalysis(t *testing.T) {
	policies, err := cryptopolicy.Parse("default")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(t, engine.Config{Policies: policies, ExposedCreds: true})
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:443"))
	if w.InspectPayload(&k, []byte(clientHello), 0); w.Analysis() == nil || !w.Analysis().Has(fingerprintdb.NotCNSA20) {
		t.Error("x25519 counts as safe")
	}
	k.DstPort = 21
	if w.InspectPayload(&k, []byte("PASS secret\r\n"), 0); w.Analysis() == nil || !w.Analysis().Has(fingerprintdb.PlaintextPassword) {
		t.Error("a password is not found")
	}
	if w.InspectPayload(&k, []byte("USER me\r\n"), 0); w.Message() == nil || w.Analysis() != nil {
		t.Errorf("message %v, analysis %v", w.Message(), w.Analysis())
	}
	if w.InspectPayload(&k, []byte("?"), 0); w.Analysis() != nil {
		t.Errorf("analysis %v", w.Analysis())
	}
}

// Workers of one engine do not get into each other's way; the race detector
// sees it if they do.
func TestManyWorkers(t *testing.T) {
	policies, err := cryptopolicy.Parse("default")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{
		Options: proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true,
			NonselectedTCPData: true, NonselectedUDPData: true, RawFeatures: map[string]bool{"all": true}},
		Policies: policies, ExposedCreds: true, Behavior: true})
	if err != nil {
		t.Fatal(err)
	}
	packets := mix()
	history := fingerprintdb.NewHistory()
	results := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			w := e.NewWorker(history)
			var h packet.Headers
			for n, p := range packets {
				e.Decoder().Decode(&h, packet.LinkEthernet, p)
				results[i] = w.Decoded(results[i], &h, p, int64(n))
			}
		})
	}
	wg.Wait()
	for _, r := range results {
		if !bytes.Equal(r, results[0]) || len(r) == 0 {
			t.Errorf("got  %s\nwant %s", r, results[0])
		}
	}
}

// Hashes are the same in both directions, behind all tunnels, and differ
// between flows.
func TestHash(t *testing.T) {
	e, err := engine.New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	hash := func(data []byte) uint64 {
		var h packet.Headers
		e.Decoder().Decode(&h, packet.LinkEthernet, data)
		return h.Hash(data)
	}
	there := hash(tcp(50000, 443, 1, "x"))
	back := hash(encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 2, 1), &layers.TCP{SrcPort: 443, DstPort: 50000}))
	tunneled := hash(encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolIPv4, 3, 4),
		ipv4(layers.IPProtocolTCP, 1, 2), &layers.TCP{SrcPort: 50000, DstPort: 443}))
	if there != back || there != tunneled || there == 0 {
		t.Errorf("%x %x %x", there, back, tunneled)
	}
	if other := hash(tcp(50001, 443, 1, "x")); other == there {
		t.Error("two flows are the same")
	}
	if u := hash(udp(50000, 443, "x")); u == there {
		t.Error("TCP and UDP are the same")
	}
	if none := hash(encode(ethernet(layers.EthernetTypeARP))); none != 0 {
		t.Errorf("%x", none)
	}
}

func TestConfig(t *testing.T) {
	for _, o := range []proto.Options{{TLSFormat: 3}, {TLSFormat: -1}, {QUICFormat: 2}} {
		if _, err := engine.New(engine.Config{Options: o}); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

func TestDataInSYN(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Select: proto.Selection{"tls": true}}})
	for _, tt := range []struct {
		syn  bool
		want bool // there is a record
	}{{true, false}, {false, true}} {
		got := membersOf(t, w, encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2),
			&layers.TCP{SrcPort: 50000, DstPort: 443, Seq: 1, SYN: tt.syn, ACK: !tt.syn}, gopacket.Payload(clientHello)), 0)
		if (got != "none") != tt.want {
			t.Errorf("SYN %v: got %s", tt.syn, got)
		}
	}
}

// SYN/ACK segments have records only if SYN segments have.
func TestSYNACKAlone(t *testing.T) {
	answer := encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 2, 1),
		&layers.TCP{SrcPort: 443, DstPort: 50000, Seq: 1, Ack: 2, SYN: true, ACK: true, Window: 1000})
	for _, tt := range []struct {
		selection proto.Selection
		want      bool
	}{
		{proto.Selection{"tcp.syn_ack": true}, false},
		{proto.Selection{"tcp": true}, false},
		{proto.Selection{"tcp": true, "tcp.syn_ack": true}, true},
	} {
		w := newWorker(t, engine.Config{Options: proto.Options{Select: tt.selection}})
		if got := membersOf(t, w, answer, 0); (got != "none") != tt.want {
			t.Errorf("%v: got %s", tt.selection, got)
		}
	}
}
