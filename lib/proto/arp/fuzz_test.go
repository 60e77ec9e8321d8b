package arp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	const ethernetAndIPv4 = "\x00\x01\x08\x00\x06\x04"
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(ethernetAndIPv4+"\x00\x01"+"\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01"+"\x00\x00\x00\x00\x00\x00\xc0\x00\x02\x02"),
		[]byte(ethernetAndIPv4+"\x00\x02"+"\x02\x00\x00\x00\x00\x01"),
		[]byte("\x00\x06\x08\x00\x08\x04\x00\x09"),
	)
}
