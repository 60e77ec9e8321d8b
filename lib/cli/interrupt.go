package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"time"

	"merctools/lib/capture"
	"merctools/lib/pipeline"
)

// upstreamTime is how long a command goes on after a signal that ends it. A
// terminal sends SIGINT to all commands of a pipe, and those before this one
// still write what they have.
const upstreamTime = time.Second

// errSignal is the cause of the end of a command's context.
type errSignal struct{ os.Signal }

// Error names the signal.
func (e errSignal) Error() string { return "ended by signal: " + e.String() }

// untilSignal runs a command that ends at SIGINT and SIGTERM: its context is
// done, and it has a moment to finish. A second signal ends it at once. When
// it has not done all its work, the process dies of the signal, so that a
// shell sees that.
func untilSignal(ctx context.Context, env *Env, run func(ctx context.Context) error) error {
	signals := make(chan os.Signal, 2)
	if !NotifyEnd(signals) {
		return run(ctx)
	}
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	select {
	case err := <-done:
		return err
	case sig := <-signals:
		cancel(errSignal{sig})
		select {
		case err := <-done:
			if !errors.As(err, new(errSignal)) {
				return err
			}
		case <-signals:
		case <-time.After(upstreamTime):
		}
		env.interrupted()
		die(sig)
		return nil
	}
}

// NotifyEnd has the signals that end a command sent to a channel; see notify.
func NotifyEnd(c chan<- os.Signal) bool { return notify(c, endSignals) }

// notify has signals sent to a channel, but for those that were ignored from the
// start: they remain so. It reports whether there are others.
func notify(c chan<- os.Signal, signals []os.Signal) bool {
	wanted := slices.DeleteFunc(slices.Clone(signals), signal.Ignored)
	if len(wanted) == 0 {
		return false // Notify would take an empty list for all signals
	}
	signal.Notify(c, wanted...)
	return true
}

// die ends the process as the signal would have done.
func die(sig os.Signal) {
	signal.Reset(sig)
	if p, err := os.FindProcess(os.Getpid()); err == nil && p.Signal(sig) == nil {
		time.Sleep(time.Second) // the signal comes when it comes
	}
	os.Exit(exitFailure)
}

// Until returns the input, which ends when ctx is done. Standard input is read
// on: what comes before this command in a pipe ends it.
func (in *Input) Until(ctx context.Context) pipeline.Source { return until{ctx, in} }

type until struct {
	ctx context.Context
	*Input
}

// ReadBatch implements pipeline.Source.
func (u until) ReadBatch(b *capture.Batch) error {
	if u.ctx.Err() != nil && !u.piped && u.follow == nil {
		return context.Cause(u.ctx)
	}
	return u.Input.ReadBatch(b)
}
