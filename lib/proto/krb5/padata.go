package krb5

import (
	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func padataFields(key string) proto.Field {
	return proto.A(key, "preauthentication data",
		proto.F("pa_data_type", proto.String, "type"),
		proto.O("pa_tgs_req", "the ticket that proves who asks",
			proto.O("ap_req", "an application's request",
				proto.F("pvno", proto.Uint, "protocol version"),
				proto.F("msg_type", proto.String, "type of the message"),
				proto.L("ap_options", proto.String, "options"),
				ticketFields,
				encryptedFields("authenticator", "proof that the client knows the key"))),
		proto.A("pa_etype_info2", "encryption types and how passwords become keys",
			proto.F("etype", proto.String, "encryption type"),
			proto.F("salt", proto.Text, "salt"),
			proto.F("s2kparams", proto.Hex, "parameters")),
		proto.O("pa_enc_timestamp", "proof that the client knows the key",
			encryptedFields("enc_timestamp", "time of the client")),
		proto.F("value_hex", proto.Hex, "data of another type"))
}

// Types of preauthentication data (RFC 4120, section 5.2.7).
const (
	paTGSReq       = 1
	paEncTimestamp = 2
	paEtypeInfo2   = 19
)

// writePadata writes a list of PA-DATA, or nothing where there is no list.
func writePadata(w *record.Writer, key string, c wire.Cursor) {
	if c.Failed() {
		return
	}
	w.Key(key).Array()
	for c.More() {
		seq := ber.ReadTag(&c, ber.Sequence)
		if c.Failed() {
			break
		}
		kind := ber.ReadTag(&seq.Value, ber.ContextConstructed(1))
		value := ber.ReadTag(&seq.Value, ber.ContextConstructed(2))
		w.Elem().Object()
		writePadatum(w, kind.Value, value.Value)
		w.EndObject()
		if !value.Ok() {
			break
		}
	}
	w.EndArray()
}

// writePadatum writes one PA-DATA: its type, and its value according to the
// type.
func writePadatum(w *record.Writer, kindField, valueField wire.Cursor) {
	kind := ber.Read(&kindField)
	code := ber.Uint64(kind.Value)
	w.Key("pa_data_type").NameOrHex(proto.Name(padataNames[:], uint32(code)), code, 16)
	octets := ber.ReadTag(&valueField, ber.OctetString)
	if !octets.Valid() {
		return
	}
	c := octets.Value
	written := false
	switch code {
	case paTGSReq:
		app := ber.ReadTag(&c, tagAPReq)
		written = writeTGSReq(w, app.Value)
	case paEtypeInfo2:
		list := ber.ReadTag(&c, ber.Sequence)
		if written = list.Valid(); written {
			writeEtypeInfo2(w, list.Value)
		}
	case paEncTimestamp:
		seq := ber.ReadTag(&c, ber.Sequence)
		if e := readEncrypted(seq.Value); e.ok() {
			w.Key("pa_enc_timestamp").Object()
			e.write(w, "enc_timestamp")
			w.EndObject()
			written = true
		}
	}
	if !written {
		w.Key("value_hex").Hex(octets.Value)
	}
}

// writeTGSReq writes an AP-REQ (RFC 4120, section 5.5.1), and reports whether
// it has what it must have.
func writeTGSReq(w *record.Writer, c wire.Cursor) bool {
	seq := ber.ReadTag(&c, ber.Sequence)
	var f [5]ber.TLV
	readFields(seq.Value, f[:])
	version, msgType, options, ticket, authenticator := &f[0], &f[1], &f[2], &f[3], &f[4]
	if !present(version, msgType, options, ticket, authenticator) {
		return false
	}
	w.Key("pa_tgs_req").Object()
	w.Key("ap_req").Object()
	w.Key("pvno").Uint(ber.Uint64(version.Value))
	writeType(w, ber.Uint64(msgType.Value))
	// Quirk Q91: the options are the BIT STRING itself, not one inside it.
	inner := ber.ReadTag(&options.Value, ber.BitString)
	writeFlags(w, "ap_options", ber.Flags32(inner.Value), &apOptions)
	writeTicket(w, ticket.Value)
	writeEncrypted(w, "authenticator", authenticator.Value)
	w.EndObject()
	w.EndObject()
	return true
}

// writeEtypeInfo2 writes ETYPE-INFO2 (RFC 4120, section 5.2.7.5). An entry
// without an encryption type is written without anything.
func writeEtypeInfo2(w *record.Writer, c wire.Cursor) {
	w.Key("pa_etype_info2").Array()
	for c.More() {
		seq := ber.ReadTag(&c, ber.Sequence)
		w.Elem().Object()
		writeEtypeEntry(w, seq.Value)
		w.EndObject()
	}
	w.EndArray()
}

func writeEtypeEntry(w *record.Writer, c wire.Cursor) {
	var f [3]ber.TLV
	readFields(c, f[:], ber.Integer, ber.Any, ber.OctetString)
	etype, salt, parameters := &f[0], &f[1], &f[2]
	if !etype.Ok() {
		return
	}
	w.Key("etype")
	writeEtype(w, ber.Int64(etype.Value))
	w.OptionalText("salt", salt.Value)
	if parameters.Ok() {
		w.Key("s2kparams").Hex(parameters.Value)
	}
}
