//go:build sandboxprobe

package cli

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// With the tag sandboxprobe, which only tests build with, a command that is
// confined tries what it must not be able to do, and writes what came of it.
func init() {
	confined = func(env *Env) {
		try := func(what string, f func() error) {
			err := f()
			if err == nil {
				fmt.Fprintf(env.Stderr, "%s: probe %s: allowed\n", env.Name, what)
			} else {
				fmt.Fprintf(env.Stderr, "%s: probe %s: %v\n", env.Name, what, err)
			}
		}
		open := func(name string, flags int) func() error {
			return func() error {
				f, err := os.OpenFile(name, flags, 0o600)
				if err == nil {
					f.Close()
				}
				return err
			}
		}
		try("read", open("/etc/hostname", os.O_RDONLY))
		try("read another", open("/proc/self/exe", os.O_RDONLY))
		try("write", open("/dev/shm/merctools-probe", os.O_WRONLY|os.O_CREATE))
		try("list", func() error { _, err := os.ReadDir("/etc"); return err })
		try("socket", func() error {
			fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
			if err == nil {
				syscall.Close(fd)
			}
			return err
		})
		try("local socket", func() error {
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err == nil {
				syscall.Close(fd)
			}
			return err
		})
		try("packets", func() error {
			fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
			if err == nil {
				syscall.Close(fd)
			}
			return err
		})
		try("listen", func() error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil {
				l.Close()
			}
			return err
		})
		try("exec", func() error { return exec.Command("/bin/true").Run() })
		try("replace", func() error { return syscall.Exec("/bin/true", []string{"true"}, nil) })
		try("kill", func() error { return syscall.Kill(1, 0) })
		try("trace", func() error { return syscall.PtraceAttach(os.Getppid()) })
		try("root", func() error {
			if os.Getuid() == 0 && os.Getenv("MERCTOOLS_PROBE_ROOT") == "" {
				return nil
			}
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETUID, 0, 0, 0); errno != 0 {
				return errno
			}
			return nil
		})
		if os.Getenv("MERCTOOLS_PROBE_STOP") == env.Name {
			// The test reads what the kernel says of the process.
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		}
	}
}
