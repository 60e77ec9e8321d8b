package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Most commands hold a few megabytes, and the garbage collector would run each
// time that they have allocated as much again. spareCollections lets them
// allocate garbageSize bytes, but no more than maxPercent of what they hold. A
// large heap may double as ever. It does nothing where the user says by GOGC what
// to do. On a capture of TLS and QUIC it saves 5 % of CPU and costs 3 MB.
func spareCollections() {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := maxPercent
	debug.SetGCPercent(percent)
	roots := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	afterCollections(func() {
		metrics.Read(roots)
		if p := gcPercent(roots[0].Value.Uint64() + roots[1].Value.Uint64()); p != percent {
			percent = p
			debug.SetGCPercent(p)
		}
	})
}

const (
	garbageSize = 12 << 20
	maxPercent  = 400
)

// gcPercent is the percentage for a size in bytes of what the collector counts:
// the heap, and global variables.
func gcPercent(live uint64) int {
	return int(min(max(100*garbageSize/max(live, 1), 100), maxPercent))
}

// afterCollections calls f after each garbage collection.
func afterCollections(f func()) {
	type sentinel struct{ _ *int } // with a pointer: it shares memory with nothing else
	runtime.AddCleanup(new(sentinel), func(f func()) {
		f()
		afterCollections(f)
	}, f)
}
