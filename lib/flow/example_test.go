package flow_test

import (
	"fmt"
	"net/netip"

	"merctools/lib/flow"
)

func ExampleKey() {
	const tcp = 6
	k := flow.NewKey(tcp, netip.MustParseAddrPort("192.0.2.1:1234"), netip.MustParseAddrPort("192.0.2.2:443"))
	fmt.Println(k)
	fmt.Println("from", k.SrcAddr(), "port", k.SrcPort)
	answer := k.Reverse()
	fmt.Println(answer)
	fmt.Println("to", answer.Destination())
	// Output:
	// 192.0.2.1:1234 -> 192.0.2.2:443 tcp
	// from 192.0.2.1 port 1234
	// 192.0.2.2:443 -> 192.0.2.1:1234 tcp
	// to 192.0.2.1:1234
}
