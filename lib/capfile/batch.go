package capfile

// A Packet says where one captured packet is in its [Batch].
type Packet struct {
	// Time is when the packet was captured, in nanoseconds since 1970, UTC;
	// 0 where the capture has no time for it. It is not negative and below
	// 2^32 seconds and some: seconds wrap in 2106, as in a pcap file.
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
	p := &b.Packets[i]
	return b.Data[p.Off:][:p.CapLen:p.CapLen]
}
