//go:build !linux

package cli

// WhenReaderGone does nothing on this system.
func (*Env) WhenReaderGone(func()) {}

// widenPipes does nothing on this system.
func (*Env) widenPipes() {}
