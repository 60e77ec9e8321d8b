package cli

import (
	"os"
	"os/signal"
	"slices"
	"time"
)

// upstreamTime is how long a command that reads a pipe goes on after a signal
// that ends it. A terminal sends SIGINT to all commands of a pipe, and those
// before this one have something left to say.
const upstreamTime = time.Second

// EndInOrder has SIGINT and SIGTERM end a command that reads files, or standard
// input if piped is set, by way of last, which may be nil. Standard input is
// read on for a moment: if it ends by then, the command has done all its work.
// A second signal ends the command at once. Signals that were ignored from the
// start remain so.
func EndInOrder(piped bool, last func()) {
	signals := make(chan os.Signal, 2)
	wanted := slices.DeleteFunc(slices.Clone(endSignals), signal.Ignored)
	if len(wanted) == 0 {
		return // Notify would take that for all signals
	}
	signal.Notify(signals, wanted...)
	go func() {
		sig := <-signals
		if piped {
			select {
			case <-signals:
			case <-time.After(upstreamTime):
			}
		}
		if last != nil {
			last()
		}
		die(sig)
	}()
}

// die ends the process as the signal would have done.
func die(sig os.Signal) {
	signal.Reset(sig)
	if p, err := os.FindProcess(os.Getpid()); err == nil && p.Signal(sig) == nil {
		time.Sleep(time.Second) // the signal comes when it comes
	}
	os.Exit(exitFailure)
}
