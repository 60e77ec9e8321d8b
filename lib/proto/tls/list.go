package tls

import (
	"encoding/binary"
	"iter"

	"merctools/lib/wire"
)

// A CodeList is a list of two-byte code points, such as cipher suites, in
// network order. A last odd byte is not part of it.
type CodeList []byte

// Len is the number of code points.
func (l CodeList) Len() int { return len(l) / 2 }

// At returns the code point at index i, which must be less than Len.
func (l CodeList) At(i int) uint16 { return binary.BigEndian.Uint16(l[2*i:]) }

// All returns the code points in their order.
func (l CodeList) All() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for i := range l.Len() {
			if !yield(l.At(i)) {
				return
			}
		}
	}
}

// Contains reports whether v is in the list.
func (l CodeList) Contains(v uint16) bool {
	for i := range l.Len() {
		if l.At(i) == v {
			return true
		}
	}
	return false
}

// IsGREASE reports whether a code point is one that clients offer only to see
// that servers ignore it (RFC 8701, section 2): both of its bytes are the
// same and end in 0xa.
func IsGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// A NameList is the protocol_name_list of an ALPN extension (RFC 7301,
// section 3.1), without its length.
type NameList []byte

// Next reads a name; it returns false at the end. A name that goes beyond the
// end of the list is nil, and is the last.
func (l *NameList) Next() (name []byte, ok bool) {
	c := wire.Cursor(*l)
	if !c.More() {
		return nil, false
	}
	length := c.Uint8()
	name = c.Bytes(int(length))
	*l = NameList(c)
	return name, true
}

// All returns the names in their order.
func (l NameList) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			name, ok := l.Next()
			if !ok || !yield(name) {
				return
			}
		}
	}
}

// parseNameList reads an ALPN extension's value. The list is nil where it has
// not the length that it tells.
func parseNameList(value wire.Cursor) NameList {
	length := value.Uint16()
	return NameList(value.Bytes(int(length)))
}

// A KeyShare is a KeyShareEntry (RFC 8446, section 4.2.8).
type KeyShare struct {
	Group       uint16
	KeyExchange []byte // nil where it goes beyond the end of the list
}

// KeyShares is the client_shares field of a key_share extension, without its
// length.
type KeyShares []byte

// Next reads an entry; it returns false at the end.
func (k *KeyShares) Next() (s KeyShare, ok bool) {
	c := wire.Cursor(*k)
	if !c.More() {
		return s, false
	}
	s.Group = c.Uint16()
	length := c.Uint16()
	s.KeyExchange = c.Bytes(int(length))
	*k = KeyShares(c)
	return s, true
}

// All returns the entries in their order.
func (k KeyShares) All() iter.Seq[KeyShare] {
	return func(yield func(KeyShare) bool) {
		for {
			s, ok := k.Next()
			if !ok || !yield(s) {
				return
			}
		}
	}
}
