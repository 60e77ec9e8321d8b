package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strconv"
)

// A Mask replaces secrets by their length and a keyed hash. A Writer has one
// of its own: it must not be used by more than one goroutine at a time.
type Mask struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

// MaskHashLen is how many bytes of the hash a masked value shows, each in two
// hexadecimal digits.
const MaskHashLen = 8

// MaskPrefix is what a masked value begins with. Its length in bytes follows,
// and, unless the value is too easily guessed, a colon and the hash.
const MaskPrefix = "masked:"

// maskedLen is the length of the longest masked value, with its 19 digits.
const maskedLen = len(MaskPrefix) + 19 + 1 + 2*MaskHashLen

// NewMask returns a Mask. Values that are equal have equal hashes where the
// key is the same; whoever has the key can try values until one fits.
func NewMask(key []byte) *Mask { return &Mask{mac: hmac.New(sha256.New, key)} }

// Append appends what stands for a value: MaskPrefix, the number of its bytes,
// a colon and the beginning of its HMAC-SHA-256 (RFC 2104).
func (m *Mask) Append(b, value []byte) []byte {
	b = appendHidden(b, value)
	m.mac.Reset()
	m.mac.Write(value)
	b = append(b, ':')
	return AppendHex(b, m.mac.Sum(m.sum[:0])[:MaskHashLen])
}

func appendHidden(b, value []byte) []byte {
	return strconv.AppendInt(append(b, MaskPrefix...), int64(len(value)), 10)
}

// SetMask has the Writer mask what its Secret methods are given. Without a
// mask, or with nil, they write the value.
func (w *Writer) SetMask(m *Mask) { w.mask = m }

// Masks reports whether secrets are masked.
func (w *Writer) Masks() bool { return w.mask != nil }

// SecretText is Text for a password, a token or the like.
func (w *Writer) SecretText(s []byte) {
	if !w.masked(s) {
		w.Text(s)
	}
}

// SecretHex is Hex for a password, a token or the like.
func (w *Writer) SecretHex(s []byte) {
	if !w.masked(s) {
		w.Hex(s)
	}
}

// SecretBase64 is Base64 for a password, a token or the like.
func (w *Writer) SecretBase64(s []byte) {
	if !w.masked(s) {
		w.Base64(s)
	}
}

// SecretStr is StrBytes for a string that lets one search for a password.
func (w *Writer) SecretStr(s []byte) {
	start := len(w.buf)
	w.StrBytes(s)
	if w.mask == nil || len(s) == 0 {
		return
	}
	// What is hashed is the copy in the buffer: s may be on the stack.
	var room [maskedLen]byte
	masked := w.mask.Append(room[:0], w.buf[start+1:len(w.buf)-1])
	w.buf = append(w.buf[:start+1], masked...)
	w.buf = append(w.buf, '"')
}

// SecretKeys is Text for what a person types. Masked, it shows its length
// only: the echo of single keys would tell which hash stands for which.
func (w *Writer) SecretKeys(s []byte) {
	if w.mask == nil || len(s) == 0 {
		w.Text(s)
		return
	}
	w.buf = append(w.buf, '"')
	w.buf = appendHidden(w.buf, s)
	w.buf = append(w.buf, '"')
}

// masked writes what stands for a secret, if there is one and secrets are masked.
func (w *Writer) masked(s []byte) bool {
	if w.mask == nil || len(s) == 0 {
		return false
	}
	w.buf = append(w.buf, '"')
	w.buf = w.mask.Append(w.buf, s)
	w.buf = append(w.buf, '"')
	return true
}

// A TextWriter writes a string from a packet in parts, of which some are
// secrets.
type TextWriter struct{ w *Writer }

// OpenText begins a string; Close ends it.
func (w *Writer) OpenText() TextWriter {
	w.buf = append(w.buf, '"')
	return TextWriter{w}
}

// Text appends what Writer.Text writes.
func (t TextWriter) Text(s []byte) { t.w.buf = AppendText(t.w.buf, s) }

// Secret appends a secret, masked where the Writer does that.
func (t TextWriter) Secret(s []byte) {
	if t.w.mask == nil || len(s) == 0 {
		t.Text(s)
		return
	}
	t.w.buf = t.w.mask.Append(t.w.buf, s)
}

// Close ends the string.
func (t TextWriter) Close() { t.w.buf = append(t.w.buf, '"') }
