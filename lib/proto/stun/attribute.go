package stun

import (
	"encoding/binary"
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An Attribute is one attribute (RFC 8489, section 14).
type Attribute struct {
	Type   uint16
	Length uint16      // of the value in bytes
	Value  wire.Cursor // without padding
}

// readAttribute reads an attribute. Values are padded to a multiple of four
// bytes; c fails where value or padding is cut off.
func readAttribute(c *wire.Cursor) (a Attribute) {
	a.Type = c.Uint16()
	a.Length = c.Uint16()
	a.Value = c.Bytes(int(a.Length))
	c.Skip(int(-a.Length & 3))
	return a
}

// Attributes yields the attributes, up to one that is cut off.
func (m *Message) Attributes() iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		for c := m.attributes; c.More(); {
			if a := readAttribute(&c); c.Failed() || !yield(a) {
				return
			}
		}
	}
}

// write writes the members of an attribute. A value that is too short for its
// type has none.
func (a *Attribute) write(w *record.Writer) {
	w.Key("type").NameOrHex(AttributeName(a.Type), uint64(a.Type), 4)
	w.Key("length").Uint(uint64(a.Length))
	c := a.Value
	switch a.Type {
	case useCandidate:
	case mappedAddress, responseAddress, sourceAddress, changedAddress, reflectedFrom,
		alternateServer, responseOrigin, otherAddress:
		writeAddress(w, c)
	case xorMappedAddress, xorPeerAddress, xorRelayedAddress:
		writeXORAddress(w, c)
	case software, username, nonce:
		w.Key("value").Text(c)
	case errorCode:
		writeError(w, c)
	case priority:
		writeUint32(w, "priority", c)
	case iceControlled, iceControlling:
		if v := c.Uint64(); c.Ok() {
			w.Key("tiebreaker").HexUint(v, 16)
		}
	case channelNumber:
		n := c.Uint16()
		c.Skip(2) // reserved
		if c.Ok() {
			w.Key("channel_number").Uint(uint64(n))
		}
	case lifetime:
		writeUint32(w, "seconds", c)
	case bandwidth:
		writeUint32(w, "kbps", c)
	case requestedTransport:
		if v := c.Uint8(); c.Ok() {
			w.Key("protocol").Uint(uint64(v))
		}
	case msBandwidthAdmission:
		writeAdmission(w, c)
	case msImplementationVersion:
		writeUint32(w, "number", c)
	case password:
		w.Key("hex_value").SecretHex(c)
	default:
		w.Key("hex_value").Hex(c)
	}
}

func writeUint32(w *record.Writer, key string, c wire.Cursor) {
	if v := c.Uint32(); c.Ok() {
		w.Key(key).Uint(uint64(v))
	}
}

// Address families (RFC 8489, section 14.1).
const (
	familyIPv4 = 1
	familyIPv6 = 2
)

func familyName(f uint8) string {
	switch f {
	case familyIPv4:
		return "ipv4"
	case familyIPv6:
		return "ipv6"
	}
	return "UNKNOWN"
}

// readAddress reads a family, a port and an address, which has the length of
// an IPv4 address where the family is not known.
func readAddress(c wire.Cursor) (family uint8, port uint16, addr wire.Cursor) {
	c.Skip(1) // must be zero
	family = c.Uint8()
	port = c.Uint16()
	if family == familyIPv6 {
		return family, port, c.Bytes(16)
	}
	return family, port, c.Bytes(4)
}

// writeAddress writes a MAPPED-ADDRESS (RFC 8489, section 14.1) and those
// made like it.
func writeAddress(w *record.Writer, c wire.Cursor) {
	family, port, addr := readAddress(c)
	if addr.Failed() {
		return
	}
	w.Key("family").Str(familyName(family))
	w.Key("port").Uint(uint64(port))
	if family == familyIPv4 || family == familyIPv6 {
		w.Key("address").IP(addr)
	} else {
		w.Key("address").Str("malformed")
	}
}

// writeXORAddress writes an XOR-MAPPED-ADDRESS (RFC 8489, section 14.2) and
// those made like it. Only an IPv4 address is decoded: others are XORed with
// the transaction ID as well, and are written as they came.
func writeXORAddress(w *record.Writer, c wire.Cursor) {
	family, port, addr := readAddress(c)
	if addr.Failed() {
		return
	}
	w.Key("family").Str(familyName(family))
	w.Key("x_port").Uint(uint64(port ^ binary.BigEndian.Uint16([]byte(cookie))))
	if family != familyIPv4 {
		// Quirk Q102: as it came.
		w.Key("x_address").Hex(addr)
		return
	}
	ip := [4]byte(addr)
	for i := range ip {
		ip[i] ^= cookie[i]
	}
	w.Key("x_address").IPv4(ip)
}

// writeError writes an ERROR-CODE (RFC 8489, section 14.8).
func writeError(w *record.Writer, c wire.Cursor) {
	v := c.Uint32()
	if c.Failed() {
		return
	}
	w.Key("class").Uint(uint64(v >> 8 & 7))
	w.Key("number").Uint(uint64(v & 0xff))
	w.OptionalText("reason_phrase", c)
}

// writeAdmission writes a Bandwidth Admission Control Message ([MS-TURNBWM],
// section 2.2.1).
func writeAdmission(w *record.Writer, c wire.Cursor) {
	c.Skip(2) // reserved
	v := c.Uint16()
	if c.Failed() {
		return
	}
	w.Key("message_type").NameOrHex(proto.Name(admissions[:], v), uint64(v), 4)
}

var admissions = [...]string{"reservation_check", "reservation_commit", "reservation_update"}
