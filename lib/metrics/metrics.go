// Package metrics serves counters for Prometheus.
package metrics

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"golang.org/x/net/netutil"

	"merctools/lib/cli"
)

// Listen opens the address that metrics are served at: a port, a host and a
// port, or a port behind a colon. Without a host it is the loopback interface
// only. The error names the option --metrics.
func Listen(address string) (net.Listener, error) {
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, cli.Usagef("--metrics: %v", err)
	}
	if host == "" {
		host = "127.0.0.1" // whose name nobody needs to know
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	return l, nil
}

// maxConns is how many connections there are at a time. Others wait in the
// kernel, where they take no memory and no files of this process.
const maxConns = 16

// headerTime is how long the headers of a request may take. Who never ends them
// makes room for others then.
const headerTime = 2 * time.Second

// Serve serves counters, and figures of the Go runtime, until the process ends.
// collect puts the counters into a new set each time that they are asked for;
// several goroutines may call it. An error goes to notice.
func Serve(l net.Listener, notice func(string), collect func(*metrics.Set)) {
	metrics.ExposeMetadata(true)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		set := metrics.NewSet()
		collect(set)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		set.WritePrometheus(w)
		metrics.WriteGoMetrics(w)
	})
	server := http.Server{Handler: mux, ReadHeaderTimeout: headerTime, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { notice("metrics: " + server.Serve(netutil.LimitListener(l, maxConns)).Error()) }()
}
