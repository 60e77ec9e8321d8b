package ring

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"

	"merctools/lib/capture/pcapfilter"
	"merctools/lib/packet"
)

// A Filter is a program that returns how many bytes of a packet to capture,
// or 0 for none. Its instructions are in the form that the kernel takes.
type Filter []bpf.RawInstruction

// Instruction codes.
const (
	opReturn = 0x06 // the constant K
)

// maxFilter is the kernel's limit of a program's length.
const maxFilter = 4096

// ParseFilter reads a program as "tcpdump -ddd" writes it: the number of
// instructions, then for each its code, the two jump offsets and the constant,
// all decimal. The kernel checks the program when it is attached: package bpf
// knows fewer of the kernel's extensions than tcpdump uses.
func ParseFilter(s string) (Filter, error) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return nil, errors.New("empty; expected is what tcpdump -ddd writes")
	}
	n, err := strconv.ParseUint(words[0], 10, 16)
	if err != nil || n == 0 || n > maxFilter {
		return nil, fmt.Errorf("%q is not a number of instructions from 1 to %d; expected is what tcpdump -ddd writes", words[0], maxFilter)
	}
	words = words[1:]
	if len(words) != 4*int(n) {
		return nil, fmt.Errorf("%d numbers for %d instructions of 4 numbers each", len(words), n)
	}
	f := make(Filter, n)
	for i := range f {
		var v [4]uint64
		for k, size := range [4]int{16, 8, 8, 32} {
			if v[k], err = strconv.ParseUint(words[4*i+k], 10, size); err != nil {
				return nil, fmt.Errorf("instruction %d: %q is not a number of %d bits", i, words[4*i+k], size)
			}
		}
		f[i] = bpf.RawInstruction{Op: uint16(v[0]), Jt: uint8(v[1]), Jf: uint8(v[2]), K: uint32(v[3])}
	}
	return f, nil
}

// compile returns the program of an expression for frames of a device.
func compile(expression string, d device) (Filter, error) {
	program, err := pcapfilter.Compile(expression, pcapfilter.Link{Raw: d.link == packet.LinkRaw, Stripped: d.tags, Cooked: d.any})
	if err != nil {
		return nil, err
	}
	return program, nil
}

// seenOnce puts before a filter that the loopback interface shows each packet
// twice, as outgoing and as incoming, when all interfaces are captured.
func (f Filter) seenOnce() Filter {
	const (
		loadWord    = 0x20 // at an absolute offset
		jumpIfEqual = 0x15
		ancillary   = 1<<32 - 0x1000 // SKF_AD_OFF
		packetType  = ancillary + 4
		hardware    = ancillary + 28
		outgoing    = 4   // PACKET_OUTGOING
		loopback    = 772 // ARPHRD_LOOPBACK
	)
	return append(Filter{
		{Op: loadWord, K: packetType},
		{Op: jumpIfEqual, Jf: 3, K: outgoing},
		{Op: loadWord, K: hardware},
		{Op: jumpIfEqual, Jf: 1, K: loopback},
		{Op: opReturn, K: 0},
	}, f...)
}

// limited returns the filter with at most n bytes of each packet; 0 is no
// limit. Without a program, that is one for all packets.
func (f Filter) limited(n int) Filter {
	limit := uint32(1<<32 - 1)
	if n > 0 {
		limit = uint32(n)
	}
	if len(f) == 0 {
		return Filter{{Op: opReturn, K: limit}}
	}
	out := append(Filter(nil), f...)
	for i := range out {
		if out[i].Op == opReturn {
			out[i].K = min(out[i].K, limit)
		}
	}
	return out
}

// nothing is a filter that no packet passes.
var nothing = Filter{{Op: opReturn, K: 0}}
