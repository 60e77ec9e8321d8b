package pcapfilter

import (
	"encoding/binary"

	"golang.org/x/net/bpf"
)

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
