package pcap

import (
	"bytes"

	"merctools/lib/capture"
)

// Block types of pcapng (section 4 of the draft, and its code registry).
const (
	blockSection   = 0x0a0d0d0a // the same in both byte orders
	blockInterface = 1
	blockPacket    = 2 // obsolete, still met
	blockSimple    = 3
	blockEnhanced  = 6
)

// Option codes of an Interface Description Block.
const (
	optionEnd        = 0
	optionName       = 2
	optionResolution = 9
	optionOffset     = 14
)

const (
	byteOrderMagic   = 0x1a2b3c4d
	byteOrderSwapped = 0x4d3c2b1a

	// maxKind is the greatest number of a block's type that is tried for
	// nothing else. Section headers are beyond, blocks for local use, and what
	// other captures begin with.
	maxKind = 1<<16 - 1

	blockHeader   = 8
	blockTrailer  = 4
	minBlock      = blockHeader + blockTrailer
	enhancedFixed = 20 // bytes of an Enhanced Packet Block's body before the packet
	simpleFixed   = 4

	// maxBlock is the longest block that is read into memory whole. Of a
	// longer one, what is beyond is skipped; a packet of MaxPacket bytes is
	// not.
	maxBlock = 128 << 10

	// maxInterfaces bounds the memory that a section can ask for.
	maxInterfaces = 1 << 16

	// maxName and maxNames bound the interface names that are kept: the
	// length of one in bytes, and how many.
	maxName  = 256
	maxNames = 4096
)

// netInterface is what an Interface Description Block says.
type netInterface struct {
	clock   clock
	snapLen uint32 // 0: no limit
	link    uint16
	name    uint16 // index in Reader.names
}

// section is the state of a pcapng section.
type section struct {
	order      order
	interfaces []netInterface
}

// pcapngBlocks adds the packets of the whole blocks in data[pos:] to b, and
// returns where the first block is that is not whole.
func (r *Reader) pcapngBlocks(b *capture.Batch, data []byte, pos int) int {
	for {
		rest := data[pos:]
		offset := r.offset + int64(pos)
		if len(rest) < minBlock {
			r.need(minBlock, "block header")
			return pos
		}
		kind := r.section.order.uint32(rest)
		if kind > maxKind && kind != blockSection {
			if n, ok := r.joined(rest, offset, true); ok {
				return pos + n
			}
		}
		if kind == blockSection {
			switch uint32(byteOrderMagic) {
			case littleEndian.uint32(rest[8:]):
				r.section.order = littleEndian
			case bigEndian.uint32(rest[8:]):
				r.section.order = bigEndian
			default:
				r.fail(offset, nil, "section header block without byte-order magic")
				return pos
			}
		}
		size := r.section.order.uint32(rest[4:])
		if size < minBlock || size%4 != 0 || size > maxRecord {
			r.fail(offset, nil, "block with a length of %d bytes", size)
			return pos
		}
		n := int(min(size, maxBlock))
		if len(rest) < n {
			r.need(int(size), "block")
			return pos
		}
		whole := n == int(size)
		end := n
		if whole {
			end -= blockTrailer
			if !r.sameLength(offset, size, rest[end:]) {
				return pos
			}
		}
		r.block(b, kind, rest[blockHeader:end], pos+blockHeader, offset, size)
		if r.err != nil {
			return pos
		}
		pos += n
		if !whole {
			r.skip = skip{offset: offset, size: int(size), left: int(size) - n - blockTrailer, trailer: size, what: "block"}
			return pos
		}
	}
}

// sameLength checks the length that ends a block of size bytes against the one
// that began it.
func (r *Reader) sameLength(offset int64, size uint32, trailer []byte) bool {
	again := r.section.order.uint32(trailer)
	if again != size {
		r.fail(offset, nil, "block whose lengths differ (%d and %d bytes)", size, again)
		return false
	}
	return true
}

// block takes what there is to take from one block. The body lies at
// b.Data[at:]; of a block longer than maxBlock it is only the beginning.
func (r *Reader) block(b *capture.Batch, kind uint32, body []byte, at int, offset int64, size uint32) {
	order := r.section.order
	switch kind {
	case blockEnhanced, blockPacket:
		if len(body) < enhancedFixed {
			r.fail(offset, nil, "packet block too short")
			return
		}
		id := order.uint32(body)
		if kind == blockPacket {
			id = uint32(order.uint16(body)) // the other half counts drops
		}
		from := r.netInterface(offset, id)
		if from == nil {
			return
		}
		capLen := order.uint32(body[12:])
		if capLen > size-minBlock-enhancedFixed {
			r.fail(offset, nil, "packet block with a captured length of %d bytes in a block of %d", capLen, size)
			return
		}
		b.Packets = append(b.Packets, capture.Packet{})
		p := &b.Packets[len(b.Packets)-1] // copying a whole one takes twice as long
		p.Time = from.clock.nanoseconds(uint64(order.uint32(body[4:]))<<32 | uint64(order.uint32(body[8:])))
		p.Off, p.CapLen = uint32(at+enhancedFixed), min(capLen, capture.MaxPacket)
		p.OrigLen = order.uint32(body[16:])
		p.Link = from.link
		p.Interface = from.name
		p.Nano = from.clock.nano
	case blockSimple:
		r.simplePacket(b, body, at, offset, size)
	case blockInterface:
		r.describeInterface(body, offset, size)
	case blockSection:
		r.beginSection(body, offset)
	}
}

// simplePacket reads a Simple Packet Block, which has no time.
func (r *Reader) simplePacket(b *capture.Batch, body []byte, at int, offset int64, size uint32) {
	if len(body) < simpleFixed {
		r.fail(offset, nil, "simple packet block too short")
		return
	}
	from := r.netInterface(offset, 0)
	if from == nil {
		return
	}
	// There is no captured length: it follows from the original one,
	// the interface's limit, and the padding.
	origLen := r.section.order.uint32(body)
	capLen := min(origLen, size-minBlock-simpleFixed)
	if from.snapLen != 0 {
		capLen = min(capLen, from.snapLen)
	}
	b.Packets = append(b.Packets, capture.Packet{
		Off:       uint32(at + simpleFixed),
		CapLen:    min(capLen, capture.MaxPacket),
		OrigLen:   origLen,
		Link:      from.link,
		Interface: from.name,
	})
}

// describeInterface reads an Interface Description Block.
func (r *Reader) describeInterface(body []byte, offset int64, size uint32) {
	switch {
	case len(body) < 8:
		r.fail(offset, nil, "interface description block too short")
	case size > maxBlock:
		r.fail(offset, nil, "interface description block of %d bytes", size)
	case len(r.section.interfaces) == maxInterfaces:
		r.fail(offset, nil, "more than %d interfaces in a section", maxInterfaces)
	default:
		in := netInterface{link: r.section.order.uint16(body), snapLen: r.section.order.uint32(body[4:])}
		r.interfaceOptions(&in, body[8:])
		r.section.interfaces = append(r.section.interfaces, in)
	}
}

// beginSection reads a Section Header Block, whose byte order is known already.
func (r *Reader) beginSection(body []byte, offset int64) {
	if len(body) < 16 {
		r.fail(offset, nil, "section header block too short")
		return
	}
	if major := r.section.order.uint16(body[4:]); major != 1 {
		r.fail(offset, nil, "section of pcapng version %d", major)
		return
	}
	r.section.interfaces = r.section.interfaces[:0]
}

// netInterface returns an interface of the section; where there is none, it
// fails and returns nil.
func (r *Reader) netInterface(offset int64, id uint32) *netInterface {
	if uint64(id) >= uint64(len(r.section.interfaces)) {
		r.fail(offset, nil, "packet from interface %d of %d", id, len(r.section.interfaces))
		return nil
	}
	return &r.section.interfaces[id]
}

// interfaceOptions reads the options of an Interface Description Block: what
// its timestamps mean, which without them count microseconds, and the name of
// the interface. Options after a broken one are not there.
func (r *Reader) interfaceOptions(in *netInterface, options []byte) {
	order := r.section.order
	resolution, offset := uint8(6), int64(0)
	for len(options) >= 4 {
		code, n := order.uint16(options), int(order.uint16(options[2:]))
		options = options[4:]
		if code == optionEnd || n > len(options) {
			break
		}
		switch {
		case code == optionName:
			in.name = r.nameIndex(options[:n])
		case code == optionResolution && n == 1:
			resolution = options[0]
		case code == optionOffset && n == 8:
			offset = int64(order.uint64(options))
		}
		options = options[min((n+3)&^3, len(options)):]
	}
	in.clock = newClock(resolution, offset)
}

// nameIndex returns the index of an interface's name in r.names. That only
// grows: batches hold on to it. Names beyond a limit are left out.
func (r *Reader) nameIndex(name []byte) uint16 {
	name = bytes.TrimRight(name, "\x00")
	if len(name) == 0 {
		return 0
	}
	if i, ok := r.nameIndexes[string(name)]; ok {
		return i
	}
	if len(name) > maxName || len(r.names) == maxNames {
		return 0
	}
	if r.nameIndexes == nil {
		r.nameIndexes = map[string]uint16{}
		r.names = []string{""}
	}
	i := uint16(len(r.names))
	r.names = append(r.names, string(name))
	r.nameIndexes[string(name)] = i
	return i
}
