package pcapfilter

import "golang.org/x/net/bpf"

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
