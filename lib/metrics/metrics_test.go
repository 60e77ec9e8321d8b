package metrics

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestConnections checks that many who send half a request take few files, and
// that others are served when those are gone.
func TestConnections(t *testing.T) {
	l, err := Listen("0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	Serve(l, func(string) {}, func(s *metrics.Set) {
		for _, kind := range []string{"one", "another"} {
			s.NewCounter(`mercury_test_total{event="seen",kind="` + kind + `"}`).Set(1 << 62)
		}
		s.NewGauge("mercury_test", func() float64 { return 0.5 })
	})
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
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	counter := families["mercury_test_total"].GetMetric()
	if len(counter) != 2 || counter[0].GetCounter().GetValue() != 1<<62 || counter[0].GetLabel()[1].GetValue() != "another" {
		t.Errorf("the counter is %v", counter)
	}
	if gauge := families["mercury_test"].GetMetric(); len(gauge) != 1 || gauge[0].GetGauge().GetValue() != 0.5 {
		t.Errorf("the gauge is %v", gauge)
	}
	if g := families["go_goroutines"].GetMetric(); len(g) != 1 || g[0].GetGauge().GetValue() < 1 {
		t.Errorf("goroutines: %v", g)
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

// Errors name the option.
func TestListenErrors(t *testing.T) {
	for _, address := range []string{"1:2:3", "99999", "nosuchport"} {
		if l, err := Listen(address); err == nil || !strings.HasPrefix(err.Error(), "--metrics: ") {
			t.Errorf("%s: %v, %v", address, l, err)
		}
	}
}
