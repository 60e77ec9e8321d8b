package detect

import (
	"encoding/binary"

	"merctools/lib/wire"
)

// A Table holds the rules of one transport layer, in the form in which a
// payload can be held against all of them at once. It is read-only once it is
// built, and safe for use by many goroutines.
type Table struct {
	early   []portRule
	masked  [3][]maskRule // by order of trial: 8, then 16, then 4 bytes
	first   [256]uint8    // bit i: some rule in masked[i] allows this first byte
	ports   []portRule
	hasPort [65536 / 64]uint64
	words   map[uint32][]wordRule
	letters [256]bool // first bytes of words
	sizes   []sizeRule
}

type maskRule struct {
	mask, value [2]uint64
	least       int
	length      func(wire.Cursor) int
	kind        Kind
}

type portRule struct {
	port   uint16
	side   Side
	prefix string
	kind   Kind
}

type wordRule struct {
	kind Kind
	home uint16
}

type sizeRule struct {
	size int
	kind Kind
}

// Add adds a rule for a kind. Rules of the same sort are tried in the order
// in which they were added.
func (t *Table) Add(kind Kind, r Rule) {
	switch {
	case r.Mask != "":
		i := maskClass(len(r.Mask))
		m := maskRule{least: len(r.Mask), length: r.Length, kind: kind}
		if r.Least != 0 {
			m.least = r.Least
		}
		var mask, value [16]byte
		copy(mask[:], r.Mask)
		copy(value[:], r.Value)
		for j := range m.mask {
			m.mask[j] = binary.LittleEndian.Uint64(mask[8*j:])
			m.value[j] = binary.LittleEndian.Uint64(value[8*j:])
		}
		t.masked[i] = append(t.masked[i], m)
		for b := range 256 {
			if byte(b)&mask[0] == value[0] {
				t.first[b] |= 1 << i
			}
		}
	case r.Port != 0:
		p := portRule{r.Port, r.Side, r.Prefix, kind}
		if r.Early {
			t.early = append(t.early, p)
			return
		}
		t.ports = append(t.ports, p)
		t.hasPort[r.Port/64] |= 1 << (r.Port % 64)
	case len(r.Words) > 0:
		if t.words == nil {
			t.words = map[uint32][]wordRule{}
		}
		for _, w := range r.Words {
			k := binary.BigEndian.Uint32([]byte(w))
			t.words[k] = append(t.words[k], wordRule{kind, r.HomePort})
			t.letters[w[0]] = true
		}
	case r.Size != 0:
		t.sizes = append(t.sizes, sizeRule{r.Size, kind})
	}
}

func maskClass(n int) int {
	switch n {
	case 8:
		return 0
	case 16:
		return 1
	case 4:
		return 2
	}
	panic("detect: a mask has 4, 8 or 16 bytes")
}

// Find returns the kind of a payload by all rules but those with words and
// sizes.
func (t *Table) Find(payload []byte, src, dst uint16) Kind {
	for i := range t.early {
		if p := &t.early[i]; p.matches(src, dst) && wire.Cursor(payload).HasPrefix(p.prefix) {
			return p.kind
		}
	}
	if len(payload) >= 4 {
		if classes := t.first[payload[0]]; classes != 0 {
			if k := t.byMask(payload, classes); k != None {
				return k
			}
		}
	}
	return t.ByPorts(src, dst)
}

func (t *Table) byMask(payload []byte, classes uint8) Kind {
	var head [2]uint64
	if len(payload) >= 16 {
		head[0] = binary.LittleEndian.Uint64(payload)
		head[1] = binary.LittleEndian.Uint64(payload[8:])
	} else {
		var b [16]byte
		copy(b[:], payload)
		head[0] = binary.LittleEndian.Uint64(b[:])
		head[1] = binary.LittleEndian.Uint64(b[8:])
	}
	for class := range t.masked {
		if classes&(1<<class) == 0 {
			continue
		}
		rules := t.masked[class]
		for i := range rules {
			m := &rules[i]
			if head[0]&m.mask[0] != m.value[0] || head[1]&m.mask[1] != m.value[1] || len(payload) < m.least {
				continue
			}
			if m.length == nil || m.length(payload) == len(payload) {
				return m.kind
			}
		}
	}
	return None
}

// ByPorts returns the kind that the ports alone stand for.
func (t *Table) ByPorts(src, dst uint16) Kind {
	if t.hasPort[src/64]>>(src%64)&1 == 0 && t.hasPort[dst/64]>>(dst%64)&1 == 0 {
		return None
	}
	for i := range t.ports {
		if p := &t.ports[i]; p.matches(src, dst) {
			return p.kind
		}
	}
	return None
}

func (p *portRule) matches(src, dst uint16) bool {
	switch p.side {
	case Source:
		return src == p.port
	case Destination:
		return dst == p.port
	case Both:
		return src == p.port && dst == p.port
	}
	return src == p.port || dst == p.port
}

// ByWord appends to kinds those whose first word begins the payload, in the
// order in which they are to be tried.
func (t *Table) ByWord(kinds []Kind, payload []byte, dst uint16) []Kind {
	if len(payload) < 4 || !t.letters[payload[0]] {
		return kinds
	}
	rules := t.words[binary.BigEndian.Uint32(payload)]
	home := -1
	if len(rules) > 1 {
		for i, r := range rules {
			if r.home == dst && r.home != 0 {
				home = i
				kinds = append(kinds, r.kind)
				break
			}
		}
	}
	for i, r := range rules {
		if i != home {
			kinds = append(kinds, r.kind)
		}
	}
	return kinds
}

// HasWord reports whether ByWord finds a kind.
func (t *Table) HasWord(payload []byte) bool {
	return len(payload) >= 4 && t.letters[payload[0]] && len(t.words[binary.BigEndian.Uint32(payload)]) > 0
}

// BySize returns the kind of which all messages have the payload's length.
func (t *Table) BySize(n int) Kind {
	for _, s := range t.sizes {
		if s.size == n {
			return s.kind
		}
	}
	return None
}
