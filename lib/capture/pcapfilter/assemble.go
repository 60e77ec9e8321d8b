package pcapfilter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// assemble turns labels into distances. A conditional jump reaches 255
// instructions; where a label is farther away, an unconditional one stands
// behind it.
func (c *compiler) assemble() ([]bpf.RawInstruction, error) {
	// Sizes only grow, so this ends.
	long := make([]struct{ then, els bool }, len(c.code))
	var at []int
	for changed := true; changed; {
		changed = false
		at = at[:0]
		n := 0
		for i := range c.code {
			at = append(at, n)
			n++
			if long[i].then {
				n++
			}
			if long[i].els {
				n++
			}
		}
		at = append(at, n)
		for i := range c.code {
			if !c.code[i].jump {
				continue
			}
			next := at[i] + 1
			if at[c.targets[c.code[i].then]]-next > 255 && !long[i].then {
				long[i].then, changed = true, true
			}
			if at[c.targets[c.code[i].els]]-next > 255 && !long[i].els {
				long[i].els, changed = true, true
			}
		}
	}
	if at[len(c.code)] > maxInstructions {
		return nil, fmt.Errorf("a filter of %d instructions: the kernel takes %d", at[len(c.code)], maxInstructions)
	}
	var program []bpf.Instruction
	for i := range c.code {
		in := &c.code[i]
		if !in.jump {
			program = append(program, in.Instruction)
			continue
		}
		then, els := at[c.targets[in.then]], at[c.targets[in.els]]
		next := at[i] + 1
		skipThen, skipElse := then-next, els-next
		var far []int
		if long[i].then {
			skipThen = len(far)
			far = append(far, then)
		}
		if long[i].els {
			skipElse = len(far)
			far = append(far, els)
		}
		if in.x {
			program = append(program, bpf.JumpIfX{Cond: in.cond, SkipTrue: uint8(skipThen), SkipFalse: uint8(skipElse)})
		} else {
			program = append(program, bpf.JumpIf{Cond: in.cond, Val: in.value, SkipTrue: uint8(skipThen), SkipFalse: uint8(skipElse)})
		}
		for k, target := range far {
			program = append(program, bpf.Jump{Skip: uint32(target - (next + k) - 1)})
		}
	}
	return bpf.Assemble(program)
}
