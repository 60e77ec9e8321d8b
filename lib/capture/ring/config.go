package ring

import (
	"errors"
	"time"
)

// Errors of Open and of reading.
var (
	// ErrNoInterface says that there is no interface of that name.
	ErrNoInterface = errors.New("no such interface")

	// ErrGone says that the interface was removed while it was captured.
	ErrGone = errors.New("the interface was removed")
)

// Config says what a [Group] captures, and with how much memory.
type Config struct {
	// Interface is the name of a network interface, or AnyInterface.
	Interface string

	// Rings is the number of rings, from 1 to 256.
	Rings int

	// Memory is the size of all rings together, in bytes; 0 is what
	// DefaultMemory returns. Less is used, with a notice, where that much is
	// not to be had.
	Memory int64

	// BlockSize is the size of a block in bytes, a power of 2 of at least
	// MinBlock; 0 is DefaultBlock. No longer packet is captured whole.
	BlockSize int

	// Retire is after how much time a block that is not full is handed over,
	// in whole milliseconds; 0 is DefaultRetire. It may take that long twice.
	Retire time.Duration

	// SnapLen is how many bytes of a packet are captured; 0 is all.
	SnapLen int

	// Filter selects packets in the kernel. Without one, all are captured.
	Filter Filter

	// Expression selects packets in the kernel in place of Filter, in the
	// language of package pcapfilter. It is compiled for the link type of the
	// interface.
	Expression string

	// FlowHead is how many packets of each direction of a flow are captured;
	// the kernel leaves out the rest, as package flowhead says. 0 is all.
	FlowHead int

	// Promiscuous asks the interface for packets to other hosts, too.
	Promiscuous bool

	// Wait says that an interface that does not exist will: reading then
	// waits for it, also after it was removed. Otherwise that is an error.
	Wait bool

	// Notice takes messages of one line about what happens to the interface
	// and the memory. It is called from any goroutine, one at a time, and may
	// be nil.
	Notice func(message string)
}

// AnyInterface stands for all interfaces, also those that come later. Its
// packets have the link type LINUX_SLL2, without VLAN tags.
const AnyInterface = "any"

// Sizes in bytes.
const (
	// MinBlock is the smallest block that has room for a packet of the
	// greatest length that IP knows.
	MinBlock = 128 << 10

	// DefaultBlock is small enough that a ring has many blocks. That matters
	// at low rates, when each is handed over with few packets.
	DefaultBlock = 256 << 10
)

// DefaultRetire makes a packet wait for at most 40 ms.
const DefaultRetire = 20 * time.Millisecond

// MaxRings is how many sockets can share an interface.
const MaxRings = 256

// minBlocks is how many blocks a ring has at least.
const minBlocks = 8

// Stats counts packets.
type Stats struct {
	Packets uint64 // read from the ring
	Bytes   uint64 // captured bytes of those
	Seen    uint64 // that came to the socket and passed the filter: read, dropped, or still in the ring
	Dropped uint64 // because the ring was full
	Freezes uint64 // times that the ring became full
}

// Add adds the counts of another ring.
func (s *Stats) Add(o Stats) {
	s.Packets += o.Packets
	s.Bytes += o.Bytes
	s.Seen += o.Seen
	s.Dropped += o.Dropped
	s.Freezes += o.Freezes
}

// An Interface is one that the system has.
type Interface struct {
	Name  string
	Link  uint16 // link type (a LINKTYPE_ value) of its packets
	Known bool   // the link type is one that can be captured
	Up    bool
	MTU   int // of the largest packet, without link header, in bytes
	Addrs []string
}
