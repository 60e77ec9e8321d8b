//go:build !linux

package sandbox

import "os"

// Enter does nothing on this system.
func Enter(Policy) State {
	return State{User: os.Getuid(), Missing: []string{"a sandbox on this system"}}
}

// NeedsOverride reports that nothing was given up.
func NeedsOverride([]string) bool { return false }

// Filters reports that there is none.
func Filters() bool { return false }

// DropBounding does nothing on this system.
func DropBounding() error { return nil }
