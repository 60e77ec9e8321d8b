package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"merctools/lib/capture"
)

// Captures are built here byte by byte, without the code under test.

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var (
	le byteOrder = binary.LittleEndian
	be byteOrder = binary.BigEndian
)

func pcapHead(o byteOrder, magic, network uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = o.AppendUint64(b, 0)
	b = o.AppendUint32(b, 262144)
	return o.AppendUint32(b, network)
}

func pcapRec(o byteOrder, sec, frac, capLen, origLen uint32, data []byte) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, capLen)
	b = o.AppendUint32(b, origLen)
	return append(b, data...)
}

// block is a pcapng block, its body padded.
func block(o byteOrder, kind uint32, body []byte) []byte {
	padded := append(bytes.Clone(body), make([]byte, -len(body)&3)...)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(12+len(padded)))
	b = append(b, padded...)
	return o.AppendUint32(b, uint32(12+len(padded)))
}

func shb(o byteOrder) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	return block(o, 0x0a0d0d0a, o.AppendUint64(b, 1<<64-1))
}

func option(o byteOrder, code uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}

func idb(o byteOrder, link uint16, snapLen uint32, options ...[]byte) []byte {
	b := o.AppendUint16(nil, link)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, snapLen)
	for _, opt := range options {
		b = append(b, opt...)
	}
	return block(o, 1, b)
}

func tsresol(o byteOrder, v byte) []byte { return option(o, 9, []byte{v}) }

func tsoffset(o byteOrder, v int64) []byte { return option(o, 14, o.AppendUint64(nil, uint64(v))) }

func epb(o byteOrder, id uint32, ts uint64, origLen uint32, data []byte, options ...[]byte) []byte {
	b := o.AppendUint32(nil, id)
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, origLen)
	b = append(b, data...)
	b = append(b, make([]byte, -len(data)&3)...)
	for _, opt := range options {
		b = append(b, opt...)
	}
	return block(o, 6, b)
}

func oldPacket(o byteOrder, id, drops uint16, ts uint64, origLen uint32, data []byte) []byte {
	b := o.AppendUint16(nil, id)
	b = o.AppendUint16(b, drops)
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, origLen)
	return block(o, 2, append(b, data...))
}

func spb(o byteOrder, origLen uint32, data []byte) []byte {
	return block(o, 3, append(o.AppendUint32(nil, origLen), data...))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// fill is n bytes, told apart by seed.
func fill(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)*7 + seed
	}
	return b
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstded(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(b, nil)
}

func lz4ed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := lz4.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func xzed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// got is a packet out of its batch.
type got struct {
	Time    int64
	OrigLen uint32
	Link    uint16
	Data    string
}

// readAll reads a capture to its end and copies the packets. The error is nil
// at a clean end.
func readAll(t testing.TB, src io.Reader) ([]got, error) {
	t.Helper()
	r, err := Open(src, "x.pcap")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return drain(t, r)
}

func drain(t testing.TB, r *Reader) ([]got, error) {
	t.Helper()
	var packets []got
	var b capture.Batch
	for {
		err := r.ReadBatch(&b)
		if err != nil && len(b.Packets) > 0 {
			t.Fatalf("%d packets and an error: %v", len(b.Packets), err)
		}
		if err == nil && len(b.Packets) == 0 {
			t.Fatal("neither packets nor an error")
		}
		for i, p := range b.Packets {
			packets = append(packets, got{p.Time, p.OrigLen, p.Link, string(b.Bytes(i))})
		}
		if err != nil {
			if again := r.ReadBatch(&b); again != err || len(b.Packets) > 0 {
				t.Fatalf("after %v: %v and %d packets", err, again, len(b.Packets))
			}
			if err == io.EOF {
				err = nil
			}
			return packets, err
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		return "no *Error: " + err.Error()
	}
	return e.Error()
}
