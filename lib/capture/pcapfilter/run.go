package pcapfilter

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"
)

// Codes of instructions: those that are no arithmetic and no jump, and the parts
// of the others (linux/bpf_common.h).
const (
	opLoadConst   = 0x00
	opLoadWord    = 0x20
	opLoadHalf    = 0x28
	opLoadByte    = 0x30
	opLoadWordAt  = 0x40 // plus the index register
	opLoadHalfAt  = 0x48
	opLoadByteAt  = 0x50
	opLoadCell    = 0x60
	opLoadLen     = 0x80
	opLoadXConst  = 0x01
	opLoadXCell   = 0x61
	opLoadXLen    = 0x81
	opLoadXHeader = 0xb1 // length of an IPv4 header
	opStore       = 0x02
	opStoreX      = 0x03
	opReturn      = 0x06
	opReturnA     = 0x16
	opToX         = 0x07
	opFromX       = 0x87

	classMask  = 0x07
	classALU   = 0x04
	classJump  = 0x05
	fromX      = 0x08 // the second operand is the index register
	kindMask   = 0xf0
	maxKindALU = 0xa0
	maxKindJmp = 0x40

	// kernelOnly is the least offset of what is not in the packet.
	kernelOnly = 1<<32 - 0x200000
)

// Kinds of jumps; those of arithmetic are a bpf.ALUOp.
const (
	jumpAlways    = 0x00
	jumpEqual     = 0x10
	jumpGreater   = 0x20
	jumpNotLess   = 0x30
	jumpAnyBitSet = 0x40
)

// Check reports what keeps a program from being run by [Accepts]. The kernel
// checks programs for captures by itself.
func Check(program []bpf.RawInstruction) error {
	for i, in := range program {
		rest := uint32(len(program) - 1 - i) // instructions behind this one
		bad := func(what string) error { return fmt.Errorf("instruction %d: %s", i, what) }
		switch in.Op {
		case opLoadWord, opLoadHalf, opLoadByte:
			if in.K >= kernelOnly {
				return bad("it asks for what only the kernel knows of a packet")
			}
			continue
		case opLoadConst, opLoadWordAt, opLoadHalfAt, opLoadByteAt, opLoadLen, opLoadXConst, opLoadXLen, opLoadXHeader,
			opReturn, opReturnA, opToX, opFromX:
			continue
		case opLoadCell, opLoadXCell, opStore, opStoreX:
			if in.K >= cells {
				return bad("no such memory cell")
			}
			continue
		}
		switch kind := in.Op & kindMask; {
		case in.Op > 0xff || in.Op&classMask == classALU && kind > maxKindALU || in.Op&classMask == classJump && kind > maxKindJmp:
			return bad("unknown")
		case in.Op&classMask == classALU:
			if (bpf.ALUOp(kind) == bpf.ALUOpDiv || bpf.ALUOp(kind) == bpf.ALUOpMod) && in.Op&fromX == 0 && in.K == 0 {
				return bad("division by zero")
			}
		case in.Op&classMask == classJump:
			if kind == jumpAlways && in.K >= rest || kind != jumpAlways && (uint32(in.Jt) >= rest || uint32(in.Jf) >= rest) {
				return bad("a jump beyond the end")
			}
		default:
			return bad("unknown")
		}
	}
	if n := len(program); n == 0 || program[n-1].Op != opReturn && program[n-1].Op != opReturnA {
		return fmt.Errorf("the last instruction is not one that returns")
	}
	return nil
}

// Accepts reports whether a program, which [Check] has nothing against, accepts a
// frame. Length is the one on the wire, of which the frame may be a part only. It
// does what the kernel does: whoever reads behind the end or divides by zero does
// not accept. (Package bpf has a VM, but that one takes the length of what is there
// for the length on the wire.)
func Accepts(program []bpf.RawInstruction, frame []byte, length uint32) bool {
	var a, x uint32
	var memory [cells]uint32
	size := uint64(len(frame))
	for pc := 0; pc < len(program); pc++ {
		in := &program[pc]
		switch in.Op {
		case opReturn:
			return in.K != 0
		case opReturnA:
			return a != 0
		case opLoadConst:
			a = in.K
		case opLoadWord, opLoadWordAt:
			at := uint64(in.K)
			if in.Op == opLoadWordAt {
				at += uint64(x)
			}
			if at+4 > size {
				return false
			}
			a = binary.BigEndian.Uint32(frame[at:])
		case opLoadHalf, opLoadHalfAt:
			at := uint64(in.K)
			if in.Op == opLoadHalfAt {
				at += uint64(x)
			}
			if at+2 > size {
				return false
			}
			a = uint32(binary.BigEndian.Uint16(frame[at:]))
		case opLoadByte, opLoadByteAt:
			at := uint64(in.K)
			if in.Op == opLoadByteAt {
				at += uint64(x)
			}
			if at >= size {
				return false
			}
			a = uint32(frame[at])
		case opLoadCell:
			a = memory[in.K%cells]
		case opLoadLen:
			a = length
		case opLoadXConst:
			x = in.K
		case opLoadXCell:
			x = memory[in.K%cells]
		case opLoadXLen:
			x = length
		case opLoadXHeader:
			if uint64(in.K) >= size {
				return false
			}
			x = uint32(frame[in.K]&0x0f) * 4
		case opStore:
			memory[in.K%cells] = a
		case opStoreX:
			memory[in.K%cells] = x
		case opToX:
			x = a
		case opFromX:
			a = x
		default:
			operand := in.K
			if in.Op&fromX != 0 {
				operand = x
			}
			if in.Op&classMask == classJump {
				pc += skip(in, a, operand)
				continue
			}
			var ok bool
			if a, ok = calculate(bpf.ALUOp(in.Op&kindMask), a, operand); !ok {
				return false
			}
		}
	}
	return false
}

// skip is how many instructions a jump passes over.
func skip(in *bpf.RawInstruction, a, operand uint32) int {
	var holds bool
	switch in.Op & kindMask {
	case jumpAlways:
		return int(in.K)
	case jumpEqual:
		holds = a == operand
	case jumpGreater:
		holds = a > operand
	case jumpNotLess:
		holds = a >= operand
	case jumpAnyBitSet:
		holds = a&operand != 0
	}
	if holds {
		return int(in.Jt)
	}
	return int(in.Jf)
}

// calculate is arithmetic; ok is false for a division by zero.
func calculate(op bpf.ALUOp, a, b uint32) (result uint32, ok bool) {
	switch op {
	case bpf.ALUOpAdd:
		return a + b, true
	case bpf.ALUOpSub:
		return a - b, true
	case bpf.ALUOpMul:
		return a * b, true
	case bpf.ALUOpDiv:
		if b == 0 {
			return 0, false
		}
		return a / b, true
	case bpf.ALUOpMod:
		if b == 0 {
			return 0, false
		}
		return a % b, true
	case bpf.ALUOpOr:
		return a | b, true
	case bpf.ALUOpAnd:
		return a & b, true
	case bpf.ALUOpXor:
		return a ^ b, true
	case bpf.ALUOpShiftLeft:
		return a << b, true
	case bpf.ALUOpShiftRight:
		return a >> b, true
	}
	return -a, true // which package bpf has no name for
}
