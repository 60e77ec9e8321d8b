// Package ber reads the Basic Encoding Rules of ASN.1 (X.690) the way a
// passive observer has to: it takes what is there, of values that are cut off
// and of structures that are wrong, and says what it could not read.
//
// Values are views into the bytes they were read from. Of the encoding rules,
// tags are single octets and lengths are definite; nothing is checked that is
// not needed to find the end of a value.
package ber

import "merctools/lib/wire"

// Identifier octets of the universal types (X.680, section 8.6). SEQUENCE and
// SET include the bit that marks a constructed encoding.
const (
	Boolean          = 0x01
	Integer          = 0x02
	BitString        = 0x03
	OctetString      = 0x04
	Null             = 0x05
	ObjectIdentifier = 0x06
	UTF8String       = 0x0c
	NumericString    = 0x12
	PrintableString  = 0x13
	T61String        = 0x14
	VideotexString   = 0x15
	IA5String        = 0x16
	UTCTime          = 0x17
	GeneralizedTime  = 0x18
	GraphicString    = 0x19
	VisibleString    = 0x1a
	UniversalString  = 0x1c
	BMPString        = 0x1e
	Sequence         = 0x30
	Set              = 0x31
)

// Any stands for an expected tag where every tag will do.
const Any = 0x00

// Context is the identifier octet of the context-specific tag [n] in a
// primitive encoding; n is less than 31.
func Context(n uint8) uint8 { return 0x80 + n }

// ContextConstructed is the identifier octet of the context-specific tag [n]
// in a constructed encoding; n is less than 31.
func ContextConstructed(n uint8) uint8 { return 0xa0 + n }

// A Class is the class of a tag (X.690, section 8.1.2.2).
type Class uint8

// The four classes.
const (
	Universal Class = iota
	Application
	ContextSpecific
	Private
)

// A TLV is one encoded value: identifier octet, length and contents. The zero
// TLV is one that could not be read.
type TLV struct {
	Tag    uint8       // identifier octet: class, constructed, number
	Length uint64      // what the length octets say, the last 64 bits of it
	Value  wire.Cursor // contents octets; failed where there are none to read
}

// Read reads a value with any tag. Where values come by the hundreds, Parse into a
// variable takes half the time: the caller copies what is returned, and a processor
// waits for that when it was written just before.
func Read(c *wire.Cursor) TLV {
	var t TLV
	t.Parse(c, Any)
	return t
}

// ReadTag reads a value that has the given tag. Where another one comes next,
// c fails.
func ReadTag(c *wire.Cursor, tag uint8) TLV {
	var t TLV
	t.Parse(c, tag)
	return t
}

// Parse reads a value into t. Where there is none, or one with another tag
// than the expected one, c fails and t stays as it was. The contents end with
// c where the length says more: such a value is truncated, which is no
// failure.
//
// Where the length is indefinite or cut off, c fails; t gets the tag and what
// is known of the length, but keeps the contents it had. It also keeps them,
// without a failure, where c ends behind the length.
func (t *TLV) Parse(c *wire.Cursor, expected uint8) {
	head := c.Bytes(2)
	if head.Failed() {
		return
	}
	if expected != Any && head[0] != expected {
		c.Fail()
		return
	}
	t.Tag, t.Length = head[0], uint64(head[1])
	// Quirk Q117: BER allows it.
	if head[1] == indefinite {
		c.Fail()
		return
	}
	if head[1] > indefinite {
		t.Length = 0
		for _, b := range c.Bytes(int(head[1] & 0x7f)) {
			t.Length = t.Length<<8 | uint64(b)
		}
	}
	if c.More() {
		// Longer contents than 32 bits can count are not meant seriously.
		t.Value = c.UpTo(int(min(uint64(uint32(t.Length)), uint64(c.Len()))))
	}
}

// indefinite is the length octet of contents that end with an end marker
// (X.690, section 8.1.3.6).
const indefinite = 0x80

// Ok reports whether there are contents, be they empty or truncated.
func (t *TLV) Ok() bool { return t.Value.Ok() }

// Valid reports whether there is something to say about the contents: that
// they have octets, or that they are empty as the length has it.
func (t *TLV) Valid() bool { return t.Value.More() || t.Length == 0 }

// Complete reports whether the contents are as long as the length says.
func (t *TLV) Complete() bool { return t.Ok() && t.fits() }

// Truncated reports whether there are contents, but not as many as the length
// says.
func (t *TLV) Truncated() bool { return t.Ok() && !t.fits() }

func (t *TLV) fits() bool { return uint64(t.Value.Len()) == t.Length }

// Class is the class of the tag.
func (t *TLV) Class() Class { return Class(t.Tag >> 6) }

// Number is the number of the tag; 31 announces a longer one, which is taken
// for contents.
func (t *TLV) Number() uint8 { return t.Tag & 0x1f }

// Constructed reports whether the contents are said to be values themselves.
func (t *TLV) Constructed() bool { return t.Tag&0x20 != 0 }

// Equal reports whether t and u have the same tag, length and contents.
func (t *TLV) Equal(u *TLV) bool {
	return t.Tag == u.Tag && t.Length == u.Length && t.Ok() == u.Ok() && string(t.Value) == string(u.Value)
}
