//go:build unix

package bus

import (
	"os/exec"
	"syscall"
)

// apart has a command not get the signals of a terminal: it is to finish.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
