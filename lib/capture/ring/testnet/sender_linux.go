package testnet

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Sender sends Ethernet frames through an interface.
type Sender struct {
	fd   int
	iovs []unix.Iovec
	msgs []message
}

// message is struct mmsghdr.
type message struct {
	hdr unix.Msghdr
	_   uint32
}

// burst is how many frames go out with one system call.
const burst = 64

// NewSender opens a sender in the namespace of the calling thread.
func NewSender(name string) (*Sender, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("a socket to send with: %w", err)
	}
	s := &Sender{fd: fd, iovs: make([]unix.Iovec, burst), msgs: make([]message, burst)}
	for i := range s.msgs {
		s.msgs[i].hdr.Iov = &s.iovs[i]
		s.msgs[i].hdr.SetIovlen(1)
	}
	if err := s.open(name); err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s *Sender) open(name string) error {
	// Straight to the interface, without a queue that drops.
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		return err
	}
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(s.fd, unix.SIOCGIFINDEX, req); err != nil {
		return err
	}
	return unix.Bind(s.fd, &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16([]byte{0x08, 0x00}),
		Ifindex:  int(req.Uint32()),
	})
}

// Close closes the sender. Another call does nothing: the descriptor may be
// another file's by then, such as that of a test that runs at the same time.
func (s *Sender) Close() {
	if s.fd >= 0 {
		unix.Close(s.fd)
	}
	s.fd = -1
}

// Send sends frames as fast as they go out. An error says how many did.
func (s *Sender) Send(frames ...[]byte) error {
	for sent := 0; sent < len(frames); {
		n, err := s.send(frames[sent:min(sent+burst, len(frames))])
		if err != nil {
			return fmt.Errorf("after %d frames: %w", sent, err)
		}
		sent += n
	}
	return nil
}

func (s *Sender) send(frames [][]byte) (int, error) {
	for i, f := range frames {
		s.iovs[i].Base = &f[0]
		s.iovs[i].SetLen(len(f))
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd),
			uintptr(unsafe.Pointer(&s.msgs[0])), uintptr(len(frames)), 0, 0, 0)
		runtime.KeepAlive(frames)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		case unix.ENOBUFS, unix.EAGAIN: // the interface can't take more right now
			time.Sleep(100 * time.Microsecond)
		default:
			return 0, errno
		}
	}
}

// SendAtRate sends the frames in turn, perSecond of them each second, until a
// number of them or some time is over, and returns how many went out. A rate
// of 0 is as fast as possible.
func (s *Sender) SendAtRate(frames [][]byte, perSecond float64, limit int, d time.Duration) (sent int, err error) {
	begin := time.Now()
	for next := 0; sent < limit; {
		elapsed := time.Since(begin)
		if elapsed >= d {
			break
		}
		due := min(burst, limit-sent)
		if perSecond > 0 {
			due = min(int(elapsed.Seconds()*perSecond)-sent, due)
			if due < 1 {
				continue // sleeping is too coarse
			}
		}
		n, err := s.send(frames[next:min(next+due, len(frames))])
		if err != nil {
			return sent, err
		}
		sent += n
		if next += n; next >= len(frames) {
			next = 0
		}
	}
	return sent, nil
}
