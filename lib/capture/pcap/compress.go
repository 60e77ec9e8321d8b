package pcap

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

const (
	// compressedBuffer is how much compressed data is read at a time.
	compressedBuffer = 128 << 10

	// zstdWindow bounds the memory that a zstd frame can ask for. All levels
	// up to 19 keep to 8 MiB; more is asked for with --ultra or --long.
	zstdWindow = 32 << 20

	// smallRead bounds what is asked of decompressors that wait until they
	// have all of it, so that a live pipe is not held up for long.
	smallRead = 64 << 10
)

// decompress continues with the decompressed data of the source. data is what
// was read of it and not used yet; it begins with compressed data, at an offset
// in the capture.
func (r *Reader) decompress(data []byte, offset int64) {
	if r.packed == nil {
		r.packed = &decompressor{raw: resumed{src: r.src}}
		r.packed.src = bufio.NewReaderSize(&r.packed.raw, compressedBuffer)
	}
	if r.srcErr != nil {
		r.packed.raw.err, r.srcErr = r.srcErr, nil
	}
	r.packed.unread(data)
	r.packed.format, r.packed.at = Unknown, offset
	r.src = r.packed
}

// decompressor reads compressed data: any number of members, in any of the
// formats, and captures between them that are not compressed. Where those end
// only the Reader knows, which then calls unread.
type decompressor struct {
	raw resumed
	src *bufio.Reader // of raw

	format Format    // of the member that is being read; Unknown between members
	last   Format    // of the member before, while format is Unknown
	member io.Reader // what that is read from
	seen   lookback  // src, where the decompressor reads into the next member
	most   int       // bytes to read at once
	at     int64     // offset in the capture of what is read next
	plain  int64     // offset where a member that is not compressed began

	// Decompressors that are used again.
	gzip *gzip.Reader
	zstd *zstd.Decoder
	lz4  *lz4.Reader
}

// Read implements io.Reader.
func (d *decompressor) Read(p []byte) (int, error) {
	for {
		if d.format == Unknown {
			if err := d.begin(); err != nil {
				return 0, err
			}
		}
		if !d.format.compressed() && d.most < len(p) {
			d.most *= 2
		}
		n, err := d.member.Read(p[:min(len(p), d.most)])
		d.at += int64(n)
		if err != nil && d.ends(err) {
			d.format, d.last, err = Unknown, d.format, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// begin begins with the next member.
func (d *decompressor) begin() error {
	head, err := d.src.Peek(SniffLen)
	if len(head) < SniffLen {
		if len(head) > 0 && err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		d.format = d.last
		return err
	}
	d.most = 1 << 30
	switch f := Sniff(head); f {
	case Gzip:
		d.format = Gzip
		return d.beginGzip()
	case Zstd:
		d.format = Zstd
		d.seen.src = d.src
		if d.zstd == nil {
			d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
			if err != nil {
				return err
			}
		}
		d.member = d.zstd
		return d.zstd.Reset(&d.seen)
	case LZ4:
		d.format, d.most = LZ4, smallRead
		d.seen.src = d.src
		if d.lz4 == nil {
			d.lz4 = lz4.NewReader(nil)
		}
		d.lz4.Reset(&d.seen)
		d.member = d.lz4
		return nil
	case XZ:
		d.format, d.most = XZ, smallRead
		d.seen.src = d.src
		d.member, err = newXZ(&d.seen)
		return err
	case PCAP, PCAPNG, Snoop:
		// How much of it there is, is not known: what is read too much
		// comes back by way of unread. So the reads begin with small ones.
		d.format, d.most, d.plain = f, 2<<10, d.at
		d.member = d.src
		return nil
	}
	d.format = d.last
	return gzip.ErrHeader
}

func (d *decompressor) beginGzip() error {
	var err error
	if d.gzip == nil {
		d.gzip, err = gzip.NewReader(d.src)
	} else {
		err = d.gzip.Reset(d.src)
	}
	if err == io.EOF { // in a name, for instance
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	d.gzip.Multistream(false)
	d.member = d.gzip
	return nil
}

// ends reports whether an error means that a member has ended and something
// else follows. The decompressor of gzip stops at the end of each member. The
// others read on, and fail when they have read the beginning of what is no
// member of theirs, which is given back then.
func (d *decompressor) ends(err error) bool {
	switch d.format {
	case Gzip:
		return err == io.EOF
	case Zstd, LZ4, XZ:
		if err == io.EOF {
			return false
		}
		n := SniffLen
		if d.format == XZ {
			n = xzHeader
		}
		head := d.seen.tail(n)
		if f := Sniff(head); f == Unknown || f == d.format {
			return false
		}
		d.unread(head)
		return true
	}
	return false
}

// plainAt reports whether what is at an offset in the capture, and was read,
// was not compressed.
func (d *decompressor) plainAt(offset int64) bool {
	return !d.format.compressed() && d.format != Unknown && offset >= d.plain
}

// unread puts data, which was read from the source, back.
func (d *decompressor) unread(data []byte) {
	buffered, _ := d.src.Peek(d.src.Buffered())
	head := make([]byte, 0, len(data)+len(buffered)+len(d.raw.head))
	head = append(append(append(head, data...), buffered...), d.raw.head...)
	d.raw.head = head
	d.src.Reset(&d.raw)
}

// close gives back what the decompressors hold.
func (d *decompressor) close() {
	if d.zstd != nil {
		d.zstd.Close()
	}
}

// resumed reads head, then what is left of src, or err where that has ended.
type resumed struct {
	head []byte
	err  error
	src  io.Reader
}

func (r *resumed) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	return r.src.Read(p)
}

// lookback reads from src and keeps the last bytes that were read.
type lookback struct {
	src *bufio.Reader
	buf [16]byte // the last of them, behind older ones
}

func (l *lookback) Read(p []byte) (int, error) {
	n, err := l.src.Read(p)
	if n >= len(l.buf) {
		copy(l.buf[:], p[n-len(l.buf):n])
	} else if n > 0 {
		copy(l.buf[:], l.buf[n:])
		copy(l.buf[len(l.buf)-n:], p[:n])
	}
	return n, err
}

// ReadByte implements io.ByteReader.
func (l *lookback) ReadByte() (byte, error) {
	b, err := l.src.ReadByte()
	if err == nil {
		copy(l.buf[:], l.buf[1:])
		l.buf[len(l.buf)-1] = b
	}
	return b, err
}

// tail returns the last n bytes that were read.
func (l *lookback) tail(n int) []byte { return l.buf[len(l.buf)-n:] }
