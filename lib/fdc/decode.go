package fdc

import (
	"errors"
	"strconv"

	"merctools/lib/npf"
	"merctools/lib/wire"
)

// ErrFormat is returned for bytes that are no object.
var ErrFormat = errors.New("not an FDC object of version 1 or 2")

// A reader reads CBOR. Lengths of maps and arrays must be indefinite. It fails
// for good where what comes next is not what is asked for.
type reader struct {
	c     wire.Cursor
	depth int
}

func (r *reader) fail() { r.c.Fail() }

// major returns the major type of the next item; it is majorOther where there
// is none.
func (r *reader) major() byte {
	b, ok := r.c.Peek()
	if !ok {
		return majorOther
	}
	return b & majorMask
}

// head reads an initial byte of a major type, and its argument.
func (r *reader) head(major byte) uint64 {
	b := r.c.Uint8()
	if b&majorMask != major {
		r.fail()
		return 0
	}
	switch info := b & infoMask; {
	case info < 24:
		return uint64(info)
	case info <= 27:
		return r.c.Uint(1 << (info - 24))
	}
	r.fail()
	return 0
}

func (r *reader) uint() uint64 { return r.head(majorUint) }

// str reads a string of bytes or of text, as a view.
func (r *reader) str(major byte) []byte {
	n := r.head(major)
	if n > uint64(r.c.Len()) {
		r.fail()
		return nil
	}
	return r.c.Bytes(int(n))
}

// open reads the beginning of a map or an array.
func (r *reader) open(major byte) {
	if r.depth++; r.depth > maxDepth || r.c.Uint8() != major|indefinite {
		r.fail()
	}
}

// end reads the end of a map or an array, if that comes next. It is also true
// after a failure, so that a loop ends.
func (r *reader) end() bool {
	b, ok := r.c.Peek()
	switch {
	case !ok:
		r.fail()
	case b != breakByte:
		return false
	default:
		r.c.Skip(1)
		r.depth--
	}
	return true
}

// close reads the end of a map or an array.
func (r *reader) close() {
	if !r.end() {
		r.fail()
	}
}

// skip passes over an item.
func (r *reader) skip() {
	switch m := r.major(); m {
	case majorBytes, majorText:
		r.str(m)
	case majorArray, majorMap:
		r.open(m)
		for !r.end() {
			r.skip()
		}
	case majorTag:
		number := r.head(majorTag)
		if number == tagFingerprint {
			r.fingerprint(nil)
			return
		}
		r.skip()
	case majorOther:
		r.simple()
	default:
		r.head(m)
	}
}

// simple reads false, true or null.
func (r *reader) simple() byte {
	b := r.c.Uint8()
	if b != falseByte && b != trueByte && b != nullByte {
		r.fail()
	}
	return b
}

// fingerprint reads a fingerprint and appends its text.
func (r *reader) fingerprint(dst []byte) []byte {
	r.open(majorMap)
	if r.end() {
		return dst
	}
	t := npf.Type(min(r.uint(), 255))
	if !HasFingerprint(t) {
		r.fail()
		return dst
	}
	dst = append(dst, t.String()...)
	dst = append(dst, '/')
	r.open(majorMap)
	if r.end() {
		r.close()
		return dst
	}
	format := r.uint()
	if format > 9 {
		r.fail()
	}
	if format > 0 {
		dst = strconv.AppendUint(dst, format, 10)
		dst = append(dst, '/')
	}
	if r.major() == majorUint {
		if n := r.uint(); n >= labelRandomized && n < uint64(len(labels)) {
			dst = append(dst, labels[n]...)
		} else {
			r.fail()
		}
	} else {
		r.open(majorArray)
		dst = r.elements(dst)
	}
	r.close()
	if t == npf.Tofsee {
		// Quirk Q138: one of the two maps is not closed.
		r.depth--
		return dst
	}
	r.close()
	return dst
}

// elements reads the rest of an array of strings and lists.
func (r *reader) elements(dst []byte) []byte {
	const digits = "0123456789abcdef"
	for !r.end() {
		switch r.major() {
		case majorBytes:
			dst = append(dst, '(')
			for _, b := range r.str(majorBytes) {
				dst = append(dst, digits[b>>4], digits[b&15])
			}
			dst = append(dst, ')')
		case majorTag:
			if r.head(majorTag) != tagSorted {
				r.fail()
			}
			r.open(majorArray)
			dst = r.elements(append(dst, '['))
			dst = append(dst, ']')
		default:
			r.open(majorArray)
			dst = r.elements(append(dst, '('))
			dst = append(dst, ')')
		}
	}
	return dst
}

// Parse reads an object of either version. Its slices are views of data, or of
// memory that c owns and uses again.
func (c *Context) Parse(data []byte) error {
	*c = Context{Fingerprint: c.Fingerprint[:0], agent: c.agent[:0], Truncation: Unknown}
	r := reader{c: wire.Of(data)}
	r.open(majorMap)
	if r.major() == majorUint {
		c.Version = Version1
		c.parse1(&r)
	} else {
		c.parse2(&r)
	}
	if r.c.Failed() || c.Version != Version1 && c.Version != Version2 {
		return ErrFormat
	}
	return nil
}

func (c *Context) parse1(r *reader) {
	if r.uint() != Version1 {
		r.fail()
	}
	r.open(majorArray)
	c.Fingerprint = r.fingerprint(c.Fingerprint)
	c.ServerName = r.str(majorText)
	c.Address = r.str(majorText)
	port := r.uint()
	if port > 0xffff {
		r.fail()
	}
	c.Port = uint16(port)
	c.UserAgent = r.str(majorText)
	if !r.end() {
		c.truncation(r)
		r.close()
	}
	r.close()
}

func (c *Context) truncation(r *reader) {
	n := r.uint()
	if n > uint64(Unknown) {
		r.fail()
	}
	c.Truncation = Truncation(n)
}

// parse2 reads the rest of the outer map.
func (c *Context) parse2(r *reader) {
	for !r.end() {
		switch string(r.str(majorText)) {
		case "version":
			c.Version = int(min(r.uint(), 255))
		case "fingerprints":
			r.open(majorArray)
			for !r.end() {
				if r.head(majorTag) != tagFingerprint {
					r.fail()
				}
				c.Fingerprint = r.fingerprint(c.Fingerprint[:0])
			}
		case "truncation":
			c.truncation(r)
		case "tls":
			c.nested(r, "client", "server_name", "")
		case "http":
			c.nested(r, "request", "host", "user_agent")
		case "stun":
			c.members(r, "", "software")
		case "ssh":
			c.software(r)
		default:
			r.skip()
		}
	}
}

// nested reads a map that has a map with what is looked for.
func (c *Context) nested(r *reader, key, name, agent string) {
	r.open(majorMap)
	for !r.end() {
		if string(r.str(majorText)) == key {
			c.members(r, name, agent)
		} else {
			r.skip()
		}
	}
}

// members reads a map with the members that are the name of a server and the
// user agent.
func (c *Context) members(r *reader, name, agent string) {
	r.open(majorMap)
	for !r.end() {
		switch key := string(r.str(majorText)); {
		case key != "" && key == name:
			c.ServerName = r.str(majorText)
		case key != "" && key == agent:
			c.UserAgent = r.str(majorText)
		default:
			r.skip()
		}
	}
}

// software reads the parts of an SSH identification string, which are the user
// agent where there are two.
func (c *Context) software(r *reader) {
	var protocol, comment []byte
	r.open(majorMap)
	for !r.end() {
		switch string(r.str(majorText)) {
		case "protocol":
			protocol = r.str(majorText)
		case "comment":
			comment = r.str(majorText)
		default:
			r.skip()
		}
	}
	if len(comment) > 0 {
		c.agent = append(append(c.agent, protocol...), comment...)
		c.UserAgent = c.agent
	}
}
