package pcap

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

const (
	xzHeader = 12 // bytes of a stream header
	xzStart  = 4  // bytes of it, or of padding, that are read first

	// xzDictionary is the largest dictionary that a block may ask for, as
	// section 5.3.1 of the format encodes it: 64 MiB, which "xz -9" uses.
	xzDictionary = 28
)

var errXZDictionary = errors.New("xz: a dictionary of more than 64 MiB")

// newXZ returns a reader of xz streams that bounds the memory which they can
// ask for.
func newXZ(src io.Reader) (io.Reader, error) {
	return xz.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(&xzGuard{src: src})
}

// xzGuard refuses blocks with too large a dictionary. Package xz has no limit
// for it. It reads a block's header in two parts, first the byte that has the
// length, then the rest, and nothing else of a stream in this way; that is how
// the guard knows one.
//
// The guard also tells the end of the data from that of a stream. Package xz takes
// one in front of a block, or in its header, for the other.
type xzGuard struct {
	src  io.Reader
	size byte // what the read before gave, if that was one byte
}

func (g *xzGuard) Read(p []byte) (n int, err error) {
	rest := (int(g.size)+1)*4 - 1
	isHeader := g.size > 0 && len(p) == rest
	g.size = 0
	if isHeader {
		n, err = io.ReadFull(g.src, p)
		if err == nil && xzDictionaryOf(p) > xzDictionary {
			return 0, errXZDictionary
		}
	} else if n, err = g.src.Read(p); n == 1 && len(p) == 1 {
		g.size = p[0]
	}
	if err == io.EOF && len(p) != xzStart {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// xzDictionaryOf returns the dictionary's size, encoded, from a block header
// without its first byte (section 3.1). It is 0 where there is none.
func xzDictionaryOf(header []byte) byte {
	const (
		compressedSize = 0x40 // flags: a number follows
		otherSize      = 0x80
		lzma2          = 0x21
	)
	flags, header := header[0], header[1:]
	for _, present := range []byte{compressedSize, otherSize} {
		if flags&present == 0 {
			continue
		}
		_, n := binary.Uvarint(header)
		header = header[max(n, 0):]
	}
	if len(header) < 3 || header[0] != lzma2 || header[1] != 1 {
		return 0
	}
	return header[2]
}
