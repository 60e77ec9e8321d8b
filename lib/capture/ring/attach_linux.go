package ring

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

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
		return fmt.Errorf("%q: %w", g.config.Interface, err)
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
