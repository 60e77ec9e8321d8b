//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

// inherit does nothing: on this system a file has the permissions of its
// directory.
func inherit(*os.File, fs.FileInfo) {}
