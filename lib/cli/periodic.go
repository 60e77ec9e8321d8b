package cli

import (
	"errors"
	"sync"
	"time"
)

// A Periodic calls a function now and then, in a goroutine, and once more at its
// end.
type Periodic struct {
	f      func(last bool) error
	stop   chan struct{}
	done   chan error // gets the first error so far
	once   sync.Once
	failed error
}

// Repeat begins to call f every so often; only at the end if every is 0. The
// caller must End or Stop it.
func Repeat(every time.Duration, f func(last bool) error) *Periodic {
	p := &Periodic{f: f, stop: make(chan struct{}), done: make(chan error, 1)}
	go func() { p.done <- p.run(every) }()
	return p
}

func (p *Periodic) run(every time.Duration) (failed error) {
	var ticks <-chan time.Time // without an interval, none ever come
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-p.stop:
			return failed
		case <-ticks:
			if err := p.f(false); failed == nil {
				failed = err
			}
		}
	}
}

// Stop ends a Periodic without a last call.
func (p *Periodic) Stop() {
	p.once.Do(func() {
		close(p.stop)
		<-p.done
	})
}

// End calls the function for the last time, and returns the first error and that
// of this call. A signal can end a Periodic just when the command does: it is
// ended once.
func (p *Periodic) End() error {
	p.once.Do(func() {
		close(p.stop)
		failed := <-p.done
		p.failed = errors.Join(failed, p.f(true))
	})
	return p.failed
}
