package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Tags of a GeneralName (RFC 5280, section 4.2.1.6).
const (
	tagOtherName     = 0xa0
	tagRFC822Name    = 0x81
	tagDNSName       = 0x82
	tagDirectoryName = 0xa4
	tagURI           = 0x86
	tagIPAddress     = 0x87
)

// writeGeneralName writes the members of an object. Kinds of names that are
// not known have their tag and contents shown.
func writeGeneralName(w *record.Writer, name *ber.TLV) {
	switch name.Tag {
	case tagOtherName:
		rest := name.Value
		typ := ber.ReadTag(&rest, ber.ObjectIdentifier)
		value := ber.Read(&rest)
		w.Key("other_name").Object()
		typ.WriteOID(w, "type_id")
		value.WriteText(w, "value")
		w.EndObject()
	case tagRFC822Name:
		name.WriteText(w, "rfc822_name")
	case tagDNSName:
		name.WriteText(w, "dns_name")
	case tagURI:
		name.WriteText(w, "uri")
	case tagIPAddress:
		w.Key("ip_address").IP(name.Value)
	case tagDirectoryName:
		rest := name.Value
		rdns := ber.ReadTag(&rest, ber.Sequence)
		writeName(w, "directory_name", rdns.Value)
	default:
		w.Key("explicit_tag").Uint(uint64(name.Tag))
		w.Key("value").Hex(name.Value)
	}
}

// writeGeneralNames writes a GeneralNames.
func writeGeneralNames(w *record.Writer, key string, c wire.Cursor) {
	names := ber.Read(&c)
	w.Key(key).Array()
	for rest := names.Value; rest.More(); {
		var name ber.TLV
		name.Parse(&rest, ber.Any)
		w.Elem().Object()
		writeGeneralName(w, &name)
		w.EndObject()
	}
	w.EndArray()
}
