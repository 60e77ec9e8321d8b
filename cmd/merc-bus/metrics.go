package main

import (
	"context"
	"net"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	"merctools/lib/bus"
	"merctools/lib/cli"
	"merctools/lib/metrics"
)

// metricsFlags are those about counters.
type metricsFlags struct {
	Metrics string `group:"Running:" placeholder:"ADDRESS" brief:"serve counters for Prometheus" help:"serve counters for Prometheus at a port, or a host and a port (default: this host only)"`
}

// listen opens the address if that was asked for; otherwise it returns nil.
func (f *metricsFlags) listen() (net.Listener, error) {
	if f.Metrics == "" {
		return nil, nil
	}
	return metrics.Listen(f.Metrics)
}

// serve serves counters at a listener, which may be nil, as may lag.
func serve(l net.Listener, env *cli.Env, n *bus.Counters, lag func(context.Context) (uint64, error)) {
	if l != nil {
		metrics.Serve(l, env.Notice, (&counters{n, lag}).collect)
	}
}

// counters are what a command has done, taken when they are asked for.
type counters struct {
	*bus.Counters
	lag func(context.Context) (uint64, error)
}

// lagTimeout is how long a queue may take to tell the lag. After that, it is
// left out.
const lagTimeout = 3 * time.Second

// collect puts them into a set for Prometheus.
func (c *counters) collect(set *vm.Set) {
	count := func(name string, v uint64) { set.NewCounter("merc_bus_" + name).Set(v) }
	gauge := func(name string, v float64) { set.NewGauge("merc_bus_"+name, func() float64 { return v }) }
	count("records_total", c.Records.Load())
	count("record_bytes_total", c.Bytes.Load())
	count("messages_total", c.Messages.Load())
	count("retries_total", c.Retries.Load())
	count("duplicates_total", c.Duplicate.Load())
	count("redelivered_total", c.Again.Load())
	count("rejected_total", c.Rejected.Load())
	count("mixed_records_total", c.Mixed.Load())         // in a file of many hours
	gauge("waiting_messages", float64(c.Waiting.Load())) // read and not acknowledged
	gauge("spool_files", float64(c.SpoolFiles.Load()))   // not published
	gauge("spool_bytes", float64(c.SpoolBytes.Load()))
	if c.lag == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
	defer cancel()
	if lag, err := c.lag(ctx); err == nil {
		gauge("lag_messages", float64(lag)) // not acknowledged by the group
	}
}
