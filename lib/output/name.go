package output

import (
	"strconv"
	"time"
)

// Stdout is the name of standard output.
const Stdout = "-"

// IsStdout reports whether a name stands for standard output. Opening
// /dev/stdout instead would truncate a file that it is redirected to, also
// where that is to be appended to.
func IsStdout(name string) bool {
	switch name {
	case "", Stdout, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return true
	}
	return false
}

// rotatedName is the name of a file among those that rotation makes: the given
// name, the file's number in hexadecimal, counted from 0, and when it was
// opened, in local time: out.json-1f-20240229235959.
func rotatedName(name string, number uint64, opened time.Time) string {
	return name + "-" + strconv.FormatUint(number, 16) + "-" + opened.Local().Format(rotatedTime)
}

// rotatedTime is how a name tells the time at which a file was begun.
const rotatedTime = "20060102150405"
