//go:build unix

package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"merctools/lib/internal/sandbox"
)

// DropPrivileges makes all threads of the process those of a user, with that
// user's groups and no others, for good. "root" changes only what programs that are
// run could do. Without a name, it is the user who called sudo; where the process
// is root and there is none, errStaysRoot is returned. A process that is not root
// stays what it is when no name is given.
func DropPrivileges(name string) error {
	if name == "root" {
		return sandbox.DropBounding()
	}
	if name == "" && os.Getuid() != 0 {
		return nil
	}
	var u *user.User
	var err error
	if name != "" {
		u, err = user.Lookup(name)
	} else {
		id := os.Getenv("SUDO_UID")
		if id == "" || id == "0" {
			return errStaysRoot
		}
		u, err = user.LookupId(id)
	}
	if err != nil {
		return err
	}
	if err := become(u); err != nil {
		return fmt.Errorf("becoming user %s: %w", u.Username, err)
	}
	return nil
}

// errStaysRoot says that nobody was named whose privileges are enough.
var errStaysRoot = errors.New("refusing to keep running as root: name another user with --user, or use --user root")

func become(u *user.User) error {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	names, err := u.GroupIds()
	if err != nil {
		return err
	}
	groups := make([]int, len(names))
	for i, g := range names {
		if groups[i], err = strconv.Atoi(g); err != nil {
			return err
		}
	}
	if err := sandbox.DropBounding(); err != nil {
		return err
	}
	return becomeIDs(uid, gid, groups)
}

// becomeNobody makes the process that of the user who called sudo, or of
// nobody.
func becomeNobody() error {
	const nobody = 65534 // the kernel's overflow user, which owns nothing
	uid, errUser := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, errGroup := strconv.Atoi(os.Getenv("SUDO_GID"))
	if errUser != nil || errGroup != nil || uid <= 0 || gid <= 0 {
		uid, gid = nobody, nobody
	}
	return becomeIDs(uid, gid, nil)
}

// becomeIDs is become, with numbers.
func becomeIDs(uid, gid int, groups []int) error {
	// Each of these is for all threads, in the runtime's way of doing it.
	if os.Getuid() == uid && os.Getgid() == gid && uid != 0 {
		return nil
	}
	if err := syscall.Setgroups(groups); err != nil {
		return os.NewSyscallError("setgroups", err)
	}
	if err := syscall.Setgid(gid); err != nil {
		return os.NewSyscallError("setgid", err)
	}
	if err := syscall.Setuid(uid); err != nil {
		return os.NewSyscallError("setuid", err)
	}
	// One thread is asked: trying it with all would take long.
	if uid != 0 && canBecomeRoot() {
		return errors.New("privileges can be regained")
	}
	return nil
}
