package dns

import (
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// serverPort is the port of DNS servers.
const serverPort = 53

// frame finds a message over TCP, which has its length in front (RFC 1035,
// section 4.2.2). Streams of other ports are taken for DNS only where all of
// a message is there.
func frame(data wire.Cursor, f *proto.Frame) {
	const lengthLen, headerLen = 2, 12
	known := f.SrcPort == serverPort || f.DstPort == serverPort
	c := data
	length := int(c.Uint16())
	switch {
	case c.Failed():
		if known {
			f.More(data, lengthLen)
		}
	case length < headerLen:
	case c.Len() < length:
		if known {
			f.More(data, lengthLen+length)
		}
	case known || data[4]&0x10 == 0 && data[5]&0x48 == 0 && data[6] == 0:
		f.Message(data, lengthLen+length)
	}
}
