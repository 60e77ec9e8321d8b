package indicators

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
)

// Load reads lists of indicators. The format of each is detected from its
// content. What is left out of one is told to notice, in a line each.
//
// A list that can't be read, or in which nothing is an indicator, is an error.
func Load(names []string, notice func(string)) (*Set, error) {
	b := newBuilder()
	for _, name := range names {
		if err := b.file(name, notice); err != nil {
			return nil, err
		}
	}
	return b.finish(), nil
}

// Limits of a set.
const (
	maxLists    = 1 << 16
	maxEntries  = 1<<31 - 2
	maxText     = 1<<32 - 1 // bytes of all values and texts
	maxValueLen = 64 << 10
	maxAboutLen = 1 << 10
)

var (
	errEmpty   = errors.New("no indicators in it")
	errTooMany = errors.New("too many indicators")
)

// A builder makes a Set.
type builder struct {
	set     *Set
	hashes  []uint64 // of keys, by entry
	scratch []byte

	last     span // text of the entry before
	err      error
	from     int // index of the list's first entry
	rejected int // lines that are no indicators
	first    int // the first of them
	foreign  int // indicators of kinds that records have nothing of
	example  string
	exampleN int // line of the example
}

// An outcome is what became of a line.
type outcome uint8

const (
	added   outcome = iota
	bad             // it is no indicator
	foreign         // it is one that records have nothing of
	skipped         // it says not to be used
)

func newBuilder() *builder {
	b := &builder{set: new(Set)}
	b.set.table = newTable(0)
	return b
}

func (b *builder) file(name string, notice func(string)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := b.read(f, name); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if b.rejected > 0 {
		notice(fmt.Sprintf("%s: %d lines skipped that are not indicators, the first is line %d", name, b.rejected, b.first))
	}
	if b.foreign > 0 {
		notice(fmt.Sprintf("%s: %d indicators skipped that records have nothing to match with, such as %s in line %d", name, b.foreign, b.example, b.exampleN))
	}
	return nil
}

// read adds a list.
func (b *builder) read(r io.Reader, name string) error {
	if len(b.set.lists) == maxLists {
		return errTooMany
	}
	b.set.lists = append(b.set.lists, []byte(name))
	b.from, b.err = len(b.set.entries), nil
	b.rejected, b.first, b.foreign, b.last = 0, 0, 0, span{}
	in := bufio.NewReaderSize(r, headSize)
	head, err := in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	err = b.format(head)(&lines{in: in})
	switch {
	case b.err != nil:
		return b.err
	case err != nil:
		return err
	case len(b.set.entries) == b.from && b.rejected > 0:
		return fmt.Errorf("%w: neither a list of lines nor CSV, Zeek's format or STIX; line %d is not an indicator", errEmpty, b.first)
	}
	return nil
}

// headSize is how much of a list is looked at to detect its format, in bytes.
const headSize = 64 << 10

var byteOrderMark = []byte("\xef\xbb\xbf")

// format returns what reads a list that begins with head.
func (b *builder) format(head []byte) func(*lines) error {
	head = bytes.TrimPrefix(head, byteOrderMark)
	if trimmed := bytes.TrimSpace(head); len(trimmed) > 0 && trimmed[0] == '{' {
		return b.stix
	}
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte(zeekFields)) {
			return b.zeek
		}
		if _, ok := csvHeader(line); ok {
			return b.csv
		}
		if !isComment(line) {
			break
		}
	}
	return b.plain
}

// lines goes through the lines of a list.
type lines struct {
	in     *bufio.Reader
	text   []byte // without its end; valid until the next call of next
	number int    // from 1
	err    error

	long []byte
}

// maxLine is the length of the longest line, in bytes.
const maxLine = 1 << 20

var errLine = errors.New("a line of more than 1 MiB")

// next reads a line; it returns false at the end, or with an error.
func (l *lines) next() bool {
	text, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			if l.long = append(l.long, text...); len(l.long) > maxLine {
				l.err = fmt.Errorf("line %d: %w", l.number+1, errLine)
				return false
			}
			text, err = l.in.ReadSlice('\n')
		}
		l.long = append(l.long, text...)
		text = l.long
	}
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = err
		return false
	}
	if len(text) == 0 {
		return false
	}
	if l.number++; l.number == 1 {
		text = bytes.TrimPrefix(text, byteOrderMark)
	}
	l.text = bytes.TrimRight(text, "\r\n")
	return true
}

// result counts what became of a line; what names the kind of its indicator.
func (b *builder) result(o outcome, line int, what string) {
	switch o {
	case bad:
		if b.rejected++; b.rejected == 1 {
			b.first = line
		}
	case foreign:
		if b.foreign++; b.foreign == 1 {
			b.example, b.exampleN = what, line
		}
	}
}

// lower adds an indicator in lower case.
func (b *builder) lower(k Kind, value, about []byte, line int) outcome {
	b.scratch = appendLower(b.scratch[:0], value)
	return b.add(k, b.scratch, about, line)
}

// add adds an indicator.
func (b *builder) add(k Kind, value, about []byte, line int) outcome {
	if len(value) == 0 || len(value) > maxValueLen {
		return bad
	}
	s := b.set
	if len(s.entries) >= maxEntries || len(s.text)+len(value)+len(about) > maxText {
		b.err = errTooMany
		return skipped
	}
	e := entry{kind: k, list: uint16(len(s.lists) - 1), line: uint32(min(line, 1<<32-1)), next: -1}
	before := len(s.text)
	s.text = append(s.text, value...)
	e.value = span{uint32(before), uint32(len(s.text))}
	key := s.key(&e)
	sum := s.hash(k.class(), key)
	if 2*(len(s.entries)+1) > len(s.table.slots) {
		b.grow()
	}
	i := int32(len(s.entries))
	at := s.table.start(sum)
	for ; ; at = s.table.next(at) {
		other, ok := s.table.get(at, sum)
		if other < 0 {
			break
		}
		if !ok || s.entries[other].kind.class() != k.class() || !bytes.Equal(s.key(&s.entries[other]), key) {
			continue
		}
		// The same key: the entry goes to the end of the chain.
		for {
			if o := &s.entries[other]; o.kind == k && o.list == e.list {
				s.text = s.text[:before]
				return added
			}
			if s.entries[other].next < 0 {
				break
			}
			other = s.entries[other].next
		}
		b.append(e, about, sum)
		s.entries[other].next = i
		b.prefix(k, i)
		return added
	}
	b.append(e, about, sum)
	s.table.put(at, sum, i)
	b.prefix(k, i)
	return added
}

// append adds an entry with its text.
func (b *builder) append(e entry, about []byte, sum uint64) {
	s := b.set
	about = about[:min(len(about), maxAboutLen)]
	if bytes.Equal(s.bytes(b.last), about) {
		e.about = b.last
	} else {
		from := uint32(len(s.text))
		s.text = append(s.text, about...)
		e.about = span{from, uint32(len(s.text))}
		b.last = e.about
	}
	s.entries = append(s.entries, e)
	s.count[e.kind]++
	b.hashes = append(b.hashes, sum)
}

func (b *builder) prefix(k Kind, i int32) {
	switch k {
	case NPFPrefix:
		b.set.npf.entries = append(b.set.npf.entries, i)
	case UserAgentPrefix:
		b.set.agents.entries = append(b.set.agents.entries, i)
	}
}

// network adds a network.
func (b *builder) network(p netip.Prefix, about []byte, line int) outcome {
	b.scratch = p.AppendTo(b.scratch[:0])
	first := int32(len(b.set.entries))
	out := b.add(Network, b.scratch, about, line)
	if len(b.set.entries) > int(first) {
		if _, ok := b.set.networks.Get(p); !ok {
			b.set.networks.Insert(p, first)
			b.set.filter.add(p)
		}
	}
	return out
}

// grow makes the table larger. The first entries of chains are in it only.
func (b *builder) grow() {
	old := b.set.table
	t := newTable(2 * max(len(b.set.entries), 512))
	for _, v := range old.slots {
		if v == 0 {
			continue
		}
		i := int32(uint32(v)) - 1
		sum := b.hashes[i]
		at := t.start(sum)
		for t.slots[at] != 0 {
			at = t.next(at)
		}
		t.put(at, sum, i)
	}
	b.set.table = t
}

func (b *builder) finish() *Set {
	s := b.set
	s.filter.finish()
	for k := range numKinds {
		if n := s.classCount(k); n > 0 {
			s.sieves[k] = newSieve(n)
		}
	}
	s.tails = tails{sieve: newSieve(s.classCount(Domain))}
	for i := range s.entries {
		e := &s.entries[i]
		class := e.kind.class()
		s.sieves[class].add(b.hashes[i])
		if class == Domain {
			name := s.key(e)
			s.tails.all = s.tails.all || bytes.IndexByte(name, '.') < 0
			s.tails.add(s.hash(Domain, name[lastLabels(name):]))
		}
	}
	s.npf.sort(s)
	s.agents.sort(s)
	return s
}
