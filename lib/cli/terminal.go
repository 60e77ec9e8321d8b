package cli

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// isTerminal reports whether a stream of Env is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// BinaryOutput returns a UsageError where standard output is a terminal: what,
// such as "a capture", is nothing to be shown there. instead says what else can
// be done.
func (e *Env) BinaryOutput(what, instead string) error {
	if !isTerminal(e.Stdout) {
		return nil
	}
	return Usagef("%s can't be written to a terminal: %s", what, instead)
}

// A terminalInput is standard input from a terminal. The first time that the
// command waits for it, it says so.
type terminalInput struct {
	io.Reader
	env  *Env
	once sync.Once
}

// Read implements io.Reader.
func (t *terminalInput) Read(p []byte) (int, error) {
	t.once.Do(func() { t.env.Notice("waiting for input from the terminal (Ctrl-D ends it)") })
	return t.Reader.Read(p)
}
