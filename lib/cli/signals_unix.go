//go:build unix

package cli

import (
	"os"
	"syscall"
)

// What signals ask a capture for.
var (
	endSignals    = []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	infoSignals   = []os.Signal{syscall.SIGUSR1}
	reopenSignals = []os.Signal{syscall.SIGHUP}
)
