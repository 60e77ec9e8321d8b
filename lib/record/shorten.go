package record

// A Shortener cuts objects to a size, and says what it left out of the last
// one. The zero Shortener is ready.
type Shortener struct {
	Bytes   int // of text that were left out
	members [maxShortened]shortName
	count   int // of members

	text  []byte
	out   int       // bytes that are kept
	name  shortName // of the outermost member
	depth int
}

// Members calls f with the names of the members of the object of which
// something was left out, as they stand between quotes: the first few.
func (c *Shortener) Members(f func(name []byte)) {
	for i := range c.members[:c.count] {
		f(c.members[i].bytes())
	}
}

// Shorten cuts an object's text to at most size bytes, in place, and returns
// its new length. It leaves out whole values: of an array all behind the first
// that does not fit, of an object each that does not. size is at least 2, and
// text a JSON object without space around its values.
func (c *Shortener) Shorten(text []byte, size int) int {
	c.Bytes, c.count, c.out, c.depth = 0, 0, 0, 0
	c.text = text
	c.object(0, size, true)
	c.text = nil
	return c.out
}

const maxShortened = 4

// A shortName is a copy of a name: the text that it comes from is written over.
type shortName struct {
	text [64]byte // its beginning
	n    int
}

func (n *shortName) set(name []byte) { n.n = copy(n.text[:], name) }

func (n *shortName) bytes() []byte { return n.text[:n.n] }

// leave leaves out n bytes.
func (c *Shortener) leave(n int) {
	c.Bytes += n
	for i := range c.members[:c.count] {
		if string(c.members[i].bytes()) == string(c.name.bytes()) {
			return
		}
	}
	if c.count < maxShortened {
		c.members[c.count] = c.name
		c.count++
	}
}

// maxCutDepth is how many values in each other are looked into. Those deeper
// are kept or left out as a whole.
const maxCutDepth = 16

// put keeps the text from one offset to another.
func (c *Shortener) put(from, to int) { c.out += copy(c.text[c.out:], c.text[from:to]) }

// value copies the value that begins at an offset and ends at another, in at
// most room bytes. It reports whether anything was kept.
func (c *Shortener) value(from, to, room int) bool {
	switch {
	case to-from <= room:
		c.put(from, to)
		return true
	case room < len("{}") || c.depth >= maxCutDepth:
	case c.text[from] == '{':
		c.object(from, room, false)
		return true
	case c.text[from] == '[':
		c.array(from, to, room)
		return true
	}
	return false
}

// object copies the object that begins at an offset.
func (c *Shortener) object(from, room int, outermost bool) {
	c.depth++
	defer func() { c.depth-- }()
	end := c.out + room - len("}")
	scan := Scan(c.text[from:])
	c.put(from, from+1)
	var m Member
	for first := true; scan.Next(&m); {
		start, value, next := from+m.Start, from+m.End-len(m.Value), from+m.End
		if outermost {
			c.name.set(m.Name)
		}
		before, comma := c.out, 0
		if !first {
			comma = 1
		}
		left := end - c.out - comma - (value - start)
		// What is copied only ever moves to the front, by what was left out:
		// nothing is written over before it is read.
		if left <= 0 {
			c.leave(next - start)
			continue
		}
		if comma == 1 {
			c.text[c.out] = ','
			c.out++
		}
		c.put(start, value)
		if !c.value(value, next, left) {
			c.out = before
			c.leave(next - start)
			continue
		}
		first = false
	}
	c.text[c.out] = '}'
	c.out++
}

// array copies the array between two offsets.
func (c *Shortener) array(from, to, room int) {
	c.depth++
	defer func() { c.depth-- }()
	end := c.out + room - len("]")
	c.put(from, from+1)
	for at, first := from+1, true; at < to-1; {
		next, ok := skipValue(c.text, at)
		if !ok {
			break
		}
		before, comma := c.out, 0
		if !first {
			comma = 1
		}
		left := end - c.out - comma
		fits := next-at <= left
		if left <= 0 {
			c.leave(to - 1 - at)
			break
		}
		if comma == 1 {
			c.text[c.out] = ','
			c.out++
		}
		if !c.value(at, next, left) {
			c.out = before
			c.leave(to - 1 - at)
			break
		}
		first = false
		if !fits {
			if rest := to - 1 - next; rest > 0 {
				c.leave(rest)
			}
			break
		}
		at = next
		if c.text[at] == ',' {
			at++
		}
	}
	c.text[c.out] = ']'
	c.out++
}
