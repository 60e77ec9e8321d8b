package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"merctools/lib/bus"
	"merctools/lib/cli"
	"merctools/lib/metrics"
)

// metricsFlags are those about counters.
type metricsFlags struct {
	Metrics string `group:"Running:" placeholder:"ADDRESS" brief:"serve counters for Prometheus" help:"serve counters for Prometheus at a port, or a host and a port (default: this host only)"`
}

// serve serves counters if that was asked for. lag may be nil.
func (f *metricsFlags) serve(env *cli.Env, n *bus.Counters, lag func(context.Context) (uint64, error)) error {
	if f.Metrics == "" {
		return nil
	}
	l, err := metrics.Listen(f.Metrics)
	if err != nil {
		return err
	}
	metrics.Serve(l, env.Notice, &counters{n, lag})
	return nil
}

// counters are what a command has done, taken when they are asked for.
type counters struct {
	*bus.Counters
	lag func(context.Context) (uint64, error)
}

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("merc_bus_"+name, help, nil, nil)
}

var (
	descRecords    = describe("records_total", "Records published, written or stored.")
	descBytes      = describe("record_bytes_total", "Bytes of these records.")
	descMessages   = describe("messages_total", "Messages that had these records.")
	descRetries    = describe("retries_total", "Messages or batches sent again.")
	descDuplicates = describe("duplicates_total", "Messages that were there already.")
	descAgain      = describe("redelivered_total", "Messages that the queue has delivered before.")
	descRejected   = describe("rejected_total", "Records or messages left out.")
	descWaiting    = describe("waiting_messages", "Messages read and not acknowledged.")
	descLag        = describe("lag_messages", "Messages that the group has not acknowledged.")
	descSpoolFiles = describe("spool_files", "Files that are not published.")
	descSpoolBytes = describe("spool_bytes", "Bytes of files that are not published.")
)

// Describe implements prometheus.Collector.
func (c *counters) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descRecords, descBytes, descMessages, descRetries, descDuplicates, descAgain, descRejected, descWaiting, descLag, descSpoolFiles, descSpoolBytes} {
		ch <- d
	}
}

// lagTimeout is how long a queue may take to tell the lag. After that, it is
// left out.
const lagTimeout = 3 * time.Second

// Collect implements prometheus.Collector.
func (c *counters) Collect(ch chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64) {
		ch <- prometheus.MustNewConstMetric(d, kind, v)
	}
	put(descRecords, prometheus.CounterValue, float64(c.Records.Load()))
	put(descBytes, prometheus.CounterValue, float64(c.Bytes.Load()))
	put(descMessages, prometheus.CounterValue, float64(c.Messages.Load()))
	put(descRetries, prometheus.CounterValue, float64(c.Retries.Load()))
	put(descDuplicates, prometheus.CounterValue, float64(c.Duplicate.Load()))
	put(descAgain, prometheus.CounterValue, float64(c.Again.Load()))
	put(descRejected, prometheus.CounterValue, float64(c.Rejected.Load()))
	put(descWaiting, prometheus.GaugeValue, float64(c.Waiting.Load()))
	put(descSpoolFiles, prometheus.GaugeValue, float64(c.SpoolFiles.Load()))
	put(descSpoolBytes, prometheus.GaugeValue, float64(c.SpoolBytes.Load()))
	if c.lag == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
	defer cancel()
	if lag, err := c.lag(ctx); err == nil {
		put(descLag, prometheus.GaugeValue, float64(lag))
	}
}
