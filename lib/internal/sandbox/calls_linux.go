package sandbox

import (
	"os"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// always are the system calls of reading, writing, memory, time, threads and
// signals: those that Go's runtime makes. The most frequent come first.
var always = []string{
	"read", "write", "futex", "nanosleep", "clock_nanosleep", "epoll_pwait", "epoll_wait", "epoll_ctl", "sched_yield",
	"pread64", "pwrite64", "readv", "writev", "lseek", "close", "fstat", "fcntl", "ioctl", "poll", "ppoll", "pselect6",
	"mmap", "munmap", "mremap", "madvise", "mprotect", "mincore", "brk",
	"clock_gettime", "gettimeofday", "clock_getres", "getrandom", "restart_syscall",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "setitimer", "timer_create", "timer_settime", "timer_delete",
	"exit", "exit_group", "set_robust_list", "rseq", "membarrier", "sched_getaffinity", "sched_setaffinity",
	"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "uname", "sysinfo",
	"epoll_create1", "eventfd2", "pipe2", "dup", "dup3",
	"splice", "sendfile", "copy_file_range", "ftruncate", "fallocate", "fadvise64", "fsync", "fdatasync",
	// Variants of 32-bit systems.
	"mmap2", "fstat64", "fcntl64", "_llseek", "ftruncate64", "clock_gettime64", "clock_nanosleep_time64", "futex_time64",
	"ppoll_time64", "getuid32", "geteuid32", "getgid32", "getegid32", "sendfile64",
}

// forFiles are those of opening files and looking for them.
var forFiles = []string{
	"newfstatat", "fstatat64", "statx", "stat", "lstat", "readlinkat", "getdents64", "faccessat", "faccessat2", "getcwd", "fstatfs", "statfs",
}

// forWriting are those of making, renaming and removing files.
var forWriting = []string{
	"renameat", "renameat2", "unlinkat", "fchmod", "fchmodat", "fchown", "fchownat", "fchown32", "linkat", "umask", "flock",
}

// forTrees are those of making directories.
var forTrees = []string{"mkdirat"}

var (
	forCapture = []string{"getsockopt", "setsockopt", "bind", "getsockname"}
	forServing = []string{"accept4", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown", "recvfrom", "sendto", "sendmsg", "recvmsg"}
	forConnect = []string{"connect", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown"}
	forNotify  = []string{"connect", "sendto", "sendmsg", "write", "getsockname", "getpeername", "setsockopt", "getsockopt"}
	forInspect = []string{"bind", "connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "getsockname", "getsockopt", "setsockopt"}
)

// filter returns what allows the calls of a policy, and how many there are.
func (p *Policy) filter() (f seccomp.Filter, calls int, err error) {
	known, err := arch.GetInfo("")
	if err != nil {
		return f, 0, err
	}
	group := seccomp.SyscallGroup{Action: seccomp.ActionAllow}
	seen := map[string]bool{}
	add := func(names []string) {
		for _, name := range names {
			if _, ok := known.SyscallNames[name]; ok && !seen[name] {
				seen[name] = true
				group.Names = append(group.Names, name)
			}
		}
	}
	when := func(name string, conditions ...seccomp.Condition) {
		if _, ok := known.SyscallNames[name]; ok {
			seen[name] = true
			group.NamesWithCondtions = append(group.NamesWithCondtions, seccomp.NameWithConditions{Name: name, Conditions: conditions})
		}
	}
	add(always)
	if p.files() {
		add(forFiles)
	}
	if len(p.Trees) > 0 {
		add(forTrees)
	}
	if len(p.Write)+len(p.Trees) > 0 {
		add(forWriting)
		add([]string{"openat"})
	} else if p.files() {
		const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC
		when("openat", seccomp.Condition{Argument: 2, Operation: seccomp.BitsNotSet, Value: writing})
	}
	if p.Capture {
		add(forCapture)
	}
	if p.Reopen {
		when("socket", seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: unix.AF_PACKET})
	}
	if p.Serve {
		add(forServing)
	}
	if p.Connect {
		// No bind and no listen: nobody can connect to this process.
		add(forConnect)
		for _, family := range []uint64{unix.AF_INET, unix.AF_INET6} {
			when("socket", seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: family})
		}
	}
	if p.Notify {
		add(forNotify)
		when("socket", seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: unix.AF_UNIX})
	}
	if p.Inspect {
		add(forInspect)
		when("socket", seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: unix.AF_NETLINK})
	}
	// Signals to itself only, and threads but no processes.
	self := seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: uint64(os.Getpid())}
	when("tgkill", self)
	when("kill", self)
	when("clone", seccomp.Condition{Argument: 0, Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD})
	groups := []seccomp.SyscallGroup{group}
	if _, ok := known.SyscallNames["clone3"]; ok {
		// Its flags are in memory, which a filter can't see. C libraries, with
		// which a build may have cgo, use clone where they think there is none.
		groups = append(groups, seccomp.SyscallGroup{Names: []string{"clone3"}, Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)})
	}
	f = seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy:     seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: groups},
	}
	return f, len(seen), nil
}
