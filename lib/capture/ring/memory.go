package ring

import "fmt"

// Memory of the rings is the kernel's and can't be swapped out, and it is
// zeroed before the first packet can be captured, which takes 0.3 to 0.7 ms
// for each MiB. The limit holds 200 ms of packets at 10 Gbit/s, longer than a
// reader that gets processor time at all is late.
const (
	defaultFraction = 0.05
	defaultLimit    = 256 << 20
)

// DefaultMemory is how much memory a capture takes that is not told, in bytes:
// a twentieth of all that there is, but not more than 256 MiB.
func DefaultMemory() int64 {
	return min(MemoryFraction(defaultFraction), defaultLimit)
}

// MemoryFraction is a fraction of the physical memory, in bytes.
func MemoryFraction(f float64) int64 { return int64(f * float64(physicalMemory())) }

// layout divides memory into rings of blocks, and returns the number of
// blocks of each ring.
func layout(memory int64, rings, block int) (int, error) {
	n := memory / int64(rings) / int64(block)
	if n < minBlocks {
		return 0, fmt.Errorf("%s is not enough memory for %d rings: they need at least %s",
			formatSize(memory), rings, formatSize(least(rings, block)))
	}
	// The kernel counts frames with 32 bits.
	return int(min(n, 1<<20)), nil
}

// least is the smallest amount of memory that rings can have.
func least(rings, block int) int64 { return int64(rings) * minBlocks * int64(block) }

// affordable is how much of the memory that is free now a capture may take.
// Asking for more would not fail: the kernel would kill other processes for
// it.
func affordable(available int64) int64 { return available / 4 * 3 }

// formatSize writes a number of bytes for people.
func formatSize(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
