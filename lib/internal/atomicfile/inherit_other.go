//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

// inherit does nothing: on this system a file has the permissions of its
// directory.
func inherit(*os.File, fs.FileInfo) {}

const noFollow = 0

func lock(*os.File) {}

// isAbandoned leaves it to the system, which does not remove what is open.
func isAbandoned(string) bool { return true }

// IsRemoved reports whether a file has no name any more, where that can be.
func IsRemoved(*os.File) bool { return false }

// IsOwn reports that nobody owns files here.
func IsOwn(fs.FileInfo) bool { return true }
