package record

import (
	"bytes"
	"slices"
)

// A Normalizer rewrites members of records as a Plan says. It is for one
// goroutine at a time, and does not allocate once its buffers have grown.
type Normalizer struct {
	plan *node
	src  []byte
	out  []byte
	bad  bool // src is not what it should be

	from, to int // of src: copied, but not yet in out
	members  []entry
	order    []int32

	second int64  // that date is of
	date   []byte // a time without its decimals; empty before the first
}

// NewNormalizer returns a Normalizer.
func (p *Plan) NewNormalizer() *Normalizer { return &Normalizer{plan: p.root} }

// Normalize rewrites the members that w has from an offset on: of an object that
// is not closed yet, with the comma before them, if there is one, and without
// any space. It returns false, and leaves them as they are, where they aren't
// that.
func (n *Normalizer) Normalize(w *Writer, start int) bool {
	if len(w.buf) == start {
		return true
	}
	n.src = w.buf[start:]
	n.out, n.members, n.bad = append(n.out[:0], '{'), n.members[:0], false
	n.from, n.to = 0, 0
	at := 0
	if n.src[0] == ',' {
		at++
	}
	comma := at
	if at = n.object(n.plan, at, len(n.src)); n.bad || at != len(n.src) {
		n.src = nil
		return false
	}
	if n.from == comma && n.to == len(n.src) && len(n.out) == 1 {
		n.src = nil
		return true // nothing has changed
	}
	n.flush()
	n.src = nil
	if len(n.out) == 1 {
		w.buf = w.buf[:start]
		return true
	}
	w.buf = append(w.buf[:start+comma], n.out[1:]...)
	return true
}

// fail ends the walk.
func (n *Normalizer) fail() int {
	n.bad = true
	return len(n.src)
}

// peek is the byte at an offset; 0 behind the end.
func (n *Normalizer) peek(at int) byte {
	if at < len(n.src) {
		return n.src[at]
	}
	return 0
}

// skip returns the offset behind a value.
func (n *Normalizer) skip(at int) int {
	end, ok := skipValue(n.src, at)
	if !ok {
		return n.fail()
	}
	return end
}

// flush appends what was copied.
func (n *Normalizer) flush() {
	n.out = append(n.out, n.src[n.from:n.to]...)
	n.from = n.to
}

// put copies a part of the source.
func (n *Normalizer) put(from, to int) {
	if n.from == n.to || n.to != from {
		n.flush()
		n.from = from
	}
	n.to = to
}

// add copies a member or an element.
func (n *Normalizer) add(from, to int) {
	if n.from < n.to && n.to+1 == from && n.src[n.to] == ',' && !n.opened() {
		n.to = to
		return
	}
	n.comma()
	n.put(from, to)
}

// opened reports whether an object or array begins with what comes next.
func (n *Normalizer) opened() bool {
	last := n.out[len(n.out)-1]
	if n.from < n.to {
		last = n.src[n.to-1]
	}
	return last == '{' || last == '['
}

// comma puts one before the next member or element, where it isn't the first.
func (n *Normalizer) comma() {
	if !n.opened() {
		n.flush()
		n.out = append(n.out, ',')
	}
}

// key begins a member.
func (n *Normalizer) key(text string) {
	n.comma()
	n.flush()
	n.out = append(n.out, text...)
}

func (n *Normalizer) byte(c byte) {
	n.flush()
	n.out = append(n.out, c)
}

// open copies the name, if there is one, and the first brace or bracket of the
// value that a member has.
func (n *Normalizer) open(k *node, start, at int) {
	if start == at || k.key != "" && string(n.src[start:at]) == k.key {
		n.add(start, at+1)
		return
	}
	n.key(k.key)
	n.put(at, at+1)
}

// object goes through the members of an object, whose first begins at an
// offset. It returns the offset of its last brace, which it does not copy, or
// end, where that comes in its place.
func (n *Normalizer) object(k *node, at, end int) int {
	if n.peek(at) == '}' {
		return at
	}
	for {
		start := at
		name, at2 := n.name(at)
		if n.bad {
			return at2
		}
		at = n.member(k.kid(name), start, at2)
		switch {
		case n.bad || at == end:
			return at
		case n.peek(at) == ',':
			at++
		case n.peek(at) == '}':
			return at
		default:
			return n.fail()
		}
	}
}

// name reads the name of a member, and returns where its value begins.
func (n *Normalizer) name(at int) (name []byte, value int) {
	end, ok := skipString(n.src, at)
	if !ok || n.peek(end) != ':' {
		return nil, n.fail()
	}
	return n.src[at+1 : end-1], end + 1
}

// member writes a member that begins at an offset, with its value at another.
// It returns the offset behind it.
func (n *Normalizer) member(k *node, start, at int) int {
	c := n.peek(at)
	if k == nil {
		end := n.skip(at)
		n.add(start, end)
		return end
	}
	switch k.form {
	case Dropped:
		return n.skip(at)
	case Number, HexNumber, Date, FileTime, Seconds, Lists:
		end := n.skip(at)
		if !n.bad {
			n.scalar(k, at, end)
		}
		return end
	case Words, Codes2, Codes4:
		if c == '"' {
			end := n.skip(at)
			if !n.bad {
				n.key(k.key)
				n.list(k.form, n.src[at+1:end-1])
			}
			return end
		}
	case Spread:
		if c == '{' {
			at = n.object(k, at+1, -1)
			return at + 1
		}
	}
	return n.value(k, start, at)
}

// value writes a value that isn't simple, or as it is, with the name that begins
// at another offset; where that is the same one, without a name.
func (n *Normalizer) value(k *node, start, at int) int {
	switch c := n.peek(at); {
	case c == '{' && k.form != Spread:
		n.open(k, start, at)
		if at = n.object(k, at+1, -1); n.bad {
			return at
		}
		n.put(at, at+1)
		return at + 1
	case c == '[' && k.merges:
		n.begin(k, start, at)
		return n.merge(k, at)
	case c == '[' && k.form == Unwrapped && len(k.kids) == 1:
		n.begin(k, start, at)
		return n.unwrap(k, at)
	case c == '[' && (len(k.kids) > 0 || k.any != nil):
		n.open(k, start, at)
		if at = n.array(k, at); n.bad {
			return at
		}
		n.put(at, at+1)
		return at + 1
	}
	end := n.skip(at)
	if n.bad {
		return end
	}
	if start == at || string(n.src[start:at]) == k.key {
		n.add(start, end)
		return end
	}
	n.key(k.key)
	n.put(at, end)
	return end
}

// begin begins a member whose value is at another offset than its name, or an
// element.
func (n *Normalizer) begin(k *node, start, at int) {
	if start != at {
		n.key(k.key)
	} else {
		n.comma()
	}
}

// array writes the elements of an array that begins at an offset. It returns
// that of its last bracket.
func (n *Normalizer) array(k *node, at int) int {
	return n.each(at, func(at int) int {
		if n.peek(at) == '{' {
			return n.value(k, at, at)
		}
		end := n.skip(at)
		n.add(at, end)
		return end
	})
}

// each calls do with the offset of each element of an array that begins at one;
// do returns the offset behind it. It returns that of the last bracket.
func (n *Normalizer) each(at int, do func(at int) int) int {
	if at++; n.peek(at) == ']' {
		return at
	}
	for {
		if at = do(at); n.bad {
			return at
		}
		switch n.peek(at) {
		case ',':
			at++
		case ']':
			return at
		default:
			return n.fail()
		}
	}
}

// unwrap writes what is in the arrays that the objects in an array have.
func (n *Normalizer) unwrap(k *node, at int) int {
	n.byte('[')
	inner := k.kids[0]
	at = n.each(at, func(at int) int {
		if n.peek(at) != '{' {
			return n.fail()
		}
		at++
		for n.peek(at) != '}' && !n.bad {
			var name []byte
			if name, at = n.name(at); n.bad {
				return at
			}
			if string(name) != inner.name || n.peek(at) != '[' {
				return n.fail()
			}
			if at = n.array(inner, at) + 1; n.peek(at) == ',' {
				at++
			}
		}
		return at + 1
	})
	n.byte(']')
	return at + 1
}

// An entry is a member of an object that is merged, or a whole object.
type entry struct {
	node      *node
	name      span // without quotes, where it comes from the packet
	start, at int  // offsets of the member and of its value; of the value of a member that is Named, at is 0 where there is none
	next      int  // the next one in the same list, or 0
	list      bool // it is in a list
	whole     bool
	key       string // of the list
	after     bool   // an earlier one of the list writes it
}

type span struct{ from, to int }

// merge writes an array of objects as one object.
func (n *Normalizer) merge(k *node, at int) int {
	base := len(n.members)
	var last [maxMerged + 2]int // by list: its last entry and 1; 0 where there is none
	end := n.each(at, func(at int) int { return n.collect(k, at, &last) })
	if n.bad {
		return end
	}
	n.link(base)
	n.byte('{')
	for i, all := base, len(n.members); i < all && !n.bad; i++ {
		switch e := n.members[i]; {
		case e.after:
		case e.list:
			n.writeList(i)
		default:
			n.member(e.node, e.start, e.at)
		}
	}
	n.byte('}')
	n.members = n.members[:base]
	return end + 1
}

// Lists beside those of members.
const (
	otherList = maxMerged + iota
	repeatedList
)

// emptyObjects have no members: of quirk Q71 come hundreds of thousands.
var emptyObjects = bytes.Repeat([]byte("{},"), 100)

// collect notes the members of an object that is merged.
func (n *Normalizer) collect(k *node, at int, last *[maxMerged + 2]int) int {
	for bytes.HasPrefix(n.src[at:], emptyObjects) {
		at += len(emptyObjects)
	}
	if n.peek(at) != '{' {
		return n.fail()
	}
	base := len(n.members)
	begin := at
	whole, key, list := false, "", 0
	for at++; n.peek(at) != '}'; {
		start := at
		var name []byte
		if name, at = n.name(at); n.bad {
			return at
		}
		end := n.skip(at)
		if n.bad {
			return end
		}
		c := k.kid(name)
		switch {
		case c == nil:
			whole, key, list = true, keyOther, otherList
		case c.form == Dropped:
		case c.role == Other && !whole:
			whole, key, list = true, keyOther, otherList
		case c.role == Apart:
			whole, key, list = true, c.key, c.index
		case c.role == Naming && n.src[at] == '"':
			n.members = append(n.members, entry{node: c, name: span{at + 1, end - 1}, start: start, list: true})
		case c.role == Named && len(n.members) > base && n.members[len(n.members)-1].node.role == Naming:
			e := &n.members[len(n.members)-1]
			e.node, e.at = c, at
		case c.role == Mark:
			if n.src[at] == 't' && len(n.members) > base {
				n.members = append(n.members, entry{node: c, name: n.members[base].name, start: n.members[base].start, list: true, key: c.key})
			}
		case c == k.any:
			n.members = append(n.members, entry{node: c, name: span{start + 1, start + 1 + len(name)}, start: start, at: at, list: true})
		case c.role == Many:
			n.members = append(n.members, entry{node: c, start: start, at: at, list: true, key: c.key})
		default:
			if last[c.index] != 0 {
				whole, key, list = true, keyRepeated, repeatedList
			}
			n.members = append(n.members, entry{node: c, start: start, at: at})
		}
		if at = end; n.peek(at) == ',' {
			at++
		}
	}
	if whole {
		n.members = append(n.members[:base], entry{node: k, start: begin, at: begin, list: true, whole: true, key: key})
		n.chain(base, &last[list])
		return at + 1
	}
	for i := base; i < len(n.members); i++ {
		if e := &n.members[i]; e.key != "" || !e.list {
			n.chain(i, &last[e.node.index])
		}
	}
	return at + 1
}

const (
	keyOther    = `"` + otherName + `":`
	keyRepeated = `"` + repeatedName + `":`
)

// chain puts an entry into its list.
func (n *Normalizer) chain(i int, last *int) {
	if *last != 0 {
		n.members[*last-1].next = i + 1
		n.members[i].after = true
	}
	*last = i + 1
}

// link makes lists of members whose names come from the packet.
func (n *Normalizer) link(base int) {
	n.order = n.order[:0]
	for i := base; i < len(n.members); i++ {
		if e := &n.members[i]; e.list && e.key == "" {
			n.order = append(n.order, int32(i))
		}
	}
	slices.SortFunc(n.order, func(a, b int32) int {
		if c := slices.Compare(n.nameOf(int(a)), n.nameOf(int(b))); c != 0 {
			return c
		}
		return int(a - b)
	})
	for i := 1; i < len(n.order); i++ {
		a, b := int(n.order[i-1]), int(n.order[i])
		if string(n.nameOf(a)) == string(n.nameOf(b)) {
			n.members[a].next = b + 1
			n.members[b].after = true
		}
	}
}

func (n *Normalizer) nameOf(i int) []byte { return n.src[n.members[i].name.from:n.members[i].name.to] }

// writeList writes the list that begins with an entry.
func (n *Normalizer) writeList(i int) {
	e := n.members[i]
	if e.key != "" {
		n.key(e.key)
	} else {
		n.comma()
		n.put(e.name.from-1, e.name.to+1)
		n.byte(':')
	}
	n.byte('[')
	for ; ; i = e.next - 1 {
		switch e = n.members[i]; {
		case e.whole:
			n.add(e.at, e.at+1)
			if end := n.object(e.node, e.at+1, -1); !n.bad {
				n.put(end, end+1)
			}
		case e.node.role == Mark:
			n.mark(e)
		case e.at != 0:
			n.value(e.node, e.at, e.at)
		}
		if e.next == 0 || n.bad {
			break
		}
	}
	n.byte(']')
}

// mark writes the name of the first member of an object.
func (n *Normalizer) mark(e entry) {
	end, _ := skipString(n.src, e.start)
	n.add(e.start, end)
}
