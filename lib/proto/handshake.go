package proto

import "merctools/lib/wire"

// A HandshakeKind says whose cryptographic parameters a Handshake has, and of
// which form they are.
type HandshakeKind uint8

// The kinds of handshakes.
const (
	TLSOffer   HandshakeKind = iota // what a client offers in TLS or QUIC
	TLSChoice                       // what a server chose in TLS
	DTLSOffer                       // what a client offers in DTLS
	DTLSChoice                      // what a server chose in DTLS
	SSHOffer                        // what a client or a server offers in SSH
)

// A Handshake holds the cryptographic parameters of a message. Its slices are
// views into the message, nil where it has none.
type Handshake struct {
	Kind HandshakeKind
	// Whole says that the parameters tell nothing where parts of the message
	// are missing.
	Whole bool

	// Of TLS and DTLS: the code points of all cipher suites, two bytes each,
	// and the extensions (RFC 8446, section 4.2) without the length of all.
	// Version (legacy_version) and Compression, one byte, are a server's.
	CipherSuites wire.Cursor
	Extensions   wire.Cursor
	Version      uint16
	Compression  wire.Cursor

	// Of SSH: comma-separated names (RFC 4251, section 5).
	KeyExchanges    wire.Cursor
	CiphersToServer wire.Cursor
	CiphersToClient wire.Cursor
}

// A Negotiator is a message that offers or chooses cryptographic parameters.
type Negotiator interface {
	// Handshake sets all of h, and reports whether the message has parameters.
	// It is called after Parse has returned true.
	Handshake(h *Handshake) bool
}

// A Noncer is a message with a number that its sender uses once, so that the
// same one from elsewhere tells that the message was passed on.
type Noncer interface {
	// Nonce returns a view of the number.
	Nonce() []byte
}
