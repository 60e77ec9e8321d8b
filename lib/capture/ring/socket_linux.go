package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// socket is an AF_PACKET socket with the memory of its ring.
type socket struct {
	fd  int // -1 where there is none
	mem []byte
}

// openSocket makes a socket that is bound to no interface, and that no packet
// passes the filter of. With cooked set, packets come without their link
// headers.
func openSocket(block, blocks int, retire time.Duration, cooked bool) (s socket, err error) {
	kind := unix.SOCK_RAW
	if cooked {
		kind = unix.SOCK_DGRAM
	}
	s.fd, err = unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		s.fd = -1
		if errors.Is(err, unix.EPERM) {
			return s, fmt.Errorf("capturing needs the capability CAP_NET_RAW, as root has: %w", err)
		}
		return s, os.NewSyscallError("socket", err)
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return s, fmt.Errorf("rings of version 3: %w", err)
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_RESERVE, reserve); err != nil {
		return s, fmt.Errorf("headroom for packets: %w", err)
	}
	if err := s.filter(nothing); err != nil {
		return s, err
	}
	req := unix.TpacketReq3{
		Block_size:     uint32(block),
		Block_nr:       uint32(blocks),
		Frame_size:     uint32(block),
		Frame_nr:       uint32(blocks),
		Retire_blk_tov: uint32(retire.Milliseconds()),
	}
	if err := unix.SetsockoptTpacketReq3(s.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return s, fmt.Errorf("ring of %d blocks: %w", blocks, err)
	}
	s.mem, err = unix.Mmap(s.fd, 0, block*blocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return s, fmt.Errorf("mapping a ring: %w", err)
	}
	return s, nil
}

func (s *socket) close() {
	if s.mem != nil {
		unix.Munmap(s.mem)
		s.mem = nil
	}
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
}

// filter replaces the socket's filter.
func (s *socket) filter(f Filter) error {
	prog := make([]unix.SockFilter, len(f))
	for i, in := range f {
		prog[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	err := unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]})
	if err != nil {
		return fmt.Errorf("the kernel refuses the filter: %w", err)
	}
	return nil
}

// program replaces the socket's filter by an eBPF program.
func (s *socket) program(fd int) error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, fd); err != nil {
		return fmt.Errorf("the kernel refuses the program that counts flows: %w", err)
	}
	return nil
}

// bind begins to receive from an interface.
func (s *socket) bind(index int) error {
	return os.NewSyscallError("bind", unix.Bind(s.fd, &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}), // in network byte order
		Ifindex:  index,
	}))
}

// promiscuous asks an interface for all packets that it sees. That ends with
// the socket, or the interface.
func (s *socket) promiscuous(index int) error {
	err := unix.SetsockoptPacketMreq(s.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
		&unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC})
	if err != nil {
		return fmt.Errorf("promiscuous mode: %w", err)
	}
	return nil
}

// ignoreOutgoing leaves out packets that the host sends.
func (s *socket) ignoreOutgoing() error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
		return fmt.Errorf("ignoring outgoing packets (needs Linux 4.20): %w", err)
	}
	return nil
}

// fanout makes the socket a member of a group among which flows are divided,
// and returns the group's number. Where group is negative, it is a new one.
// Fragments are put together before, because only the first knows its ports.
func (s *socket) fanout(group int, incoming bool) (int, error) {
	const method = unix.PACKET_FANOUT_HASH | unix.PACKET_FANOUT_FLAG_DEFRAG
	arg := method << 16
	if incoming {
		arg |= unix.PACKET_FANOUT_FLAG_IGNORE_OUTGOING << 16
	}
	if group < 0 {
		arg |= unix.PACKET_FANOUT_FLAG_UNIQUEID << 16
	} else {
		arg |= group
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, arg); err != nil {
		return group, fmt.Errorf("sharing an interface among rings: %w", err)
	}
	if group >= 0 {
		return group, nil
	}
	v, err := unix.GetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
	if err != nil {
		return group, os.NewSyscallError("getsockopt", err)
	}
	return v & 0xffff, nil
}

// statistics returns what the kernel has counted since the last call.
func (s *socket) statistics() (Stats, error) {
	v, err := unix.GetsockoptTpacketStatsV3(s.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return Stats{}, os.NewSyscallError("getsockopt", err)
	}
	return Stats{Seen: uint64(v.Packets), Dropped: uint64(v.Drops), Freezes: uint64(v.Freeze_q_cnt)}, nil
}
