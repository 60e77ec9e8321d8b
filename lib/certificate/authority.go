package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeAuthorityKeyIdentifier writes an AuthorityKeyIdentifier (RFC 5280,
// section 4.2.1.1); of the issuer's names, the first, as a directory name.
func writeAuthorityKeyIdentifier(w *record.Writer, c wire.Cursor) {
	sequence := ber.ReadTag(&c, ber.Sequence)
	var key, issuer, serialNumber ber.TLV
	for sequence.Value.More() {
		switch member := ber.Read(&sequence.Value); member.Tag {
		case ber.Context(0):
			key = member
		case ber.ContextConstructed(1):
			issuer.Parse(&member.Value, ber.Any)
		case ber.Context(2):
			serialNumber = member
		}
	}
	w.Key("authority_key_identifier").Object()
	if key.Ok() {
		key.WriteHex(w, "key_identifier")
	}
	if issuer.Ok() {
		rdns := ber.ReadTag(&issuer.Value, ber.Sequence)
		writeName(w, "cert_issuer", rdns.Value)
	}
	if serialNumber.Ok() {
		serialNumber.WriteHex(w, "cert_serial_number")
	}
	w.EndObject()
}

// writeAuthorityInfoAccess writes an AuthorityInfoAccessSyntax (RFC 5280,
// section 4.2.2.1). What is missing of a description is taken from the one
// before it; where there is none, the list ends.
func writeAuthorityInfoAccess(w *record.Writer, c wire.Cursor) {
	sequence := ber.ReadTag(&c, ber.Sequence)
	w.Key("authority_info_access").Array()
	var description, method, location ber.TLV
	for rest := sequence.Value; rest.More(); {
		// Quirk Q114: what is missing is taken from the one before.
		description.Parse(&rest, ber.Any)
		unread := !description.Ok()
		method.Parse(&description.Value, ber.ObjectIdentifier)
		location.Parse(&description.Value, ber.Any)
		if unread || !method.Ok() || !location.Ok() {
			rest.Fail()
		}
		w.Elem().Object()
		if method.Ok() {
			method.WriteOID(w, "access_method")
		}
		if location.Ok() {
			w.Key("access_location").Object()
			writeGeneralName(w, &location)
			w.EndObject()
		}
		w.EndObject()
	}
	w.EndArray()
}
