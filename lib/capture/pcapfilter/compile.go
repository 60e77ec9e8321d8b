package pcapfilter

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"
)

// accepted is how many bytes of a packet a filter keeps: all.
const accepted = 1 << 18

// maxInstructions is the kernel's limit of a program's length.
const maxInstructions = 4096

// Compile returns the program of an expression. An error names the offset in
// the expression.
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

// beside loads what the kernel tells beside a frame; in a file a header has it, at
// an offset that is 0 where it has not.
func (c *compiler) beside(live bpf.Extension, offset uint32, size int, without string) {
	switch {
	case c.link.Live:
		c.emit(bpf.LoadExtension{Num: live})
	case offset > 0:
		c.load(offset, size)
	default:
		c.fail("%s", without)
	}
}

func (c *compiler) hasAddresses() {
	if !c.link.ethernet() {
		c.fail("these frames have no hardware addresses for ether, broadcast or multicast")
	}
}

// isBroadcast looks for a destination whose bits for hosts are all ones, or all
// zero.
func (c *compiler) isBroadcast(yes, no label) {
	hosts := c.link.Hosts
	if hosts == 0 {
		c.fail("ip broadcast: the netmask is not known")
	}
	c.condition(anyOf(payload(16, 4, hosts, 0), payload(16, 4, hosts, hosts)), yes, no)
}

// Protocols of PPP that stand for types of Ethernet.
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
)

func (c *compiler) isEtherType(t uint16, yes, no label) {
	switch {
	case c.link.Raw || c.inMPLS:
		// The version of IP is all that there is to see.
		version := map[uint16]uint32{typeIPv4: 0x40, typeIPv6: 0x60}[t]
		if version == 0 {
			c.never(no)
			return
		}
		if c.inMPLS {
			last := c.label()
			c.isLastLabel(last, no)
			c.place(last)
		}
		c.load(c.network, 1)
		c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0})
		c.branch(bpf.JumpEqual, version, yes, no)
		return
	case c.inPPP:
		p := map[uint16]uint32{typeIPv4: pppIPv4, typeIPv6: pppIPv6}[t]
		if p == 0 {
			c.never(no)
			return
		}
		c.load(c.etherType, 2)
		c.branch(bpf.JumpEqual, p, yes, no)
		return
	}
	c.loadType()
	c.branch(bpf.JumpEqual, uint32(t), yes, no)
}

func (c *compiler) loadType() {
	if c.link.Cooked {
		c.emit(bpf.LoadExtension{Num: bpf.ExtProto})
		return
	}
	c.load(c.etherType, 2)
}

// isLLC looks whether a header of LLC is behind that of the link layer. Linux has
// a type for it in the headers that it writes.
func (c *compiler) isLLC(yes, no label) {
	const cooked = 4 // ETH_P_802_2
	switch {
	case c.link.Raw || c.inMPLS || c.inPPP:
		c.never(no)
	case c.link.ethernet():
		c.loadType()
		c.branch(bpf.JumpGreaterThan, lastLength, no, yes)
	default:
		c.loadType()
		c.branch(bpf.JumpEqual, cooked, yes, no)
	}
}

func (c *compiler) never(no label) {
	c.emit(bpf.LoadConstant{Dst: bpf.RegA, Val: 0})
	c.branch(bpf.JumpEqual, 0, no, no)
}

// isIPProtocol looks at the protocol of an IPv4 header, or the next header of
// IPv6, also behind a fragment header.
func (c *compiler) isIPProtocol(n ipProtocol, yes, no label) {
	const fragmentHeader = 44
	ip := c.label()
	if n.version == 4 {
		c.isEtherType(typeIPv4, ip, no)
		c.place(ip)
		c.load(c.network+9, 1)
		c.branch(bpf.JumpEqual, uint32(n.number), yes, no)
		return
	}
	other, fragment := c.label(), c.label()
	c.isEtherType(typeIPv6, ip, no)
	c.place(ip)
	c.load(c.network+6, 1)
	c.branch(bpf.JumpEqual, uint32(n.number), yes, other)
	c.place(other)
	c.branch(bpf.JumpEqual, fragmentHeader, fragment, no)
	c.place(fragment)
	c.load(c.network+40, 1)
	c.branch(bpf.JumpEqual, uint32(n.number), yes, no)
}

// maxChain is how many headers "protochain" passes over: the kernel takes no
// program with a loop.
const maxChain = 8

// isInChain looks for a header in the chain of an IP packet: behind extension
// headers of IPv6, and authentication headers.
func (c *compiler) isInChain(n protoChain, yes, no label) {
	const authentication = 51
	ip := c.label()
	var extensions []uint32
	if n.version == 4 {
		c.isEtherType(typeIPv4, ip, no)
		c.place(ip)
		c.load(c.network+9, 1)
		c.emit(bpf.LoadMemShift{Off: c.network})
	} else {
		c.isEtherType(typeIPv6, ip, no)
		c.place(ip)
		c.load(c.network+6, 1)
		c.emit(bpf.LoadConstant{Dst: bpf.RegX, Val: 40})
		extensions = []uint32{0, 43, 44, 60} // hop by hop, routing, fragment, destination
	}
	// The accumulator has the type of the header that the index register points to.
	for range maxChain {
		extension, next := c.label(), c.label()
		c.unless(uint32(n.number), yes)
		for _, t := range extensions {
			c.unless(t, extension)
		}
		ah := c.label()
		c.branch(bpf.JumpEqual, authentication, ah, no)
		c.place(ah)
		c.passHeader(2, 4)
		c.branch(bpf.JumpEqual, 0, next, next)
		c.place(extension)
		c.passHeader(1, 8)
		c.place(next)
	}
	c.branch(bpf.JumpEqual, uint32(n.number), yes, no)
}

// unless goes on behind it where the accumulator has another value.
func (c *compiler) unless(value uint32, then label) {
	other := c.label()
	c.branch(bpf.JumpEqual, value, then, other)
	c.place(other)
}

// passHeader moves to the next header: the second byte of this one has its length
// in units of some bytes, of which it does not count a few.
func (c *compiler) passHeader(more, unit uint32) {
	c.emit(bpf.LoadIndirect{Off: c.network, Size: 1})
	cell := c.store()
	c.emit(bpf.LoadIndirect{Off: c.network + 1, Size: 1})
	c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: more})
	c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpMul, Val: unit})
	c.emit(bpf.ALUOpX{Op: bpf.ALUOpAdd})
	c.emit(bpf.TAX{})
	c.emit(bpf.LoadScratch{Dst: bpf.RegA, N: cell})
	c.scratch--
}

func (c *compiler) isAddress(n address, yes, no label) {
	offset := c.network
	is4 := len(n.bytes) == 4
	switch {
	case n.arp && n.source:
		offset += 14
	case n.arp:
		offset += 24
	case is4 && n.source:
		offset += 12
	case is4:
		offset += 16
	case n.source:
		offset += 8
	default:
		offset += 24
	}
	word := binary.BigEndian.Uint32
	last := len(n.bytes) - 4
	for last > 0 && word(n.mask[last:]) == 0 {
		last -= 4
	}
	for i := 0; i <= last; i += 4 {
		next := yes
		if i < last {
			next = c.label()
		}
		c.load(offset+uint32(i), 4)
		m := word(n.mask[i:])
		if m != 0xffffffff {
			c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: m})
		}
		c.branch(bpf.JumpEqual, word(n.bytes[i:]), next, no)
		if i < last {
			c.place(next)
		}
	}
}

func (c *compiler) isPort(n ports, yes, no label) {
	offset := uint32(2)
	if n.source {
		offset = 0
	}
	if n.version == 4 {
		c.emit(bpf.LoadMemShift{Off: c.network})
		c.emit(bpf.LoadIndirect{Off: c.network + offset, Size: 2})
	} else {
		c.load(c.network+40+offset, 2)
	}
	if n.low == n.high {
		c.branch(bpf.JumpEqual, uint32(n.low), yes, no)
		return
	}
	above := c.label()
	c.branch(bpf.JumpGreaterOrEqual, uint32(n.low), above, no)
	c.place(above)
	c.branch(bpf.JumpGreaterThan, uint32(n.high), no, yes)
}

func (c *compiler) isMAC(n mac, yes, no label) {
	c.hasAddresses()
	offset := uint32(0)
	if n.source {
		offset = 6
	}
	rest := c.label()
	c.load(offset+2, 4)
	c.branch(bpf.JumpEqual, binary.BigEndian.Uint32(n.addr[2:]), rest, no)
	c.place(rest)
	c.load(offset, 2)
	c.branch(bpf.JumpEqual, uint32(binary.BigEndian.Uint16(n.addr[:])), yes, no)
}

// numbered goes on at yes where a header is found that has a number, or any one
// where that is negative. find goes on where it is told, or at no; load gets the
// number of the header that was found.
func (c *compiler) numbered(number int, yes, no label, find func(found label), load ...bpf.Instruction) {
	if number < 0 {
		find(yes)
		return
	}
	found := c.label()
	find(found)
	c.place(found)
	for _, i := range load {
		c.emit(i)
	}
	c.branch(bpf.JumpEqual, uint32(number), yes, no)
}

// isVLAN passes a tag: what is compiled next looks behind it.
func (c *compiler) isVLAN(n vlan, yes, no label) {
	if !c.link.ethernet() {
		c.fail("these frames have no VLAN tags")
	}
	id := bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xfff}
	c.tags++
	if c.link.Stripped && c.tags == 1 {
		c.numbered(n.id, yes, no, func(found label) {
			c.emit(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})
			c.branch(bpf.JumpEqual, 0, no, found)
		}, bpf.LoadExtension{Num: bpf.ExtVLANTag}, id)
		return
	}
	c.numbered(n.id, yes, no, func(found label) { c.isTagType(found, no) }, bpf.LoadAbsolute{Off: c.etherType + 2, Size: 2}, id)
	c.etherType += 4
	c.network += 4
}

// isTagType looks for the type of a tag.
func (c *compiler) isTagType(yes, no label) {
	c.load(c.etherType, 2)
	c.unless(typeVLAN, yes)
	c.unless(typeQinQ, yes)
	c.branch(bpf.JumpEqual, typeQinQ1, yes, no)
}

// isMPLS passes a label stack entry.
func (c *compiler) isMPLS(n mpls, yes, no label) {
	c.numbered(n.label, yes, no, func(found label) {
		if c.inMPLS {
			c.isLastLabel(no, found)
			return
		}
		c.isEtherType(typeMPLS, found, no)
	}, bpf.LoadAbsolute{Off: c.network, Size: 4}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 12})
	c.inMPLS = true
	c.network += 4
}

// isLastLabel looks whether the label stack entry before ends the stack.
func (c *compiler) isLastLabel(yes, no label) {
	c.load(c.network-2, 1)
	c.branch(bpf.JumpBitsSet, 1, yes, no)
}

// isPPPoE passes the header of a session.
func (c *compiler) isPPPoE(n pppoe, yes, no label) {
	c.numbered(n.session, yes, no, func(found label) { c.isEtherType(typePPPoE, found, no) },
		bpf.LoadAbsolute{Off: c.network + 2, Size: 2})
	c.inPPP = true
	c.etherType = c.network + 6
	c.network += 8
}
