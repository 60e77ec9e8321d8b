package ber

import (
	"time"

	"merctools/lib/wire"
)

// malformed takes the place of a time in another form than DER's.
const malformed = "malformed"

// AppendUTCTime appends the contents of a UTCTime, YYMMDDhhmmssZ, as
// "YYYY-MM-DD hh:mm:ssZ" (X.690, section 11.8; years from 50 on are of the
// 20th century, RFC 5280, section 4.1.2.5.1). What has another form becomes
// "malformed". Whether there is such a day and hour is not looked at.
func AppendUTCTime(b []byte, contents wire.Cursor) []byte {
	if len(contents) != 13 || !isTime(contents) {
		return append(b, malformed...)
	}
	if contents[0] < '5' {
		b = append(b, "20"...)
	} else {
		b = append(b, "19"...)
	}
	return appendTime(b, contents)
}

// AppendGeneralizedTime appends the contents of a GeneralizedTime,
// YYYYMMDDhhmmssZ, as "YYYY-MM-DD hh:mm:ssZ" (X.690, section 11.7). What has
// another form becomes "malformed".
func AppendGeneralizedTime(b []byte, contents wire.Cursor) []byte {
	if len(contents) != 15 || !isTime(contents) {
		return append(b, malformed...)
	}
	b = append(b, contents[:2]...)
	return appendTime(b, contents[2:])
}

// isTime reports whether contents are digits and a Z.
func isTime(contents wire.Cursor) bool {
	last := len(contents) - 1
	for _, c := range contents[:last] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return contents[last] == 'Z'
}

// appendTime appends YYMMDDhhmmssZ with marks between the pairs.
func appendTime(b []byte, t wire.Cursor) []byte {
	for i, mark := range [...]byte{'-', '-', ' ', ':', ':'} {
		b = append(b, t[2*i], t[2*i+1], mark)
	}
	return append(b, t[10:]...)
}

// Time is t, a UTCTime or GeneralizedTime in DER (X.690, section 11.7 and
// 11.8), in UTC. ok is false where t is none, or where there is no such day or
// hour.
func (t TLV) Time() (when time.Time, ok bool) {
	var text [len("YYYYMMDDhhmmssZ")]byte
	b := text[:0]
	switch {
	case t.Tag == UTCTime && len(t.Value) == len("YYMMDDhhmmssZ"):
		if b = append(b, "20"...); t.Value[0] >= '5' {
			b = append(b[:0], "19"...)
		}
	case t.Tag != GeneralizedTime:
		return when, false
	}
	b = append(b, t.Value...)
	when, err := time.Parse("20060102150405Z", string(b))
	return when, err == nil && isTime(t.Value)
}
