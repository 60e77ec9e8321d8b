package pcap

import (
	"path/filepath"
	"strconv"
	"time"
)

// OutputName is the name of a file among those that rotation makes: the given
// name, the file's number in hexadecimal, counted from 0, and when it was
// opened, in local time: out.json-1f-20240229235959.
func OutputName(name string, number uint64, opened time.Time) string {
	return name + "-" + strconv.FormatUint(number, 16) + "-" + opened.Local().Format("20060102150405")
}

// unfinishedName is what a file is called until it is complete. It is in the
// same directory, so that renaming works, and hidden.
func unfinishedName(name string) string {
	dir, base := filepath.Split(name)
	return dir + "." + base + ".part"
}
