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

// widenPipes asks for larger pipes, where standard input and output are some: each
// time that one is full or empty, the commands at its ends have to wait for each other.
func (e *Env) widenPipes() {
	for _, end := range []any{e.Stdin, e.Stdout} {
		f, ok := end.(*os.File)
		if !ok {
			continue
		}
		if conn, err := f.SyscallConn(); err == nil {
			_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
		}
	}
}

const pipeSize = 1 << 20 // what users may have by default
