package fdc

import "encoding/binary"

// Major types (RFC 8949, section 3.1), in the upper bits of an initial byte.
const (
	majorUint  = 0 << 5
	majorBytes = 2 << 5
	majorText  = 3 << 5
	majorArray = 4 << 5
	majorMap   = 5 << 5
	majorTag   = 6 << 5
	majorOther = 7 << 5

	majorMask = 7 << 5
	infoMask  = 1<<5 - 1
)

// Initial bytes of items without an argument.
const (
	indefinite = 31 // added to a major type
	breakByte  = majorOther | indefinite
	falseByte  = majorOther | 20
	trueByte   = majorOther | 21
	nullByte   = majorOther | 22
)

// A Writer appends CBOR to a buffer that it owns. The zero Writer is ready.
type Writer struct {
	buf []byte
}

// Bytes is what was written so far; it is valid until the next write.
func (w *Writer) Bytes() []byte { return w.buf }

// SetBuffer makes w append to buf.
func (w *Writer) SetBuffer(buf []byte) { w.buf = buf }

// Len is the number of bytes written so far.
func (w *Writer) Len() int { return len(w.buf) }

// Reset cuts the output back to its first n bytes.
func (w *Writer) Reset(n int) { w.buf = w.buf[:n] }

// Map opens a map of indefinite length.
func (w *Writer) Map() { w.buf = append(w.buf, majorMap|indefinite) }

// Array opens an array of indefinite length.
func (w *Writer) Array() { w.buf = append(w.buf, majorArray|indefinite) }

// End closes the innermost open map or array.
func (w *Writer) End() { w.buf = append(w.buf, breakByte) }

// Uint writes an unsigned integer.
func (w *Writer) Uint(v uint64) { w.head(majorUint, v) }

// Tag writes the number of a tag, which the next item is the content of.
func (w *Writer) Tag(number uint64) { w.head(majorTag, number) }

// FingerprintTag writes the tag of a fingerprint, which must follow.
func (w *Writer) FingerprintTag() { w.Tag(tagFingerprint) }

// ByteString writes a byte string.
func (w *Writer) ByteString(s []byte) {
	w.head(majorBytes, uint64(len(s)))
	w.buf = append(w.buf, s...)
}

// Text writes a text string. Its bytes are not checked: those from a packet may
// be none of UTF-8.
func (w *Writer) Text(s []byte) {
	w.head(majorText, uint64(len(s)))
	w.buf = append(w.buf, s...)
}

// Key writes a text string of the program's own, such as the key of a member of
// a map, whose value follows.
func (w *Writer) Key(s string) *Writer {
	w.head(majorText, uint64(len(s)))
	w.buf = append(w.buf, s...)
	return w
}

// TextMember writes a member of a map, unless the value is empty.
func (w *Writer) TextMember(key string, value []byte) {
	if len(value) > 0 {
		w.Key(key).Text(value)
	}
}

// BytesMember writes a member of a map, unless the value is empty.
func (w *Writer) BytesMember(key string, value []byte) {
	if len(value) > 0 {
		w.Key(key).ByteString(value)
	}
}

// Protocol writes the member with the names of protocols, of which there is
// one.
func (w *Writer) Protocol(name string) {
	w.Key("protocols").Array()
	w.Key(name)
	w.End()
}

// head writes an initial byte and its argument, in as few bytes as there can be
// (RFC 8949, section 4.2.1).
func (w *Writer) head(major byte, v uint64) {
	switch {
	case v < 24:
		w.buf = append(w.buf, major|byte(v))
	case v < 1<<8:
		w.buf = append(w.buf, major|24, byte(v))
	case v < 1<<16:
		w.buf = binary.BigEndian.AppendUint16(append(w.buf, major|25), uint16(v))
	case v < 1<<32:
		w.buf = binary.BigEndian.AppendUint32(append(w.buf, major|26), uint32(v))
	default:
		w.buf = binary.BigEndian.AppendUint64(append(w.buf, major|27), v)
	}
}
