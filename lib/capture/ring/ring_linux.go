package ring

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"merctools/lib/capture"
)

// A Ring is a source of packets. It implements the pipeline's Source.
type Ring struct {
	g      *Group
	number int

	// The reader's, except while the ring waits: then it is the group's, and
	// guarded by Group.mu.
	sock    socket
	device  device
	framing framing
	down    bool // the interface is, as far as is known
	next    int  // block to be read next

	names names // where packets of all interfaces are captured

	held  bool      // the block before that is in the reader's batch
	rest  remaining // of that block
	drain time.Time // since when there should be no more packets

	state atomic.Uint32

	packets, bytes atomic.Uint64
	looks          atomic.Uint64

	// Guarded by Group.mu.
	kernel  Stats
	missing uint64 // packets of former sockets that were lost with them
	final   bool   // nothing more is counted for the present socket
}

// States of a ring. It leaves the first one by the group's doing, the others
// by its reader's.
const (
	waiting   = iota // for the interface; the socket may be missing
	capturing        // until the interface is removed
	leaving          // the interface was removed; there may be packets left
)

// partPackets is how many packets are handed out together: so few that their
// headers and what is behind them are still in the processor's cache when they
// are worked on.
const partPackets = 16

// ReadBatch waits for a block, gives the one before back to the kernel, and
// returns packets of the new one as views into the ring, the next ones of the
// same block with the next call where b.More is set. The memory behind b.Data
// up to the end of the last packet belongs to the caller, who may write to it,
// as long as the block does.
//
// It returns io.EOF after [Group.Stop] and the last packet, and an error where
// the interface is gone for good. It allocates nothing once b is warm.
func (r *Ring) ReadBatch(b *capture.Batch) error {
	b.Packets, b.Interfaces = b.Packets[:0], r.g.names
	if r.rest.packets > 0 {
		r.part(b)
		return nil
	}
	b.Data, b.More = nil, false
	if r.held {
		r.held = false
		r.giveBack()
	}
	for {
		r.looks.Add(1)
		if r.state.Load() != waiting && r.take(b) {
			return nil
		}
		if err := r.wait(); err != nil {
			return err
		}
	}
}

// Looks is a number that grows at least every two seconds while the ring is
// read, whether there are packets or not.
func (r *Ring) Looks() uint64 { return r.looks.Load() }

func (r *Ring) block(i int) []byte {
	size := r.g.config.BlockSize
	return r.sock.mem[i*size:][:size:size]
}

// status is the word that kernel and reader hand a block to each other with.
func status(block []byte) *uint32 {
	return (*uint32)(unsafe.Pointer(&block[blockStatus]))
}

// part hands out packets that are left of a block.
func (r *Ring) part(b *capture.Batch) {
	b.Packets = r.framing.packets(b.Packets, b.Data, &r.rest, partPackets)
	b.More = r.rest.packets > 0
	if r.framing.cooked {
		r.nameInterfaces(b)
	}
	r.tally(b)
}

// take hands out the next block, if it is not the kernel's. A block without
// packets is given back at once.
func (r *Ring) take(b *capture.Batch) bool {
	for {
		block := r.block(r.next)
		// The kernel writes the status after everything else in the block.
		if atomic.LoadUint32(status(block))&statusUser == 0 {
			return false
		}
		r.next++
		if r.next == r.g.blocks {
			r.next = 0
		}
		r.rest = remaining{
			pos:     int(binary.NativeEndian.Uint32(block[blockFirst:])) - blockHeader,
			packets: int(binary.NativeEndian.Uint32(block[blockPackets:])),
		}
		b.Data = block[blockHeader:]
		r.part(b)
		if len(b.Packets) == 0 {
			r.giveBack()
			continue
		}
		r.held = true
		return true
	}
}

// tally counts the packets of a batch.
func (r *Ring) tally(b *capture.Batch) {
	var bytes uint64
	for i := range b.Packets {
		bytes += uint64(b.Packets[i].CapLen)
	}
	r.packets.Add(uint64(len(b.Packets)))
	r.bytes.Add(bytes)
}

// giveBack returns the block before the next one to the kernel.
func (r *Ring) giveBack() {
	i := r.next - 1
	if i < 0 {
		i = r.g.blocks - 1
	}
	atomic.StoreUint32(status(r.block(i)), 0)
}

// wait returns when there may be a block, or the state has changed.
func (r *Ring) wait() error {
	stopping, state := r.g.stopping.Load(), r.state.Load()
	switch {
	case state == waiting && stopping:
		return io.EOF
	case state == waiting:
		return r.await()
	case stopping:
		if r.drained() {
			return io.EOF
		}
		return nil
	case state == leaving:
		if r.drained() {
			return r.leave()
		}
		return nil
	}
	fds := [...]unix.PollFd{
		{Fd: int32(r.sock.fd), Events: unix.POLLIN},
		{Fd: int32(r.g.wake), Events: unix.POLLIN},
	}
	timeout := pollTimeout
	if r.down {
		timeout = attachEvery
	}
	if _, err := unix.Poll(fds[:], int(timeout.Milliseconds())); err != nil && err != unix.EINTR {
		return fmt.Errorf("poll: %w", err)
	}
	if r.down || fds[0].Revents&unix.POLLERR != 0 {
		r.look()
	}
	return nil
}

// countKernel adds up what the kernel has counted. Group.mu is held.
func (r *Ring) countKernel() {
	if r.sock.fd < 0 || r.final {
		return
	}
	s, err := r.sock.statistics()
	if err == nil {
		r.kernel.Add(s)
	}
}
