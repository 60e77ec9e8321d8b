package dns

import "merctools/lib/wire"

// Bits of a message's second 16 bits (RFC 1035, section 4.1.1; RFC 4035,
// section 3.1.6).
const (
	FlagAA = 0x0400 // authoritative answer
	FlagTC = 0x0200 // truncated
	FlagRD = 0x0100 // recursion desired
	FlagRA = 0x0080 // recursion available
	FlagAD = 0x0020 // authentic data
	FlagCD = 0x0010 // checking disabled
)

// Flags are the 16 bits behind the identifier: QR, the opcode, the bits that
// have names here, the response code.
func (m *Message) Flags() uint16 {
	c := m.data
	c.Skip(2)
	return c.Uint16()
}

// Opcode is the kind of query.
func (m *Message) Opcode() uint8 { return uint8(m.Flags() >> 11 & 0xf) }

// RCode is the response code in the header, four bits. EDNS may have eight
// more.
func (m *Message) RCode() uint8 { return uint8(m.Flags() & 0xf) }

// IsNetBIOS reports whether it is a message of the NetBIOS Name Service, whose
// opcodes and response codes are others (RFC 1002, section 4.2.1.1).
func (m *Message) IsNetBIOS() bool { return m.key == keyNetBIOS }

// Selector implements proto.Selected.
func (m *Message) Selector() string { return m.key }

// EDNS is an OPT record (RFC 6891, section 6.1.3).
type EDNS struct {
	UDPSize       uint16 // bytes of the largest UDP payload that the sender takes
	ExtendedRCode uint8  // the upper eight bits of the response code
	Version       uint8
	DO            bool // DNSSEC records are wanted (RFC 3225)
	Options       wire.Cursor
}

// An EDNSOption is an option of an OPT record.
type EDNSOption struct {
	Code uint16
	Data wire.Cursor // nil where it goes beyond the end of the record
}

// NextOption reads an option; it returns false at the end.
func (e *EDNS) NextOption() (o EDNSOption, ok bool) {
	if !e.Options.More() {
		return o, false
	}
	o.Code = e.Options.Uint16()
	o.Data = e.Options.Bytes(int(e.Options.Uint16()))
	return o, true
}

// EDNS returns the OPT record of the message. ok is false where it has none,
// or none that is whole.
func (m *Message) EDNS() (e EDNS, ok bool) {
	const typeOPT, do = 41, 0x8000
	if m.counts[3] == 0 {
		return e, false
	}
	c := m.answers
	for i := range m.counts[1] + m.counts[2] + m.counts[3] {
		skipName(&c)
		t := c.Uint16()
		e.UDPSize = c.Uint16()
		e.ExtendedRCode = c.Uint8()
		e.Version = c.Uint8()
		e.DO = c.Uint16()&do != 0
		e.Options = c.Bytes(int(c.Uint16()))
		if c.Failed() {
			break
		}
		if t == typeOPT && i >= m.counts[1]+m.counts[2] {
			return e, true
		}
	}
	return EDNS{}, false
}

// skipName reads a name (RFC 1035, section 4.1.4) without following pointers.
func skipName(c *wire.Cursor) {
	const pointer = 0xc0
	for c.Ok() {
		switch n := c.Uint8(); {
		case n == 0:
			return
		case n >= pointer:
			c.Skip(1)
			return
		default:
			c.Skip(int(n))
		}
	}
}
