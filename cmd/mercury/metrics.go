package main

import (
	"fmt"

	"github.com/VictoriaMetrics/metrics"

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

// collect puts them into a set for Prometheus.
func (c *counters) collect(set *metrics.Set) {
	put := func(name string, v uint64) { set.NewCounter("mercury_" + name).Set(v) }
	for i, s := range c.group.Stats() {
		ring := fmt.Sprintf(`{ring="%d"}`, i)
		put("captured_packets_total"+ring, s.Packets)
		put("captured_bytes_total"+ring, s.Bytes)
		put("socket_packets_total"+ring, s.Seen)
		put("dropped_packets_total"+ring, s.Dropped) // by the kernel, because the ring was full
		put("socket_freezes_total"+ring, s.Freezes)  // of a ring that became full
	}
	beyond, _ := c.group.BeyondHead()
	put("beyond_flow_head_packets_total", beyond)
	work := c.work()
	put("records_shortened_total", work.Shortened)
	put("packets_given_up_total", work.Panics)
	for k, n := range work.States {
		state := func(event string, v uint64) {
			put(fmt.Sprintf("state_total{event=%q,kind=%q}", event, engine.StateKind(k).Label()), v)
		}
		state("begun", n.Begun)
		state("expired", n.Expired)
		state("evicted", n.Evicted)
		state("incomplete", n.Incomplete)
	}
	put("output_written_total", c.out.Written())
	put("output_lost_total", c.out.Lost())
}
