package ring

import (
	"encoding/binary"
	"errors"
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

// tell writes a notice for all rings of what has become of the interface.
func (r *Ring) tell(what string) {
	if r.number == 0 {
		r.g.notice("interface " + r.g.config.Interface + " " + what)
	}
}

// look finds out what has become of the interface. When it is down there is
// nothing to do: the kernel takes up the capture when it is up again. One that
// is removed is down first, and then there is no second error.
func (r *Ring) look() {
	_, _ = unix.GetsockoptInt(r.sock.fd, unix.SOL_SOCKET, unix.SO_ERROR) // takes the error away
	name, exists := nameOf(r.sock.fd, r.device.index)                    // it may be another one now
	up := exists && isUp(r.sock.fd, name)
	switch {
	case !exists:
		r.state.Store(leaving)
	case r.down && up:
		r.down = false
		again := "is up again"
		if name != r.g.config.Interface {
			again += ", and called " + name
		}
		r.tell(again)
	case !r.down && !up:
		r.down = true
		r.tell("is down")
	}
}

const (
	// drainStep is how long to wait for a block that is not full, when no
	// more packets come.
	drainStep = 5 * time.Millisecond

	// drainLimit is when to give up packets that the kernel has counted.
	drainLimit = time.Second
)

// drained reports whether all packets of the socket have been read, now that
// no more come, or else waits a little.
func (r *Ring) drained() bool {
	if r.drain.IsZero() {
		r.drain = time.Now()
		time.Sleep(drainStep) // for a packet that has passed the filter already
	}
	r.g.mu.Lock()
	r.countKernel()
	k := &r.kernel
	left := int64(k.Seen - k.Dropped - r.packets.Load() - r.missing)
	done := left == 0 || time.Since(r.drain) > drainLimit
	if done {
		r.missing += uint64(left)
		r.final = true
	}
	r.g.mu.Unlock()
	if done {
		r.drain = time.Time{}
		return true
	}
	time.Sleep(drainStep)
	return false
}

// leave gives up an interface that was removed. A socket that has no part in a
// group of them can be bound again; others are closed.
func (r *Ring) leave() error {
	r.tell("was removed")
	if !r.g.config.Wait {
		return fmt.Errorf("%s: %w", r.g.config.Interface, ErrGone)
	}
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	r.g.absent = true
	defer r.state.Store(waiting)
	if r.shared() {
		r.sock.close()
		return nil
	}
	return r.sock.filter(nothing)
}

// shared reports whether the ring's socket is one of several.
func (r *Ring) shared() bool { return len(r.g.rings) > 1 }

// await looks for the interface, or waits before that is tried again.
func (r *Ring) await() error {
	g := r.g
	g.mu.Lock()
	err := g.attach()
	g.mu.Unlock()
	if r.state.Load() == capturing {
		return nil
	}
	// What the kernel does not allow now can be because another ring still
	// has its socket of before, or because the interface is not up yet.
	if err != nil && !errors.Is(err, ErrNoInterface) && !errors.Is(err, unix.EINVAL) &&
		!errors.Is(err, unix.ENETDOWN) && !errors.Is(err, unix.ENODEV) {
		return err
	}
	fds := [...]unix.PollFd{{Fd: int32(g.wake), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds[:], int(attachEvery.Milliseconds())); err != nil && err != unix.EINTR {
		return fmt.Errorf("poll: %w", err)
	}
	return nil
}

// attach binds the ring to the interface, with a filter that nothing passes.
// Group.mu is held.
func (r *Ring) attach() error {
	g := r.g
	if r.sock.fd < 0 {
		var err error
		if r.sock, err = g.openSocket(); err != nil {
			return err
		}
		r.next = 0
	}
	d, err := findDevice(r.sock.fd, g.config.Interface)
	if err != nil {
		return err
	}
	if g.known && g.link != d.link {
		return fmt.Errorf("interface %s came back with link type %d instead of %d",
			g.config.Interface, d.link, g.link)
	}
	if err := g.compile(d); err != nil {
		return err
	}
	if err := r.join(d); err != nil {
		if r.shared() {
			r.sock.close()
		}
		return err
	}
	g.known, g.link = true, d.link
	r.device, r.down = d, !isUp(r.sock.fd, g.config.Interface)
	r.framing = framing{link: d.link, tags: d.tags, cooked: d.any, snapLen: g.config.SnapLen}
	r.final = false
	return nil
}

// join binds the ring's socket to a device.
func (r *Ring) join(d device) error {
	g := r.g
	if d.loopback {
		// It shows each packet twice, as outgoing and as incoming.
		if err := r.sock.ignoreOutgoing(); err != nil {
			return err
		}
	}
	if err := r.sock.bind(d.index); err != nil {
		return err
	}
	if r.shared() {
		if g.sharingFor != d.index {
			g.sharing = -1
		}
		var err error
		if g.sharing, err = r.sock.fanout(g.sharing, d.loopback); err != nil {
			return err
		}
		g.sharingFor = d.index
	}
	if g.config.Promiscuous && !d.any {
		return r.sock.promiscuous(d.index)
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
