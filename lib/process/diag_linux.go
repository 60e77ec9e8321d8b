package process

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
	"unsafe"
)

// A diag asks the kernel for its TCP sockets by netlink (sock_diag(7)). That
// is many times faster than /proc/net/tcp, for which the kernel goes through
// all of a large table for each few lines.
type diag struct {
	fd  int
	buf []byte
}

// Constants and layouts of linux/sock_diag.h and linux/inet_diag.h.
const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	allStates        = 0xfff
	diagRequestLen   = 56 // struct inet_diag_req_v2
	diagMessageLen   = 72 // struct inet_diag_msg
	diagSrcPort      = 4
	diagDstPort      = 6
	diagSrc          = 8
	diagDst          = 24
	diagInode        = 68
	diagBuffer       = 64 << 10
)

var errDiag = errors.New("sock_diag: unexpected answer")

func newDiag() (*diag, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil, err
	}
	return &diag{fd: fd, buf: make([]byte, diagBuffer)}, nil
}

func (d *diag) close() { syscall.Close(d.fd) }

// tcp calls found for each TCP socket that has an inode.
func (d *diag) tcp(found func(Socket, uint64)) error {
	for _, family := range []uint8{syscall.AF_INET, syscall.AF_INET6} {
		if err := d.dump(family, found); err != nil {
			return err
		}
	}
	return nil
}

func (d *diag) dump(family uint8, found func(Socket, uint64)) error {
	var req [syscall.NLMSG_HDRLEN + diagRequestLen]byte
	h := (*syscall.NlMsghdr)(unsafe.Pointer(&req[0]))
	h.Len = uint32(len(req))
	h.Type = sockDiagByFamily
	h.Flags = syscall.NLM_F_REQUEST | syscall.NLM_F_DUMP
	body := req[syscall.NLMSG_HDRLEN:]
	body[0], body[1] = family, TCP
	binary.NativeEndian.PutUint32(body[4:], allStates)
	if err := syscall.Sendto(d.fd, req[:], 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	for {
		n, _, err := syscall.Recvfrom(d.fd, d.buf, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		done, err := d.messages(d.buf[:n], found)
		if done || err != nil {
			return err
		}
	}
}

// messages reads what came at once, and says whether it was the last.
func (d *diag) messages(b []byte, found func(Socket, uint64)) (done bool, err error) {
	for len(b) >= syscall.NLMSG_HDRLEN {
		n := int(binary.NativeEndian.Uint32(b))
		typ := binary.NativeEndian.Uint16(b[4:])
		if n < syscall.NLMSG_HDRLEN || n > len(b) {
			return true, errDiag
		}
		body := b[syscall.NLMSG_HDRLEN:n]
		switch typ {
		case syscall.NLMSG_DONE:
			return true, nil
		case syscall.NLMSG_ERROR:
			if len(body) >= 4 {
				return true, syscall.Errno(-int32(binary.NativeEndian.Uint32(body)))
			}
			return true, errDiag
		case sockDiagByFamily:
			if s, inode, ok := parseDiag(body); ok {
				found(s, inode)
			}
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return false, nil
}

func parseDiag(b []byte) (s Socket, inode uint64, ok bool) {
	if len(b) < diagMessageLen {
		return s, 0, false
	}
	inode = uint64(binary.NativeEndian.Uint32(b[diagInode:]))
	address := func(at int) netip.Addr {
		if b[0] == syscall.AF_INET {
			return netip.AddrFrom4([4]byte(b[at : at+4]))
		}
		return netip.AddrFrom16([16]byte(b[at : at+16])).Unmap()
	}
	s = Socket{
		Protocol: TCP,
		Local:    netip.AddrPortFrom(address(diagSrc), binary.BigEndian.Uint16(b[diagSrcPort:])),
		Remote:   netip.AddrPortFrom(address(diagDst), binary.BigEndian.Uint16(b[diagDstPort:])),
	}
	return s, inode, inode != 0
}
