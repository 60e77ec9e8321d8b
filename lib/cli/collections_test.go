package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	for _, tt := range []struct {
		live, globals, garbage uint64
		want                   int
	}{
		{0, 0, 12 << 20, 300}, {3 << 20, 0, 12 << 20, 300}, {3 << 20, 5 << 20, 12 << 20, 150},
		{3 << 20, 5 << 20, 5 << 20, 62}, {2 << 20, 0, 5 << 20, 125}, {15 << 20, 5 << 20, 5 << 20, 75}, {1 << 30, 0, 5 << 20, 100},
	} {
		if got := gcPercent(tt.live, tt.globals, tt.garbage); got != tt.want {
			t.Errorf("%d and %d bytes: %d %%, want %d %%", tt.live, tt.globals, got, tt.want)
		}
	}
}

// More threads may leave more garbage, up to a bound, unless the user has decided.
func TestSpareForThreads(t *testing.T) {
	before, percent := garbage.Load(), debug.SetGCPercent(100)
	defer func() {
		garbage.Store(before)
		debug.SetGCPercent(percent)
	}()
	for _, tt := range []struct {
		threads   int
		had, want uint64
	}{
		{1, threadGarbage, threadGarbage}, {2, threadGarbage, 2 * threadGarbage}, {64, threadGarbage, mostGarbage}, {64, 0, 0},
	} {
		garbage.Store(tt.had)
		debug.SetGCPercent(1)
		spareForThreads(tt.threads)
		changed := debug.SetGCPercent(100) != 1
		if got := garbage.Load(); got != tt.want || changed != (tt.want > tt.had) {
			t.Errorf("%d threads: %d bytes of garbage, percentage set: %v; want %d bytes", tt.threads, got, changed, tt.want)
		}
	}
}

func TestAfterCollections(t *testing.T) {
	called := make(chan struct{}, 1)
	afterCollections(func() {
		select {
		case called <- struct{}{}:
		default:
		}
	})
	for n := range 2 { // the second call shows that f is set up anew
		// It is set up after the call: one collection may come too early for it.
		for tries := 0; len(called) == 0; tries++ {
			if tries == 6000 {
				t.Fatalf("%d calls after many collections", n)
			}
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
		<-called
	}
}
