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
	const lengthLen = 2
	known := f.On(serverPort)
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
	case known || isMessage(c.UpTo(length)):
		f.Message(data, lengthLen+length)
	}
}

// isMessage reports whether data is a message with a question, or with an
// answer, and few of them.
func isMessage(c wire.Cursor) bool {
	c.Skip(2)
	flags := c.Uint16()
	questions, answers := c.Uint16(), c.Uint16()
	c.Skip(4)
	if flags&0x1048 != 0 || questions > 0xff || answers > 0xff || questions+answers == 0 {
		return false
	}
	var q Question
	q.Name.root = true
	msg := c
	q.parse(&c, msg)
	return q.ok
}
