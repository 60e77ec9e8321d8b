package pcapfilter

import (
	"encoding/binary"

	"golang.org/x/net/bpf"
)

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

// isBroadcast looks for a destination whose bits for hosts are all ones, or all
// zero.
func (c *compiler) isBroadcast(yes, no label) {
	hosts := c.link.Hosts
	if hosts == 0 {
		c.fail("ip broadcast: the netmask is not known")
	}
	c.condition(anyOf(payload(16, 4, hosts, 0), payload(16, 4, hosts, hosts)), yes, no)
}
