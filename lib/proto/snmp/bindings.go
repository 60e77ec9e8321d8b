package snmp

import (
	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var bindingFields = proto.A("var_bind_list", "variables",
	proto.F("name", proto.String, "object identifier of the variable"),
	proto.F("ipv4_address", proto.Address, "an IPv4 address"),
	proto.F("counter32", proto.Uint, "a counter"),
	proto.F("unsigned32", proto.Uint, "a gauge; 0 where it has less than four bytes"),
	proto.F("time_ticks", proto.Uint, "a time in hundredths of a second; 0 where it has less than four bytes"),
	proto.F("opaque", proto.Hex, "a value of another encoding"),
	proto.F("counter64", proto.Uint, "a counter; 0 where it has less than eight bytes"),
	proto.F("null", proto.Bool, "no value"),
	proto.F("oid", proto.String, "an object identifier"),
	proto.F("string", proto.Text, "a string"),
	proto.F("octet_string", proto.Hex, "a string of octets"),
	proto.F("bit_string_hex", proto.Hex, "a string of bits"),
	proto.F("integer", proto.Int, "an integer"),
	proto.F("boolean", proto.Bool, "a Boolean value"),
	proto.F("value_tlv_hex", proto.Hex, "a value of another type, with tag and length"),
	proto.F("truncated", proto.String, "the member before is cut off"))

// bindings are the contents of a list of variable bindings (RFC 3416, section
// 3). They are failed where there is no list, or an empty one at the end.
type bindings wire.Cursor

// A Binding is a variable (RFC 3416, section 3): its name, an object
// identifier, and its value as it is encoded, with tag and length.
type Binding struct {
	Name  ber.TLV
	Value wire.Cursor
}

// read reads a binding. Its value is failed where its name is none.
func (b *Binding) read(c *wire.Cursor) {
	var seq ber.TLV
	seq.Parse(c, ber.Sequence)
	b.Name = ber.TLV{}
	b.Name.Parse(&seq.Value, ber.ObjectIdentifier)
	b.Value = seq.Value
}

func (l bindings) write(w *record.Writer) {
	c := wire.Cursor(l)
	if c.Failed() {
		return
	}
	w.Key("var_bind_list").Array()
	for start := w.Len(); c.More() && !w.Full(start); {
		var b Binding
		if b.read(&c); c.Failed() {
			break
		}
		w.Elem().Object()
		ber.WriteOID(w.Key("name"), b.Name.Value)
		writeValue(w, b.Value)
		w.EndObject()
	}
	w.EndArray()
}

// Numbers of the tags of SNMP's own types (RFC 2578, section 2).
const (
	typeIPAddress = 0
	typeCounter32 = 1
	typeGauge32   = 2
	typeTimeTicks = 3
	typeOpaque    = 4
	typeNull      = 5
	typeCounter64 = 6
)

// writeValue writes the value of a variable, with c at its tag.
func writeValue(w *record.Writer, c wire.Cursor) {
	all := c
	var v ber.TLV
	if v.Parse(&c, ber.Any); !v.Valid() {
		return
	}
	known := false
	switch v.Class() {
	case ber.Application:
		known = writeApplication(w, v.Number(), v.Value)
	case ber.Universal:
		known = writeUniversal(w, &v)
	}
	if !known {
		w.Key("value_tlv_hex").Hex(all)
	}
}

// writeApplication writes a value of one of SNMP's own types, and reports
// whether its length is one that the type can have. Numbers other than
// counters of 32 bits are taken from their first bytes.
func writeApplication(w *record.Writer, kind uint8, c wire.Cursor) bool {
	n := c.Len()
	switch {
	case kind == typeIPAddress && n == 4:
		w.Key("ipv4_address").IP(c)
	case kind == typeCounter32 && n <= 5:
		w.Key("counter32").Uint(ber.Uint64(c))
	case kind == typeGauge32 && n <= 5:
		// Quirk Q87: the number may be shorter or longer.
		w.Key("unsigned32").Uint(uint64(c.Uint32()))
	case kind == typeTimeTicks && n <= 5:
		w.Key("time_ticks").Uint(uint64(c.Uint32()))
	case kind == typeOpaque:
		w.Key("opaque").Hex(c)
	case kind == typeNull:
		w.Key("null").Bool(true)
	case kind == typeCounter64 && n <= 9:
		w.Key("counter64").Uint(c.Uint64())
	default:
		return false
	}
	return true
}

// writeUniversal writes a value of one of ASN.1's types, and reports whether
// it is a type that values have.
func writeUniversal(w *record.Writer, v *ber.TLV) bool {
	switch v.Number() {
	case ber.ObjectIdentifier:
		v.WriteOID(w, "oid")
	case ber.PrintableString, ber.T61String, ber.VideotexString, ber.IA5String, ber.GraphicString, ber.VisibleString:
		v.WriteText(w, "string")
	case ber.BitString:
		w.Key("bit_string_hex").Hex(v.Value)
	case ber.OctetString:
		w.Key("octet_string").Hex(v.Value)
	case ber.Integer:
		w.Key("integer").Int(ber.Int64(v.Value))
	case ber.Null:
		w.Key("null").Bool(true)
	case ber.Boolean:
		w.Key("boolean").Bool(v.Value.HasPrefix("\xff"))
	default:
		return false
	}
	return true
}
