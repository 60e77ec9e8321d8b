package socks

import (
	"bytes"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

const (
	selectionLen = 2 // bytes of the selection of a method (RFC 1928, section 3)
	statusLen    = 2 // bytes of the answer to a password (RFC 1929, section 2)
	replyV4Len   = 8 // bytes of a reply of SOCKS 4
	fixedV4Len   = 8 // bytes of a request of SOCKS 4 in front of its strings
	maxString    = 255

	// Numbers of the messages in Protocol.
	kindV4, kindHello, kindV5 = 1, 2, 3

	passwordVersion = 1 // of the negotiation of RFC 1929
	port            = 1080
)

// frame finds what client and proxy say before the data that is passed on, which
// may follow in the same segment: a message at the beginning of a stream, or
// behind another one.
func frame(data wire.Cursor, f *proto.Frame) {
	switch {
	case !f.First && !f.Follows:
	case data[0] == 5 && f.Follows && len(data) > 2 && data[2] == 0:
		frameV5(data, f)
	case f.FromServer:
		frameReply(data, f)
	case data[0] == 5 && f.First:
		frameHello(data, f)
	case data[0] == passwordVersion && f.Follows:
		framePassword(data, f)
	case data[0] == 4 && f.First:
		frameV4(data, f)
	}
}

// frameReply passes over what a proxy says before its reply.
func frameReply(data wire.Cursor, f *proto.Frame) {
	n, next := 0, "\x05"
	switch {
	case data[0] == 5 && f.First && len(data) > 1 && (methodName(data[1]) != "UNASSIGNED" && data[1] < 0x7f || data[1] == 0xff):
		n, next = selectionLen, "\x05\x01"
	case data[0] == passwordVersion && f.Follows:
		n = statusLen
	case f.First && len(data) >= replyV4Len && isReplyV4(data, f.SrcPort):
		f.Skip(replyV4Len)
		return
	default:
		return
	}
	switch {
	case len(data) > n && bytes.IndexByte([]byte(next), data[n]) >= 0:
		f.Skip(n)
	case len(data) <= n:
		f.Wait(n + 1)
	}
}

// isReplyV4 reports whether data begins with a reply of SOCKS 4: from the
// protocol's port, or without the address that servers may leave out.
func isReplyV4(data wire.Cursor, from uint16) bool {
	const granted, badUser = 0x5a, 0x5d // the first and the last code
	return data[0] == 0 && data[1] >= granted && data[1] <= badUser &&
		(from == port || bytes.Equal(data[2:replyV4Len], make([]byte, replyV4Len-2)))
}

// frameHello finds the offer of methods that a client begins with.
func frameHello(data wire.Cursor, f *proto.Frame) {
	const maxMethods = 15
	if len(data) < 2 {
		return
	}
	n := 2 + int(data[1])
	switch {
	case data[1] == 0 || data[1] > maxMethods:
	case len(data) < n:
		f.More(data, n)
	case len(data) == n || data[n] == 5 || data[n] == passwordVersion:
		f.Message(data, n)
		f.Kind = kindHello
	}
}

// framePassword passes over a user and a password (RFC 1929, section 2).
func framePassword(data wire.Cursor, f *proto.Frame) {
	c := data
	c.Skip(1)
	c.Skip(int(c.Uint8()))
	c.Skip(int(c.Uint8()))
	switch {
	case c.Failed():
		f.Wait(len(data) + 1)
	case len(c) == 0 || c[0] == 5:
		f.Skip(len(data) - len(c))
	}
}

// frameV5 finds a request or the reply to it.
func frameV5(data wire.Cursor, f *proto.Frame) {
	const maxCommand = 8
	var m MessageV5
	switch ok := m.Parse(data, nil); {
	case data[1] > maxCommand:
	case ok:
		n := 1 + 1 + 1 + 1 + len(m.Address) + 2
		if m.AddressType == addressDomain {
			n++
		}
		f.Message(data, n)
		f.Kind = kindV5
	case len(data) < 4 || m.AddressType == addressIPv4 || m.AddressType == addressDomain || m.AddressType == addressIPv6:
		f.Wait(len(data) + 1)
	}
}

// frameV4 finds a request of SOCKS 4 or 4a.
func frameV4(data wire.Cursor, f *proto.Frame) {
	if len(data) < 2 || data[1] < 1 || data[1] > 2 {
		return
	}
	if len(data) <= fixedV4Len {
		f.Wait(fixedV4Len + 1)
		return
	}
	strings := 1
	if a := data[4:fixedV4Len]; a[0]|a[1]|a[2] == 0 && a[3] != 0 { // SOCKS 4a
		strings = 2
	}
	n := fixedV4Len
	for range strings {
		end := bytes.IndexByte(data[n:], 0)
		text := data[n:]
		if end >= 0 {
			text = text[:end]
		}
		switch {
		case len(text) > maxString || bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' }):
			return
		case end < 0:
			f.Wait(len(data) + 1)
			return
		}
		n += end + 1
	}
	f.Message(data, n)
	f.Kind = kindV4
}
