package flowhead

import (
	"github.com/cilium/ebpf/asm"

	"merctools/lib/packet"
)

// A Frame is what packets begin with.
type Frame int

// Frames.
const (
	Ethernet Frame = iota // an Ethernet header, perhaps with tags
	IP                    // an IP header
	Cooked                // a network header of the protocol that the kernel says; of all interfaces
)

// Registers that keep their values.
const (
	context = asm.R6 // the packet (struct __sk_buff); loads from packets take it from here
	offset  = asm.R7 // of the next header in the packet
	left    = asm.R8 // EtherType, then the bytes of the IP packet after its header
	verdict = asm.R9 // bytes to capture
)

// Offsets in the stack. The first 64 bytes are the memory of classic filters.
const (
	key      = -104 // source (16 bytes), destination (16), ports (4), protocol (4)
	keySize  = 40
	keySrc   = key
	keyDst   = key + 16
	keyPorts = key + 32
	keyProto = key + 36
	buffer   = -144 // bytes of the packet, up to 40
	value    = -152 // of the map
)

// Offsets in struct __sk_buff.
const (
	skbLen         = 0
	skbPacketType  = 4
	skbMark        = 8
	skbQueue       = 12
	skbProtocol    = 16 // in network byte order
	skbVLANPresent = 20
	skbVLANTag     = 24
	skbVLANType    = 28 // in network byte order
	skbIfindex     = 40
	skbHash        = 68
)

// Counters are far enough from each other that processors do not share a
// line of their caches.
const (
	counters    = 256
	counterSize = 64
)

// Labels.
const (
	labelVerdict = "verdict"
	labelNetwork = "network"
	labelIPv4    = "ipv4"
	labelIPv6    = "ipv6"
	labelTCP     = "tcp"
	labelUDP     = "udp"
	labelUpper   = "upper"
	labelCount   = "count"
	labelKnown   = "known"
	labelKeep    = "keep"
	labelDrop    = "drop"
	labelExit    = "exit"
)

// head continues a classic filter, whose verdict is in R0.
func head(frame Frame, flows, dropped int, packets int32) asm.Instructions {
	all := asm.Instructions{
		asm.Mov.Reg32(verdict, asm.R0).WithSymbol(labelVerdict),
		asm.JEq.Imm(verdict, 0, labelExit),
	}
	all = append(all, link(frame)...)
	all = append(all, ipv4()...)
	all = append(all, ipv6()...)
	all = append(all, transport(flows)...)
	return append(all, count(flows, dropped, packets)...)
}

// load copies bytes from an offset behind the present one to the buffer, or
// keeps the packet where it has not that many.
func load(behind, to, size int32) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, context),
		asm.Mov.Reg(asm.R2, offset),
		asm.Add.Imm(asm.R2, behind),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, to),
		asm.Mov.Imm(asm.R4, size),
		asm.FnSkbLoadBytes.Call(),
		asm.JNE.Imm(asm.R0, 0, labelKeep),
	}
}

// half loads 16 bits in network byte order from the stack.
func half(to asm.Register, at int16) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(to, asm.RFP, at, asm.Half),
		asm.HostTo(asm.BE, to, asm.Half),
	}
}

// link finds the network header.
func link(frame Frame) asm.Instructions {
	all := asm.Instructions{asm.Mov.Imm(offset, 0)}
	switch frame {
	case Ethernet:
		const length, tagLength = 14, 4
		all = append(all, load(0, buffer, length)...)
		all = append(all, half(left, buffer+12)...)
		all = append(all, asm.Add.Imm(offset, length))
		for _, tag := range []string{"tag", "second tag"} {
			all = append(all,
				asm.JEq.Imm(left, packet.EtherTypeVLAN, tag),
				asm.JNE.Imm(left, packet.EtherTypeQinQ, labelNetwork))
			next := load(0, buffer, tagLength)
			next[0] = next[0].WithSymbol(tag)
			all = append(all, next...)
			all = append(all, half(left, buffer+2)...)
			all = append(all, asm.Add.Imm(offset, tagLength))
		}
	case IP:
		all = append(all, load(0, buffer, 1)...)
		return append(all,
			asm.LoadMem(left, asm.RFP, buffer, asm.Byte),
			asm.RSh.Imm(left, 4),
			asm.JEq.Imm(left, 4, labelIPv4),
			asm.JEq.Imm(left, 6, labelIPv6),
			asm.Ja.Label(labelKeep))
	case Cooked:
		const outgoing, loopback = 4, 1 // PACKET_OUTGOING, LOOPBACK_IFINDEX
		all = append(all,
			// The loopback interface shows each packet twice.
			asm.LoadMem(asm.R1, context, skbPacketType, asm.Word),
			asm.JNE.Imm(asm.R1, outgoing, "once"),
			asm.LoadMem(asm.R1, context, skbIfindex, asm.Word),
			asm.JEq.Imm(asm.R1, loopback, labelExit),
			asm.LoadMem(left, context, skbProtocol, asm.Word).WithSymbol("once"),
			asm.HostTo(asm.BE, left, asm.Half))
	}
	return append(all,
		asm.JEq.Imm(left, packet.EtherTypeIPv4, labelIPv4).WithSymbol(labelNetwork),
		asm.JEq.Imm(left, packet.EtherTypeIPv6, labelIPv6),
		asm.Ja.Label(labelKeep))
}

// ipv4 reads a header (RFC 791, section 3.1).
func ipv4() asm.Instructions {
	all := load(0, buffer, 20)
	all[0] = all[0].WithSymbol(labelIPv4)
	all = append(all, half(asm.R1, buffer+6)...)
	all = append(all,
		asm.And.Imm(asm.R1, 0x3fff), // More Fragments and the offset
		asm.JNE.Imm(asm.R1, 0, labelKeep),
		asm.StoreImm(asm.RFP, keySrc, 0, asm.Word),
		asm.StoreImm(asm.RFP, keySrc+4, 0, asm.Word),
		asm.StoreImm(asm.RFP, keySrc+8, 0, asm.Word),
		asm.LoadMem(asm.R1, asm.RFP, buffer+12, asm.Word),
		asm.StoreMem(asm.RFP, keySrc+12, asm.R1, asm.Word),
		asm.StoreImm(asm.RFP, keyDst, 0, asm.Word),
		asm.StoreImm(asm.RFP, keyDst+4, 0, asm.Word),
		asm.StoreImm(asm.RFP, keyDst+8, 0, asm.Word),
		asm.LoadMem(asm.R1, asm.RFP, buffer+16, asm.Word),
		asm.StoreMem(asm.RFP, keyDst+12, asm.R1, asm.Word),
		asm.LoadMem(asm.R1, asm.RFP, buffer+9, asm.Byte),
		asm.StoreMem(asm.RFP, keyProto, asm.R1, asm.Word))
	all = append(all, half(left, buffer+2)...)
	return append(all,
		asm.JNE.Imm(left, 0, "length"),
		// The network card will cut it into packets, and say their lengths.
		asm.LoadMem(left, context, skbLen, asm.Word),
		asm.Sub.Reg(left, offset),
		asm.LoadMem(asm.R1, asm.RFP, buffer, asm.Byte).WithSymbol("length"),
		asm.And.Imm(asm.R1, 15),
		asm.LSh.Imm(asm.R1, 2),
		asm.Sub.Reg(left, asm.R1),
		asm.Add.Reg(offset, asm.R1),
		asm.Ja.Label(labelUpper))
}

// ipv6 reads a header (RFC 8200, section 3).
func ipv6() asm.Instructions {
	const length = 40
	all := load(0, buffer, length)
	all[0] = all[0].WithSymbol(labelIPv6)
	for i := range int16(4) {
		all = append(all,
			asm.LoadMem(asm.R1, asm.RFP, buffer+8+8*i, asm.DWord),
			asm.StoreMem(asm.RFP, keySrc+8*i, asm.R1, asm.DWord))
	}
	all = append(all,
		asm.LoadMem(asm.R1, asm.RFP, buffer+6, asm.Byte),
		asm.StoreMem(asm.RFP, keyProto, asm.R1, asm.Word),
		asm.Add.Imm(offset, length))
	all = append(all, half(left, buffer+4)...)
	return append(all,
		asm.JNE.Imm(left, 0, labelUpper),
		asm.LoadMem(left, context, skbLen, asm.Word),
		asm.Sub.Reg(left, offset))
}

// transport finds what belongs to a flow that is counted.
func transport(flows int) asm.Instructions {
	all := asm.Instructions{
		asm.LoadMem(asm.R1, asm.RFP, keyProto, asm.Word).WithSymbol(labelUpper),
		asm.JEq.Imm(asm.R1, packet.ProtocolTCP, labelTCP),
		asm.JEq.Imm(asm.R1, packet.ProtocolUDP, labelUDP),
		asm.Ja.Label(labelKeep),
	}
	ports := asm.Instructions{
		asm.LoadMem(asm.R1, asm.RFP, buffer, asm.Word),
		asm.StoreMem(asm.RFP, keyPorts, asm.R1, asm.Word),
	}

	tcp := append(load(0, buffer, 14), ports...)
	tcp[0] = tcp[0].WithSymbol(labelTCP)
	tcp = append(tcp,
		asm.LoadMem(asm.R1, asm.RFP, buffer+13, asm.Byte),
		asm.JSet.Imm(asm.R1, packet.FlagSYN, "new"),
		asm.LoadMem(asm.R2, asm.RFP, buffer+12, asm.Byte),
		asm.RSh.Imm(asm.R2, 4),
		asm.LSh.Imm(asm.R2, 2),
		asm.Sub.Reg(left, asm.R2),
		asm.JSGT.Imm(left, 0, labelCount),
		asm.JSet.Imm(asm.R1, packet.FlagFIN|packet.FlagRST, labelKeep),
		asm.Ja.Label(labelDrop),
		asm.LoadMapPtr(asm.R1, flows).WithSymbol("new"))
	tcp = append(tcp, withKey()...)
	tcp = append(tcp, asm.FnMapDeleteElem.Call(), asm.Ja.Label(labelKeep))

	// The first byte of the payload, and the version behind it, which has to
	// be aligned in the stack.
	const first, version = buffer + 11, buffer + 12
	udp := append(load(0, buffer, 8), ports...)
	udp[0] = udp[0].WithSymbol(labelUDP)
	udp = append(udp, load(8, first, 5)...)
	udp = append(udp,
		asm.LoadMem(asm.R1, asm.RFP, first, asm.Byte),
		asm.And.Imm(asm.R1, 0xc0),
		asm.JNE.Imm(asm.R1, 0xc0, "short"),
		asm.LoadMem(asm.R1, asm.RFP, version, asm.Word),
		asm.HostTo(asm.BE, asm.R1, asm.Word),
		asm.JEq.Imm(asm.R1, 1, labelCount),          // RFC 9000
		asm.JEq.Imm(asm.R1, 0x6b3343cf, labelCount), // version 2, RFC 9369
		asm.RSh.Imm(asm.R1, 8),
		asm.JEq.Imm(asm.R1, 0xff0000, labelCount), // drafts
		asm.JEq.Imm(asm.R1, 0xfaceb0, labelCount), // mvfst
		asm.RSh.Imm(asm.R1, 8),
		asm.JEq.Imm(asm.R1, 'Q'<<8|'0', labelCount), // Google's
		asm.JEq.Imm(asm.R1, 'T'<<8|'0', labelCount),
		asm.LoadMapPtr(asm.R1, flows).WithSymbol("short"))
	udp = append(udp, withKey()...)
	udp = append(udp,
		asm.FnMapLookupElem.Call(),
		asm.JNE.Imm(asm.R0, 0, labelKnown),
		asm.Ja.Label(labelKeep))
	return append(append(all, tcp...), udp...)
}

// withKey makes the key the second argument.
func withKey() asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, key),
	}
}

// count counts a packet of a flow, and decides.
func count(flows, dropped int, packets int32) asm.Instructions {
	all := asm.Instructions{asm.LoadMapPtr(asm.R1, flows).WithSymbol(labelCount)}
	all = append(all, withKey()...)
	all = append(all,
		asm.FnMapLookupElem.Call(),
		asm.JNE.Imm(asm.R0, 0, labelKnown),
		asm.StoreImm(asm.RFP, value, 1, asm.Word),
		asm.LoadMapPtr(asm.R1, flows))
	all = append(all, withKey()...)
	return append(all,
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, value),
		asm.Mov.Imm(asm.R4, 0), // whether it is there or not
		asm.FnMapUpdateElem.Call(),
		asm.Ja.Label(labelKeep),

		asm.LoadMem(asm.R1, asm.R0, 0, asm.Word).WithSymbol(labelKnown),
		asm.JGE.Imm(asm.R1, packets, labelDrop),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R0, 0, asm.R1, asm.Word),
		asm.Mov.Reg32(asm.R0, verdict).WithSymbol(labelKeep),
		asm.Return(),

		asm.FnGetSmpProcessorId.Call().WithSymbol(labelDrop),
		asm.And.Imm(asm.R0, counters-1),
		asm.Mul.Imm(asm.R0, counterSize),
		asm.LoadMapValue(asm.R1, dropped, 0),
		asm.Add.Reg(asm.R1, asm.R0),
		asm.Mov.Imm(asm.R2, 1),
		asm.AddAtomic.Mem(asm.R1, asm.R2, asm.DWord, 0),
		asm.Mov.Imm(asm.R0, 0).WithSymbol(labelExit),
		asm.Return(),
	)
}
