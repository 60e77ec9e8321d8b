package pcap

import (
	"io"
	"io/fs"
	"os"

	"merctools/lib/capture"
)

// A Reader reads the packets of one capture. It is for one goroutine; the
// batches that it fills can go to others.
type Reader struct {
	name   string
	src    io.Reader
	packed *decompressor // where the capture, or a part of it, is compressed; src then
	format Format
	fill   bool     // a read from src does not wait for anybody
	file   *os.File // src, where batches can be loaded

	pcap      pcapHeader
	section   section
	snoopLink uint16 // link type of a snoop capture

	names       []string // of interfaces; the first stands for none
	nameIndexes map[string]uint16

	packets uint64 // handed out so far

	head   []byte // bytes read that no batch has yet; begins with a record
	offset int64  // of head in the capture
	skip   skip

	again      bool // another capture begins, at present
	packedNext bool // it is compressed
	needs      struct {
		size int
		what string
	}

	srcErr error // what the last read said; bytes may be left in head
	err    error // what ReadBatch returns from now on
}

// skip says how a record goes on whose rest is not wanted.
type skip struct {
	offset  int64  // of the record in the capture
	size    int    // of the record, in bytes
	left    int    // bytes to skip
	trailer uint32 // length that stands after them, 0 where none does
	what    string
}

// Open finds out what capture r holds and reads its first bytes; it waits
// where they are not there yet. The name is for messages. Where r is a regular
// file, batches are filled; from anything else a batch is returned as soon as
// it has packets.
//
// It returns an *[Error]: one that wraps [ErrNotCapture] where r is empty or
// holds something else.
func Open(r io.Reader, name string) (*Reader, error) {
	rd := &Reader{name: name, src: r, fill: isRegular(r)}
	if err := rd.open(); err != nil {
		rd.Close()
		return nil, err
	}
	return rd, nil
}

func (r *Reader) open() error {
	if !r.readHead(SniffLen) {
		return r.err
	}
	r.format = Sniff(r.head)
	if r.format.compressed() {
		r.decompress(r.head, 0)
		r.head, r.format = nil, Unknown
		if !r.readHead(SniffLen) {
			return r.err
		}
		r.format = Sniff(r.head)
	}
	switch r.format {
	case PCAPNG:
	case PCAP:
		r.needs.what = "file header"
		if !r.readHead(pcapFileHeader) {
			return r.err
		}
		r.pcap.parse(r.head)
		r.head = r.head[pcapFileHeader:]
		r.offset = pcapFileHeader
	case Snoop:
		if !r.readHead(snoopFileHeader) {
			return r.err
		}
		r.parseSnoop(r.head, 0)
		r.head = r.head[snoopFileHeader:]
		r.offset = snoopFileHeader
		return r.err
	default:
		r.readHead(erfHeader) // as far as it goes
		r.err = nil
		if name := unsupported(r.head); name != "" {
			r.failFormat(" that can be read: " + name + " (convert it with editcap)")
		} else {
			r.failFormat("")
		}
		return r.err
	}
	return nil
}

// readHead reads until head has at least n bytes.
func (r *Reader) readHead(n int) bool {
	if r.head == nil {
		r.head = make([]byte, 0, 512)
	}
	for len(r.head) < n {
		if r.srcErr != nil {
			switch {
			case r.srcErr != io.EOF:
				r.failRead(int64(len(r.head)), r.srcErr)
			case r.format == PCAP || r.format == Snoop:
				r.failCut(0, "file header", int64(n), int64(len(r.head)))
			case len(r.head) == 0:
				r.failFormat(" (empty)")
			default:
				r.failFormat("")
			}
			return false
		}
		var k int
		k, r.srcErr = read(r.src, r.head[len(r.head):cap(r.head)])
		r.head = r.head[:len(r.head)+k]
	}
	return true
}

// Format is the format of the capture: PCAP, PCAPNG or Snoop. Of captures that
// were joined it is that of the present one.
func (r *Reader) Format() Format { return r.format }

// Close gives back what decompression holds. It does not close the source.
func (r *Reader) Close() {
	if r.packed != nil {
		r.packed.close()
	}
}

// ReadBatch fills b with the packets that come next. Where the source is a
// regular file it fills the block; otherwise it returns as soon as it has a
// packet, and does not wait for more.
//
// The error is nil where there are packets. It is io.EOF where the capture
// ended with a whole record, otherwise an *[Error]; later calls return the same.
func (r *Reader) ReadBatch(b *capture.Batch) error {
	b.Packets = b.Packets[:0]
	b.Ready = r.fill
	if cap(b.Data) < capture.MinBlock {
		b.Data = make([]byte, capture.DefaultBlock)
	}
	data := b.Data[:cap(b.Data)]
	var pos, n, end int
	if b.Reserved(r.file) && r.packed == nil && r.srcErr == nil && len(r.head) <= capture.Headroom {
		pos, n, end = r.loaded(b, data)
	} else {
		n, end = copy(data, r.head), len(data)
	}
	for r.err == nil {
		pos = r.records(b, data[:n], pos)
		if r.err != nil || n == end && len(b.Packets) > 0 {
			break
		}
		if r.packedNext {
			r.packedNext = false
			if len(b.Packets) > 0 {
				break // it is found again in the next batch
			}
			r.offset += int64(pos)
			r.decompress(data[pos:n], r.offset)
			n, pos, end = 0, 0, len(data)
		}
		if len(b.Packets) > 0 && !r.fill {
			break
		}
		if r.srcErr != nil {
			r.end(r.offset+int64(pos), n-pos)
			break
		}
		if len(b.Packets) == 0 && n == end {
			n = copy(data, data[pos:n])
			r.offset += int64(pos)
			pos, end = 0, len(data)
		}
		var k int
		k, r.srcErr = read(r.src, data[n:end])
		n += k
	}
	r.head = append(r.head[:0], data[pos:n]...)
	r.offset += int64(pos)
	b.Data = data[:n]
	b.File, b.First, b.Interfaces = r.name, r.packets+1, r.names
	b.Numbers = b.Numbers[:0]
	r.packets += uint64(len(b.Packets))
	if len(b.Packets) > 0 {
		return nil
	}
	return r.err
}

// records adds the packets of the whole records in data[pos:], which r.offset
// says the place of, and returns where it stopped: at a record that is not
// whole, or at an error.
func (r *Reader) records(b *capture.Batch, data []byte, pos int) int {
	for r.err == nil {
		if r.skip.size > 0 {
			k := min(r.skip.left, len(data)-pos)
			r.skip.left -= k
			pos += k
			if r.skip.left > 0 {
				return pos
			}
			if r.skip.trailer > 0 {
				if len(data)-pos < blockTrailer || !r.sameLength(r.skip.offset, r.skip.trailer, data[pos:]) {
					return pos
				}
				pos += blockTrailer
			}
			r.skip = skip{}
		}
		r.again = false
		switch r.format {
		case PCAP:
			pos = r.pcapRecords(b, data, pos)
		case PCAPNG:
			pos = r.pcapngBlocks(b, data, pos)
		case Snoop:
			pos = r.snoopRecords(b, data, pos)
		}
		if r.skip.size == 0 && !r.again {
			return pos
		}
	}
	return pos
}

// need says what the record is that is not whole, and how long.
func (r *Reader) need(size int, what string) {
	r.needs.size, r.needs.what = size, what
}

// end is called when the source has ended and rest bytes, which begin at
// offset, are no whole record.
func (r *Reader) end(offset int64, rest int) {
	end := offset + int64(rest)
	switch {
	case r.srcErr != io.EOF:
		r.failRead(end, r.srcErr)
	case r.skip.size > 0:
		r.failCut(r.skip.offset, r.skip.what, int64(r.skip.size), end-r.skip.offset)
	case rest > 0:
		r.failCut(offset, r.needs.what, int64(r.needs.size), int64(rest))
	default:
		r.err = io.EOF
	}
}

// read reads once, or again where a source gives nothing and no error.
func read(src io.Reader, p []byte) (int, error) {
	for range 100 {
		n, err := src.Read(p)
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// isRegular reports whether r is a file that has all its bytes.
func isRegular(r io.Reader) bool {
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}
