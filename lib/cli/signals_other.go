//go:build !unix

package cli

import "os"

// What signals ask a capture for.
var (
	endSignals    = []os.Signal{os.Interrupt}
	infoSignals   []os.Signal
	reopenSignals []os.Signal
)
