// Package npf builds Network Protocol Fingerprints: ordered trees of byte
// strings, written with parentheses around every string and list and square
// brackets around a sorted list, bytes as lower-case hexadecimal digits.
//
// The fingerprints of TLS, DTLS and QUIC clients have several formats, which
// differ in what becomes of the extensions ([Format]). A [Builder] makes all of
// them from a message, and a [Converter] from the text of format 0.
package npf

import (
	"strconv"

	"merctools/lib/record"
)

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

	extensions []Extension // of the open list
	order      []uint64    // types and indices of extensions, in the list's order
	repeats    bool        // a list had two extensions of the same type
	ids        []uint64    // of transport parameters
	parameters [][]byte    // the same as text; scratch
	scratch    []byte
}

// Reset forgets the fingerprint.
func (b *Builder) Reset() {
	b.buf, b.typ, b.bad = b.buf[:0], None, false
	b.repeats = false
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

// Full reports whether the fingerprint is too long already: what follows makes no
// difference.
func (b *Builder) Full() bool { return b.bad }

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
	if b.fits(2 * len(s)) {
		b.buf = record.AppendHex(b.buf, s)
	}
}

// Uint8 appends one byte inside an open string.
func (b *Builder) Uint8(v uint8) {
	if b.fits(2) {
		b.buf = record.AppendHexUint(b.buf, uint64(v), 2)
	}
}

// Uint16 appends two bytes, most significant first, inside an open string.
func (b *Builder) Uint16(v uint16) {
	if b.fits(4) {
		b.buf = appendHex16(b.buf, v)
	}
}

// fits reports whether there is room for n digits in a string.
func (b *Builder) fits(n int) bool {
	if len(b.buf)+n >= MaxLen { // a parenthesis must follow
		b.bad = true
		return false
	}
	return true
}

// String appends a whole string: its bytes between parentheses.
func (b *Builder) String(s []byte) {
	b.Open()
	b.Hex(s)
	b.Close()
}

// Text appends characters as they are, such as the word generic.
func (b *Builder) Text(s string) {
	if len(b.buf)+len(s) > MaxLen {
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
