//go:build !linux

package cli

// WhenReaderGone does nothing on this system.
func WhenReaderGone(func()) {}

// WidenPipe does nothing on this system.
func WidenPipe() {}
