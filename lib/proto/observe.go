package proto

import "merctools/lib/wire"

// Certified is a message that may carry certificates.
type Certified interface {
	// CommonName returns the subject's common name of the first certificate
	// that has one.
	CommonName() (name []byte, ok bool)
}

// An ObjectIdentifier is a message that may carry object identifiers as
// values.
type ObjectIdentifier interface {
	// EachOID calls f with the contents octets (X.690, section 8.19) of each
	// of them.
	EachOID(f func(contents wire.Cursor))
}
