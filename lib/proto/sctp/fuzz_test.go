package sctp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	const head = "\x0b\x59\x0b\x59\x00\x00\x00\x00\x12\x34\x56\x78"
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(head+"\x01\x00\x00\x14\x00\x00\x00\x01\x00\x00\xff\xff\x00\x0a\x00\x0a\x00\x00\x00\x02"),
		[]byte(head+"\x01\x00\x00\x03"),
		[]byte(head+"\x02\x00\x00\x14"),
	)
}
