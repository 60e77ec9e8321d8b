// Package builtin holds the resource archive that is used where no other one
// is named.
//
// It is made by scripts/make-ground-truth, from connections of real clients in
// a laboratory. Its VERSION says how many processes and fingerprints it knows.
// "go generate" in this folder makes its snapshot, whenever the archive or what
// package fingerprintdb makes of it has changed; a test fails until then.
package builtin

//go:generate go run ./generate

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

//go:embed default.tgz
var archive []byte

// snapshot is the CRC-32 of the archive that it was made of, and the snapshot.
//
//go:embed default.snapshot
var snapshot []byte

// Installed is where an archive is looked for before the built-in one is used.
const Installed = "/usr/local/share/mercury/resources.tgz"

// BuiltIn is what Open calls the archive in this package.
const BuiltIn = "built-in resources"

// Default is the archive in this package. It must not be changed.
func Default() []byte { return archive }

// A reader reads the archive in this package.
type reader struct{ bytes.Reader }

// NewReader returns a reader of the archive in this package, which has its
// snapshot with it (fingerprintdb.Snapshotter).
func NewReader() io.ReadCloser {
	r := &reader{}
	r.Reset(archive)
	return r
}

// Close implements io.Closer.
func (*reader) Close() error { return nil }

// Snapshot implements fingerprintdb.Snapshotter. It is empty if somebody replaced
// the archive without it.
func (*reader) Snapshot() []byte {
	if len(snapshot) < crc32.Size || binary.LittleEndian.Uint32(snapshot) != crc32.ChecksumIEEE(archive) {
		return nil
	}
	return snapshot[crc32.Size:]
}

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
		return NewReader(), BuiltIn, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, "", err
	}
	return f, name, nil
}
