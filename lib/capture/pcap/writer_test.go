package pcap

import (
	"bytes"
	"errors"
	"merctools/lib/capture"
	"reflect"
	"testing"
)

func TestWriterBytes(t *testing.T) {
	for _, c := range []struct {
		format PCAPFormat
		want   []byte
	}{
		{PCAPFormat{SnapLen: DefaultSnapLen, Link: 1}, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00" +
			"\x00\xf1\x53\x65\x40\xe2\x01\x00\x03\x00\x00\x00\x03\x00\x00\x00abc")},
		{PCAPFormat{Nano: true, SnapLen: 262144, Link: 276}, []byte("\x4d\x3c\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x14\x01\x00\x00" +
			"\x00\xf1\x53\x65\x15\xcd\x5b\x07\x03\x00\x00\x00\x03\x00\x00\x00abc")},
	} {
		var out bytes.Buffer
		w := NewWriter(&out, c.format)
		if err := w.WritePacket(1700000000123456789, []byte("abc"), 3); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), c.want) {
			t.Errorf("%+v:\n% x, want\n% x", c.format, out.Bytes(), c.want)
		}
	}
}

// chunks keeps each write apart.
type chunks [][]byte

func (c *chunks) Write(p []byte) (int, error) {
	*c = append(*c, bytes.Clone(p))
	return len(p), nil
}

func TestWriterWritesWholePackets(t *testing.T) {
	var out chunks
	w := NewWriter(&out, PCAPFormat{})
	var want []got
	for i := range 600 {
		n := i * 7919 % 3000
		if i == 300 {
			n = 400000 // more than the buffer
		}
		data := fill(n, byte(i))
		if err := w.WritePacket(int64(i)*1000, data, n); err != nil {
			t.Fatal(err)
		}
		want = append(want, got{int64(i) * 1000, 0, uint32(n), 0, string(data[:min(n, capture.MaxPacket)])})
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(out) < 4 || len(out) > 10 {
		t.Errorf("%d writes", len(out))
	}
	var all []byte
	for i, chunk := range out {
		all = append(all, chunk...)
		if _, err := readAll(t, bytes.NewReader(all)); err != nil {
			t.Errorf("after %d writes: %v", i+1, err)
		}
	}
	if packets := readOurs(t, all); !reflect.DeepEqual(packets, want) {
		t.Error("what is read is not what was written")
	}
}

type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

func TestWriterError(t *testing.T) {
	w := NewWriter(&failing{left: 1}, PCAPFormat{})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Errorf("nothing to write: %v", err)
	}
	if err := w.WritePacket(0, nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err == nil {
		t.Error("no error")
	}
}

func TestWriterDoesNotAllocate(t *testing.T) {
	w := NewWriter(&failing{left: 1 << 40}, PCAPFormat{})
	data := fill(1500, 1)
	if n := testing.AllocsPerRun(1000, func() {
		if err := w.WritePacket(1, data, 1500); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
