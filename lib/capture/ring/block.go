package ring

import (
	"encoding/binary"

	"merctools/lib/capture"
	"merctools/lib/packet"
)

// Layout of a block and of the packets in it, in the host's byte order
// (struct tpacket_block_desc, struct tpacket3_hdr). Lengths in bytes.
const (
	blockStatus  = 8  // offset of the word that says whose block it is
	blockPackets = 12 // of the number of packets
	blockFirst   = 16 // of the offset of the first packet, from the block
	blockHeader  = 48

	packetHeader = 48

	// reserve is room before each packet for a VLAN tag.
	reserve = 4
)

// Bits of status words.
const (
	statusUser     = 1 << 0 // the block is not the kernel's
	statusVLAN     = 1 << 4 // the packet had a VLAN tag
	statusVLANTPID = 1 << 6 // and the type of the tag is known
)

const (
	tagLength = 4
	tagOffset = 12 // of a tag in an Ethernet frame: behind the addresses
)

// cookedHeader is the length of a header of LINUX_SLL2. The kernel leaves more
// room than that before each packet without a link header.
const cookedHeader = 20

// cook writes the header of a packet whose address (struct sockaddr_ll) is as
// the kernel tells it: protocol, interface, hardware type, packet type, and
// hardware address, all in network byte order.
func cook(header, address []byte) {
	copy(header, address[2:4])
	header[2], header[3] = 0, 0
	binary.BigEndian.PutUint32(header[4:], binary.NativeEndian.Uint32(address[4:]))
	binary.BigEndian.PutUint16(header[8:], binary.NativeEndian.Uint16(address[8:]))
	copy(header[10:], address[10:20]) // packet type, length and bytes of the address
}

// framing is how the packets of a ring are.
type framing struct {
	link    uint16
	tags    bool // the kernel has taken tags out of frames
	cooked  bool // packets come without link headers, and get one
	snapLen int  // of packets with their tags; 0 is no limit
}

// remaining is what has not been read yet of a block.
type remaining struct {
	pos     int // of the next packet's header, in the data
	packets int // how many there are
}

// packets appends at most so many of the remaining packets of a block, whose
// bytes behind its header are data. VLAN tags are put back in place.
func (f *framing) packets(dst []capture.Packet, data []byte, rest *remaining, most int) []capture.Packet {
	word := binary.NativeEndian.Uint32
	pos, n := rest.pos, min(rest.packets, most)
	rest.packets -= n
	for range n {
		if pos < 0 || len(data)-pos < packetHeader {
			rest.packets = 0
			break
		}
		h := data[pos:][:packetHeader]
		capLen, origLen, status := int(word(h[12:])), word(h[16:]), word(h[20:])
		off := pos + int(binary.NativeEndian.Uint16(h[24:]))
		if capLen > len(data)-off {
			rest.packets = 0
			break
		}
		if status&statusVLAN != 0 && f.tags && capLen >= tagOffset {
			tpid := uint16(packet.EtherTypeVLAN)
			if status&statusVLANTPID != 0 {
				tpid = binary.NativeEndian.Uint16(h[36:])
			}
			off -= tagLength
			copy(data[off:], data[off+tagLength:][:tagOffset])
			tag := data[off+tagOffset:]
			binary.BigEndian.PutUint16(tag, tpid)
			binary.BigEndian.PutUint16(tag[2:], uint16(word(h[32:])))
			capLen += tagLength
			origLen += tagLength
		}
		if f.cooked {
			off -= cookedHeader
			cook(data[off:][:cookedHeader], data[pos+packetHeader:])
			capLen += cookedHeader
			origLen += cookedHeader
		}
		if f.snapLen > 0 {
			capLen = min(capLen, f.snapLen)
		}
		dst = append(dst, capture.Packet{})
		p := &dst[len(dst)-1] // copying a whole one takes twice as long
		p.Time = int64(word(h[4:]))*1e9 + int64(word(h[8:]))
		p.Off, p.CapLen = uint32(off), uint32(capLen)
		p.OrigLen = origLen
		p.Link = f.link
		pos += int(word(h))
	}
	rest.pos = pos
	return dst
}
