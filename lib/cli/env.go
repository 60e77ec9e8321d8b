package cli

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// Env is what a command works with. Tests run commands in their own process
// with other streams.
type Env struct {
	Name   string // of the command, as its messages begin
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	process bool   // the command is the process, which may be confined
	opened  opened // files that are still to be read

	mu          sync.Mutex
	onInterrupt []func()
}

// A Runner does the work of a command. It is a pointer to a struct whose
// fields are the flags, with kong's tags.
//
// Run ends early when ctx is done, with the cause of that as its error.
type Runner interface {
	Run(ctx context.Context, env *Env) error
}

// Live is a Runner that may capture until a signal ends that, in an orderly
// way of its own: its context is not done at a signal.
type Live interface {
	Live() bool
}

// Notice writes a message of one line to standard error.
func (e *Env) Notice(message string) { fmt.Fprintf(e.Stderr, "%s: %s\n", e.Name, Printable(message)) }

// Noticef is Notice for a message that is made by a format.
func (e *Env) Noticef(format string, args ...any) { e.Notice(fmt.Sprintf(format, args...)) }

// OnInterrupt has f called when a signal ends the command before Run returns.
// Run may still be at work then.
func (e *Env) OnInterrupt(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onInterrupt = append(e.onInterrupt, f)
}

func (e *Env) interrupted() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, f := range e.onInterrupt {
		f()
	}
}
