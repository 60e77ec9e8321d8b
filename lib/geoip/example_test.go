package geoip

import (
	"fmt"
	"log"
	"net/netip"
)

// A program that has a database embedded uses it without a file.
func ExampleFromBytes() {
	d, err := FromBytes(testFile)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.ASN(netip.MustParseAddr("192.0.2.1")))
	// Output:
	// 64500
}
