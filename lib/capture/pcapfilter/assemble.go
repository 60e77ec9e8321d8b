package pcapfilter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// assemble turns labels into distances. A conditional jump reaches 255
// instructions; where a label is farther away, an unconditional one stands
// behind it.
func (c *compiler) assemble() ([]bpf.RawInstruction, error) {
	at, long := c.layOut()
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
		var targets []int
		if long[i].then {
			skipThen = len(targets)
			targets = append(targets, then)
		}
		if long[i].els {
			skipElse = len(targets)
			targets = append(targets, els)
		}
		if in.x {
			program = append(program, bpf.JumpIfX{Cond: in.cond, SkipTrue: uint8(skipThen), SkipFalse: uint8(skipElse)})
		} else {
			program = append(program, bpf.JumpIf{Cond: in.cond, Val: in.value, SkipTrue: uint8(skipThen), SkipFalse: uint8(skipElse)})
		}
		for k, target := range targets {
			program = append(program, bpf.Jump{Skip: uint32(target - (next + k) - 1)})
		}
	}
	return bpf.Assemble(program)
}

// far says which ways of a conditional jump lead to another jump.
type far struct{ then, els bool }

// layOut returns where each instruction of the code is in the program, and where
// the program ends, and which jumps are far.
func (c *compiler) layOut() (at []int, long []far) {
	long = make([]far, len(c.code))
	// Sizes only grow, so this ends.
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
			in := &c.code[i]
			if !in.jump {
				continue
			}
			next := at[i] + 1
			if at[c.targets[in.then]]-next > 255 && !long[i].then {
				long[i].then, changed = true, true
			}
			if at[c.targets[in.els]]-next > 255 && !long[i].els {
				long[i].els, changed = true, true
			}
		}
	}
	return at, long
}
