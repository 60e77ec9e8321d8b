package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"merctools/lib/capture/ring"
)

// A Session is a capture under way. It ends it, and tells about it, as signals
// and the service manager ask.
type Session struct {
	Env      *Env
	Signals  Signals
	Group    *ring.Group
	Duration time.Duration // after which the capture ends; 0: never
	Verbose  bool          // write rates every second

	// Every is called every second. It may be nil.
	Every func()

	// Reopen is called for SIGHUP. Where it is nil, SIGHUP ends the capture,
	// as that of a terminal that is closed, unless it was ignored from the
	// start, as with nohup.
	Reopen func()

	// More returns further lines for the counters. It may be nil.
	More func() []string
}

// blockedFor is how long after the end of a capture to wait for output that
// nobody takes.
const blockedFor = 5 * time.Second

var errBlocked = errors.New("gave up what was captured last: nobody takes the output")

var errInterrupted = errors.New("interrupted again: gave up what was captured last")

var errInterruptedEarly = errors.New("interrupted before the capture began")

// insists is how long after a signal that ends the capture another one means
// that the end must be now. Before that it is the same one: timeout(1), for
// example, sends it to the command and then to all of its group.
const insists = time.Second

// Signals are those that a Session acts on. There is one channel for all of
// the time: with another one for signals that come early, a signal that comes
// while one takes over from the other would count twice.
type Signals struct {
	c       chan os.Signal
	ignored []os.Signal // those for which the command was started ignoring them
}

// CatchSignals keeps signals for the Session that is to come, so that they
// don't end the process while the capture is being opened.
func CatchSignals() Signals {
	s := Signals{
		c:       make(chan os.Signal, 16),
		ignored: slices.DeleteFunc(slices.Clone(reopenSignals), func(s os.Signal) bool { return !signal.Ignored(s) }),
	}
	signal.Notify(s.c, slices.Concat(endSignals, infoSignals, reopenSignals)...)
	return s
}

// Prepare runs f, which does something before the Session that may take until
// somebody else does something, such as opening a pipe for writing. A signal
// that ends the capture does not wait for that.
func (s Signals) Prepare(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	var early []os.Signal
	var end <-chan time.Time
	for {
		select {
		case err := <-done:
			for _, sig := range early { // the Session's
				s.c <- sig
			}
			return err
		case sig := <-s.c:
			if len(early) < cap(s.c)/2 {
				early = append(early, sig)
			}
			if end == nil && slices.Contains(endSignals, sig) {
				end = time.After(insists)
			}
		case <-end:
			return errInterruptedEarly
		}
	}
}

// Run runs work, which returns when all packets are processed. SIGINT and
// SIGTERM end the capture; what the rings hold is processed. Another one, a
// moment later, ends the command at once. SIGUSR1 writes the counters.
func (s *Session) Run(work func() error) error {
	defer signal.Stop(s.Signals.c)

	done := make(chan error, 1)
	go func() { done <- work() }()
	manager := newManager(s.Env)
	manager.tell("READY=1")

	var end <-chan time.Time
	if s.Duration > 0 {
		end = time.After(s.Duration)
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	rate := rates{at: time.Now()}
	ending := false
	var endedAt time.Time
	var progress uint64
	var progressAt time.Time
	stop := func() {
		if ending {
			return
		}
		manager.tell("STOPPING=1")
		ending, endedAt = true, time.Now()
		progressAt = endedAt
		s.Group.Stop()
	}
	for {
		select {
		case err := <-done:
			return err
		case <-end:
			stop()
		case sig := <-s.Signals.c:
			switch {
			case slices.Contains(endSignals, sig) && ending && time.Since(endedAt) > insists:
				return errInterrupted
			case slices.Contains(endSignals, sig):
				stop()
			case slices.Contains(infoSignals, sig):
				s.Counters()
			case s.Reopen != nil:
				manager.tell("RELOADING=1")
				s.Reopen()
				manager.tell("READY=1")
			case !slices.Contains(s.Signals.ignored, sig):
				stop()
			}
		case <-second.C:
			if s.Every != nil {
				s.Every()
			}
			if s.Verbose {
				rate.write(s.Env, s.Group.Stats())
			}
			manager.watch(s.Group)
			if ending {
				if n := s.processed(); n != progress {
					progress, progressAt = n, time.Now()
				} else if time.Since(progressAt) > blockedFor {
					return errBlocked
				}
			}
		}
	}
}

func (s *Session) processed() uint64 {
	var n uint64
	for _, r := range s.Group.Stats() {
		n += r.Packets
	}
	return n
}

// Counters writes what was counted so far.
func (s *Session) Counters() {
	var more []string
	if s.More != nil {
		more = s.More()
	}
	Counters(s.Env.Stderr, s.Group.Stats(), more...)
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
	env.Notice(fmt.Sprintf("%.0f packets/s, %.3f MB/s captured, %.0f packets/s dropped, %d freezes",
		per(now.Packets, r.Packets), per(now.Bytes, r.Bytes)/1e6, per(now.Dropped, r.Dropped), now.Freezes-r.Freezes))
	*r = now
}
