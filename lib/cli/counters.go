package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"merctools/lib/capture/ring"
	"merctools/lib/output"
)

// Counters writes what was counted so far.
func (s *Session) Counters() {
	var more []string
	if left, on := s.Group.BeyondHead(); on {
		more = append(more, fmt.Sprintf("%d packets left out after the head of their flow", left))
	}
	if s.More != nil {
		more = append(more, s.More()...)
	}
	writeCounters(s.Env.Stderr, s.Group.Stats(), more...)
}

// rates is what was counted at some time.
type rates struct {
	at time.Time
	ring.Stats
}

// write writes by how much counts have grown, per second.
func (r *rates) write(env *Env, all []ring.Stats) {
	now := rates{at: time.Now()}
	for _, s := range all {
		now.Add(s)
	}
	sec := now.at.Sub(r.at).Seconds()
	per := func(a, b uint64) float64 { return float64(a-b) / sec }
	env.Noticef("%.0f packets/s, %.3f MB/s captured, %.0f packets/s dropped, %d freezes",
		per(now.Packets, r.Packets), per(now.Bytes, r.Bytes)/1e6, per(now.Dropped, r.Dropped), now.Freezes-r.Freezes)
	*r = now
}

// counts are the counts of an output that has lost some records.
func counts(lost uint64, out *output.Output) []string {
	return []string{
		fmt.Sprintf("%d output drops", lost),
		fmt.Sprintf("%d %s written", out.Written(), out.What()),
	}
}

// writeCounters writes to w what a capture has counted: in all, and by ring where
// there are several.
func writeCounters(w io.Writer, rings []ring.Stats, more ...string) {
	var b strings.Builder
	var s ring.Stats
	for _, r := range rings {
		s.Add(r)
	}
	fmt.Fprintf(&b, "--\n%d packets captured\n%d bytes captured\n%d packets seen by socket\n%d packets dropped\n%d socket queue freezes\n",
		s.Packets, s.Bytes, s.Seen, s.Dropped, s.Freezes)
	for _, line := range more {
		fmt.Fprintln(&b, line)
	}
	if len(rings) > 1 {
		for i, r := range rings {
			fmt.Fprintf(&b, "ring %d: %d packets captured, %d bytes captured, %d seen, %d dropped, %d freezes\n",
				i, r.Packets, r.Bytes, r.Seen, r.Dropped, r.Freezes)
		}
	}
	_, _ = io.WriteString(w, b.String()) // nobody to tell otherwise
}
