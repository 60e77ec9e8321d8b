package engine

import (
	"bytes"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// Beginnings of the header that a proxy puts in front of a connection's data
// (HAProxy, The PROXY protocol, sections 2.1 and 2.2).
const (
	proxyLine   = "PROXY "
	proxyBinary = "\r\n\r\n\x00\r\nQUIT\n"

	maxProxyLine    = 107 // bytes, with the line's end
	proxyHeaderLen  = 16
	proxyLengthFrom = 14
)

// frameProxy passes over the header of the PROXY protocol.
func frameProxy(data wire.Cursor, f *proto.Frame) {
	switch data[0] {
	case 'P':
		if !data.HasPrefix(proxyLine) {
			return
		}
		i := bytes.IndexByte(data, '\n')
		switch {
		case i >= 0 && i < maxProxyLine:
			f.Skip(i + 1)
		case i < 0 && len(data) < maxProxyLine && !f.End:
			f.Status, f.Need = proto.FrameMore, len(data)+1
		}
	case '\r':
		n := min(len(data), len(proxyBinary))
		if n < 4 || string(data[:n]) != proxyBinary[:n] {
			return
		}
		if len(data) < proxyHeaderLen {
			if !f.End {
				f.Status, f.Need = proto.FrameMore, proxyHeaderLen
			}
			return
		}
		f.Skip(proxyHeaderLen + int(data[proxyLengthFrom])<<8 + int(data[proxyLengthFrom+1]))
	}
}
