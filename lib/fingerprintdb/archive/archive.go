// Package archive reads resource archives: tar files of text files, usually
// compressed with gzip (RFC 1952), and sometimes encrypted with AES-128 in CBC
// mode, the initialization vector being the first block of the file.
//
// An archive is read once, from front to back, in memory that doesn't depend
// on its size. One that is made to exhaust its reader (a gzip bomb, an endless
// line) ends in an error.
package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Limits bound what reading an archive may cost. A field that is zero stands
// for its default.
type Limits struct {
	Bytes int64 // all files together, uncompressed (4 GiB)
	Ratio int64 // uncompressed bytes for each compressed one, beyond the first 64 MiB (500)
	Line  int   // bytes in a line (64 MiB)
}

// ratioGrace is how many bytes may come out of gzip before the ratio counts:
// small files may be as compressible as they like.
const ratioGrace = 64 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 4 << 30
	}
	if l.Ratio <= 0 {
		l.Ratio = 500
	}
	if l.Line <= 0 {
		l.Line = 64 << 20
	}
	return l
}

var (
	// ErrTooLarge is returned for an archive that holds more than Limits.Bytes.
	ErrTooLarge = errors.New("too large when uncompressed")
	// ErrBomb is returned for an archive that exceeds Limits.Ratio.
	ErrBomb = errors.New("compression ratio too high")
	// ErrLongLine is returned by Line for one line that is longer than
	// Limits.Line. The next call continues with the line after it.
	ErrLongLine = errors.New("line too long")
	// ErrFormat is returned for what is neither tar nor gzip: perhaps it is
	// encrypted and no key or another key was given.
	ErrFormat = errors.New("neither a tar nor a gzip file (if it is encrypted, the right key is needed)")
	// ErrKey is returned for a key that is not 16 bytes long.
	ErrKey = errors.New("the key must have 16 bytes")
)

func wrap(err error) error { return fmt.Errorf("archive: %w", err) }

// A Reader reads the files of an archive one after another.
type Reader struct {
	tar     *tar.Reader // nil for a bare file
	bare    bool
	started bool   // the bare file was handed out
	part    []byte // the beginning of a line, from the last block
	failed  error  // what the next block is
	budget  budget
	text    *bufio.Reader
	long    []byte
	limit   int
	number  int
	size    int64 // of the file, by its header
}

// NewReader begins to read an archive. A key of length 0 is for an archive
// that isn't encrypted; otherwise it must have 16 bytes.
func NewReader(r io.Reader, key []byte, limits Limits) (*Reader, error) {
	limits = limits.withDefaults()
	if len(key) > 0 {
		d, err := newDecrypter(r, key)
		if err != nil {
			return nil, wrap(err)
		}
		r = d
	}
	in := &counter{r: r}
	front := bufio.NewReaderSize(in, 64<<10)
	head, err := front.Peek(512)
	if err != nil && err != io.EOF {
		return nil, wrap(err)
	}
	a := &Reader{limit: limits.Line}
	var content io.Reader
	switch {
	case len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b:
		z, err := gzip.NewReader(front)
		if err != nil {
			return nil, wrap(err)
		}
		text := bufio.NewReaderSize(&inflated{r: z, in: in, limits: limits}, bareSearch)
		// Reading on finds out what is wrong with a damaged file.
		start, _ := text.Peek(bareSearch)
		a.bare = isBare(start)
		content = text
	case len(head) == 512 && string(head[257:262]) == "ustar":
		content = front
	case isBareStart(front):
		a.bare = true
		content = front
	default:
		return nil, wrap(ErrFormat)
	}
	if !a.bare {
		a.tar = tar.NewReader(content)
		content = a.tar
	}
	a.budget = budget{r: content, left: limits.Bytes}
	a.text = bufio.NewReaderSize(&a.budget, 256<<10)
	return a, nil
}

// BareFile is the name that Next gives to a bare file.
const BareFile = "fingerprint_db.json"

// BareMember is a member of the first line of a bare file, by which it is
// detected.
const BareMember = "str_repr"

// bareSearch is how many bytes are searched for it.
const bareSearch = 64 << 10

func isBare(start []byte) bool {
	return len(start) > 0 && start[0] == '{' && bytes.Contains(start, []byte(`"`+BareMember))
}

func isBareStart(r *bufio.Reader) bool {
	start, _ := r.Peek(bareSearch)
	return isBare(start)
}

// A Kind is what a file holds.
type Kind uint8

// The kinds of files.
const (
	None Kind = iota // none of the others
	Tar              // an archive
	Bare             // a database without an archive around it
)

// Detect finds out what a file holds, and returns what reads it from its start.
// It fails for a damaged one only if that is seen at the start.
func Detect(r io.Reader) (Kind, io.Reader, error) {
	var start bytes.Buffer
	a, err := NewReader(io.TeeReader(r, &start), nil, Limits{})
	kind := Tar
	switch {
	case errors.Is(err, ErrFormat):
		kind, err = None, nil
	case err == nil && a.Bare():
		kind = Bare
	case err == nil:
		if _, err = a.tar.Next(); errors.Is(err, tar.ErrHeader) {
			kind, err = None, nil // compressed text
		}
	}
	if err != nil && err != io.EOF {
		return None, nil, wrap(err)
	}
	return kind, io.MultiReader(&start, r), nil
}

// Bare reports whether there is no archive around the text, but only one file
// with a JSON object a line.
func (a *Reader) Bare() bool { return a.bare }

// MaxLine is how many bytes a line may have.
func (a *Reader) MaxLine() int { return a.limit }

// Next goes to the next regular file and returns its name, without a leading
// "./". It returns io.EOF after the last one.
func (a *Reader) Next() (string, error) {
	a.part = a.part[:0]
	if a.bare {
		if a.started {
			return "", io.EOF
		}
		a.started = true
		a.text.Reset(&a.budget)
		return BareFile, nil
	}
	for {
		h, err := a.tar.Next()
		if err == io.EOF {
			return "", err
		}
		if err != nil {
			return "", wrap(err)
		}
		if h.Typeflag == tar.TypeReg {
			a.text.Reset(&a.budget)
			a.number, a.size = 0, h.Size
			return strings.TrimPrefix(h.Name, "./"), nil
		}
	}
}

// Size is how many bytes the file has, as the archive says; 0 where it says
// nothing.
func (a *Reader) Size() int64 { return a.size }

// Line returns the next line of the file, without what ends it, and its
// number, counted from 1. The line is valid until the next call. Blank lines
// are passed over. Line returns io.EOF at the end of the file.
func (a *Reader) Line() ([]byte, int, error) {
	for {
		line, err := a.readLine()
		if err != nil || len(line) > 0 {
			return line, a.number, err
		}
	}
}

func (a *Reader) readLine() ([]byte, error) {
	part, err := a.text.ReadSlice('\n')
	if err == io.EOF && len(part) == 0 {
		return nil, io.EOF
	}
	a.number++
	if err == nil || err == io.EOF {
		return trimEnd(part), nil
	}
	a.long = a.long[:0]
	tooLong := false
	for err == bufio.ErrBufferFull {
		if len(a.long)+len(part) > a.limit {
			tooLong = true
		}
		if !tooLong {
			a.long = append(a.long, part...)
		}
		part, err = a.text.ReadSlice('\n')
	}
	switch {
	case err != nil && err != io.EOF:
		return nil, err
	case tooLong || len(a.long)+len(part) > a.limit:
		return nil, ErrLongLine
	}
	a.long = append(a.long, part...)
	return trimEnd(a.long), nil
}

// ErrStop is what a function returns to Each that needs no more lines.
var ErrStop = errors.New("stop")

// Each calls f with each line of each file. It skips lines that are too long.
func (a *Reader) Each(f func(file string, line []byte) error) error {
	for {
		name, err := a.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for {
			line, _, err := a.Line()
			if err == io.EOF {
				break
			}
			if err == ErrLongLine {
				continue
			}
			if err == nil {
				err = f(name, line)
			}
			if err == ErrStop {
				return nil
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
}

// Lines appends to buf as many whole lines as there is room for, at least one,
// with what ends them. It returns io.EOF at the end of the file, and
// ErrLongLine in place of a line that is too long. A file is read by either
// Line or Lines.
func (a *Reader) Lines(buf []byte) ([]byte, error) {
	if a.failed != nil {
		return nil, a.failed
	}
	buf = append(buf, a.part...)
	a.part = a.part[:0]
	for from := 0; ; {
		if len(buf) == cap(buf) {
			if len(buf) > a.limit {
				return nil, a.skipLine()
			}
			buf = slices.Grow(buf, len(buf))
		}
		n, err := io.ReadFull(a.text, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			if len(buf) == 0 {
				return nil, io.EOF
			}
			return buf, nil
		}
		a.failed = err
		if end := bytes.LastIndexByte(buf[from:], '\n') + 1; end > 0 {
			end += from
			a.part = append(a.part, buf[end:]...)
			return buf[:end], nil
		}
		if err != nil {
			return nil, err
		}
		from = len(buf)
	}
}

// skipLine reads on to the next line.
func (a *Reader) skipLine() error {
	for {
		_, err := a.text.ReadSlice('\n')
		if err == nil || err == io.EOF {
			return ErrLongLine
		}
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// counter counts what is read of the archive itself.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// inflated watches how much comes out of gzip.
type inflated struct {
	r      io.Reader
	in     *counter
	n      int64
	limits Limits
}

func (i *inflated) Read(b []byte) (int, error) {
	n, err := i.r.Read(b)
	i.n += int64(n)
	// Headers and padding come on top of the files, hence the margin.
	if i.n > i.limits.Bytes+i.limits.Bytes/8+1<<20 {
		return 0, ErrTooLarge
	}
	if i.n > ratioGrace && i.n/i.limits.Ratio > i.in.n {
		return 0, ErrBomb
	}
	return n, err
}

// budget watches how much the files hold: a sparse file in a tar can be
// larger than all the bytes that it is made from.
type budget struct {
	r    io.Reader
	left int64
}

func (b *budget) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, wrap(ErrTooLarge)
	}
	if err != nil && err != io.EOF {
		err = wrap(err)
	}
	return n, err
}
