//go:build !unix

package bus

import (
	"errors"
	"os"
)

// noFollow is for systems on which links are rare.
const noFollow = 0

// syncDir does nothing: not all systems can do that to a directory.
func syncDir(string) error { return nil }

// Lock takes a lock that one process can have, and that ends with it: a file
// that is open can't be removed.
func Lock(name string) (unlock func(), err error) {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("another merc-bus is at work there")
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}
