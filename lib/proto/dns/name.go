package dns

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

const (
	headerLen   = 12  // bytes of a message before its first question
	maxNameLen  = 256 // bytes of a name in the form in which it is written
	maxPointers = 16  // compression pointers that are followed in one name
)

// NetBIOSNameLen is the number of bytes in a NetBIOS name.
const NetBIOSNameLen = 16

// A Name is a domain name, written as its labels with a dot after each. Its
// memory is its own, so that it can be reused but not copied cheaply.
type Name struct {
	buf     [maxNameLen]byte
	n       int
	invalid bool
	netbios bool
	root    bool // with Options.Deep: the root is a name, "."

	// Most names of a message are pointers to the same one, which is not read again.
	recalls bool // all names are of a message, until from is set to 0
	from    int  // the offset in the message where the name stands; 0: unknown

	hops *hops // in the message; nil where it has few names
}

// again reports whether a name is nothing but a pointer to the one that is here.
func (m *Name) again(c *wire.Cursor) bool {
	s := *c
	if m.from == 0 || len(s) < 2 || s[0]&pointer == 0 || int(s[0]&^pointer)<<8|int(s[1]) != m.from {
		return false
	}
	*c = s[2:]
	return true
}

// Parse reads a name (RFC 1035, section 4.1.4). msg is the part of the
// message that follows its header of 12 bytes, in which compression pointers
// point; their offsets count the header.
//
// A name that ends too early is kept as far as it goes. A name that is too
// long becomes invalid, and of the labels that are left only the length bytes
// are passed over, as if each of the others were a length too.
func (m *Name) Parse(c *wire.Cursor, msg wire.Cursor) {
	if m.again(c) {
		return
	}
	m.n, m.from, m.invalid, m.netbios = 0, 0, false, false
	if m.readWhole(c, nil) || m.readLabels(c, msg) {
		m.netbios = m.looksLikeNetBIOS()
	}
}

// readWhole reads what is left of a name in one piece, as of most: no pointers, and
// not too long. It moves the labels at once, each length byte to become the dot of
// the label before it. It reports false where that can't be done: it has read the
// labels before a pointer then, and otherwise nothing.
func (m *Name) readWhole(c *wire.Cursor, hops []uint16) bool {
	s := *c
	if len(s) == 0 || s[0] == 0 || s[0]&pointer != 0 {
		return false // the root, or a pointer
	}
	buf := m.buf[m.n:]
	const (
		short = 64 // a copy of a fixed size is twice as fast
		all   = 2 * maxNameLen
	)
	moved, end := all, 1+int(s[0])
	switch {
	case len(hops) > 0 && hops[0] > 0:
		copy(buf, s[1:])
		end = hop(buf, s, hops)
	case len(s) > short && len(buf) > short:
		copy(buf[:short], s[1:])
		moved = short
	default:
		copy(buf, s[1:])
	}
	for {
		if end > moved {
			copy(buf[short:], s[1+short:])
			moved = all
		}
		if end >= len(s) || end >= len(buf) {
			return false
		}
		buf[end-1] = '.'
		length := s[end]
		if length == 0 || length&pointer != 0 {
			m.n += end
			*c = s[end:]
			if length == 0 {
				*c = s[end+1:]
			}
			return length == 0
		}
		end += 1 + int(length)
	}
}

// pointer marks a compression pointer where a label's length would be.
//
// Quirk Q65: either bit does; RFC 1035 wants both.
const pointer = 0xc0

// readLabels reports whether the name did not begin with a pointer to
// nowhere, behind any labels of its own.
func (m *Name) readLabels(c *wire.Cursor, msg wire.Cursor) bool {
	var target wire.Cursor
	at := c
	for pointers := 0; at.More(); {
		length := at.Uint8()
		switch {
		case length == 0:
			if m.root && m.n == 0 && !m.invalid {
				m.buf[0], m.n = '.', 1
			}
			return true
		case length&pointer == 0:
			m.addLabel(at, int(length))
			if m.invalid && at == &target {
				return true // nothing can come of it
			}
		default:
			offset := int(length&^pointer)<<8 | int(at.Uint8())
			if offset < headerLen || offset >= len(msg) {
				at.Rest()
				return pointers > 0
			}
			if pointers++; pointers > maxPointers {
				return true
			}
			target = msg
			target.Skip(offset - headerLen)
			if at = &target; m.recalls && m.n == 0 && pointers == 1 {
				m.from = offset
			}
			if !m.invalid && m.readWhole(at, m.hops.from(offset)) {
				return true
			}
		}
	}
	return true
}

func (m *Name) addLabel(c *wire.Cursor, length int) {
	// Quirk Q66: the label is not passed over.
	if m.invalid || m.n+length > maxNameLen {
		m.invalid = true
		return
	}
	m.n += copy(m.buf[m.n:], c.Bytes(length))
	if m.n == maxNameLen {
		m.invalid = true
		return
	}
	m.buf[m.n] = '.'
	m.n++
}

// Valid reports whether the name is not too long.
func (m *Name) Valid() bool { return !m.invalid }

// present reports whether the name can be that of a record: there is one, it
// is not the root, and it does not fill the buffer to the last byte.
//
// Quirk Q63: the root does not count.
func (m *Name) present() bool { return !m.invalid && m.n > 0 && m.n < maxNameLen }

// Bytes is the name; it is empty for the root and where it is not valid.
func (m *Name) Bytes() []byte {
	if m.invalid {
		return nil
	}
	return m.buf[:m.n]
}

// looksLikeNetBIOS reports whether the name is one label of 32 letters from A
// to P: 16 bytes, each written as two letters (RFC 1001, section 14.1).
func (m *Name) looksLikeNetBIOS() bool {
	const length = 2*NetBIOSNameLen + len(".")
	if m.invalid || m.n != length {
		return false
	}
	for _, b := range m.buf[:length-1] {
		if b < 'A' || b > 'P' {
			return false
		}
	}
	return true
}

// IsNetBIOS reports whether the name is an encoded NetBIOS name.
func (m *Name) IsNetBIOS() bool { return m.netbios }

// NetBIOS decodes a NetBIOS name. The last of its bytes is its type.
func (m *Name) NetBIOS() (name [NetBIOSNameLen]byte) {
	for i := range name {
		name[i] = (m.buf[2*i]-'A')<<4 | (m.buf[2*i+1]-'A')&0xf
	}
	return name
}

// write writes the name, decoded if it is a NetBIOS name.
func (m *Name) write(w *record.Writer) {
	if m.netbios {
		name := m.NetBIOS()
		w.Text(name[:])
		return
	}
	w.Text(m.Bytes())
}
