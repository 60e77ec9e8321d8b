//go:build !linux

package atomicfile

// renameNew gives a file a name that no file has.
func renameNew(from, to string) error { return renameSlowly(from, to) }
