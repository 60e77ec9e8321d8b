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
func (m *Message) IsNetBIOS() bool { return m.key == "nbns" }

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

// OpcodeName is the name of an opcode (IANA, DNS OpCodes), or "".
func OpcodeName(opcode uint8) string {
	switch opcode {
	case 0:
		return "QUERY"
	case 1:
		return "IQUERY"
	case 2:
		return "STATUS"
	case 4:
		return "NOTIFY"
	case 5:
		return "UPDATE"
	case 6:
		return "DSO"
	}
	return ""
}

// RCodeName is the name of a response code with the bits that EDNS adds (IANA,
// DNS RCODEs), or "".
func RCodeName(code uint16) string {
	switch code {
	case 0:
		return "NOERROR"
	case 1:
		return "FORMERR"
	case 2:
		return "SERVFAIL"
	case 3:
		return "NXDOMAIN"
	case 4:
		return "NOTIMP"
	case 5:
		return "REFUSED"
	case 6:
		return "YXDOMAIN"
	case 7:
		return "YXRRSET"
	case 8:
		return "NXRRSET"
	case 9:
		return "NOTAUTH"
	case 10:
		return "NOTZONE"
	case 11:
		return "DSOTYPENI"
	case 16:
		return "BADVERS"
	case 17:
		return "BADKEY"
	case 18:
		return "BADTIME"
	case 19:
		return "BADMODE"
	case 20:
		return "BADNAME"
	case 21:
		return "BADALG"
	case 22:
		return "BADTRUNC"
	case 23:
		return "BADCOOKIE"
	}
	return ""
}

// NetBIOSOpcodeName is the name of an opcode of the NetBIOS Name Service (RFC
// 1002, section 4.2.1.1), or "".
func NetBIOSOpcodeName(opcode uint8) string {
	switch opcode {
	case 0:
		return "QUERY"
	case 5:
		return "REGISTRATION"
	case 6:
		return "RELEASE"
	case 7:
		return "WACK"
	case 8:
		return "REFRESH"
	}
	return ""
}

// NetBIOSRCodeName is the name of a response code of the NetBIOS Name Service
// (RFC 1002, section 4.2.6), or "".
func NetBIOSRCodeName(code uint16) string {
	switch code {
	case 0:
		return "NOERROR"
	case 1:
		return "FMT_ERR"
	case 2:
		return "SRV_ERR"
	case 3:
		return "NAM_ERR"
	case 4:
		return "IMP_ERR"
	case 5:
		return "RFS_ERR"
	case 6:
		return "ACT_ERR"
	case 7:
		return "CFT_ERR"
	}
	return ""
}

// EDNSOptionName is the name of an option (IANA, DNS EDNS0 Option Codes), or
// "".
func EDNSOptionName(code uint16) string {
	switch code {
	case 1:
		return "LLQ"
	case 2:
		return "UPDATE_LEASE"
	case 3:
		return "NSID"
	case 5:
		return "DAU"
	case 6:
		return "DHU"
	case 7:
		return "N3U"
	case 8:
		return "CLIENT_SUBNET"
	case 9:
		return "EXPIRE"
	case 10:
		return "COOKIE"
	case 11:
		return "TCP_KEEPALIVE"
	case 12:
		return "PADDING"
	case 13:
		return "CHAIN"
	case 14:
		return "KEY_TAG"
	case 15:
		return "EXTENDED_ERROR"
	case 18:
		return "REPORT_CHANNEL"
	case 19:
		return "ZONEVERSION"
	}
	return ""
}
