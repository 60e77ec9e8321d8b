//go:build !linux

package engine_test

import "time"

var started = time.Now()

// threadTime is the time that has passed: other systems have no clock of a
// thread that is as easily had.
func threadTime() time.Duration { return time.Since(started) }
