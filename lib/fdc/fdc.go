// Package fdc reads and writes fingerprint and destination contexts (FDC): what
// a message tells of its sender, as a CBOR object (RFC 8949) that other programs
// classify by.
//
// There are two versions. Version 1 is a context in the narrow sense: the
// fingerprint, the name and address of the server, the user agent. Version 2 is
// a map with the fingerprint, the names of protocols, and what is known of the
// message beyond that. fdc.cddl describes both (RFC 8610).
//
// A [Writer] appends CBOR to a buffer, and allocates nothing. Maps and arrays
// have indefinite lengths, as readers of these objects expect.
package fdc

// The versions of objects.
const (
	Version1 = 1
	Version2 = 2
)

// Truncation says whether a message is whole, and how it came to be.
type Truncation uint8

// What Truncation can say.
const (
	Whole                Truncation = iota // in one packet
	Reassembled                            // from several packets
	Truncated                              // parts are missing
	ReassembledTruncated                   // from several packets, and parts are missing
	Unknown                                // the object does not tell
)

var truncationNames = [...]string{"none", "reassembled", "truncated", "reassembled_truncated", "unknown"}

// String is the name that decoded objects have for it.
func (t Truncation) String() string {
	if int(t) < len(truncationNames) {
		return truncationNames[t]
	}
	return truncationNames[Unknown]
}

// TruncationOf returns what is said of a message.
func TruncationOf(reassembled, truncated bool) Truncation {
	switch {
	case reassembled && truncated:
		return ReassembledTruncated
	case reassembled:
		return Reassembled
	case truncated:
		return Truncated
	}
	return Whole
}

// A Context is an object of version 1, or what an object of version 2 has of
// one: it lacks the address and the port.
type Context struct {
	Version     int
	Fingerprint []byte // NPF's text; empty where there is none
	ServerName  []byte
	Address     []byte // of the server, as text
	Port        uint16 // of the server
	UserAgent   []byte
	Truncation  Truncation

	agent []byte // scratch
}

// Write appends the context as an object of version 1. It reports whether the
// fingerprint is one that these objects have; otherwise it appends nothing.
func (c *Context) Write(w *Writer) bool {
	start := w.Len()
	w.Map()
	w.Uint(Version1)
	w.Array()
	if !w.Fingerprint(c.Fingerprint) {
		w.Reset(start)
		return false
	}
	w.Text(c.ServerName)
	w.Text(c.Address)
	w.Uint(uint64(c.Port))
	w.Text(c.UserAgent)
	w.Uint(uint64(c.Truncation))
	w.End()
	w.End()
	return true
}
