// Package capture holds packets on their way from where they are captured to
// where they are processed: package pcap reads them from files, package ring
// from network interfaces.
package capture

// A Packet says where one captured packet is in its [Batch].
type Packet struct {
	// Time is when the packet was captured, in nanoseconds since 1970, UTC;
	// 0 where the capture has no time for it. Before 1970 it is negative.
	// Times before 1678 and after 2261 are the least and the greatest there
	// is.
	Time int64

	// FileOffset is where the packet's record begins in the capture, in
	// bytes; of a compressed capture, in the uncompressed data.
	FileOffset int64

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
}

// Sizes in bytes.
const (
	// MaxPacket is how much of a packet is handed out; the rest of a longer
	// one is skipped.
	MaxPacket = 65536

	// DefaultBlock is the size of the block a Batch gets, and so of a read.
	DefaultBlock = 1 << 20

	// MinBlock is the smallest block that holds every record.
	MinBlock = 256 << 10
)

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
