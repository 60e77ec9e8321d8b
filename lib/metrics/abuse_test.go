package metrics

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// TestAbuse has many clients do what they shouldn't: send a request byte by byte,
// headers without end, the preface of HTTP/2, garbage, and requests without reading
// an answer. Memory, files and goroutines stay bounded while they do, and others
// are served afterwards.
func TestAbuse(t *testing.T) {
	l, err := Listen("0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	Serve(l, func(string) {}, func(s *metrics.Set) {
		for i := range 100 {
			s.NewCounter(fmt.Sprintf(`mercury_test_total{kind="%d"}`, i)).Set(1)
		}
	})
	const request = "GET /metrics HTTP/1.1\r\nHost: x\r\n"
	// What clients send is there once: their memory is not the server's.
	pipelined := []byte(strings.Repeat(request+"\r\n", 1000))
	x, zeros, bits := bytes.Repeat([]byte("x"), 4096), make([]byte, 1<<20), bytes.Repeat([]byte{0xff}, 1<<20)
	preface := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + strings.Repeat("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff", 10_000))
	fields := bytes.Repeat([]byte("a:b\r\n"), 1000)
	attacks := map[string]func(c net.Conn){
		"byte by byte": func(c net.Conn) {
			for i := range len(request) {
				if _, err := c.Write([]byte(request[i : i+1])); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		},
		"headers without end": func(c net.Conn) {
			io.WriteString(c, request+"X: ")
			for range 4096 {
				if _, err := c.Write(x); err != nil {
					return
				}
			}
		},
		"many headers": func(c net.Conn) {
			io.WriteString(c, request)
			for range 100 {
				if _, err := c.Write(fields); err != nil {
					return
				}
			}
		},
		"HTTP/2":  func(c net.Conn) { c.Write(preface) },
		"garbage": func(c net.Conn) { c.Write(bits) },
		"a body": func(c net.Conn) {
			io.WriteString(c, request+"Content-Length: 9000000000000000000\r\n\r\n")
			for range 4 {
				c.Write(zeros)
			}
		},
		"answers that nobody reads": func(c net.Conn) {
			for range 100 {
				if _, err := c.Write(pipelined); err != nil {
					return
				}
			}
		},
	}
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	files, heap, goroutines := openFiles(t), memory(), runtime.NumGoroutine()
	const clients = 40 // of each kind
	var wg sync.WaitGroup
	var conns []net.Conn
	var mu sync.Mutex
	for _, attack := range attacks {
		for range clients {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			wg.Go(func() {
				c.SetDeadline(time.Now().Add(20 * time.Second))
				attack(c)
			})
		}
	}
	var most struct {
		files, goroutines int
		heap              uint64
	}
	for range 20 {
		time.Sleep(50 * time.Millisecond)
		most.files = max(most.files, openFiles(t)-files-len(conns))
		most.goroutines = max(most.goroutines, runtime.NumGoroutine()-goroutines-len(conns))
		if now := memory(); now > heap {
			most.heap = max(most.heap, now-heap)
		}
	}
	if most.files > maxConns+2 || most.goroutines > 3*maxConns || most.heap > 32<<20 {
		t.Errorf("%d files, %d goroutines, %d bytes", most.files, most.goroutines, most.heap)
	}
	t.Logf("%d files, %d goroutines, %d kB at most", most.files, most.goroutines, most.heap>>10)
	for _, c := range conns {
		c.Close()
	}
	wg.Wait()
	client := http.Client{Timeout: time.Minute}
	r, err := client.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); err != nil || !bytes.Contains(text, []byte(`mercury_test_total{kind="99"} 1`)) {
		t.Errorf("%v: %.200s", err, text)
	}
}

// TestHalfRequests checks that who sends half a request makes room for others in
// seconds.
func TestHalfRequests(t *testing.T) {
	l, err := Listen("0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	Serve(l, func(string) {}, func(*metrics.Set) {})
	for range 2 * maxConns {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "GET /metrics HTTP/1.1\r\nHost: ")
	}
	begun := time.Now()
	client := http.Client{Timeout: time.Minute}
	r, err := client.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if took := time.Since(begun); took > 3*headerTime+10*time.Second {
		t.Errorf("waited for %v", took)
	}
}
