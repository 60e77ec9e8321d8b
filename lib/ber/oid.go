package ber

import (
	"strconv"

	"merctools/lib/wire"
)

// OIDName is the name of an object identifier given as contents octets; it is
// empty where it has none.
func OIDName(contents []byte) string { return oidNames[string(contents)] }

var oidNames = func() map[string]string {
	names := make(map[string]string, len(oids))
	for i := range oids {
		names[oids[i].contents] = oids[i].name
	}
	return names
}()

// AppendOID appends the name of an object identifier, or its numbers where it
// has none.
func AppendOID(b []byte, contents wire.Cursor) []byte {
	if name := OIDName(contents); name != "" {
		return append(b, name...)
	}
	return AppendDotted(b, contents)
}

// AppendDotted appends the numbers of an object identifier, with dots between
// them (X.690, section 8.19). It stops before a number that is cut off or
// beyond 64 bits.
func AppendDotted(b []byte, contents wire.Cursor) []byte {
	first, ok := subidentifier(&contents)
	if !ok {
		return b
	}
	root := min(first/40, 2) // two numbers are in one, only the last root has more than 40 children
	b = strconv.AppendUint(b, root, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, first-40*root, 10)
	for contents.More() {
		n, ok := subidentifier(&contents)
		if !ok {
			break
		}
		b = append(b, '.')
		b = strconv.AppendUint(b, n, 10)
	}
	return b
}

// subidentifier reads a number in base 128; all its octets but the last have
// the high bit set.
func subidentifier(c *wire.Cursor) (n uint64, ok bool) {
	for c.More() {
		b := c.Uint8()
		if n>>57 != 0 {
			return 0, false
		}
		n = n<<7 | uint64(b&0x7f)
		if b&0x80 == 0 {
			return n, true
		}
	}
	return 0, false
}
