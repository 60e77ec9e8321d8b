package flowhead

import (
	"fmt"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"
)

// Registers of classic programs: what loads from packets leave alone.
const (
	accumulator = asm.R0
	index       = asm.R7
	scratch     = asm.R8
)

// Parts of the codes of classic instructions (linux/bpf_common.h).
const (
	classMask = 0x07
	classLD   = 0
	classLDX  = 1
	classST   = 2
	classSTX  = 3
	classALU  = 4
	classJMP  = 5
	classRET  = 6
	classMISC = 7

	sizeMask = 0x18
	modeMask = 0xe0
	modeIMM  = 0x00
	modeABS  = 0x20
	modeIND  = 0x40
	modeMEM  = 0x60
	modeLEN  = 0x80
	modeMSH  = 0xa0

	opMask   = 0xf0
	fromX    = 0x08 // the operand is the index register
	retMask  = 0x18
	retA     = 0x10
	miscMask = 0xf8
	miscTAX  = 0x00
	miscTXA  = 0x80

	// ancillary is where "offsets" begin that stand for other things than
	// bytes of the packet (SKF_AD_OFF).
	ancillary = 1<<32 - 0x1000
)

var sizes = map[uint16]asm.Size{0x00: asm.Word, 0x08: asm.Half, 0x10: asm.Byte}

var arithmetic = map[uint16]asm.ALUOp{
	0x00: asm.Add, 0x10: asm.Sub, 0x20: asm.Mul, 0x30: asm.Div, 0x40: asm.Or,
	0x50: asm.And, 0x60: asm.LSh, 0x70: asm.RSh, 0x90: asm.Mod, 0xa0: asm.Xor,
}

const negate = 0x80

var jumps = map[uint16]asm.JumpOp{0x10: asm.JEq, 0x20: asm.JGT, 0x30: asm.JGE, 0x40: asm.JSet}

// fields are the members of struct __sk_buff that ancillary offsets stand for.
var fields = map[uint32]struct {
	at      int16
	network bool // 16 bits in network byte order
}{
	0: {skbProtocol, true}, 4: {skbPacketType, false}, 8: {skbIfindex, false},
	20: {skbMark, false}, 24: {skbQueue, false}, 32: {skbHash, false},
	44: {skbVLANTag, false}, 48: {skbVLANPresent, false}, 60: {skbVLANType, true},
}

// translate makes a classic program one that leaves its verdict in R0 and
// goes on at labelVerdict. It wants the packet in context. The empty program
// keeps whole packets.
func translate(program []bpf.RawInstruction) (asm.Instructions, error) {
	if len(program) == 0 {
		return asm.Instructions{asm.Mov.Imm32(accumulator, -1)}, nil
	}
	all := asm.Instructions{
		asm.Mov.Imm(accumulator, 0),
		asm.Mov.Imm(index, 0),
	}
	for i := range int16(16) {
		all = append(all, asm.StoreImm(asm.RFP, cell(uint32(i)), 0, asm.Word))
	}
	reached := make([]bool, len(program)) // the kernel refuses what can't be
	reached[0] = true
	for i, in := range program {
		if !reached[i] {
			continue
		}
		next, err := successors(program, i)
		if err != nil {
			return nil, err
		}
		for _, n := range next {
			reached[n] = true
		}
		these, err := instruction(i, in)
		if err != nil {
			return nil, fmt.Errorf("instruction %d of the filter: %w", i, err)
		}
		these[0] = these[0].WithSymbol(label(i))
		all = append(all, these...)
	}
	return all, nil
}

func label(i int) string { return fmt.Sprintf("classic %d", i) }

// cell is the offset in the stack of a word of a classic program's memory.
func cell(k uint32) int16 { return -4 * (int16(k&15) + 1) }

// successors are the instructions that may follow one.
func successors(program []bpf.RawInstruction, i int) ([]int, error) {
	in := program[i]
	next := []int{i + 1}
	switch in.Op & classMask {
	case classRET:
		next = nil
	case classJMP:
		if in.Op&opMask == 0 {
			next[0] += int(in.K)
		} else {
			next = []int{i + 1 + int(in.Jt), i + 1 + int(in.Jf)}
		}
	}
	for _, n := range next {
		if n >= len(program) {
			return nil, fmt.Errorf("instruction %d of the filter goes on behind the last one", i)
		}
	}
	return next, nil
}

func instruction(i int, in bpf.RawInstruction) (asm.Instructions, error) {
	k := int32(in.K)
	operand := in.Op&fromX != 0
	switch in.Op & classMask {
	case classLD, classLDX:
		return loading(in)
	case classST:
		return asm.Instructions{asm.StoreMem(asm.RFP, cell(in.K), accumulator, asm.Word)}, nil
	case classSTX:
		return asm.Instructions{asm.StoreMem(asm.RFP, cell(in.K), index, asm.Word)}, nil
	case classALU:
		op, ok := arithmetic[in.Op&opMask]
		switch {
		case in.Op&opMask == negate:
			return asm.Instructions{asm.Neg.Imm32(accumulator, 0)}, nil
		case !ok:
		case !operand:
			return asm.Instructions{op.Imm32(accumulator, k)}, nil
		case op == asm.Div || op == asm.Mod:
			// By zero, the packet is dropped.
			return asm.Instructions{
				asm.JEq.Imm32(index, 0, labelExit),
				op.Reg32(accumulator, index),
			}, nil
		default:
			return asm.Instructions{op.Reg32(accumulator, index)}, nil
		}
	case classJMP:
		if in.Op&opMask == 0 {
			return asm.Instructions{asm.Ja.Label(label(i + 1 + int(in.K)))}, nil
		}
		op, ok := jumps[in.Op&opMask]
		if !ok {
			break
		}
		jump := op.Imm32(accumulator, k, label(i+1+int(in.Jt)))
		if operand {
			jump = op.Reg32(accumulator, index, label(i+1+int(in.Jt)))
		}
		return asm.Instructions{jump, asm.Ja.Label(label(i + 1 + int(in.Jf)))}, nil
	case classRET:
		switch in.Op & retMask {
		case retA:
			return asm.Instructions{asm.Ja.Label(labelVerdict)}, nil
		case 0:
			return asm.Instructions{asm.Mov.Imm32(accumulator, k), asm.Ja.Label(labelVerdict)}, nil
		}
	case classMISC:
		switch in.Op & miscMask {
		case miscTAX:
			return asm.Instructions{asm.Mov.Reg32(index, accumulator)}, nil
		case miscTXA:
			return asm.Instructions{asm.Mov.Reg32(accumulator, index)}, nil
		}
	}
	return nil, unknown(in)
}

// loading translates loads to the accumulator or the index register.
func loading(in bpf.RawInstruction) (asm.Instructions, error) {
	size, ok := sizes[in.Op&sizeMask]
	to := accumulator
	if in.Op&classMask == classLDX {
		to = index
	}
	switch mode := in.Op & modeMask; {
	case mode == modeIMM:
		return asm.Instructions{asm.Mov.Imm32(to, int32(in.K))}, nil
	case mode == modeMEM:
		return asm.Instructions{asm.LoadMem(to, asm.RFP, cell(in.K), asm.Word)}, nil
	case mode == modeLEN:
		return asm.Instructions{asm.LoadMem(to, context, skbLen, asm.Word)}, nil
	case mode == modeMSH && to == index:
		// Four times the lower half of a byte: the length of an IPv4 header.
		return asm.Instructions{
			asm.Mov.Reg(scratch, accumulator),
			asm.LoadAbs(int32(in.K), asm.Byte),
			asm.And.Imm32(asm.R0, 15),
			asm.LSh.Imm32(asm.R0, 2),
			asm.Mov.Reg(index, asm.R0),
			asm.Mov.Reg(accumulator, scratch),
		}, nil
	case mode == modeABS && to == accumulator && in.K >= ancillary:
		field, known := fields[in.K-ancillary]
		if !known {
			return nil, fmt.Errorf("the load of ancillary data %d can't be combined with counting flows", in.K-ancillary)
		}
		all := asm.Instructions{asm.LoadMem(accumulator, context, field.at, asm.Word)}
		if field.network {
			all = append(all, asm.HostTo(asm.BE, accumulator, asm.Half))
		}
		return all, nil
	case mode == modeABS && to == accumulator && ok:
		return asm.Instructions{asm.LoadAbs(int32(in.K), size)}, nil
	case mode == modeIND && to == accumulator && ok:
		return asm.Instructions{asm.LoadInd(asm.R0, index, int32(in.K), size)}, nil
	}
	return nil, unknown(in)
}

func unknown(in bpf.RawInstruction) error {
	return fmt.Errorf("no instruction has the code %#x", in.Op)
}
