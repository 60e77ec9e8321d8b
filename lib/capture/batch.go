// Package capture holds packets on their way from where they are captured to
// where they are processed: package pcap reads them from files, package ring
// from network interfaces.
package capture

import "io"

// A Packet says where one captured packet is in its [Batch].
type Packet struct {
	// Time is when the packet was captured, in nanoseconds since 1970, UTC;
	// 0 where the capture has no time for it. Before 1970 it is negative.
	// Times before 1678 and after 2261 are the least and the greatest there
	// is.
	Time int64

	// Off and CapLen are the packet's place in Batch.Data and its length
	// there, at most [MaxPacket].
	Off, CapLen uint32

	// OrigLen is the packet's length on the wire, as the capture says.
	OrigLen uint32

	// Link is the link type (a LINKTYPE_ value). The frame check sequence,
	// if the link type field says that there is one, is part of the packet.
	Link uint16

	// Interface is where the packet was captured, as an index into
	// Batch.Interfaces; 0 where that is not known.
	Interface uint16

	// Nano says that Time is more precise than microseconds.
	Nano bool
}

// A Batch is a block of memory and the packets in it. It owns the memory, so
// that several can be under way at once, and is filled by [Reader.ReadBatch],
// which uses the memory again. The zero Batch is ready for that.
type Batch struct {
	// Data is the block. Where its capacity is at least MinBlock, ReadBatch
	// keeps it; otherwise it makes one of DefaultBlock bytes.
	Data []byte

	// Packets are in the order of the capture.
	Packets []Packet

	// File is the name of the capture that the packets are from, as it was
	// given to the reader, and First the number there of the first of them,
	// counted from 1. In live capture they are empty.
	File  string
	First uint64

	// Numbers are the numbers of the packets there, where some of those that
	// were read have been left out; otherwise it is empty.
	Numbers []uint64

	// Interfaces are names of interfaces. It is nil where none is known.
	// Nobody changes what is in it.
	Interfaces []string

	// More says that there may be more packets of the same block: they come
	// with the next call, which does not wait and leaves Data as it is. It is
	// false where a source fills a block of the Batch's own.
	More bool

	// Ready says that the next call won't wait for anybody: the source is a
	// file that has all its bytes.
	Ready bool

	ahead struct {
		from io.ReaderAt // nil where nothing was reserved
		at   int64
		n    int // bytes that were read
	}
}

// Sizes in bytes.
const (
	// MaxPacket is how much of a packet is handed out; the rest of a longer
	// one is skipped.
	MaxPacket = 65536

	// DefaultBlock is the size of the block a Batch gets, and so of a read.
	DefaultBlock = 1 << 20

	// Headroom is left before what Load reads, for the beginning of a record
	// that goes on there.
	Headroom = MaxPacket + 4096

	// MinBlock is the smallest block that holds every record.
	MinBlock = 256 << 10
)

// Reserve says what the Batch is to be filled with: the next block of a file,
// from an offset on, of as many bytes as [Batch.Load] has room for. It is called
// by a source.
func (b *Batch) Reserve(from io.ReaderAt, at int64) {
	b.ahead.from, b.ahead.at, b.ahead.n = from, at, 0
}

// Load reads what was reserved. Others may read meanwhile, from the same source
// too. An error is left to the source, which reads again then.
func (b *Batch) Load() {
	if b.ahead.from != nil {
		room := b.Data[:cap(b.Data)][Headroom:]
		b.ahead.n, _ = b.ahead.from.ReadAt(room[:min(len(room), b.LoadLen(b.ahead.at))], b.ahead.at)
	}
}

// Reserved reports whether something was reserved of a file.
func (b *Batch) Reserved(from io.ReaderAt) bool { return from != nil && b.ahead.from == from }

// Loaded is how many bytes of what is at an offset of the reserved file were
// read to Data[Headroom:], whose capacity they are within. They count once.
func (b *Batch) Loaded(at int64) int {
	n := b.ahead.n
	b.ahead.n, b.ahead.from = 0, nil
	if b.ahead.at != at {
		return 0
	}
	return n
}

// LoadLen is the length of the block of a file that begins at an offset: up to
// the next multiple of what is Load's room.
func (b *Batch) LoadLen(at int64) int {
	block := int64(cap(b.Data) - Headroom)
	return int(block - at%block)
}

// Bytes returns packet i, as a view into Data.
func (b *Batch) Bytes(i int) []byte {
	return b.Packets[i].In(b.Data)
}

// InterfaceName returns the name of the interface that packet i was captured
// on, or "" where it is not known.
func (b *Batch) InterfaceName(i int) string {
	if n := int(b.Packets[i].Interface); n < len(b.Interfaces) {
		return b.Interfaces[n]
	}
	return ""
}

// In returns the packet, as a view into the Data of its Batch.
func (p *Packet) In(data []byte) []byte {
	return data[p.Off:][:p.CapLen:p.CapLen]
}
