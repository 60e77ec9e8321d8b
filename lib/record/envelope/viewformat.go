package envelope

import (
	"bytes"

	"merctools/lib/npf"
	"merctools/lib/record"
)

// readFingerprint finds NPF's fingerprint among the others.
func (v *View) readFingerprint(fingerprints []byte) {
	offset := cap(v.line) - cap(fingerprints)
	var m record.Member
	for s := record.Scan(fingerprints); s.Next(&m); {
		span := Span{offset + m.Start, offset + m.End}
		t := npf.TypeByName(m.Name)
		switch {
		case t == npf.None:
			if v.further.Empty() {
				v.further.From = span.From
			}
			v.further.To = span.To
		case v.Type == npf.None:
			v.Type = t
			v.fingerprint = span
			v.Fingerprint = record.Quoted(m.Value)
			v.FingerprintAt = cap(v.line) - cap(v.Fingerprint)
		}
	}
	if v.Type == npf.None { // it is too long in the format of the record
		if formats := record.ScanArray(v.formats); formats.Next() {
			name, _, _ := bytes.Cut(record.Quoted(formats.Value), []byte{'/'})
			v.Type = npf.TypeByName(name)
		}
	}
}

// FingerprintMember returns where NPF's fingerprint is in the member
// fingerprints, with a comma. ok is false where there is none, or it is alone
// there.
func (v *View) FingerprintMember() (s Span, ok bool) {
	if v.fingerprint.Empty() || v.further.Empty() {
		return Span{}, false
	}
	return v.withComma(v.fingerprint), true
}

// FurtherAt returns the offset of the first member in fingerprints that is not
// NPF's, or -1.
func (v *View) FurtherAt() int {
	if v.further.Empty() {
		return -1
	}
	return v.further.From
}

// InFormat returns the fingerprint of a client in the format that tls says for
// TLS and DTLS, and quic for QUIC: from the context, if it is there, or else
// converted. It is empty where the message has none in that format. ok is
// false where the format can't be made of the one that is there.
func (v *View) InFormat(c *npf.Converter, tls, quic int) (fp []byte, ok bool) {
	format := tls
	switch v.Type {
	case npf.TLS, npf.DTLS:
	case npf.QUIC:
		format = quic
	default:
		return v.Fingerprint, true
	}
	if v.formats != nil {
		if fp, ok := v.contextFormat(format); ok {
			return fp, true
		}
	}
	if v.FingerprintAt < 0 {
		return nil, true
	}
	return c.Convert(v.Type, v.Fingerprint, format)
}

// contextFormat returns the fingerprint that the context has in a format.
func (v *View) contextFormat(format int) (fp []byte, ok bool) {
	for formats := record.ScanArray(v.formats); formats.Next(); {
		text := record.Quoted(formats.Value)
		rest, ok := bytes.CutPrefix(text, []byte(v.Type.String()))
		if !ok || len(rest) < 3 || rest[0] != '/' || rest[1] != byte('0'+format) || rest[2] != '/' {
			continue
		}
		if len(rest) == 3 {
			return nil, true
		}
		return text, true
	}
	return nil, false
}
