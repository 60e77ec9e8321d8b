package main

import (
	"fmt"
	"syscall"
)

// peak is the most memory that a process had at a time.
func peak(p *process) string {
	usage, ok := p.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%d MB", usage.Maxrss>>10)
}
