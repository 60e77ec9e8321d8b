package main

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"merctools/lib/capture/ring"
	"merctools/lib/engine"
	"merctools/lib/output"
)

// counters are the counters of a capture, taken when they are asked for.
type counters struct {
	group *ring.Group
	out   *output.Output
	work  func() engine.Stats // of all workers
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mercury_"+name, help, labels, nil)
}

var (
	descPackets = describe("captured_packets_total", "Packets captured.", "ring")
	descBytes   = describe("captured_bytes_total", "Bytes of packets captured.", "ring")
	descSeen    = describe("socket_packets_total", "Packets seen by the socket.", "ring")
	descDropped = describe("dropped_packets_total", "Packets that the kernel dropped because the ring was full.", "ring")
	descFreezes = describe("socket_freezes_total", "Times that the ring became full.", "ring")
	descBeyond  = describe("beyond_flow_head_packets_total", "Packets that the kernel left out because the head of their flow had passed.")
	descState   = describe("state_total", "What was kept of several packets, by kind and by what became of it.", "kind", "event")
	descShort   = describe("records_shortened_total", "Records of which something was left out, because of --record-limit.")
	descGivenUp = describe("packets_given_up_total", "Packets given up because a parser failed.")
	descWritten = describe("output_written_total", "Records or packets written.")
	descLost    = describe("output_lost_total", "Records or packets that could not be written.")
)

// Describe implements prometheus.Collector.
func (c *counters) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descPackets, descBytes, descSeen, descDropped, descFreezes, descBeyond, descState, descShort, descGivenUp, descWritten, descLost} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *counters) Collect(ch chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	for i, s := range c.group.Stats() {
		number := strconv.Itoa(i)
		put(descPackets, s.Packets, number)
		put(descBytes, s.Bytes, number)
		put(descSeen, s.Seen, number)
		put(descDropped, s.Dropped, number)
		put(descFreezes, s.Freezes, number)
	}
	beyond, _ := c.group.BeyondHead()
	put(descBeyond, beyond)
	work := c.work()
	put(descShort, work.Shortened)
	put(descGivenUp, work.Panics)
	for k, n := range work.States {
		kind := engine.StateKind(k).Label()
		put(descState, n.Begun, kind, "begun")
		put(descState, n.Expired, kind, "expired")
		put(descState, n.Evicted, kind, "evicted")
		put(descState, n.Incomplete, kind, "incomplete")
	}
	put(descWritten, c.out.Written())
	put(descLost, c.out.Lost())
}
