package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// WhenReaderGone calls f once the other end of standard output, a pipe or a
// socket, is closed. A command that has nothing to write would not notice.
func WhenReaderGone(f func()) {
	go func() {
		fds := []unix.PollFd{{Fd: int32(os.Stdout.Fd())}}
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
func WidenPipe() {
	_, _ = unix.FcntlInt(os.Stdout.Fd(), unix.F_SETPIPE_SZ, pipeSize)
}

const pipeSize = 1 << 20 // what users may have by default
