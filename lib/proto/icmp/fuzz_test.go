package icmp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("\x08\x00\x12\x34\x00\x01\x00\x02abcdefgh"),
		[]byte("\x03\x01\x12\x34\x00\x00\x00\x00\x45\x00\x00\x1c"),
		[]byte("\x02\x00\x12\x34\x00\x00\x05\x00\x60\x00\x00\x00"),
		[]byte("\x0b\x00\x12\x34\x00"),
		[]byte("\x87\x00\x12\x34"),
	)
}
