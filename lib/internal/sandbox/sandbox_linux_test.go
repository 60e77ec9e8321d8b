package sandbox

import (
	"testing"

	"golang.org/x/sys/unix"
)

// prctl wants arguments to be 0 that an option does not take, with cgo and without.
// For the process of the test it means nothing.
func TestAllThreads(t *testing.T) {
	for range 10 {
		if err := allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
			t.Fatal(err)
		}
	}
}
