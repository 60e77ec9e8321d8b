package cli

import (
	"runtime"
	"strconv"
)

// maxThreads is the largest number of workers.
const maxThreads = 256

// Threads reads the value of --threads: a number, or "cpu" for one worker per
// processor.
func Threads(value string) (int, error) {
	if value == "cpu" {
		return min(runtime.GOMAXPROCS(0), maxThreads), nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxThreads {
		return 0, Usagef("--threads: %q is neither cpu nor a number from 1 to %d", value, maxThreads)
	}
	return n, nil
}
