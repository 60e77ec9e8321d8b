package tftp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("\x00\x01boot.img\x00octet\x00blksize\x001468\x00tsize\x000\x00"),
		[]byte("\x00\x02x\x00netascii\x00"),
		[]byte("\x00\x03\x00\x01data"),
		[]byte("\x00\x04\x00\x01"),
		[]byte("\x00\x05\x00\x01File not found\x00"),
		[]byte("\x00\x06blksize\x001468\x00"),
		[]byte("\x00\x01boot.img"),
	)
}
