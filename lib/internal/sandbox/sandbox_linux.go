package sandbox

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// Enter confines the process, all its threads, to a policy. What the kernel
// does not have is missing in the state; what else is there holds without it.
func Enter(p Policy) State {
	s := State{User: os.Getuid()}
	missing := func(what string, err error) bool {
		if err != nil {
			s.Missing = append(s.Missing, what+" ("+err.Error()+")")
		}
		return err == nil
	}
	if missing("dropping capabilities", dropCapabilities(p.Keep)) {
		s.Capless = true
		s.Kept = p.Keep != 0
	}
	if p.Run {
		missing("no_new_privs", allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1))
		on, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
		s.NoNewPrivs = err == nil && on == 1
		return s
	}
	f, calls, err := p.filter()
	seccompKnown := err == nil && seccomp.Supported()
	// What can't open files needs no limit to them. And with Landlock nobody
	// sees whose sockets are whose: one must ask as a debugger does.
	if (p.files() || !seccompKnown) && !p.Inspect {
		if version, err := ll.LandlockGetABIVersion(); missing("Landlock", err) && missing("Landlock", p.landlock()) {
			s.Landlock = version
		}
	}
	if err == nil {
		// The filter is for all threads, and sets no_new_privs in all. Before,
		// that must be set in the thread that makes it.
		runtime.LockOSThread()
		err = seccomp.LoadFilter(f)
		runtime.UnlockOSThread()
	}
	if missing("seccomp", err) {
		s.Calls = calls
	} else {
		missing("no_new_privs", allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1))
	}
	on, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	s.NoNewPrivs = err != nil || on == 1 // the filter forbids asking
	return s
}

// allThreads makes a system call in all threads. Arguments that it does not take
// are 0, as prctl demands: with cgo, Syscall3 leaves them to chance.
func allThreads(call uintptr, a, b uintptr) error {
	if _, _, errno := psx.Syscall6(call, a, b, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// Filters reports whether the kernel can limit system calls. Where a policy
// without Run is in force, it then runs no program.
func Filters() bool { return seccomp.Supported() }

// DropBounding empties the bounding set, so that no program that is run can
// have capabilities. It needs CAP_SETPCAP, and does nothing without it. It
// takes 2 or 3 ms, since it stops all threads for each capability.
func DropBounding() error {
	var held [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&header, &held[0]); err != nil {
		return os.NewSyscallError("capget", err)
	}
	if held[0].Effective&(1<<unix.CAP_SETPCAP) == 0 {
		return nil
	}
	for c := uintptr(0); c < 64; c++ {
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0)
		if err != nil {
			break // the last one is behind us
		}
		if has == 0 {
			continue
		}
		if err := allThreads(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c); err != nil {
			return os.NewSyscallError("prctl", err)
		}
	}
	return nil
}

// What capset gets in all threads: stacks move.
var (
	capHeader = unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	capWanted [2]unix.CapUserData
)

// dropCapabilities gives up all capabilities but some.
func dropCapabilities(keep Capabilities) error {
	var held [2]unix.CapUserData
	if err := unix.Capget(&capHeader, &held[0]); err != nil {
		return os.NewSyscallError("capget", err)
	}
	for i := range capWanted {
		permitted := held[i].Permitted & uint32(keep>>(32*i))
		capWanted[i] = unix.CapUserData{Effective: permitted, Permitted: permitted}
	}
	if held == capWanted {
		return nil
	}
	_, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&capHeader)), uintptr(unsafe.Pointer(&capWanted[0])), 0)
	if errno != 0 {
		return os.NewSyscallError("capset", errno)
	}
	return nil
}

const (
	readRights  = ll.AccessFSReadFile | ll.AccessFSReadDir
	writeRights = readRights | ll.AccessFSWriteFile | ll.AccessFSMakeReg | ll.AccessFSRemoveFile | ll.AccessFSTruncate
	treeRights  = writeRights | ll.AccessFSMakeDir | ll.AccessFSRefer
)

// landlock limits files to those of the policy, and forbids ports.
func (p *Policy) landlock() error {
	var rules []landlock.Rule
	read := p.Read
	if p.Connect {
		read = slices.Concat(read, resolverFiles())
	}
	for _, name := range read {
		info, err := os.Stat(name)
		if err != nil {
			continue
		}
		rights := landlock.AccessFSSet(readRights)
		if !info.IsDir() {
			rights = ll.AccessFSReadFile
		}
		switch {
		case info.Mode()&os.ModeNamedPipe != 0:
			// A pipe without a name, such as /dev/stdin, can have no rule, and needs none.
			_, err = filepath.EvalSymlinks(name)
		case info.Mode()&(os.ModeSocket|os.ModeIrregular) != 0:
			continue
		}
		if err == nil {
			rules = append(rules, landlock.PathAccess(rights, name).IgnoreIfMissing())
		}
	}
	for _, name := range p.Write {
		rules = append(rules, landlock.PathAccess(writeRights, name).IgnoreIfMissing())
	}
	for _, name := range p.Trees {
		rules = append(rules, landlock.PathAccess(treeRights, name).IgnoreIfMissing())
	}
	if p.Connect {
		return landlock.V5.BestEffort().RestrictPaths(rules...)
	}
	// Version 5 has all rights that are about files and TCP ports. Scopes of
	// signals and abstract sockets come later: seccomp has them.
	return landlock.V5.BestEffort().Restrict(rules...)
}

// resolverFiles are what the names of hosts are looked up with. The file with the
// servers is replaced by another one when the network changes, so that its
// directory must be readable; that is /etc where nobody has put it elsewhere.
func resolverFiles() []string {
	const servers = "/etc/resolv.conf"
	files := []string{"/etc/hosts", "/etc/nsswitch.conf", "/etc/services", servers}
	if target, err := filepath.EvalSymlinks(servers); err == nil {
		files = append(files, filepath.Dir(target))
	}
	return files
}
