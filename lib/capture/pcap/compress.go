package pcap

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// compressedBuffer is how much compressed data is read at a time.
	compressedBuffer = 128 << 10

	// zstdWindow bounds the memory that a zstd frame can ask for. All levels
	// up to 19 keep to 8 MiB; more is asked for with --ultra or --long.
	zstdWindow = 32 << 20
)

// decompress puts a decompressor before the source, which begins with what is
// in head. What it reads has yet to be looked at.
func (r *Reader) decompress() error {
	r.packed = "gzip"
	if r.format == Zstd {
		r.packed = "zstd"
	}
	src := bufio.NewReaderSize(&resumed{head: r.head, err: r.srcErr, src: r.src}, compressedBuffer)
	r.head, r.srcErr = nil, nil
	if r.format == Gzip {
		z, err := gzip.NewReader(src)
		if err != nil {
			r.failRead(0, err)
			return r.err
		}
		r.src = z
		return nil
	}
	z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		r.failRead(0, err)
		return r.err
	}
	r.src, r.close = z, z.Close
	return nil
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
