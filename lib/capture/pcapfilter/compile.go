package pcapfilter

import (
	"encoding/binary"
	"fmt"
	"net"

	"golang.org/x/net/bpf"
)

// A Link says how the frames begin that a filter looks at.
type Link struct {
	// Raw says that they begin with an IP header; otherwise it is an Ethernet
	// header.
	Raw bool
	// Stripped says that the kernel has taken the outermost VLAN tag out of
	// the frame and tells it beside, as on a packet socket.
	Stripped bool
	// Cooked says that they begin with what a link layer carries, and that the
	// kernel tells its Ethernet type beside.
	Cooked bool
	// Header is the length of what is before the IP header, in bytes, where
	// that is no Ethernet header. With Raw it has no Ethernet type; otherwise
	// it has one, at the offset TypeAt.
	Header, TypeAt uint32
}

// ethernet reports whether frames begin with an Ethernet header.
func (l Link) ethernet() bool { return !l.Raw && !l.Cooked && l.Header == 0 }

// accepted is how many bytes of a packet a filter keeps: all.
const accepted = 1 << 18

// maxInstructions is the kernel's limit of a program's length.
const maxInstructions = 4096

// Compile returns the program of an expression. An error names the offset in
// the expression.
func Compile(expression string, link Link) ([]bpf.RawInstruction, error) {
	n, err := parse(expression)
	if err != nil {
		return nil, err
	}
	c := &compiler{link: link, network: 14, etherType: 12}
	if !link.ethernet() {
		c.network, c.etherType = link.Header, link.TypeAt
	}
	keep, drop := c.label(), c.label()
	c.condition(n, keep, drop)
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
	link    Link
	code    []instruction
	targets []int // by label: the index of an instruction
	err     error

	// Offsets in the frame, which tags and labels move.
	etherType, network uint32
	tags               int  // VLAN tags so far
	inMPLS             bool // what follows labels has no type
	inPPP              bool // the type is a PPP protocol

	scratch int // memory cells in use
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
	case ipProtocol:
		c.isIPProtocol(n, yes, no)
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
		if !c.link.ethernet() {
			c.fail("these frames have no hardware addresses")
		}
		c.load(0, 1)
		c.branch(bpf.JumpBitsSet, 1, yes, no)
	case groupIP:
		if n.version == 4 {
			c.load(c.network+16, 1)
			c.branch(bpf.JumpGreaterOrEqual, 0xe0, yes, no)
			return
		}
		c.load(c.network+24, 1)
		c.branch(bpf.JumpEqual, 0xff, yes, no)
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
	if c.link.Cooked {
		c.emit(bpf.LoadExtension{Num: bpf.ExtProto})
	} else {
		c.load(c.etherType, 2)
	}
	c.branch(bpf.JumpEqual, uint32(t), yes, no)
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

func (c *compiler) isAddress(n address, yes, no label) {
	offset := c.network
	a := n.network.Addr()
	switch {
	case n.arp && n.source:
		offset += 14
	case n.arp:
		offset += 24
	case a.Is4() && n.source:
		offset += 12
	case a.Is4():
		offset += 16
	case n.source:
		offset += 8
	default:
		offset += 24
	}
	bytes := a.AsSlice()
	mask := net.CIDRMask(n.network.Bits(), a.BitLen())
	word := binary.BigEndian.Uint32
	last := len(bytes) - 4
	for last > 0 && word(mask[last:]) == 0 {
		last -= 4
	}
	for i := 0; i <= last; i += 4 {
		next := yes
		if i < last {
			next = c.label()
		}
		c.load(offset+uint32(i), 4)
		m := word(mask[i:])
		if m != 0xffffffff {
			c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: m})
		}
		c.branch(bpf.JumpEqual, word(bytes[i:])&m, next, no)
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
	if !c.link.ethernet() {
		c.fail("these frames have no hardware addresses")
	}
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
	c.numbered(n.id, yes, no, func(found label) {
		second, third := c.label(), c.label()
		c.load(c.etherType, 2)
		c.branch(bpf.JumpEqual, typeVLAN, found, second)
		c.place(second)
		c.branch(bpf.JumpEqual, typeQinQ, found, third)
		c.place(third)
		c.branch(bpf.JumpEqual, typeQinQ1, found, no)
	}, bpf.LoadAbsolute{Off: c.etherType + 2, Size: 2}, id)
	c.etherType += 4
	c.network += 4
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
