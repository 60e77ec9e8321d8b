//go:build !race

// With the race detector, sync.Pool forgets some of what it is given.

package parquet

import (
	"io"
	"testing"
)

func TestNoAllocations(t *testing.T) {
	w, err := NewWriter(io.Discard, columns(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(`{"tls":{"client":{"server_name":"a\"b\u00e9"}},"dst_port":443,"event_start":1.5,"ok":true,"dns":{"question":[{"name":"x."},{"name":"y."}]},"vlan":[7,8]}`)
	const rows = 20000
	add := func() {
		for range rows {
			if err := w.Append(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	add()
	if n := testing.AllocsPerRun(2, add); n > rows/50 { // of pages, not of rows
		t.Errorf("%v allocations for %d rows", n, rows)
	}
}
