package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Collections decide when the garbage collector runs. Most commands hold a few
// megabytes, and it would run each time that they have allocated as much again,
// where it counts 5 MB of global variables as held (tables of gopacket). What
// may be allocated in between is startGarbage bytes at first, so that a short run
// with an archive collects nothing, and steadyGarbage later. A heap that is larger
// than that may double as ever. With a nil pointer, the runtime decides.
type collections struct{}

const (
	startGarbage  = 12 << 20
	steadyGarbage = 4 << 20

	// leastHeap is the size below which there is no collection at 100 percent.
	leastHeap = 4 << 20
)

// spareCollections begins to decide, unless the user says by GOGC what to do.
func spareCollections() *collections {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	c := new(collections)
	c.allow(startGarbage)
	afterCollections(func() {
		roots := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/globals:bytes"}}
		metrics.Read(roots)
		debug.SetGCPercent(gcPercent(roots[0].Value.Uint64(), roots[1].Value.Uint64(), steadyGarbage))
	})
	return c
}

// allow sets how many bytes may be allocated before the next collection.
func (c *collections) allow(garbage int64) {
	if c != nil {
		debug.SetGCPercent(int(100 * garbage / leastHeap))
	}
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
