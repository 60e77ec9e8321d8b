package pcapfilter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// accepted is how many bytes of a packet a filter keeps: all.
const accepted = 1 << 18

// maxInstructions is the kernel's limit of a program's length.
const maxInstructions = 4096

// Compile returns the program of an expression. An error of syntax names the
// offset in it.
func Compile(expression string, link Link) ([]bpf.RawInstruction, error) {
	n, hasTags, err := parse(expression)
	if err != nil {
		return nil, err
	}
	c := &compiler{}
	keep, drop := c.label(), c.label()
	if link.Stripped && hasTags {
		// The tag of a packet that this host sends may still be in the frame,
		// and so are those of a type that the kernel does not take out.
		tagged, look, stripped := c.label(), c.label(), c.label()
		c.etherType = 12
		c.emit(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})
		c.branch(bpf.JumpEqual, 0, look, stripped)
		c.place(look)
		c.isTagType(tagged, stripped)
		c.place(tagged)
		inFrame := link
		inFrame.Stripped = false
		c.whole(n, inFrame, keep, drop)
		c.place(stripped)
	}
	c.whole(n, link, keep, drop)
	c.place(keep)
	c.emit(bpf.RetConstant{Val: accepted})
	c.place(drop)
	c.emit(bpf.RetConstant{Val: 0})
	if c.err != nil {
		return nil, c.err
	}
	return c.assemble()
}

// A compiler turns conditions into instructions with symbolic targets.
type compiler struct {
	code    []instruction
	targets []int // by label: the index of an instruction
	err     error
	scratch int // memory cells in use
	position
}

// A position is where in the frame conditions look. Tags and labels move it.
type position struct {
	link               Link
	etherType, network uint32 // offsets in the frame
	tags               int    // VLAN tags so far
	inMPLS             bool   // what follows labels has no type
	inPPP              bool   // the type is a PPP protocol
}

// whole is the condition that an expression is, at the beginning of a frame.
func (c *compiler) whole(n node, link Link, yes, no label) {
	c.position = position{link: link, network: link.Header, etherType: link.TypeAt}
	if link.ethernet() {
		c.network, c.etherType = 14, 12
	}
	c.condition(n, yes, no)
}

type label int

// An instruction is one of BPF, or a jump to labels.
type instruction struct {
	bpf.Instruction
	jump      bool
	cond      bpf.JumpTest
	value     uint32
	x         bool // compare with the index register
	then, els label
}

func (c *compiler) label() label {
	c.targets = append(c.targets, -1)
	return label(len(c.targets) - 1)
}

func (c *compiler) place(l label) { c.targets[l] = len(c.code) }

func (c *compiler) emit(i bpf.Instruction) { c.code = append(c.code, instruction{Instruction: i}) }

// branch goes on at one of two labels by a comparison of the accumulator.
func (c *compiler) branch(cond bpf.JumpTest, value uint32, then, els label) {
	c.code = append(c.code, instruction{jump: true, cond: cond, value: value, then: then, els: els})
}

// unless goes on behind it where the accumulator has another value.
func (c *compiler) unless(value uint32, then label) {
	other := c.label()
	c.branch(bpf.JumpEqual, value, then, other)
	c.place(other)
}

func (c *compiler) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// condition goes on at yes where a condition holds, and at no otherwise. What
// is behind it in the code is what is placed next.
func (c *compiler) condition(n node, yes, no label) {
	if len(c.code) > maxInstructions {
		c.fail("a filter of more than %d instructions, which is what the kernel takes", maxInstructions)
	}
	if c.err != nil {
		return
	}
	switch n := n.(type) {
	case and:
		middle := c.label()
		c.condition(n.left, middle, no)
		c.place(middle)
		c.condition(n.right, yes, no)
	case or:
		middle := c.label()
		c.condition(n.left, yes, middle)
		c.place(middle)
		c.condition(n.right, yes, no)
	case not:
		c.condition(n.of, no, yes)
	case etherType:
		c.isEtherType(n.number, yes, no)
	case llc:
		c.isLLC(yes, no)
	case ipProtocol:
		c.isIPProtocol(n, yes, no)
	case protoChain:
		c.isInChain(n, yes, no)
	case notFragment:
		c.load(c.network+6, 2)
		c.branch(bpf.JumpBitsSet, 0x1fff, no, yes)
	case address:
		c.isAddress(n, yes, no)
	case ports:
		c.isPort(n, yes, no)
	case mac:
		c.isMAC(n, yes, no)
	case groupMAC:
		c.hasAddresses()
		c.load(0, 1)
		c.branch(bpf.JumpBitsSet, 1, yes, no)
	case broadcastIP:
		c.isBroadcast(yes, no)
	case outgoing:
		c.beside(bpf.ExtType, c.link.DirectionAt, 1, "inbound, outbound: these frames have no direction")
		c.branch(bpf.JumpEqual, 4, yes, no) // PACKET_OUTGOING
	case onInterface:
		c.beside(bpf.ExtInterfaceIndex, c.link.IndexAt, 4, "ifindex: these frames have no interface")
		c.branch(bpf.JumpEqual, n.index, yes, no)
	case vlan:
		c.isVLAN(n, yes, no)
	case mpls:
		c.isMPLS(n, yes, no)
	case pppoe:
		c.isPPPoE(n, yes, no)
	case relation:
		c.compare(n, yes, no)
	default:
		c.fail("a filter that can't be compiled")
	}
}

func (c *compiler) load(offset uint32, size int) {
	c.emit(bpf.LoadAbsolute{Off: offset, Size: size})
}
