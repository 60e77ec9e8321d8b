package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

func worker(t testing.TB, opt proto.Options) *engine.Worker {
	t.Helper()
	e, err := engine.New(engine.Config{Options: opt})
	if err != nil {
		t.Fatal(err)
	}
	return e.NewWorker(nil)
}

// write returns the record of a packet, without the line's end.
func write(t testing.TB, w *engine.Worker, linkType uint16, data string) string {
	t.Helper()
	out := w.Packet(nil, linkType, []byte(data), 1_000_002_000)
	if len(out) > 0 && !json.Valid(out) {
		t.Fatalf("%x: not JSON: %s", data, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func u16(v ...int) (s string) {
	for _, x := range v {
		s += string([]byte{byte(x >> 8), byte(x)})
	}
	return s
}

// rawIPv4 is a packet from 10.0.0.from to 10.0.1.from.
func rawIPv4(protocol, from byte, payload string) string {
	return "\x45\x00" + u16(20+len(payload), 7, 0) + "\x40" + string([]byte{protocol}) + "\x00\x00" +
		"\x0a\x00\x00" + string([]byte{from}) + "\x0a\x00\x01" + string([]byte{from}) + payload
}

// rawIPv6 is a packet from 2001::from to 2001::1:from.
func rawIPv6(protocol, from byte, payload string) string {
	const prefix = "\x20\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	return "\x60\x00\x00\x00" + u16(len(payload)) + string([]byte{protocol, 64}) +
		prefix + "\x00\x00" + string([]byte{from}) + prefix + "\x01\x00" + string([]byte{from}) + payload
}

func rawUDP(src, dst int, payload string) string {
	return u16(src, dst, 8+len(payload), 0) + payload
}

const (
	typeIPv4 = "\x08\x00"
	typeIPv6 = "\x86\xdd"
	echo     = "\x08\x00\x00\x00\x00\x01\x00\x02"
	echoJSON = `{"icmp":{"type":8,"code":0,"echo":{"identifier":1,"sequence_number":2,"data":""}},`
	macs     = "\x02\x02\x02\x02\x02\x02\x04\x04\x04\x04\x04\x04"
)

func through(members ...string) string {
	return `"encapsulations":[` + strings.Join(members, ",") + `],`
}

func from4(typ, n, more string) string {
	return `{"type":"` + typ + `","src_ip":"10.0.0.` + n + `","dst_ip":"10.0.1.` + n + `"` + more + `}`
}

func TestTunnelBytes(t *testing.T) {
	icmp := rawIPv4(1, 9, echo)
	const end = `"src_ip":"10.0.0.9","dst_ip":"10.0.1.9","protocol":1,"src_port":0,"dst_port":0,"event_start":1.000002}`
	const endUDP = `"src_ip":"10.0.0.9","dst_ip":"10.0.1.9","protocol":1,"src_port":7,"dst_port":`
	const time = `,"event_start":1.000002}`
	w := worker(t, proto.Options{})
	for _, tt := range []struct{ name, packet, want string }{
		{"none", icmp, echoJSON + end},
		{"IP in IP", rawIPv4(4, 1, icmp), echoJSON + through(from4("ip encapsulation", "1", "")) + end},
		{"IPv6 in IPv4", rawIPv4(41, 1, rawIPv6(1, 9, echo)), echoJSON + through(from4("ip encapsulation", "1", "")) +
			`"src_ip":"2001::9","dst_ip":"2001::1:9","protocol":1,"src_port":0,"dst_port":0` + time},
		{"IPv4 in IPv6", rawIPv6(4, 1, icmp), echoJSON + through(`{"type":"ip encapsulation","src_ip":"2001::1","dst_ip":"2001::1:1"}`) + end},
		{"GRE", rawIPv4(47, 1, "\x00\x00"+typeIPv4+icmp), echoJSON + through(from4("gre", "1", `,"protocol_type":2048`)) + end},
		// The ports of a tunnel stay where the inner packet has none.
		{"GRE in UDP", rawIPv4(17, 1, rawUDP(7, 4754, "\x00\x00"+typeIPv4+icmp)), echoJSON + through(from4("gre", "1", `,"protocol_type":2048`)) + endUDP + "4754" + time},
		{"VXLAN", rawIPv4(17, 1, rawUDP(7, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00"+macs+typeIPv4+icmp)), echoJSON + through(from4("vxlan", "1", "")) + endUDP + "4789" + time},
		{"GENEVE", rawIPv4(17, 1, rawUDP(7, 6081, "\x00\x00"+typeIPv4+"\x00\x00\x01\x00"+icmp)), echoJSON + through(from4("geneve", "1", `,"protocol_type":2048`)) + endUDP + "6081" + time},
		{"three", rawIPv4(4, 1, rawIPv4(47, 2, "\x00\x00"+typeIPv4+rawIPv4(4, 3, icmp))),
			echoJSON + through(from4("ip encapsulation", "1", ""), from4("gre", "2", `,"protocol_type":2048`), from4("ip encapsulation", "3", "")) + end},
		{"as deep as they are followed", rawIPv4(4, 1, rawIPv4(4, 2, rawIPv4(4, 3, rawIPv4(4, 4, icmp)))),
			echoJSON + through(from4("ip encapsulation", "1", ""), from4("ip encapsulation", "2", ""), from4("ip encapsulation", "3", ""), from4("ip encapsulation", "4", "")) + end},
		{"deeper", rawIPv4(4, 1, rawIPv4(4, 2, rawIPv4(4, 3, rawIPv4(4, 4, rawIPv4(4, 5, icmp))))), ""},
		{"GRE without IP", rawIPv4(47, 1, "\x00\x00\x65\x58"+macs+typeIPv4+icmp), ""},
		{"nothing inside", rawIPv4(4, 1, ""), ""},
		{"inner header cut off", rawIPv4(4, 1, icmp[:19]), ""},
		{"inner header of no version", rawIPv4(4, 1, "\x00"+icmp[1:]), ""},
		{"inner payload cut off", rawIPv4(4, 1, icmp[:25]), echoJSON[:len(echoJSON)-len(`{"identifier":1,"sequence_number":2,"data":""}},`)] +
			`{"identifier":0,"sequence_number":0,"data":""}},` + through(from4("ip encapsulation", "1", "")) + end},
		{"tunnel to another port", rawIPv4(17, 1, rawUDP(4789, 7, "\x08\x00\x00\x00\x00\x00\x01\x00"+macs+typeIPv4+icmp)), ""},
	} {
		if got := write(t, w, packet.LinkRaw, tt.packet); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A tunnel that holds no IP packet is data of UDP, as far as it was not read.
func TestTunnelWithoutIP(t *testing.T) {
	w := worker(t, proto.Options{NonselectedUDPData: true})
	const want = `{"udp":{"data":"6162"},"src_ip":"10.0.0.1","dst_ip":"10.0.1.1","protocol":17,"src_port":4660,"dst_port":22136,"event_start":1.000002}`
	arp := "\x08\x00\x00\x00\x00\x00\x01\x00" + macs + "\x08\x06" + "\x12\x34\x56\x78\x00\x00\x00\x00ab"
	if got := write(t, w, packet.LinkRaw, rawIPv4(17, 1, rawUDP(7, 4789, arp))); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// Tunnels that are not selected are not entered; IP in IP always is.
func TestTunnelBytesNotSelected(t *testing.T) {
	w := worker(t, proto.Options{Select: proto.Selection{"icmp": true}})
	icmp := rawIPv4(1, 9, echo)
	for _, data := range []string{
		rawIPv4(47, 1, "\x00\x00"+typeIPv4+icmp),
		rawIPv4(17, 1, rawUDP(7, 4754, "\x00\x00"+typeIPv4+icmp)),
		rawIPv4(17, 1, rawUDP(7, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00"+macs+typeIPv4+icmp)),
		rawIPv4(17, 1, rawUDP(7, 6081, "\x00\x00"+typeIPv4+"\x00\x00\x01\x00"+icmp)),
	} {
		if got := write(t, w, packet.LinkRaw, data); got != "" {
			t.Errorf("%x: %s", data, got)
		}
	}
	if got := write(t, w, packet.LinkRaw, rawIPv4(4, 1, icmp)); !strings.Contains(got, "encapsulations") {
		t.Errorf("IP in IP: %q", got)
	}
}

// A datagram whose header is cut off has no ports, and its bytes are data.
func TestShortDatagram(t *testing.T) {
	w := worker(t, proto.Options{NonselectedUDPData: true})
	const want = `{"udp":{"data":"000700350008"},"src_ip":"10.0.0.1","dst_ip":"10.0.1.1","protocol":17,"src_port":0,"dst_port":0,"event_start":1.000002}`
	if got := write(t, w, packet.LinkRaw, rawIPv4(17, 1, rawUDP(7, 53, "")[:6])); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// A message that has nothing to write but its flow has a record all the same.
func TestFlowOnly(t *testing.T) {
	w := worker(t, proto.Options{})
	const want = `{"src_ip":"10.0.0.1","dst_ip":"10.0.1.1","protocol":17,"src_port":7,"dst_port":69,"event_start":1.000002}`
	if got := write(t, w, packet.LinkRaw, rawIPv4(17, 1, rawUDP(7, 69, "\x00\x03\x00\x01data"))); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// A datagram that other ports say more about than the one of a tunnel is no
// tunnel.
func TestTunnelPortAndAnother(t *testing.T) {
	w := worker(t, proto.Options{})
	const want = `{"src_ip":"10.0.0.1","dst_ip":"10.0.1.1","protocol":17,"src_port":69,"dst_port":4789,"event_start":1.000002}`
	data := "\x00\x03\x00\x01\x00\x00\x01\x00" + macs + typeIPv4 + rawIPv4(1, 9, echo)
	if got := write(t, w, packet.LinkRaw, rawIPv4(17, 1, rawUDP(69, 4789, data))); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// A record that would be too long is not written, and does no harm to those
// before and after it.
func TestLongRecord(t *testing.T) {
	w := worker(t, proto.Options{})
	frame := func(addresses string) []byte {
		return []byte(macs + "\x00\x40\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02\xb4\x00\x00" + "\x00\x02\x00\x08" + addresses)
	}
	out := w.Packet([]byte("before\n"), packet.LinkEthernet, frame("\x00\x04\x00\x00"), 0)
	if n := len(out); n < 3*0x40000 || n > record.MaxLen || out[n-1] != '\n' {
		t.Errorf("%d bytes", n)
	}
	for _, number := range []string{"\x00\x06\x00\x00", "\xff\xff\xff\xff"} {
		out = w.Packet([]byte("before\n"), packet.LinkEthernet, frame(number), 0)
		if string(out) != "before\n" {
			t.Errorf("%x addresses: %d bytes", number, len(out))
		}
	}
	if w.Kept() {
		t.Error("a packet without a record is kept")
	}
	if s := w.Counters(); s.Records != 1 || s.Packets != 3 || s.Panics != 0 {
		t.Errorf("%+v", s)
	}
}

func FuzzTunnels(f *testing.F) {
	icmp := rawIPv4(1, 9, echo)
	f.Add(uint16(packet.LinkRaw), []byte(rawIPv4(17, 1, rawUDP(7, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00"+macs+typeIPv4+icmp))))
	f.Add(uint16(packet.LinkRaw), []byte(rawIPv4(17, 1, rawUDP(7, 6081, "\x01\x00\x65\x58\x00\x00\x01\x00\x00\x00\x00\x00"+macs+typeIPv6+rawIPv6(58, 1, echo)))))
	f.Add(uint16(packet.LinkEthernet), []byte(macs+"\x81\x00\x00\x01\x88\x47\x00\x00\x01\x40"+rawIPv4(47, 1, "\x00\x00"+typeIPv4+icmp)))
	opt := proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true, NonselectedTCPData: true, NonselectedUDPData: true}
	f.Fuzz(func(t *testing.T, linkType uint16, data []byte) {
		w := worker(t, opt)
		write(t, w, linkType, string(data))
		if w.Counters().Panics != 0 {
			t.Errorf("%x: a parser failed", data)
		}
	})
}
