// Package builtin holds the resource archive that is used where no other one
// is named.
//
// It is made by scripts/make-ground-truth, from connections of real clients in
// a laboratory. Its VERSION says how many processes and fingerprints it knows.
package builtin

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
)

//go:embed default.tgz
var archive []byte

// Installed is where an archive is looked for before the built-in one is used.
const Installed = "/usr/local/share/mercury/resources.tgz"

// BuiltIn is what Open calls the archive in this package.
const BuiltIn = "built-in resources"

// Default is the archive in this package. It must not be changed.
func Default() []byte { return archive }

// Open opens a resource archive; without a name, the installed one if there is
// one, or else the one in this package. It returns what to call it in
// messages.
func Open(name string) (r io.ReadCloser, called string, err error) {
	if name == "" {
		f, err := os.Open(Installed)
		if err == nil {
			return f, Installed, nil
		}
		if !os.IsNotExist(err) {
			return nil, "", fmt.Errorf("the installed resource archive: %w", err)
		}
		if len(archive) == 0 {
			return nil, "", errors.New("there is no resource archive at " + Installed + ", and none is built in; name one with --resources")
		}
		return io.NopCloser(bytes.NewReader(archive)), BuiltIn, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, "", err
	}
	return f, name, nil
}
