package ring

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// physicalMemory is the size of the memory of this host, in bytes.
func physicalMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}

// availableMemory is how much can be had without swapping, in bytes, or a very
// large number where that is not known.
func availableMemory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return math.MaxInt64
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			value = strings.TrimSpace(strings.TrimSuffix(value, "kB"))
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				return n << 10
			}
		}
	}
	return math.MaxInt64
}
