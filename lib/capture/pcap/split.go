package pcap

import (
	"bytes"
	"encoding/binary"
)

// A Splitter finds where the first n records of p end. There are more in p.
type Splitter func(p []byte, n int) int

// SplitLines is the Splitter for records that are lines.
func SplitLines(p []byte, n int) int {
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

// SplitPackets is the Splitter for records of a pcap file, little-endian.
func SplitPackets(p []byte, n int) int {
	end := 0
	for ; n > 0; n-- {
		if len(p)-end < pcapRecordHeader {
			return len(p)
		}
		size := pcapRecordHeader + int(binary.LittleEndian.Uint32(p[end+8:]))
		if len(p)-end < size {
			return len(p)
		}
		end += size
	}
	return end
}
