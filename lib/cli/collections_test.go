package cli

import (
	"runtime"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 400}, {1 << 20, 400}, {3 << 20, 400}, {6 << 20, 200}, {12 << 20, 100}, {1 << 30, 100},
	} {
		if got := gcPercent(tt.live); got != tt.want {
			t.Errorf("%d bytes: %d %%, want %d %%", tt.live, got, tt.want)
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
	for n := range 2 { // the second call shows that there is one after each
		runtime.GC()
		select {
		case <-called:
		case <-time.After(time.Minute):
			t.Fatalf("not called after collection %d", n+1)
		}
	}
}
