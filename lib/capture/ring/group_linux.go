package ring

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"merctools/lib/packet"
)

// A Group is a set of rings that share the packets of an interface.
//
// Sockets and rings are made by Open. What needs privileges is done then: a
// process may drop them afterwards, and interfaces that appear later are
// captured all the same. Only to return to an interface that was removed, more
// than one ring needs new sockets, and so CAP_NET_RAW again.
type Group struct {
	config Config
	filter Filter
	blocks int      // of each ring
	names  []string // for Batch.Interfaces
	rings  []*Ring
	wake   int // event descriptor, readable after Stop

	stopping atomic.Bool
	close    chan struct{}
	closed   sync.WaitGroup

	mu         sync.Mutex // guards what follows, and rings that wait
	link       uint16     // link type of the interface
	known      bool       // it is known
	absent     bool       // the interface was waited for
	sharing    int        // number of the fanout group; negative: none yet
	sharingFor int        // the index of the interface that it is for
	device     device     // that the filter is for
	heads      *heads     // nil where whole flows are captured, and after Close
	beyondHead uint64     // what heads counted when it was asked last

	noticing sync.Mutex
}

const (
	// attachEvery is how often a missing interface is looked for.
	attachEvery = 200 * time.Millisecond

	// pollTimeout is the longest time that a ring without packets is not
	// looked at.
	pollTimeout = time.Second

	// countEvery is how often the kernel's counters, which have 32 bits, are
	// added up.
	countEvery = 20 * time.Second
)

// Open makes the rings and, where the interface exists, begins to capture.
func Open(config Config) (*Group, error) {
	if config.Rings < 1 || config.Rings > MaxRings {
		return nil, fmt.Errorf("%d is not a number of rings from 1 to %d", config.Rings, MaxRings)
	}
	if config.BlockSize == 0 {
		config.BlockSize = DefaultBlock
	}
	if config.BlockSize < MinBlock || bits.OnesCount(uint(config.BlockSize)) != 1 {
		return nil, fmt.Errorf("%d is not a size of blocks: a power of 2 of at least %d", config.BlockSize, MinBlock)
	}
	if config.Retire == 0 {
		config.Retire = DefaultRetire
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	g := &Group{
		config:  config,
		wake:    wake,
		close:   make(chan struct{}),
		sharing: -1,
	}
	if config.Interface != AnyInterface {
		g.names = []string{config.Interface}
	}
	for i := range config.Rings {
		g.rings = append(g.rings, &Ring{g: g, number: i, sock: socket{fd: -1}})
	}
	if err := g.begin(); err != nil {
		g.closeAll()
		unix.Close(wake)
		return nil, err
	}
	g.closed.Go(g.count)
	return g, nil
}

// begin makes the rings and begins to capture.
func (g *Group) begin() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.config.FlowHead > 0 {
		if err := g.openHeads(); err != nil {
			return err
		}
	}
	// Until the interface is known it is taken for one of Ethernet, with a network.
	if err := g.compile(device{link: packet.LinkEthernet, tags: true, hosts: 1}); err != nil {
		return err
	}
	if err := g.allocate(); err != nil {
		return err
	}
	if err := g.attach(); errors.Is(err, ErrNoInterface) && g.config.Wait {
		g.absent = true
		g.notice("waiting for interface " + g.config.Interface)
	} else if err != nil {
		return err
	}
	// A filter that the kernel refuses is an error now, not when the interface
	// appears.
	if err := g.checkFilter(); err != nil {
		return err
	}
	if !g.absent {
		g.sayCapturing()
	}
	return nil
}

// allocate opens all sockets with as much memory as was asked for, or what
// can be had.
func (g *Group) allocate() error {
	want := g.config.Memory
	if want == 0 {
		want = DefaultMemory()
	}
	available := availableMemory()
	memory := min(want, affordable(available))
	for {
		blocks, err := layout(memory, len(g.rings), g.config.BlockSize)
		if err != nil {
			if memory < want {
				err = fmt.Errorf("%w; %s were asked for, %s are free", err, formatSize(want), formatSize(available))
			}
			return err
		}
		g.blocks = blocks
		err = g.openSockets()
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOMEM) || memory/2 < least(len(g.rings), g.config.BlockSize) {
			return err
		}
		memory /= 2
	}
	if memory < want {
		g.notice(fmt.Sprintf("%s of memory for packets instead of %s: no more is free (%s)", formatSize(memory), formatSize(want), formatSize(available)))
	}
	return nil
}

func (g *Group) openSockets() error {
	for _, r := range g.rings {
		var err error
		if r.sock, err = g.openSocket(); err != nil {
			g.closeSockets()
			return err
		}
	}
	return nil
}

func (g *Group) openSocket() (socket, error) {
	return openSocket(g.config.BlockSize, g.blocks, g.config.Retire, g.config.Interface == AnyInterface)
}

func (g *Group) closeSockets() {
	for _, r := range g.rings {
		r.sock.close()
	}
}

func (g *Group) closeAll() {
	g.closeSockets()
	if g.heads != nil {
		g.beyondHead = g.heads.flows.Dropped()
		g.heads.close()
		g.heads = nil
	}
}

// compile makes the filter for frames of a device. Group.mu is held.
func (g *Group) compile(d device) error {
	f, err := g.selecting(d)
	if err != nil {
		return err
	}
	if d.any {
		f = f.seenOnce()
	}
	g.filter, g.device = f, d
	return nil
}

// selecting is the filter that the group was given, for frames of a device.
func (g *Group) selecting(d device) (Filter, error) {
	f := g.config.Filter
	if g.config.Expression != "" {
		var err error
		if f, err = compile(g.config.Expression, d); err != nil {
			return nil, fmt.Errorf("filter: %w", err)
		}
	}
	return f.limited(g.config.SnapLen), nil
}

// pass lets packets come to a socket that the group wants. Group.mu is held.
func (g *Group) pass(s *socket) error {
	if g.heads != nil {
		return s.program(g.heads.programs[frame(g.device)].FD())
	}
	return s.filter(g.filter)
}

// checkFilter lets the kernel check the filter of a ring that does not
// capture yet. It is without packets, so nothing passes.
func (g *Group) checkFilter() error {
	for _, r := range g.rings {
		if r.state.Load() == waiting {
			if err := g.pass(&r.sock); err != nil {
				return err
			}
			if err := r.sock.filter(nothing); err != nil {
				return err
			}
		}
	}
	return nil
}

// attach lets the rings that wait for the interface capture. No packet comes
// to any before all of them share the interface: until then one would have
// packets that belong to others.
func (g *Group) attach() error {
	if g.stopping.Load() {
		return nil
	}
	var attached []*Ring
	for _, r := range g.rings {
		if r.state.Load() != waiting {
			continue
		}
		if err := r.attach(); err != nil {
			if r.shared() { // they can't be bound again
				for _, r := range attached {
					r.sock.close()
				}
			}
			return err
		}
		attached = append(attached, r)
	}
	for _, r := range attached {
		if err := g.pass(&r.sock); err != nil {
			return err
		}
	}
	if g.absent && len(attached) > 0 {
		g.absent = false
		g.sayCapturing()
	}
	for _, r := range attached {
		down := r.down // the ring's own from here on
		r.state.Store(capturing)
		if down {
			r.tell("is down")
		}
	}
	return nil
}

// Rings returns the rings. Each is to be read by one goroutine.
func (g *Group) Rings() []*Ring { return g.rings }

// LinkType returns the link type of the packets (a LINKTYPE_ value), and
// whether it is known yet: it is when the interface exists.
func (g *Group) LinkType() (linkType uint16, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.link, g.known
}

// Memory is the size of all rings together, in bytes.
func (g *Group) Memory() int64 {
	return int64(len(g.rings)) * int64(g.blocks) * int64(g.config.BlockSize)
}

// Stats returns the counts by ring.
func (g *Group) Stats() []Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]Stats, len(g.rings))
	for i, r := range g.rings {
		r.countKernel()
		all[i] = r.kernel
		all[i].Packets = r.packets.Load()
		all[i].Bytes = r.bytes.Load()
	}
	return all
}

// count adds up the kernel's counters now and then.
func (g *Group) count() {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.Stats()
		case <-g.close:
			return
		}
	}
}

// Stop ends the capture: no more packets come into the rings, and reading
// returns io.EOF after those that are there. It can be called at any time,
// more than once.
func (g *Group) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopping.Swap(true) {
		return
	}
	for _, r := range g.rings {
		if r.sock.fd >= 0 {
			// Cannot fail for lack of a valid program; if memory is short,
			// the ring ends when it is empty for a moment.
			_ = r.sock.filter(nothing)
		}
	}
	one := [8]byte{1, 1, 1, 1, 1, 1, 1, 1} // a number that is not 0 in any byte order
	_, _ = unix.Write(g.wake, one[:])      // never full: it is written once
}

// Close gives back all memory, also that of batches. No ring may be read any
// more.
func (g *Group) Close() {
	g.Stop()
	close(g.close)
	g.closed.Wait()
	g.Stats()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closeAll()
	unix.Close(g.wake)
}

func (g *Group) sayCapturing() {
	rings := "a ring"
	if n := len(g.rings); n > 1 {
		rings = fmt.Sprintf("%d rings", n)
	}
	g.notice(fmt.Sprintf("capturing from %s with %s and %s of memory", g.config.Interface, rings, formatSize(g.Memory())))
}

func (g *Group) notice(message string) {
	if g.config.Notice == nil {
		return
	}
	g.noticing.Lock()
	defer g.noticing.Unlock()
	g.config.Notice(message)
}
