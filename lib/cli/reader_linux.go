package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// WhenReaderGone calls f once the other end of standard output, a pipe or a
// socket, is closed. A command that has nothing to write would not notice.
func (e *Env) WhenReaderGone(f func()) {
	out, ok := e.Stdout.(*os.File)
	if !ok {
		return
	}
	go func() {
		fds := []unix.PollFd{{Fd: int32(out.Fd())}}
		for {
			_, err := unix.Poll(fds, -1)
			if err == nil {
				f()
				return
			}
			if err != unix.EINTR {
				return
			}
		}
	}()
}

// WidenPipe asks for a larger pipe, where standard output is one: each time
// that it is full, the command and its reader have to wait for each other.
func (e *Env) WidenPipe() {
	if out, ok := e.Stdout.(*os.File); ok {
		_, _ = unix.FcntlInt(out.Fd(), unix.F_SETPIPE_SZ, pipeSize)
	}
}

const pipeSize = 1 << 20 // what users may have by default
