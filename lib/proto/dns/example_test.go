package dns_test

import (
	"fmt"
	"log"
	"net/netip"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto/dns"
)

// response answers a question for www.example.com.
const response = "\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00" +
	"\x03www\x07example\x03com\x00\x00\x01\x00\x01" +
	"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x10" +
	"\xc0\x10\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"

func ExampleMessage() {
	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	k := flow.NewKey(packet.ProtocolUDP, netip.MustParseAddrPort("192.0.2.1:53"), netip.MustParseAddrPort("192.0.2.2:50000"))
	w.InspectPayload(&k, []byte(response), 0)

	if m, ok := w.Message().(*dns.Message); ok {
		fmt.Printf("response %t, ID %04x\n", m.Response, m.ID)
		for q := range m.Questions() {
			fmt.Printf("question: %s %s\n", q.Name.Bytes(), dns.TypeName(q.Type))
		}
		for r := range m.Answers() {
			fmt.Printf("answer: %s %s, %d seconds", r.Name.Bytes(), dns.TypeName(r.Type), r.TTL)
			if addr, ok := netip.AddrFromSlice(r.Data); ok {
				fmt.Print(", ", addr)
			}
			fmt.Println()
		}
	}
	// Output:
	// response true, ID 1234
	// question: www.example.com. A
	// answer: www.example.com. CNAME, 60 seconds
	// answer: example.com. A, 60 seconds, 192.0.2.7
}
