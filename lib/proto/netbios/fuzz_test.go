package netbios

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	const (
		name = "\x20EGFCEFEECACACACACACACACACACACAAA\x00"
		head = "\x0a\x12\x34\xc0\x00\x02\x01\x00\x8a"
	)
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("\x81\x00\x00\x44"+name+name),
		[]byte("\x85\x01\x00\x00"),
		[]byte("\x11"+head+"\x00\x48\x00\x00"+name+name+"\xffSMB"),
		[]byte("\x10"+head+"\x00\x48\x00\x00\xc0\x0c\xc0\x10"),
		[]byte("\x13"+head+"\x82"),
		[]byte("\x14"+head+name),
		[]byte("\x77"+head+"x"),
	)
}
