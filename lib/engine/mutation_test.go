package engine_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

var (
	mutations    = flag.Int("mutations", 10_000, "how many packets TestMutations makes (scripts/nightly: 10 million)")
	mutationSeed = flag.Uint64("mutation-seed", 0, "what TestMutations begins with; 0: the time")
)

// Bounds of TestMutations.
const (
	mutantTime   = 10 * time.Millisecond // of a packet, CPU time
	mutantMemory = 200 << 20             // of all workers, in bytes of the heap
)

// A mutant is a packet that was changed.
type mutant struct {
	link uint16
	data []byte
	time int64
}

// corpus has the packets of all captures, by capture.
func corpus(t *testing.T) [][]mutant {
	t.Helper()
	names, err := filepath.Glob("../../testdata/captures/*.pcap*")
	if err != nil || len(names) < 30 {
		t.Fatal(names, err)
	}
	var all [][]mutant
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pcap.Open(f, name)
		if err != nil {
			t.Fatal(err)
		}
		var list []mutant
		var b capture.Batch
		for {
			err := r.ReadBatch(&b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for i := range b.Packets {
				p := &b.Packets[i]
				list = append(list, mutant{p.Link, bytes.Clone(b.Bytes(i)), p.Time})
			}
		}
		r.Close()
		f.Close()
		if len(list) > 0 {
			all = append(all, list)
		}
	}
	return all
}

// A breeder makes sequences of mutants.
type breeder struct {
	*rand.Rand
	captures [][]mutant
	now      int64
}

// maxSequence is how many packets of a capture are taken at a time, so that
// what was in the beginning of a flow is still known.
const maxSequence = 60

// sequence takes packets of a capture, or of two that are spliced, and changes
// some, and their order.
func (b *breeder) sequence(dst []mutant) []mutant {
	dst = dst[:0]
	for range 1 + b.IntN(2) {
		list := b.captures[b.IntN(len(b.captures))]
		first := b.IntN(len(list))
		for _, m := range list[first:min(first+1+b.IntN(maxSequence), len(list))] {
			at := len(dst)
			if at > 0 && b.IntN(4) == 0 {
				at = b.IntN(at) // between those of the other capture
			}
			dst = append(dst, mutant{})
			copy(dst[at+1:], dst[at:])
			dst[at] = m
		}
	}
	for i := range dst {
		if b.IntN(3) > 0 {
			dst[i].data = b.change(dst[i].data)
		}
	}
	for range b.IntN(1 + len(dst)/4) {
		switch i, j := b.IntN(len(dst)), b.IntN(len(dst)); b.IntN(4) {
		case 0, 1:
			dst[i], dst[j] = dst[j], dst[i]
		case 2:
			dst = append(dst, dst[i])
		case 3:
			dst[i].link = dst[j].link
		}
	}
	for i := range dst {
		b.now += b.Int64N(50e6)
		if b.IntN(500) == 0 {
			b.now -= b.Int64N(60e9)
		}
		dst[i].time = b.now
	}
	return dst
}

// change returns a changed copy of a packet.
func (b *breeder) change(p []byte) []byte {
	p = bytes.Clone(p)
	for range 1 + b.IntN(4) {
		if len(p) < 4 {
			return append(p, byte(b.Uint32()), byte(b.Uint32()), byte(b.Uint32()), byte(b.Uint32()))
		}
		at := b.IntN(len(p))
		if b.IntN(2) == 0 {
			at = min(at, b.IntN(len(p))) // rather in front, where headers are
		}
		switch b.IntN(9) {
		case 0:
			p[at] ^= 1 << b.IntN(8)
		case 1:
			p[at] = []byte{0, 1, 0x7f, 0x80, 0xfe, 0xff, '\r', '\n', '"', ':'}[b.IntN(10)]
		case 2:
			p = p[:at]
		case 3: // a length, perhaps
			i := min(at, len(p)-2)
			binary.BigEndian.PutUint16(p[i:], binary.BigEndian.Uint16(p[i:])+uint16(b.IntN(65)-32))
		case 4:
			i := min(at, len(p)-4)
			binary.LittleEndian.PutUint32(p[i:], binary.LittleEndian.Uint32(p[i:])+uint32(b.IntN(65))-32)
		case 5: // bytes of another packet in place of the rest
			other := b.captures[b.IntN(len(b.captures))]
			q := other[b.IntN(len(other))].data
			p = append(p[:at], q[b.IntN(len(q)+1):]...)
		case 6: // the same again
			i := b.IntN(at + 1)
			p = append(p, p[i:min(i+b.IntN(64), len(p))]...)
		case 7:
			i := min(at+b.IntN(16), len(p))
			p = append(p[:at], p[i:]...)
		case 8:
			p = append(p[:at:at], append(bytes.Repeat([]byte{p[at]}, 1+b.IntN(32)), p[at:]...)...)
		}
		if len(p) > 65535 {
			p = p[:65535]
		}
	}
	return p
}

// A trial is a worker, and what was the worst of what it did.
type trial struct {
	name    string
	cfg     engine.Config
	worker  *engine.Worker
	out     []byte
	slowest time.Duration
	longest int
	gain    float64 // bytes of records for each byte of a packet of 64 or more
}

// TestMutations has workers, with every option on, process packets of all
// captures that were changed: single bits and bytes, lengths, cuts, splices of
// two packets and of two captures, other orders, and duplicates. No parser may
// fail, all that is written is lines of JSON in UTF-8, no packet takes longer
// than 10 ms, and memory stays bounded.
func TestMutations(t *testing.T) {
	seed := *mutationSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-mutation-seed=%d", seed)
	model, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all, deep := normalized(t), complete(t)
	all.Model, all.Explain, all.RecordLimit = model, true, envelope.MinLimit
	deep.Deep, deep.Context = true, true
	var trials []*trial
	for _, x := range []*trial{{name: "all options", cfg: all}, {name: "deep", cfg: deep}, {name: "none"}} {
		x.worker = newWorker(t, x.cfg)
		trials = append(trials, x)
	}
	// The time of the thread, which others on the machine do not add to.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer watchForHang(seed)()
	b := &breeder{Rand: rand.New(rand.NewPCG(seed, 1)), captures: corpus(t), now: 1.7e18}
	var list []mutant
	var memory runtime.MemStats
	most := uint64(0)
	begin := time.Now()
	packets, sequences := 0, 0
	for packets < *mutations && !t.Failed() {
		list = b.sequence(list)
		for _, x := range trials {
			x.process(t, list)
		}
		packets += len(list)
		if sequences++; sequences%2000 == 0 {
			runtime.ReadMemStats(&memory)
			most = max(most, memory.HeapInuse)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > mutantMemory {
		t.Errorf("%d MiB are in use", memory.HeapAlloc>>20)
	}
	t.Logf("%d packets in %d sequences, %v, %d MiB in use, at most %d", packets, sequences, time.Since(begin).Round(time.Second), memory.HeapAlloc>>20, max(most, memory.HeapInuse)>>20)
	for _, x := range trials {
		t.Logf("%s: the slowest packet took %v, the longest record has %d bytes, at most %.1f bytes for each of a packet", x.name, x.slowest, x.longest, x.gain)
	}
}

// underWay is the packet that is processed.
var underWay atomic.Pointer[mutant]

// hangTime is after how long a packet, of which any takes less than a millisecond
// of CPU time, is taken for one that never ends.
const hangTime = 5 * time.Minute

// watchForHang ends the process with the packet that is processed if that takes
// too long: without it, nobody would see which one it is.
func watchForHang(seed uint64) (stop func()) {
	done := make(chan struct{})
	go func() {
		var last *mutant
		for {
			select {
			case <-done:
				return
			case <-time.After(hangTime):
			}
			if m := underWay.Load(); m != nil && m == last {
				panic(fmt.Sprintf("no end of a packet: -mutation-seed=%d, link type %d, time %d, %x", seed, m.link, m.time, m.data))
			} else {
				last = m
			}
		}
	}()
	return func() { close(done) }
}

// process has the worker process a sequence.
func (x *trial) process(t *testing.T, list []mutant) {
	for i := range list {
		m := &mutant{list[i].link, list[i].data, list[i].time} // a new one, for underWay
		underWay.Store(m)
		before := threadTime()
		x.out = x.worker.Packet(x.out[:0], m.link, m.data, m.time)
		took := threadTime() - before
		for d := x.worker.Deferred(); d != nil; d = x.worker.Deferred() {
			t.Fatal("an analysis is left open") // a worker with a history has none
		}
		if err := x.check(); err != nil {
			t.Errorf("%s: %v", x.name, err)
			for _, p := range list[:i+1] {
				t.Logf("link type %d, time %d: %x", p.link, p.time, p.data)
			}
			return
		}
		if took > max(x.slowest, time.Millisecond) { // or garbage was collected
			took = x.again(t, list[:i+1])
		}
		if took > mutantTime {
			t.Errorf("%s: a packet took %v of CPU time: link type %d, %x", x.name, took, m.link, m.data)
			return
		}
		x.slowest = max(x.slowest, took)
		x.longest = max(x.longest, len(x.out))
		if len(m.data) >= 64 {
			x.gain = max(x.gain, float64(len(x.out))/float64(len(m.data)))
		}
	}
}

// again measures the last packet of a sequence again, with new workers, and
// returns the shortest time: that of the packet, not of collecting garbage.
func (x *trial) again(t *testing.T, list []mutant) time.Duration {
	shortest := time.Hour
	for range 3 {
		w := newWorker(t, x.cfg)
		var out []byte
		for i := range list {
			before := threadTime()
			out = w.Packet(out[:0], list[i].link, list[i].data, list[i].time)
			if i == len(list)-1 {
				shortest = min(shortest, threadTime()-before)
			}
		}
	}
	return shortest
}

func (x *trial) check() error {
	if n := x.worker.Counters().Panics; n > 0 {
		return errors.New("a parser failed")
	}
	for rest := x.out; len(rest) > 0; {
		line, after, found := bytes.Cut(rest, []byte{'\n'})
		if !found || !utf8.Valid(line) || !json.Valid(line) || line[0] != '{' || len(line) >= record.MaxLen {
			return fmt.Errorf("not a line of JSON: %q", rest)
		}
		rest = after
	}
	return nil
}
