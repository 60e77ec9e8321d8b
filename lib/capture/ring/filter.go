package ring

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"
)

// A Filter is a program that returns how many bytes of a packet to capture,
// or 0 for none. Its instructions are in the form that the kernel takes.
type Filter []bpf.RawInstruction

// opReturn is the code of the instruction that returns the constant K.
const opReturn = 0x06

// maxFilter is the kernel's limit of a program's length.
const maxFilter = 4096

// ParseFilter reads a program as "tcpdump -ddd" writes it: the number of
// instructions, then for each its code, the two jump offsets and the constant,
// all decimal. The kernel checks the program when it is attached: package bpf
// knows fewer of the kernel's extensions than tcpdump uses.
func ParseFilter(s string) (Filter, error) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return nil, errors.New("empty; expected the output of tcpdump -ddd")
	}
	n, err := strconv.ParseUint(words[0], 10, 16)
	if err != nil || n == 0 || n > maxFilter {
		return nil, fmt.Errorf("%q is not a number of instructions from 1 to %d; expected the output of tcpdump -ddd", words[0], maxFilter)
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
	out := slices.Clone(f)
	for i := range out {
		if out[i].Op == opReturn {
			out[i].K = min(out[i].K, limit)
		}
	}
	return out
}

// nothing is a filter that no packet passes.
var nothing = Filter{{Op: opReturn, K: 0}}
