// Package npf builds Network Protocol Fingerprints: ordered trees of byte
// strings, written with parentheses around every string and list and square
// brackets around a sorted list, bytes as lower-case hexadecimal digits.
//
// The fingerprints of TLS, DTLS and QUIC clients have several formats, which
// differ in what becomes of the extensions ([Format]). A [Builder] makes all of
// them from a message, and a [Converter] from the text of format 0.
package npf

import "strconv"

// MaxLen is the length in bytes of the longest fingerprint. One that would be
// longer is no fingerprint at all.
//
// Quirk Q31: a longer one is none.
const MaxLen = 8191

// A Type says what a fingerprint is made from; its name begins the string.
type Type uint8

// The types, in the order of the numbers that other programs use for them.
const (
	None Type = iota
	TLS
	TLSServer
	HTTP
	HTTPServer
	SSH
	SSHKex
	TCP
	DHCP
	SMTPServer
	DTLS
	DTLSServer
	QUIC
	TCPServer
	OpenVPN
	Tofsee
	STUN
	SSHInit
	SSHServer
	SSHKexServer
	SSHInitServer
	numTypes
)

var names = [numTypes]string{
	"unknown", "tls", "tls_server", "http", "http_server", "ssh", "ssh_kex", "tcp", "dhcp",
	"smtp_server", "dtls", "dtls_server", "quic", "tcp_server", "openvpn", "tofsee", "stun",
	"ssh_init", "ssh_server", "ssh_kex_server", "ssh_init_server",
}

// String is the name that begins the fingerprint and is its key in a record.
func (t Type) String() string {
	if t >= numTypes {
		return names[None]
	}
	return names[t]
}

// A Builder appends one fingerprint after another to the same buffer. The
// zero Builder is ready and holds none.
type Builder struct {
	buf []byte
	typ Type
	bad bool // there is no fingerprint

	extensions []extension // of the open list
	unbounded  bool        // the list may be longer than the fingerprint is in the end
	repeats    bool        // a list had two extensions of the same type
	unsorted   []byte      // scratch: the list as it came
	order      []uint64    // scratch: types and indices of extensions
	parameters [][]byte    // scratch
}

// Reset forgets the fingerprint.
func (b *Builder) Reset() {
	b.buf, b.typ, b.bad = b.buf[:0], None, false
	b.unbounded, b.repeats = false, false
}

// Begin starts a fingerprint: its type, and its format where that is not 0.
func (b *Builder) Begin(t Type, format int) {
	b.Reset()
	b.typ = t
	b.buf = append(b.buf, t.String()...)
	b.buf = append(b.buf, '/')
	if format != 0 {
		b.buf = strconv.AppendInt(b.buf, int64(format), 10)
		b.buf = append(b.buf, '/')
	}
}

// Discard says that the message gives no fingerprint after all.
func (b *Builder) Discard() { b.typ = None }

// Type is the type of the fingerprint, None where there is none.
func (b *Builder) Type() Type {
	if b.bad || len(b.buf) > MaxLen {
		return None
	}
	return b.typ
}

// Bytes is the fingerprint, valid until the next Reset or Begin; it is empty
// where there is none.
func (b *Builder) Bytes() []byte {
	if b.Type() == None {
		return nil
	}
	return b.buf
}

// Open begins a list or a string, Close ends it.
func (b *Builder) Open() { b.buf = append(b.buf, '(') }

// Close ends what Open began.
func (b *Builder) Close() { b.buf = append(b.buf, ')') }

// Hex appends bytes inside an open string.
func (b *Builder) Hex(s []byte) {
	const digits = "0123456789abcdef"
	if len(b.buf)+2*len(s) >= MaxLen && !b.unbounded { // a parenthesis must follow
		b.bad = true
		return
	}
	for _, c := range s {
		b.buf = append(b.buf, digits[c>>4], digits[c&15])
	}
}

// Uint8 appends one byte inside an open string.
func (b *Builder) Uint8(v uint8) { b.Hex([]byte{v}) }

// Uint16 appends two bytes, most significant first, inside an open string.
func (b *Builder) Uint16(v uint16) { b.Hex([]byte{byte(v >> 8), byte(v)}) }

// String appends a whole string: its bytes between parentheses.
func (b *Builder) String(s []byte) {
	b.Open()
	b.Hex(s)
	b.Close()
}

// Text appends characters as they are, such as the word generic.
func (b *Builder) Text(s string) {
	if len(b.buf)+len(s) > MaxLen && !b.unbounded {
		b.bad = true
		return
	}
	b.buf = append(b.buf, s...)
}

// TypeByName is the type with a name, or None.
func TypeByName(name []byte) Type {
	for t := TLS; t < numTypes; t++ {
		if names[t] == string(name) {
			return t
		}
	}
	return None
}
