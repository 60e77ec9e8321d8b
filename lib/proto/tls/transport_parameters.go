package tls

import "merctools/lib/wire"

// googleUserAgent is the QUIC transport parameter in which Google's clients
// once told what they are.
const googleUserAgent = 0x3129

// A transportParameter is a QUIC transport parameter (RFC 9000, section 18).
type transportParameter struct {
	id    uint64
	rawID wire.Cursor // the identifier as it is encoded
	value wire.Cursor // nil where it goes beyond the end
}

// isGREASE reports whether the parameter is one that exists only to see that
// it is ignored (RFC 9000, section 18.1).
func (p *transportParameter) isGREASE() bool { return p.id%31 == 27 }

func (p *transportParameter) parse(c *wire.Cursor) {
	start := *c
	p.id = varint(c)
	p.rawID = start.UpTo(start.Len() - c.Len())
	length := varint(c)
	if length > uint64(c.Len()) {
		c.Fail()
	}
	p.value = c.Bytes(int(length))
}

// varint reads a variable-length integer (RFC 9000, section 16).
func varint(c *wire.Cursor) uint64 {
	first, ok := c.Peek()
	if !ok {
		c.Fail()
		return 0
	}
	size := 1 << (first >> 6)
	return c.Uint(size) &^ (3 << (8*size - 2))
}

// firstUserAgent returns the first user agent that a record of transport
// parameters extensions has, or nil.
func (x Extensions) firstUserAgent() []byte {
	for {
		e, ok := x.Next()
		if !ok || e.Value.Failed() {
			return nil
		}
		if !e.Type.isQUICParameters() {
			continue
		}
		var p transportParameter
		for c := e.Value; c.More(); {
			if p.parse(&c); p.id == googleUserAgent && p.value.More() {
				return p.value
			}
		}
	}
}

// readUserAgent stores the last user agent that a transport parameters
// extension tells, if it tells one.
func readUserAgent(ua *[]byte, parameters wire.Cursor) {
	var p transportParameter
	for parameters.More() {
		if p.parse(&parameters); p.id == googleUserAgent {
			*ua = p.value
		}
	}
}
