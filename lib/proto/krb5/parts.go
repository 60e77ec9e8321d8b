package krb5

import (
	"iter"

	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func nameFields(key, doc string) proto.Field {
	return proto.O(key, doc,
		proto.F("type", proto.String, "type of the name"),
		proto.L("names", proto.Text, "components"))
}

// Names yields the components of a PrincipalName (RFC 4120, section 5.2.2),
// such as that of a client.
func Names(principal *ber.TLV) iter.Seq[wire.Cursor] {
	return func(yield func(wire.Cursor) bool) {
		c := principal.Value
		ber.Read(&c) // name-type
		outer := ber.Read(&c)
		for names := ber.ReadTag(&outer.Value, ber.Sequence); names.Value.More(); {
			if n := ber.Read(&names.Value); !yield(n.Value) {
				return
			}
		}
	}
}

// Numbers yields the elements of a SEQUENCE OF INTEGER, such as encryption
// types.
func Numbers(list *ber.TLV) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for c := list.Value; c.More(); {
			if n := ber.Read(&c); !yield(ber.Int64(n.Value)) {
				return
			}
		}
	}
}

// writePrincipal writes the contents of a PrincipalName (RFC 4120, section
// 5.2.2).
func writePrincipal(w *record.Writer, key string, c wire.Cursor) {
	outerType := ber.Read(&c)
	outerNames := ber.Read(&c)
	kind := ber.ReadTag(&outerType.Value, ber.Integer)
	names := ber.ReadTag(&outerNames.Value, ber.Sequence)
	w.Key(key).Object()
	code := ber.Int64(kind.Value)
	w.Key("type").NameOrCode(proto.Name(nameTypes[:], uint8(code)), code)
	w.Key("names").Array()
	for names.Value.More() {
		if n := ber.Read(&names.Value); n.Value.More() {
			w.Elem().Text(n.Value)
		}
	}
	w.EndArray()
	w.EndObject()
}

// writeType writes the type of a message.
func writeType(w *record.Writer, code uint64) {
	w.Key("msg_type").NameOrHex(proto.Name(typeNames[:], code), code, 16)
}

// writeEtype writes an encryption type.
func writeEtype(w *record.Writer, code int64) { w.NameOrCode(etypeName(code), code) }

func encryptedFields(key, doc string) proto.Field {
	return proto.O(key, doc+", encrypted",
		proto.F("etype", proto.String, "encryption type"),
		proto.F("kvno", proto.Uint, "version of the key"),
		proto.F("ciphertext_length", proto.Uint, "length of the ciphertext in bytes"))
}

// encryptedData is EncryptedData (RFC 4120, section 5.2.9).
type encryptedData [3]ber.Field

func readEncrypted(c wire.Cursor) encryptedData {
	e := encryptedData{{Expected: ber.Integer}, {Expected: ber.Integer}, {Expected: ber.OctetString}}
	ber.ReadExplicit(&c, e[:])
	return e
}

func (e *encryptedData) ok() bool { return e[0].Ok() && e[2].Ok() }

func (e *encryptedData) write(w *record.Writer, key string) {
	w.Key(key).Object()
	w.Key("etype")
	writeEtype(w, ber.Int64(e[0].Value))
	if e[1].Ok() {
		w.Key("kvno").Uint(ber.Uint64(e[1].Value))
	}
	w.Key("ciphertext_length").Uint(uint64(e[2].Value.Len()))
	w.EndObject()
}

// writeEncrypted writes the contents of EncryptedData, or nothing where it
// lacks what it must have.
func writeEncrypted(w *record.Writer, key string, c wire.Cursor) {
	if e := readEncrypted(c); e.ok() {
		e.write(w, key)
	}
}

var ticketFields = proto.O("ticket", "a ticket",
	proto.F("vno", proto.Uint, "version"),
	proto.F("realm", proto.Text, "realm of the server"),
	nameFields("sname", "name of the server"),
	encryptedFields("enc_data", "what only the server can read"))

// writeTicket writes the contents of a Ticket (RFC 4120, section 5.3), or
// nothing where it lacks what it must have.
func writeTicket(w *record.Writer, c wire.Cursor) {
	seq := ber.ReadTag(&c, ber.Sequence)
	var f [4]ber.TLV
	readFields(seq.Value, f[:], ber.Integer)
	version, realm, server, encrypted := &f[0], &f[1], &f[2], &f[3]
	if !present(version, realm, server, encrypted) {
		return
	}
	w.Key("ticket").Object()
	w.Key("vno").Uint(ber.Uint64(version.Value))
	w.OptionalText("realm", realm.Value)
	writePrincipal(w, "sname", server.Value)
	writeEncrypted(w, "enc_data", encrypted.Value)
	w.EndObject()
}

// flagNames are the names of 32 flags, the most significant first.
type flagNames [32]string

// writeFlags writes the names of the flags that are set, and all that have
// none as one number.
func writeFlags(w *record.Writer, key string, flags uint32, names *flagNames) {
	w.Key(key).Array()
	var unknown uint32
	for i, name := range names {
		switch bit := uint32(1) << (31 - i); {
		case flags&bit == 0:
		case name == "":
			unknown |= bit
		default:
			w.Elem().Str(name)
		}
	}
	if unknown != 0 {
		w.Elem().UnknownHex(uint64(unknown), 8)
	}
	w.EndArray()
}
