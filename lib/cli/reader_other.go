//go:build !linux

package cli

// WhenReaderGone does nothing on this system.
func (*Env) WhenReaderGone(func()) {}

// WidenPipe does nothing on this system.
func (*Env) WidenPipe() {}
