package ber

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// The Write methods add a value to an open object, and after it, where it is
// truncated, a member "truncated" that names it. They write nothing of a
// value whose contents are all missing.

// WriteHex writes the contents as hexadecimal digits.
func (t *TLV) WriteHex(w *record.Writer, key string) {
	if t.Valid() {
		w.Key(key).Hex(t.Value)
		t.writeTruncated(w, key)
	}
}

// WriteText writes the contents as text, taken for UTF-8. Empty text is left
// out.
func (t *TLV) WriteText(w *record.Writer, key string) {
	if t.Value.More() {
		w.Key(key).Text(t.Value)
		t.writeTruncated(w, key)
	}
}

// WriteSecret is WriteText for a password.
func (t *TLV) WriteSecret(w *record.Writer, key string) {
	if t.Value.More() {
		w.Key(key).SecretText(t.Value)
		t.writeTruncated(w, key)
	}
}

// WriteOID writes the contents as the name or the numbers of an object
// identifier.
func (t *TLV) WriteOID(w *record.Writer, key string) {
	if t.Valid() {
		WriteOID(w.Key(key), t.Value)
		t.writeTruncated(w, key)
	}
}

// WriteUTCTime writes the contents of a UTCTime.
func (t *TLV) WriteUTCTime(w *record.Writer, key string) {
	if t.Valid() {
		writeString(w.Key(key), t.Value, AppendUTCTime)
		t.writeTruncated(w, key)
	}
}

// WriteGeneralizedTime writes the contents of a GeneralizedTime.
func (t *TLV) WriteGeneralizedTime(w *record.Writer, key string) {
	if t.Valid() {
		writeString(w.Key(key), t.Value, AppendGeneralizedTime)
		t.writeTruncated(w, key)
	}
}

// WriteBits writes the bits of a BIT STRING as an array of 0 and 1.
func (t *TLV) WriteBits(w *record.Writer, key string) {
	if !t.Valid() {
		return
	}
	w.Key(key).Array()
	bits := bitsOf(t.Value)
	for i := range bits.bits {
		if bits.at(i) {
			w.Elem().Uint(1)
		} else {
			w.Elem().Uint(0)
		}
	}
	w.EndArray()
	t.writeTruncated(w, key)
}

// WriteFlags writes the names of the bits of a BIT STRING that are set, as an
// array. Bits beyond the names are left out.
func (t *TLV) WriteFlags(w *record.Writer, key string, names []string) {
	if !t.Valid() {
		return
	}
	w.Key(key).Array()
	bits := bitsOf(t.Value)
	for i, name := range names {
		if i < bits.bits && bits.at(i) {
			w.Elem().Str(name)
		}
	}
	w.EndArray()
	t.writeTruncated(w, key)
}

// WriteValue writes the contents as fits the tag: times, object identifiers,
// bits and most of the string types; everything else, UTF8String included,
// as hexadecimal digits.
func (t *TLV) WriteValue(w *record.Writer, key string) {
	switch t.Tag {
	case UTCTime:
		t.WriteUTCTime(w, key)
	case GeneralizedTime:
		t.WriteGeneralizedTime(w, key)
	case ObjectIdentifier:
		t.WriteOID(w, key)
	case PrintableString, T61String, VideotexString, IA5String, GraphicString, VisibleString:
		t.WriteText(w, key)
	case BitString:
		t.WriteBits(w, key)
	default:
		t.WriteHex(w, key)
	}
}

func (t *TLV) writeTruncated(w *record.Writer, key string) {
	if !t.fits() {
		w.Key("truncated").Str(key)
	}
}

// WriteOID writes an object identifier, given as contents octets, as a
// string: its name, or its numbers where it has none.
func WriteOID(w *record.Writer, contents wire.Cursor) { writeString(w, contents, AppendOID) }

// writeString writes what form makes of contents, straight into w's buffer.
func writeString(w *record.Writer, contents wire.Cursor, form func([]byte, wire.Cursor) []byte) {
	b := form(append(w.Bytes(), '"'), contents)
	w.SetBuffer(append(b, '"'))
}
