package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"merctools/lib/capture/ring"
	"merctools/lib/output"
)

// A Session is a capture under way. It ends it, and tells about it, as signals
// and the service manager ask.
type Session struct {
	Env      *Env
	Signals  Signals
	Group    *ring.Group
	Output   *output.Output
	Duration time.Duration // after which the capture ends; 0: never
	Verbose  bool          // write rates every second

	// Reopen has SIGHUP begin a new output file. Without it, SIGHUP ends the
	// capture, as that of a terminal that is closed, unless it was ignored
	// from the start, as with nohup.
	Reopen bool

	// More returns further lines for the counters. It may be nil.
	More func() []string
}

// drainTimeout is how long after the end of a capture to wait for a reader of
// the output that takes nothing.
const drainTimeout = 4 * time.Second

// drainPoll is how often to look whether it does.
const drainPoll = 100 * time.Millisecond

// A droppedError says that a capture ended before everything that was captured
// was written. Workers may still be writing.
type droppedError struct {
	reason string
	count  uint64 // records or packets that were being written
	what   string // "records" or "packets"
	unread uint64 // packets that were captured, but not processed
}

// Error is one line.
func (e *droppedError) Error() string {
	s := fmt.Sprintf("%s: dropped the last %d %s", e.reason, e.count, e.what)
	if e.unread > 0 {
		s += fmt.Sprintf(", and did not process %d captured packets", e.unread)
	}
	return s
}

// Why a capture ends before everything is written.
const (
	outputStalled    = "output stalled"
	interruptedAgain = "interrupted again"
)

var errInterruptedEarly = errors.New("interrupted before the capture began")

// forceAfter is how long after a signal that ends the capture another one means
// that the end must be now. Before that it is the same one: timeout(1), for
// example, sends it to the command and then to all of its group.
const forceAfter = time.Second

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
			go func() { // there may be no room before the Session reads
				for _, sig := range early {
					s.c <- sig
				}
			}()
			return err
		case sig := <-s.c:
			if len(early) < cap(s.c)/2 {
				early = append(early, sig)
			}
			if end == nil && slices.Contains(endSignals, sig) {
				end = time.After(forceAfter)
			}
		case <-end:
			return errInterruptedEarly
		}
	}
}

// Run runs work, which returns when all packets are processed and the output is
// closed. SIGINT and SIGTERM end the capture; what the rings hold is processed.
// Another one, a moment later, ends the command at once, with an error that says
// what is lost; so does an output whose reader takes nothing. SIGUSR1 writes the counters.
func (s *Session) Run(work func() error) error {
	defer signal.Stop(s.Signals.c)

	done := make(chan error, 1)
	go func() { done <- work() }()
	u := newUpkeep(s.Output)
	defer u.end()
	manager := newManager(s.Env)
	manager.tell(daemon.SdNotifyReady)

	var end <-chan time.Time
	if s.Duration > 0 {
		end = time.After(s.Duration)
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	rate := rates{at: time.Now()}
	var drain drain
	defer drain.stop()
	stop := func() {
		if drain.begun() {
			return
		}
		manager.tell(daemon.SdNotifyStopping)
		drain.begin()
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
			case slices.Contains(endSignals, sig) && drain.begun() && time.Since(drain.since) > forceAfter:
				return s.dropped(interruptedAgain)
			case slices.Contains(endSignals, sig):
				stop()
			case slices.Contains(infoSignals, sig):
				s.Counters()
			case s.Reopen:
				manager.tell(daemon.SdNotifyReloading)
				u.reopen()
			case !slices.Contains(s.Signals.ignored, sig):
				stop()
			}
		case <-u.reopened:
			manager.tell(daemon.SdNotifyReady)
		case <-second.C:
			u.rotate()
			if s.Verbose {
				rate.write(s.Env, s.Group.Stats())
			}
			manager.watch(s.Group)
		case <-drain.poll():
			if drain.stalled(s.progress()) {
				return s.dropped(outputStalled)
			}
		}
	}
}

// A drain is the time after the end of a capture, when what was captured is
// still being written.
type drain struct {
	ticker     *time.Ticker // nil before the end
	since      time.Time
	progress   uint64
	progressAt time.Time
}

func (d *drain) begin() {
	d.since = time.Now()
	d.progressAt = d.since
	d.ticker = time.NewTicker(drainPoll)
}

func (d *drain) begun() bool { return d.ticker != nil }

func (d *drain) poll() <-chan time.Time {
	if d.ticker == nil {
		return nil
	}
	return d.ticker.C
}

// stalled notes the progress, and reports whether there was none for too long.
func (d *drain) stalled(progress uint64) bool {
	if progress != d.progress {
		d.progress, d.progressAt = progress, time.Now()
	}
	return time.Since(d.progressAt) > drainTimeout
}

func (d *drain) stop() {
	if d.ticker != nil {
		d.ticker.Stop()
	}
}

// progress grows with what is done.
func (s *Session) progress() uint64 { return s.total().Packets + s.Output.Written() }

// dropped says what is lost when the command ends now.
func (s *Session) dropped(reason string) error {
	all := s.total()
	e := &droppedError{reason: reason, count: s.Output.Pending(), what: s.Output.What()}
	if done := all.Dropped + all.Packets; all.Seen > done {
		e.unread = all.Seen - done
	}
	return e
}

func (s *Session) total() (all ring.Stats) {
	for _, r := range s.Group.Stats() {
		all.Add(r)
	}
	return all
}
