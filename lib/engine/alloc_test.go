package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/cryptopolicy"
	"merctools/lib/engine"
	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// from is a segment from 192.0.2.n.
func from(n int, seq uint32, data string) []byte {
	return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, byte(n), 2),
		&layers.TCP{SrcPort: 50000, DstPort: 443, Seq: seq, ACK: true, Window: 1000}, gopacket.Payload(data))
}

// mixes are packets as they are found together.
func mixes() map[string][][]byte {
	data := string(make([]byte, 1400))
	hello := longHello(longFrom)
	quicHello := clientHello[5:]
	eth4 := ethernet(layers.EthernetTypeIPv4)
	inner := []gopacket.SerializableLayer{ipv4(layers.IPProtocolTCP, 1, 2),
		&layers.TCP{SrcPort: 50000, DstPort: 443, Seq: 1, ACK: true}, gopacket.Payload(clientHello)}
	through := func(l ...gopacket.SerializableLayer) []byte { return encode(append(l, inner...)...) }
	return map[string][][]byte{
		"TLS": {syn(50000, 443, 0), tcp(50000, 443, 1, clientHello), tcp(443, 50000, 1, serverHello), tcp(50000, 443, 100, "\x17\x03\x03\x05\x00"+data),
			tcp(50000, 443, 1500, data)},
		"TLS in parts": {tcp(50001, 443, 1, hello[:1000]), tcp(50001, 443, 2001, hello[2000:]), tcp(50001, 443, 1001, hello[1000:2000])},
		"QUIC": {udp(50000, 443, quicInitial("abcdefgh", cryptoFrame(0, quicHello))), udp(50000, 443, "\x40"+data),
			udp(50001, 443, quicInitial("ijklmnop", cryptoFrame(0, quicHello[:40]))), udp(50001, 443, quicInitial("ijklmnop", cryptoFrame(40, quicHello[40:])))},
		"DTLS": {udp(50000, 4433, dtlsHello)},
		"DNS":  {udp(50000, 53, dnsQuery), udp(53, 50000, dnsResponse), udp(5353, 5353, dnsResponse), tcp(50000, 53, 1, "\x00\x21"+dnsQuery)},
		"HTTP": {syn(50000, 80, 0), tcp(50000, 80, 1, httpRequest), tcp(80, 50000, 1, httpResponse), tcp(80, 50000, 100, data)},
		"SSH":  {syn(50000, 22, 0), tcp(50000, 22, 1, sshInit), tcp(22, 50000, 1, sshInit), tcp(22, 50000, 22, data)},
		"others": {
			udp(50000, 161, snmpGet), udp(50000, 3478, stunRequest), udp(50000, 69, "\x00\x01boot\x00octet\x00"),
			udp(50000, 514, "<34>Oct 11 22:14:15 host su: failed"), udp(50000, 1900, "M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\nMX: 3\r\n\r\n"),
			tcp(50000, 21, 1, "PASS secret\r\n"), tcp(50000, 25, 1, "EHLO example.com\r\n"), tcp(50000, 143, 1, "a1 LOGIN user secret\r\n"),
			tcp(50000, 6379, 1, "*1\r\n$4\r\nPING\r\n"), tcp(50000, 389, 1, "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"),
			tcp(50000, 23, 1, "\xff\xfd\x18"), tcp(50000, 5900, 1, "RFB 003.008\n"), tcp(50000, 1080, 1, "\x05\x01\x00"),
		},
		"unknown": {syn(50000, 9999, 0), tcp(50000, 9999, 1, data), tcp(50000, 9999, 1401, data), udp(50000, 9999, data), udp(50000, 9999, data)},
		"network": {
			encode(ethernet(layers.EthernetTypeARP), gopacket.Payload("\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01\x00\x00\x00\x00\x00\x00\xc0\x00\x02\x02")),
			encode(eth4, ipv4(layers.IPProtocolICMPv4, 1, 2), gopacket.Payload("\x08\x00\x00\x00\x00\x01\x00\x02data")),
			encode(eth4, ipv4(layers.IPProtocolESP, 1, 2), gopacket.Payload("\x00\x00\x00\x01\x00\x00\x00\x02data")),
			encode(eth4, ipv4(layers.IPProtocolOSPF, 1, 2), gopacket.Payload("\x02\x01\x00\x1c\xc0\x00\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00data")),
		},
		"tunnels": {
			through(eth4),
			through(eth4, ipv4(layers.IPProtocolGRE, 3, 4), &layers.GRE{Protocol: layers.EthernetTypeIPv4}),
			through(eth4, ipv4(layers.IPProtocolIPv4, 3, 4)),
			through(eth4, ipv4(layers.IPProtocolUDP, 3, 4), &layers.UDP{SrcPort: 1, DstPort: 4789}, gopacket.Payload("\x08\x00\x00\x00\x00\x00\x01\x00"), eth4),
			through(ethernet(layers.EthernetTypeIPv6), ipv6(layers.IPProtocolIPv4, 5, 6)),
		},
	}
}

// mix is all of them.
func mix() [][]byte {
	var packets [][]byte
	all := mixes()
	for _, name := range []string{"TLS", "TLS in parts", "QUIC", "DTLS", "DNS", "HTTP", "SSH", "others", "unknown", "network", "tunnels"} {
		packets = append(packets, all[name]...)
	}
	return packets
}

// complete is a configuration that writes all there is.
func complete(t testing.TB) engine.Config {
	policies, err := cryptopolicy.Parse("default")
	if err != nil {
		t.Fatal(err)
	}
	further, err := fingerprints.Parse("all")
	if err != nil {
		t.Fatal(err)
	}
	added, err := members.Parse("all", 0)
	if err != nil {
		t.Fatal(err)
	}
	return engine.Config{
		Fingerprints: further, Members: added,
		Options: proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true, QUICTrialDecryption: true,
			NonselectedTCPData: true, NonselectedUDPData: true, RawFeatures: map[string]bool{"all": true}},
		Policies: policies, ExposedCreds: true, Behavior: true, Context: true,
	}
}

// normalized writes all there is in normal form.
func normalized(t testing.TB) engine.Config {
	cfg := complete(t)
	cfg.Normalize, cfg.MaskKey = true, []byte("0123456789abcdef")
	return cfg
}

// somewhere is where packets come from.
var somewhere = members.Source{File: "a.pcap", Interfaces: []string{"eth0"},
	At: func() members.Place { return members.Place{Number: 7, Length: 1500} }}

// A worker that has seen flows like these allocates nothing for a packet.
func TestNoAllocations(t *testing.T) {
	for _, cfg := range []struct {
		name string
		engine.Config
	}{{"default", engine.Config{}}, {"complete", complete(t)}, {"normalized", normalized(t)}} {
		for name, packets := range mixes() {
			t.Run(cfg.name+"/"+name, func(t *testing.T) {
				w := newWorker(t, cfg.Config)
				var out []byte
				run := func() {
					w.SetSource(somewhere)
					for _, p := range packets {
						out = w.Packet(out[:0], packet.LinkEthernet, p, second)
					}
				}
				for range 100 { // tables and buffers grow at first
					run()
				}
				if n := testing.AllocsPerRun(20, run); n != 0 {
					t.Errorf("%v allocations for %d packets", n, len(packets))
				}
				if w.Counters().Panics > 0 {
					t.Errorf("%+v", w.Counters())
				}
				if n := testing.AllocsPerRun(20, func() {
					for _, p := range packets {
						w.Inspect(packet.LinkEthernet, p, second)
					}
				}); n != 0 {
					t.Errorf("Inspect: %v allocations for %d packets", n, len(packets))
				}
			})
		}
	}
}

// The same for the captures of the project. Trial decryption is left out: it
// makes a cipher for each key that it tries, as the ciphers of the standard
// library can't be given another key.
func TestNoAllocationsForCaptures(t *testing.T) {
	names, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			batches := read(t, name)
			for _, config := range []engine.Config{complete(t), normalized(t)} {
				config.QUICTrialDecryption = false
				readsWithoutAllocations(t, newWorker(t, config), batches)
			}
		})
	}
}

// readsWithoutAllocations has a worker read packets until it allocates nothing
// more.
func readsWithoutAllocations(t *testing.T, w *engine.Worker, batches []capture.Batch) {
	t.Helper()
	var out []byte
	run := func() {
		for i := range batches {
			b := &batches[i]
			for j := range b.Packets {
				p := &b.Packets[j]
				out = w.Packet(out[:0], p.Link, b.Bytes(j), p.Time)
			}
		}
	}
	// Tables grow, and keys are derived, in the first passes.
	n := 1.0
	for pass := 0; n != 0 && pass < 100; pass++ {
		n = testing.AllocsPerRun(1, run)
	}
	if n != 0 {
		t.Errorf("%v allocations, however often it is read", n)
	}
}

// read reads a whole capture.
func read(t testing.TB, name string) []capture.Batch {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var batches []capture.Batch
	for {
		var b capture.Batch
		err := r.ReadBatch(&b)
		if err != nil {
			return batches
		}
		batches = append(batches, b)
	}
}
