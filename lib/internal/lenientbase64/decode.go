// Package lenientbase64 decodes base64 as packets have it (RFC 4648, section 4). It
// takes more than the standard library does, so that what somebody sent can
// be shown even where it is not quite right.
package lenientbase64

// groupLen is the number of characters that three bytes are written in.
const groupLen = 4

// bad marks bytes that cannot stand in base64.
const bad = 0xff

// values are the six bits that each byte stands for. The padding character
// stands for zeros wherever it is, and so do bytes far beyond ASCII.
var values = func() (v [256]uint8) {
	// Quirk Q58: bytes beyond ASCII count as zeros.
	for i := range 0x88 {
		v[i] = bad
	}
	for i := range uint8(26) {
		v['A'+i] = i
		v['a'+i] = 26 + i
	}
	for i := range uint8(10) {
		v['0'+i] = 52 + i
	}
	v['+'], v['/'], v['='] = 62, 63, 0
	return v
}()

// Decode writes what src stands for into buf, and returns the part of buf that
// it filled. That is empty where the length of src is no multiple of four,
// where src has a byte that cannot stand in base64, and where buf is too
// short: it must have a byte to spare, in which the second byte of a padded
// last group may go.
func Decode(buf, src []byte) []byte {
	if len(src) == 0 || len(src)%groupLen != 0 {
		return nil
	}
	full := len(src)
	padded := src[full-1] == '='
	size := full / groupLen * 3
	if padded {
		full -= groupLen
		size -= 2
	}
	if size >= len(buf) {
		return nil
	}
	n := 0
	for i := 0; i < full; i += groupLen {
		a, b, c, d := values[src[i]], values[src[i+1]], values[src[i+2]], values[src[i+3]]
		if a == bad || b == bad || c == bad || d == bad {
			return nil
		}
		buf[n] = a<<2 | b>>4
		buf[n+1] = b<<4 | c>>2
		buf[n+2] = c<<6 | d
		n += 3
	}
	if !padded {
		return buf[:n]
	}
	a, b, c := values[src[full]], values[src[full+1]], values[src[full+2]]
	if a == bad || b == bad || c == bad {
		return nil
	}
	buf[n] = a<<2 | b>>4
	n++
	if src[full+2] != '=' {
		buf[n] = b<<4 | c>>2
		n++
	}
	return buf[:n]
}
