package engine_test

import (
	"bytes"
	"fmt"
	"log"
	"net/netip"
	"os"
	"sync"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/tls"
)

// A packet from Ethernet becomes a line of JSON.
func ExampleWorker_Packet() {
	data := encode(
		&layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{192, 0, 2, 2}},
		&layers.TCP{SrcPort: 50000, DstPort: 443, Seq: 1, ACK: true},
		gopacket.Payload(clientHello),
	)

	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	const time = 1_500_000_000_000_000_000 // nanoseconds since 1970
	record := w.Packet(nil, packet.LinkEthernet, data, time)
	os.Stdout.Write(record)
	// Output:
	// {"fingerprints":{"tls":"tls/(0303)(1301)((0000)(000a00040002001d))"},"tls":{"client":{"server_name":"example.com"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":50000,"dst_port":443,"event_start":1500000000.000000}
}

// A program that has no packets, such as a proxy, gives the payload and the
// flow that it belongs to.
func ExampleWorker_InspectPayload() {
	e, err := engine.New(engine.Config{Options: proto.Options{TLSFormat: 1}})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())

	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:443"))
	if w.InspectPayload(&k, []byte(clientHello), 0) {
		kind, fingerprint := w.Fingerprint()
		fmt.Printf("%s: %s\n", kind, fingerprint)
	}
	// Output:
	// tls: tls/1/(0303)(1301)[(0000)(000a00040002001d)]
}

// Messages are Go values, with all that was in the packet.
func ExampleWorker_Message() {
	e, err := engine.New(engine.Config{Options: proto.Options{Select: proto.Selection{"tls": true, "dns": true}}})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:443"))
	w.InspectPayload(&k, []byte(clientHello), 0)

	switch m := w.Message().(type) {
	case *tls.ClientMessage:
		hello := m.ClientHello()
		fmt.Printf("to %s\n", hello.ServerName())
		for suite := range hello.CipherSuites.All() {
			fmt.Println(tls.CipherSuiteName(suite))
		}
		for group := range hello.SupportedGroups().All() {
			fmt.Println(tls.GroupName(group))
		}
	case *dns.Message:
		fmt.Println("a DNS message")
	case nil:
		fmt.Println("nothing of interest")
	}
	// Output:
	// to example.com
	// TLS_AES_128_GCM_SHA256
	// x25519
}

// One engine serves many goroutines, each with a worker of its own.
func ExampleEngine() {
	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	results := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			w := e.NewWorker(fingerprintdb.NewHistory())
			k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:443"))
			results[i] = w.Payload(nil, &k, []byte(clientHello), 0)
		})
	}
	wg.Wait()
	for _, r := range results[1:] {
		if !bytes.Equal(r, results[0]) {
			fmt.Println("not the same")
		}
	}
	fmt.Println(len(results), "results")
	// Output:
	// 4 results
}
