package tls

import "merctools/lib/wire"

// A ContentType is the type of a record (RFC 8446, section 5.1).
type ContentType uint8

// ContentHandshake is the type of records that hold handshake messages.
const ContentHandshake ContentType = 22

// A Record is a TLSPlaintext record (RFC 8446, section 5.1).
type Record struct {
	Type     ContentType
	Version  uint16
	Fragment wire.Cursor // what is there of the record's data; nil where nothing is
}

const (
	recordHeaderLen    = 5
	handshakeHeaderLen = 4

	// maxHandshakeLen is the length in bytes up to which a handshake message
	// is read. Longer ones are not taken for handshake messages.
	maxHandshakeLen = 32768
)

// Parse reads a record, or what is there of it. Where there is not even a
// whole header it reads nothing.
func (r *Record) Parse(c *wire.Cursor) {
	*r = Record{}
	if c.Len() < recordHeaderLen {
		return
	}
	r.Type = ContentType(c.Uint8())
	r.Version = c.Uint16()
	length := c.Uint16()
	if c.More() {
		r.Fragment = c.UpTo(int(length))
	}
}

// A HandshakeType is the type of a handshake message (RFC 8446, section 4;
// RFC 6347, section 4.3.2).
type HandshakeType uint8

// The types of handshake messages that are told apart.
const (
	TypeClientHello        HandshakeType = 1
	TypeServerHello        HandshakeType = 2
	TypeHelloVerifyRequest HandshakeType = 3
	TypeCertificate        HandshakeType = 11
	TypeServerKeyExchange  HandshakeType = 12
	TypeClientKeyExchange  HandshakeType = 16
)

// A Handshake is a handshake message (RFC 8446, section 4).
type Handshake struct {
	Type    HandshakeType
	Length  uint32      // length of the body that the header tells
	Body    wire.Cursor // what is there of the body; nil where nothing is
	Missing uint32      // bytes of the body that are not there
}

// Parse reads a handshake message, or what is there of it. Where there is not
// even a whole header it reads nothing. Of a message that is longer than
// 32768 bytes it reads the header only.
func (h *Handshake) Parse(c *wire.Cursor) {
	*h = Handshake{}
	if c.Len() < handshakeHeaderLen {
		return
	}
	h.Type = HandshakeType(c.Uint8())
	h.Length = c.Uint24()
	// Quirk Q40: longer messages are not read.
	if h.Length > maxHandshakeLen {
		return
	}
	if c.More() {
		h.Body = c.UpTo(int(h.Length))
	}
	h.Missing = h.Length - uint32(h.Body.Len())
}
