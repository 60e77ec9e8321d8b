package pcap

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"merctools/lib/capture"
)

// fileOf is a file with a capture.
func fileOf(t *testing.T, in []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture")
	if err := os.WriteFile(path, in, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// readReserved does what readAll does for a file, of which blocks are loaded
// before their turn. loads says how many of them are.
func readReserved(t *testing.T, in []byte, loads func(i int) bool) (packets []got, used int, err error) {
	t.Helper()
	file := fileOf(t, in)
	r, err := Open(file, "x.pcap")
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	r.Parallel(file)
	var batches []*capture.Batch
	reserve := func(b *capture.Batch) {
		r.Reserve(b, len(batches))
		if loads(len(packets)) {
			b.Load()
		}
		batches = append(batches, b)
	}
	for range 3 {
		reserve(&capture.Batch{Data: make([]byte, capture.MinBlock+capture.Headroom)})
	}
	for {
		b := batches[0]
		batches = batches[1:]
		before := r.position()
		err := r.ReadBatch(b)
		for i, p := range b.Packets {
			packets = append(packets, got{p.Time, p.OrigLen, p.Link, string(b.Bytes(i))})
		}
		if err == io.EOF {
			return packets, used, nil
		}
		if err != nil {
			return packets, used, err
		}
		if at, err := file.Seek(0, io.SeekCurrent); r.packed == nil && (err != nil || at != r.position()) {
			t.Fatalf("the file is at %d, want %d: %v", at, r.position(), err)
		}
		if len(b.Data) > 0 && r.position()-before == capture.MinBlock {
			used++
		}
		reserve(b)
	}
}

// A file that is cut off when some of its blocks are loaded, and others are not,
// ends in one place: what was loaded is read, and nothing comes twice.
func TestReserveCutOff(t *testing.T) {
	const record = 16 + 1400
	in := pcapHead(le, 0xa1b2c3d4, 1)
	for i := range uint32(2000) {
		in = append(in, pcapRec(le, i, 0, 1400, 1400, fill(1400, byte(i)))...)
	}
	for _, cut := range []int64{30, 24 + 100*record, 400_000, capture.MinBlock * 2, 900_000, 1_500_000} {
		for from := range 6 { // batches before it is cut off
			path := filepath.Join(t.TempDir(), "x.pcap")
			if err := os.WriteFile(path, in, 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Open(file, "x.pcap")
			if err != nil {
				t.Fatal(err)
			}
			r.Parallel(file)
			var batches []*capture.Batch
			for ahead := range 3 {
				b := &capture.Batch{Data: make([]byte, capture.MinBlock+capture.Headroom)}
				r.Reserve(b, ahead)
				b.Load()
				batches = append(batches, b)
			}
			n := 0
			for i := 0; err == nil; i++ {
				if i == from {
					if err := os.Truncate(path, cut); err != nil {
						t.Fatal(err)
					}
				}
				b := batches[i%len(batches)]
				if err = r.ReadBatch(b); err != nil {
					break
				}
				for k := range b.Packets {
					if b.Packets[k].Time != int64(n)*1e9 || string(b.Bytes(k)) != string(fill(1400, byte(n))) {
						t.Fatalf("cut at %d after %d batches: packet %d is another", cut, from, n)
					}
					n++
				}
				r.Reserve(b, len(batches)-1)
				b.Load()
			}
			end := r.position() // everything before it was read
			if most := int64(24 + n*record); n < int(cut-24)/record || n < len(in)/record && end-most >= record {
				t.Errorf("cut at %d after %d batches: %d packets of %d bytes", cut, from, n, end)
			}
			if whole := (end-24)%record == 0; whole != (err == io.EOF) || !whole && !strings.Contains(errText(err), "cut off") {
				t.Errorf("cut at %d after %d batches: %v at %d", cut, from, err, end)
			}
			r.Close()
			file.Close()
		}
	}
}

// TestReserve checks that blocks which are loaded before their turn don't
// change what is read.
func TestReserve(t *testing.T) {
	usual := join(pcapHead(le, 0xa1b2c3d4, 1), bytes.Repeat(pcapRec(le, 1, 0, 1400, 1400, fill(1400, 1)), 2000))
	small := bytes.Repeat(pcapRec(le, 1, 0, 100, 100, fill(100, 7)), 4000)
	large := join(usual, pcapRec(le, 2, 0, 70000, 70000, fill(70000, 2)), small, pcapRec(le, 3, 0, 900000, 900000, fill(900000, 3)), small, small)
	nothing := join(usual, pcapRec(le, 4, 0, 0, 60, nil), small)
	other := join(shb(le), idb(le, 1, 0), epb(le, 0, 5, 60, fill(60, 4)))
	for name, in := range map[string][]byte{
		"usual":                usual,
		"large records":        large,
		"empty record":         nothing,
		"joined":               join(usual, usual, small, other, usual),
		"joined, compressed":   join(usual, gzipped(t, usual), usual),
		"cut off":              large[:len(large)-50],
		"cut off in a header":  usual[:len(usual)-1400-7],
		"no record behind it":  join(usual, bytes.Repeat([]byte{0xff}, 300000)),
		"one that is short":    usual[:2000],
		"large record cut off": join(usual, pcapRec(le, 3, 0, 900000, 900000, fill(400000, 3))),
	} {
		want, wantErr := readAll(t, bytes.NewReader(in))
		for way, loads := range map[string]func(int) bool{
			"all":  func(int) bool { return true },
			"none": func(int) bool { return false },
			"some": func(i int) bool { return i/7%2 == 0 },
		} {
			packets, used, err := readReserved(t, in, loads)
			if errText(err) != errText(wantErr) || !reflect.DeepEqual(packets, want) {
				t.Errorf("%s, %s loaded: %d packets, error %v, want %d, %v", name, way, len(packets), err, len(want), wantErr)
			}
			if name == "usual" && used < 8 {
				t.Errorf("%s, %s loaded: only %d blocks were read as they were reserved", name, way, used)
			}
		}
	}
}

// A block may be loaded behind the beginning of a record that fills all of the
// headroom, and not end it.
func TestReserveFullHeadroom(t *testing.T) {
	in := join(shb(le), idb(le, 1, 0))
	const first = capture.MinBlock - capture.Headroom // where the record begins
	in = append(in, epb(le, 0, 0, 1, fill(60000, 0))...)
	in = append(in, epb(le, 0, 0, 1, fill(60000, 0))...)
	in = append(in, epb(le, 0, 0, 1, fill(first-len(in)-32, 0))...)
	in = append(in, epb(le, 0, 0, 1, fill(100_000, 0))...)
	file := fileOf(t, in)
	r, err := Open(file, "x.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	r.Parallel(file)
	n := 0
	for _, size := range []int{capture.MinBlock, capture.Headroom + capture.MinBlock + 4} {
		b := capture.Batch{Data: make([]byte, size)}
		r.Reserve(&b, 0)
		b.Load()
		if err := r.ReadBatch(&b); err != nil {
			t.Fatal(err)
		}
		n += len(b.Packets)
	}
	if n != 4 {
		t.Errorf("%d packets", n)
	}
}
