package dhcp_test

import (
	"fmt"
	"log"
	"net/netip"
	"strings"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto/dhcp"
)

// request is a DHCPREQUEST, with most of its fixed fields left out.
var request = "\x01\x01\x06\x00" + strings.Repeat("\x55", 232) + "\x63\x82\x53\x63" +
	"\x35\x01\x03" + "\x0c\x07printer" + "\x37\x03\x01\x03\x06" + "\xff"

func ExampleMessage() {
	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	k := flow.NewKey(packet.ProtocolUDP, netip.MustParseAddrPort("192.0.2.1:68"), netip.MustParseAddrPort("192.0.2.2:67"))
	w.InspectPayload(&k, []byte(request), 0)

	if m, ok := w.Message().(*dhcp.Message); ok {
		const hostname = 12
		fmt.Printf("type %d from %s\n", m.MessageType(), m.Option(hostname))
		for o := range m.Options() {
			fmt.Printf("option %d, %d bytes\n", o.Tag, o.Length)
		}
	}
	// Output:
	// type 3 from printer
	// option 53, 1 bytes
	// option 12, 7 bytes
	// option 55, 3 bytes
	// option 255, 0 bytes
}
