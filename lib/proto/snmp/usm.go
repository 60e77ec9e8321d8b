package snmp

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// usm are the parameters of the User-based Security Model (RFC 3414, section
// 2.4).
type usm struct {
	engine, user, auth ber.TLV
	authEnd            int // where the authentication parameters end
}

// parse reads the parameters, of which end is the offset behind the last byte
// in the datagram. It reports whether there are any at all.
func (u *usm) parse(c wire.Cursor, end int) bool {
	seq := ber.ReadTag(&c, ber.Sequence)
	end -= c.Len()
	u.engine = ber.ReadTag(&seq.Value, ber.OctetString)
	ber.ReadTag(&seq.Value, ber.Integer) // boots
	ber.ReadTag(&seq.Value, ber.Integer) // time
	u.user = ber.ReadTag(&seq.Value, ber.OctetString)
	u.auth = ber.ReadTag(&seq.Value, ber.OctetString)
	u.authEnd = end - seq.Value.Len()
	return c.Ok()
}

func (u *usm) write(w *record.Writer, all wire.Cursor, authenticated bool) {
	w.Key("engine_id_raw").Hex(u.engine.Value)
	writeEngineID(w, u.engine.Value)
	w.OptionalText("user_name", u.user.Value)
	if authenticated && u.auth.Ok() {
		u.writeRecovery(w, all)
	}
}

// maxRecovery is the number of characters that the form for programs that
// search for passwords may have.
const maxRecovery = 1500

// writeRecovery writes the message, with its authentication parameters
// zeroed, in the form in which programs that search for passwords read it. It
// writes nothing where that would be too long.
func (u *usm) writeRecovery(w *record.Writer, all wire.Cursor) {
	const prefix = "$SNMPv3$0$0$"
	zeros := u.auth.Value.Len()
	engine := u.engine.Value
	if len(prefix)+2*all.Len()+len("$")+2*engine.Len()+len("$")+2*zeros > maxRecovery {
		return
	}
	var text [maxRecovery]byte
	b := append(text[:0], prefix...)
	b = record.AppendHex(b, all.Bytes(u.authEnd-zeros))
	for range zeros {
		b = append(b, "00"...)
	}
	all.Skip(zeros)
	b = record.AppendHex(b, all)
	b = append(b, '$')
	b = record.AppendHex(b, engine)
	b = append(b, '$')
	b = record.AppendHex(b, u.auth.Value)
	w.Key("password_recovery").SecretStr(b)
}

// Formats of an engine identifier (RFC 3411, section 5).
const (
	formatIPv4   = 1
	formatIPv6   = 2
	formatMAC    = 3
	formatText   = 4
	formatOctets = 5
	formatLocal  = 6 // not assigned
)

// writeEngineID writes what an engine identifier is made of, or nothing where
// it is too short.
func writeEngineID(w *record.Writer, c wire.Cursor) {
	const hasFormat = 1 << 31
	number := c.Uint32()
	if c.Failed() {
		return
	}
	w.Key("engine_id").Object()
	w.Key("v3_format").Bool(number&hasFormat != 0)
	w.Key("enterprise_number").Uint(uint64(number &^ hasFormat))
	switch {
	case number&hasFormat != 0:
		if c.More() {
			writeEngine(w, c.Uint8(), c)
		}
	case c.Len() == 8:
		w.Key("agent_id").Hex(c)
	default:
		w.Key("data").Hex(c)
	}
	w.EndObject()
}

func writeEngine(w *record.Writer, format uint8, c wire.Cursor) {
	switch format {
	case formatIPv4, formatIPv6:
		if size := c.Len(); format == formatIPv4 && size == 4 || format == formatIPv6 && size == 16 {
			w.Key("address").IP(c)
		}
	case formatMAC:
		w.Key("mac").Hex(c)
	case formatText:
		w.OptionalText("text", c)
	case formatOctets, formatLocal:
		w.Key("octets").Hex(c)
	default:
		w.Key("format_type").Uint(uint64(format))
		w.Key("data").Hex(c)
	}
}
