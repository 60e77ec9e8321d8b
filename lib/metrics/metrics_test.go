package metrics

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestConnections checks that many who send half a request take few files, and
// that others are served when those are gone.
func TestConnections(t *testing.T) {
	l, err := Listen("0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "mercury_test_total"})
	Serve(l, func(string) {}, counter)
	before := openFiles(t)
	const many = 200
	var conns []net.Conn
	for range many {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: ")
		conns = append(conns, c)
	}
	time.Sleep(100 * time.Millisecond)
	if n := openFiles(t) - before - many; n > maxConns+1 {
		t.Errorf("the server has %d connections", n)
	}
	if n := runtime.NumGoroutine(); n > 10+3*maxConns {
		t.Errorf("%d goroutines", n)
	}
	for _, c := range conns {
		c.Close()
	}
	client := http.Client{Timeout: 30 * time.Second}
	r, err := client.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if b, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(b), "mercury_test_total 0") {
		t.Errorf("%v: %.100s", err, b)
	}
}

// openFiles is how many files the process has open; a constant where the
// system does not tell.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
