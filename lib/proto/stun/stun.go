// Package stun reads messages of Session Traversal Utilities for NAT and of
// the protocols that build on it: TURN, ICE, and the dialects of Microsoft
// and Google.
package stun

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes STUN.
var Protocol = &proto.Protocol{
	Name: "STUN",
	Doc:  "Session Traversal Utilities for NAT, with TURN and ICE",
	Spec: "RFC 8489, RFC 8656, RFC 8445, RFC 5780; RFC 3489 for classic STUN",
	Messages: []proto.Kind{{
		Name:   "message",
		Select: []string{"stun"},
		// Nothing at a fixed place tells the messages of classic STUN, so
		// only the length is looked at here, and the rest in Parse.
		Match: []detect.Rule{{
			Layer:  detect.UDP,
			Mask:   "\x00\x00\x00\x00",
			Value:  "\x00\x00\x00\x00",
			Length: datagramLen,
		}},
		Fingerprints: []npf.Type{npf.STUN},
		New: func(o *proto.Options) proto.Message {
			return &Message{raw: o.Raw("stun")}
		},
	}},
	Fields: fields,
}

// Sizes in bytes (RFC 8489, section 5).
const (
	headerLen        = 20
	transactionIDLen = 16 // with the magic cookie, as in RFC 3489
	cookieLen        = 4
)

// cookie is the magic cookie. RFC 3489 has none: there it is the beginning of
// the transaction ID.
const cookie = "\x21\x12\xa4\x42"

// datagramLen is the length of the datagram that a message fills.
func datagramLen(c wire.Cursor) int {
	c.Skip(2)
	return headerLen + int(c.Uint16())
}

// A Message is a STUN message (RFC 8489, section 5).
type Message struct {
	raw bool

	Type          uint16      // class and method; see Class and Method
	Length        uint16      // bytes of attributes
	TransactionID wire.Cursor // 12 bytes, or 16 where there is no magic cookie
	HasCookie     bool        // a message of RFC 5389 or later
	attributes    wire.Cursor
}

// Parse implements proto.Message. A message without the magic cookie is taken
// only if it is a plausible one of RFC 3489.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Type = c.Uint16()
	m.Length = c.Uint16()
	m.TransactionID = c.Bytes(transactionIDLen)
	m.HasCookie = m.TransactionID.HasPrefix(cookie)
	m.attributes = c.Bytes(int(m.Length))
	if m.attributes.Failed() {
		return false
	}
	if m.HasCookie {
		m.TransactionID.Skip(cookieLen)
		return true
	}
	if !m.isClassic() {
		return false
	}
	if c = m.attributes; c.More() {
		readAttribute(&c)
		return c.Ok()
	}
	// The ID of classic STUN is random: two bytes of zero are unlikely.
	zeros := 0
	for _, b := range m.TransactionID {
		if b == 0 {
			zeros++
		}
	}
	// Quirk Q103: chance decides.
	return zeros < 2
}

// isClassic reports whether the message's type is one of RFC 3489: requests,
// responses and errors of the methods Binding and Shared Secret.
func (m *Message) isClassic() bool {
	switch m.Type {
	case 0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112:
		return true
	}
	return false
}

// Class is the message's class: 0 a request, 1 an indication, 2 a success
// response, 3 an error response.
func (m *Message) Class() uint8 {
	return uint8(m.Type>>7&2 | m.Type>>4&1)
}

// Method is the message's method.
func (m *Message) Method() uint16 {
	return m.Type&0x000f | m.Type&0x00e0>>1 | m.Type&0x3e00>>2
}

// isResponse reports whether the message's class is one of the responses.
func (m *Message) isResponse() bool { return m.Class()&2 != 0 }

var classes = [...]string{"request", "indication", "success_resp", "err_resp"}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("stun").Object()
	if m.Length%4 != 0 {
		w.Key("malformed").Bool(true)
	}
	w.Key("method").NameOrHex(MethodName(m.Method()), uint64(m.Method()), 4)
	w.Key("class").Str(classes[m.Class()])
	w.Key("message_length").Uint(uint64(m.Length))
	w.Key("transaction_id").Hex(m.TransactionID)
	w.Key("magic_cookie").Bool(m.HasCookie)
	w.Key("attributes").Array()
	u := methodUsage(m.Method())
	c := m.attributes
	for start := w.Len(); c.More() && !w.Full(start); {
		rest := c
		a := readAttribute(&c)
		w.Elem().Object()
		if c.Failed() {
			w.Key("unparseable").Hex(rest)
		} else {
			a.write(w)
			u |= attributeUsage(a.Type)
		}
		w.EndObject()
	}
	w.EndArray()
	w.Key("usage").Str(u.String())
	if m.raw {
		m.writeFeatures(w)
	}
	w.EndObject()
}
