//go:build unix && !linux

package cli

import "syscall"

// canBecomeRoot reports whether the process can have the privileges of root
// again. It then has.
func canBecomeRoot() bool { return syscall.Setuid(0) == nil }
