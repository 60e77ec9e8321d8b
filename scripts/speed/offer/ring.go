//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring sends frames through memory that is shared with the kernel
// (PACKET_TX_RING of version 2): a system call sends many, and the kernel does
// not copy them.
type ring struct {
	fd     int
	mem    []byte
	slot   int // size of the place of a frame, in bytes
	slots  int
	next   int // slot to be filled next
	filled int // slots that the kernel was not told of
}

// Layout of a slot (struct tpacket2_hdr), in the host's byte order.
const (
	slotStatus = 0
	slotLength = 4
	slotData   = 32
)

const (
	ringMemory = 8 << 20
	ringBlock  = 256 << 10
	burst      = 64 // frames that go out with one system call
)

// newRing opens a ring for frames of at most a size in bytes.
func newRing(name string, longest int) (*ring, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	// Without a protocol it receives nothing.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	r := &ring{fd: fd, slot: max(2048, 1<<bits.Len(uint(longest+slotData-1)))}
	r.slots = ringMemory / r.slot
	if err := r.open(i.Index); err != nil {
		r.close()
		return nil, fmt.Errorf("%s: a ring to send with: %w", name, err)
	}
	return r, nil
}

func (r *ring) open(index int) (err error) {
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return err
	}
	// Straight to the interface, without a queue that drops.
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		return err
	}
	req := unix.TpacketReq{
		Block_size: ringBlock,
		Block_nr:   ringMemory / ringBlock,
		Frame_size: uint32(r.slot),
		Frame_nr:   uint32(r.slots),
	}
	if err := unix.SetsockoptTpacketReq(r.fd, unix.SOL_PACKET, unix.PACKET_TX_RING, &req); err != nil {
		return err
	}
	r.mem, err = unix.Mmap(r.fd, 0, ringMemory, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	return unix.Bind(r.fd, &unix.SockaddrLinklayer{Ifindex: index})
}

func (r *ring) close() {
	if r.mem != nil {
		unix.Munmap(r.mem)
	}
	unix.Close(r.fd)
}

// put fills a slot with a frame, unless all are in use.
func (r *ring) put(frame []byte) bool {
	slot := r.mem[r.next*r.slot:][:r.slot]
	status := (*uint32)(unsafe.Pointer(&slot[slotStatus]))
	if atomic.LoadUint32(status) != unix.TP_STATUS_AVAILABLE {
		return false
	}
	binary.NativeEndian.PutUint32(slot[slotLength:], uint32(len(frame)))
	copy(slot[slotData:], frame)
	atomic.StoreUint32(status, unix.TP_STATUS_SEND_REQUEST)
	if r.next++; r.next == r.slots {
		r.next = 0
	}
	r.filled++
	return true
}

// flush lets the kernel send what is in the ring.
func (r *ring) flush() error {
	for {
		_, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(r.fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			r.filled = 0
			return nil
		case unix.EINTR, unix.EAGAIN, unix.ENOBUFS: // the interface can't take more right now
		default:
			return os.NewSyscallError("send", errno)
		}
	}
}

// send sends the frames in turn, perSecond of them each second, until a
// number of them or a time is over, and returns how many. A rate of 0 is as
// fast as possible.
func (r *ring) send(frames [][]byte, perSecond float64, limit int, d time.Duration) (sent int, err error) {
	begin := time.Now()
	for next := 0; sent < limit; {
		elapsed := time.Since(begin)
		if elapsed >= d {
			break
		}
		due := min(burst, limit-sent)
		if perSecond > 0 {
			due = min(int(elapsed.Seconds()*perSecond)-sent, due)
		}
		for ; due > 0 && r.put(frames[next]); due-- {
			sent++
			if next++; next == len(frames) {
				next = 0
			}
		}
		if r.filled == 0 {
			continue // sleeping is too coarse
		}
		if err := r.flush(); err != nil {
			return sent, err
		}
	}
	return sent, r.drain()
}

// drain waits until the kernel has sent everything.
func (r *ring) drain() error {
	for i := range r.slots {
		status := (*uint32)(unsafe.Pointer(&r.mem[i*r.slot+slotStatus]))
		for {
			s := atomic.LoadUint32(status)
			if s == unix.TP_STATUS_AVAILABLE {
				break
			}
			if s == unix.TP_STATUS_WRONG_FORMAT {
				return fmt.Errorf("the interface does not take a frame")
			}
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}
