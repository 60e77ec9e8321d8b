//go:build !unix

package cli

import "errors"

// errStaysRoot says that nobody was named whose privileges are enough.
var errStaysRoot = errors.New("refusing to keep running as root")

func becomeNobody() error { return nil }

// DropPrivileges returns an error where a name is given.
func DropPrivileges(name string) error {
	if name == "" {
		return nil
	}
	return errors.ErrUnsupported
}
