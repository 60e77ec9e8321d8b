package output

import (
	"bytes"
	"encoding/binary"
)

// A splitter finds the records in a block of them.
type splitter struct {
	// first returns where the first n records of p end. p has more.
	first func(p []byte, n int) int

	// whole returns where the last whole record of p ends, and how many
	// there are up to it.
	whole func(p []byte) (end, n int)
}

var (
	lines = splitter{firstLines, wholeLines}
	pcaps = splitter{FirstPackets, wholePackets}
)

func firstLines(p []byte, n int) int {
	end := 0
	for ; n > 0; n-- {
		i := bytes.IndexByte(p[end:], '\n')
		if i < 0 {
			return len(p)
		}
		end += i + 1
	}
	return end
}

func wholeLines(p []byte) (end, n int) {
	end = bytes.LastIndexByte(p, '\n') + 1
	return end, bytes.Count(p[:end], []byte{'\n'})
}

// packetHeader is the length of a record header of a pcap file, in bytes.
const packetHeader = 16

// FirstPackets returns where the first n packet records of p end, which are
// those of a little-endian pcap file.
func FirstPackets(p []byte, n int) int {
	end := 0
	for ; n > 0; n-- {
		size := packetSize(p[end:])
		if size == 0 {
			return len(p)
		}
		end += size
	}
	return end
}

func wholePackets(p []byte) (end, n int) {
	for {
		size := packetSize(p[end:])
		if size == 0 {
			return end, n
		}
		end += size
		n++
	}
}

// packetSize is the length of the packet record that p begins with; 0 if that
// is not whole.
func packetSize(p []byte) int {
	if len(p) < packetHeader {
		return 0
	}
	size := packetHeader + int(binary.LittleEndian.Uint32(p[8:]))
	if len(p) < size {
		return 0
	}
	return size
}
