//go:build !unix

package cli

import (
	"io"
	"os"
)

// standardOutput returns os.Stdout: writing to it fails where it is closed.
func standardOutput(*Env) io.Writer { return os.Stdout }
