// Package ip reads the headers of IPv4 and IPv6.
package ip

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Numbers of protocols (IANA, Assigned Internet Protocol Numbers).
const (
	ICMP     = 1
	IPv4     = 4
	TCP      = 6
	UDP      = 17
	IPv6     = 41
	GRE      = 47
	ESP      = 50
	ICMPv6   = 58
	OSPF     = 89
	SCTP     = 132
	Reserved = 255
)

// Extension headers of IPv6 that a packet's protocol can lie behind.
const (
	hopByHop    = 0
	routing     = 43
	fragment    = 44
	authHeader  = 51
	destination = 60
	mobility    = 135
	hostIdent   = 139
	shim6       = 140
)

// A Header is the header of an IP packet.
type Header struct {
	Version    uint8 // 4, 6, or 0 where there is no header
	TTL        uint8 // time to live or hop limit
	Protocol   uint8 // of the payload; Reserved where there is no header
	ID         uint32
	Src, Dst   [16]byte // an IPv4 address fills the first four bytes
	Extensions []byte   // the extension headers of IPv6
}

// Parse reads a header from c, and leaves the payload there, without what a
// link layer may have padded. Where there is no whole header, h.Version is 0.
//
// The options of an IPv4 header stay at the start of the payload.
func (h *Header) Parse(c *wire.Cursor) {
	h.Version, h.Protocol = 0, Reserved
	first, ok := c.Peek()
	if !ok {
		c.Fail()
		return
	}
	switch first >> 4 {
	case 4:
		h.parseIPv4(c)
	case 6:
		h.parseIPv6(c)
	}
}

// parseIPv4 follows RFC 791, section 3.1.
func (h *Header) parseIPv4(c *wire.Cursor) {
	const fixedLen = 20
	b := c.Bytes(fixedLen)
	if b.Failed() {
		return
	}
	h.Version = 4
	h.Extensions = nil
	b.Skip(2)
	total := int(b.Uint16())
	h.ID = uint32(b.Uint16())
	b.Skip(2)
	h.TTL = b.Uint8()
	h.Protocol = b.Uint8()
	b.Skip(2)
	h.Src = [16]byte{}
	copy(h.Src[:4], b.Bytes(4))
	h.Dst = [16]byte{}
	copy(h.Dst[:4], b.Bytes(4))
	c.Truncate(max(total-fixedLen, 0))
}

// parseIPv6 follows RFC 8200, section 3.
func (h *Header) parseIPv6(c *wire.Cursor) {
	b := c.Bytes(40)
	if b.Failed() {
		return
	}
	h.Version = 6
	// All 24 bits are taken, so that a traffic class counts as not zero.
	h.ID = b.Uint32() & 0xffffff
	length := int(b.Uint16())
	next := b.Uint8()
	h.TTL = b.Uint8()
	copy(h.Src[:], b.Bytes(16))
	copy(h.Dst[:], b.Bytes(16))
	c.Truncate(length)

	start := *c
	for c.More() {
		more, ok := skipExtension(c, next)
		if !ok {
			break
		}
		next = more
	}
	h.Protocol = next
	h.Extensions = nil
	if c.Ok() {
		h.Extensions = start[:len(start)-len(*c)]
	}
}

// skipExtension passes over one extension header (RFC 6564) and returns the
// type of what follows; ok is false where there is none.
func skipExtension(c *wire.Cursor, header uint8) (next uint8, ok bool) {
	switch header {
	case hopByHop, routing, destination, mobility, hostIdent, shim6:
		next = c.Uint8()
		c.Skip(int(c.Uint8())*8 + 6)
	case fragment:
		next = c.Uint8()
		c.Skip(7)
	case authHeader:
		next = c.Uint8()
		c.Skip(int(c.Uint8())*4 + 6)
	default:
		return 0, false
	}
	return next, true
}

// SrcIsPrivate reports whether the sender's address is for private use
// (RFC 1918) or a unique local one (RFC 4193).
func (h *Header) SrcIsPrivate() bool {
	a := &h.Src
	switch h.Version {
	case 4:
		return a[0] == 10 || a[0] == 172 && a[1]&0xf0 == 16 || a[0] == 192 && a[1] == 168
	case 6:
		return a[0]&0xfe == 0xfc
	}
	return false
}

// WriteRecord writes the member ip.
func (h *Header) WriteRecord(w *record.Writer) {
	if h.Version == 0 {
		return
	}
	w.Key("ip").Object()
	w.Key("version").Uint(uint64(h.Version))
	w.Key("ttl").Uint(uint64(h.TTL))
	if h.Version == 4 {
		w.Key("id").HexUint(uint64(h.ID), 4)
	} else {
		w.Key("id").HexUint(uint64(h.ID), 5)
		if len(h.Extensions) > 0 {
			w.Key("extensions").Hex(h.Extensions)
		}
	}
	w.EndObject()
}
