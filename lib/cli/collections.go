package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

const (
	// threadGarbage is what may be allocated for each thread before the garbage
	// collector runs. It decides what a command holds: with 12 MB, that is 5 MB
	// more, and 5 % less CPU time for handshakes of QUIC, whose keys are garbage
	// soon.
	threadGarbage = 6 << 20

	// mostGarbage is what may be allocated for all threads.
	mostGarbage = 4 * threadGarbage

	// leastHeap is the size below which there is no collection at 100 percent.
	leastHeap = 4 << 20
)

// garbage is what may be allocated before the garbage collector runs; 0 where the
// user has decided.
var garbage atomic.Uint64

// spareCollections has the garbage collector run less often, unless the user says
// by GOGC what to do. Most commands hold a few megabytes, and it would run each
// time that they have allocated as much again. It counts 5 MB of global variables
// with what is held (tables of gopacket), and reads them each time. A heap that is
// larger than the garbage that is allowed may double as ever.
func spareCollections() {
	if os.Getenv("GOGC") != "" {
		return
	}
	garbage.Store(threadGarbage)
	debug.SetGCPercent(100 * threadGarbage / leastHeap)
	afterCollections(setGCPercent)
}

// spareForThreads does the same for a number of threads: each makes garbage, and
// all are slower while it is collected. What they share, as blocks of packets,
// counts until the first collection, and few captures need one then.
func spareForThreads(threads int) {
	if threads > 1 && garbage.Load() > 0 {
		garbage.Store(uint64(min(threads*threadGarbage, mostGarbage)))
		setGCPercent()
	}
}

// setGCPercent has the next collection come when as much is allocated as may be.
func setGCPercent() {
	roots := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(roots)
	debug.SetGCPercent(gcPercent(roots[0].Value.Uint64(), roots[1].Value.Uint64(), garbage.Load()))
}

// gcPercent is the percentage for sizes in bytes: of the heap after a
// collection, of the global variables that are counted with it, and of what may
// be allocated before the next one.
func gcPercent(live, globals, garbage uint64) int {
	return int(min(100*max(garbage, live)/max(live+globals, 1), 100*garbage/leastHeap))
}

// afterCollections calls f after each garbage collection.
func afterCollections(f func()) {
	type sentinel struct{ _ *int } // with a pointer: it shares memory with nothing else
	runtime.AddCleanup(new(sentinel), func(f func()) {
		f()
		afterCollections(f)
	}, f)
}
