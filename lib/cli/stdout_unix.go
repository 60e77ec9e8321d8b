//go:build unix

package cli

import (
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// standardOutput returns os.Stdout, or what says once that nothing written to it
// arrives.
//
// Where a standard stream is closed, Go's runtime opens /dev/null in its place,
// before any of the program runs: writing succeeds, and what is written is lost.
// It opens it for reading and writing, which a shell's >/dev/null does not. But
// some programs do so for those that they start (Python with DEVNULL, Node.js with
// "ignore", daemon(3)), and mean it: so this is told, and no error.
func standardOutput(env *Env) io.Writer {
	flags, err := unix.FcntlInt(uintptr(unix.Stdout), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR {
		return os.Stdout
	}
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return os.Stdout
	}
	if info, err := os.Stdout.Stat(); err != nil || !os.SameFile(info, null) {
		return os.Stdout
	}
	return &lostOutput{env: env}
}

// lostOutput takes what nobody gets.
type lostOutput struct {
	env  *Env
	once sync.Once
}

// Write says, the first time, that nothing arrives.
func (l *lostOutput) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.once.Do(func() {
			l.env.Notice("standard output is closed, or /dev/null: what is written to it is lost")
		})
	}
	return len(p), nil
}
