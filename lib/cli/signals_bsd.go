//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import "syscall"

func init() { infoSignals = append(infoSignals, syscall.SIGINFO) }
