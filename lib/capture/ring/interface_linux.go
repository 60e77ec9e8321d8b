package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"merctools/lib/packet"
)

// device is a network interface, as the kernel numbers it.
type device struct {
	index    int
	link     uint16
	tags     bool // it has VLAN tags
	loopback bool
	any      bool   // all interfaces
	hosts    uint32 // bits of IPv4 addresses for hosts in its network; 0 without one
}

// findDevice asks for an interface by name, in the namespace of a socket.
func findDevice(fd int, name string) (device, error) {
	if name == AnyInterface {
		return device{link: packet.LinkSLL2, any: true}, nil
	}
	req, err := unix.NewIfreq(name)
	if err != nil || name == "" {
		return device{}, fmt.Errorf("%q: %w", name, ErrNoInterface)
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, req); err != nil {
		return device{}, notFound(name, err)
	}
	d := device{index: int(req.Uint32())}
	hardware, err := hardwareType(fd, name)
	if err != nil {
		return device{}, err
	}
	var known bool
	if d.link, known = linkType(hardware); !known {
		return device{}, fmt.Errorf("%q: packets of an interface of type %d can't be captured", name, hardware)
	}
	d.tags = d.link == packet.LinkEthernet
	d.loopback = hardware == unix.ARPHRD_LOOPBACK
	d.hosts = hosts(fd, req)
	return d, nil
}

// hosts returns the bits of an interface's IPv4 addresses that tell hosts of its
// network apart, 0 where it has no address. A network of one or two hosts has no
// broadcast address but that of all networks (RFC 3021), whose bits are all ones.
func hosts(fd int, req *unix.Ifreq) uint32 {
	if unix.IoctlIfreq(fd, unix.SIOCGIFNETMASK, req) != nil {
		return 0
	}
	mask, err := req.Inet4Addr()
	if err != nil {
		return 0
	}
	if bits := ^binary.BigEndian.Uint32(mask); bits > 1 {
		return bits
	}
	return 1<<32 - 1
}

// isUp reports whether an interface is up. One that is gone is not.
func isUp(fd int, name string) bool {
	if name == AnyInterface {
		return true
	}
	req, err := unix.NewIfreq(name)
	return err == nil && unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req) == nil && req.Uint16()&unix.IFF_UP != 0
}

// nameOf returns the name that the interface of a number has now. ok is false where
// there is none.
func nameOf(fd, index int) (name string, ok bool) {
	if index == 0 {
		return AnyInterface, true
	}
	req, err := unix.NewIfreq("")
	if err != nil {
		return "", false
	}
	req.SetUint32(uint32(index))
	if unix.IoctlIfreq(fd, unix.SIOCGIFNAME, req) != nil {
		return "", false
	}
	return req.Name(), true
}

// hardwareType is one of the ARPHRD values.
func hardwareType(fd int, name string) (uint16, error) {
	req, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFHWADDR, req); err != nil {
		return 0, notFound(name, err)
	}
	return req.Uint16(), nil
}

// notFound says that an interface was asked for in vain.
func notFound(name string, err error) error {
	if errors.Is(err, unix.ENODEV) {
		err = ErrNoInterface
	}
	return fmt.Errorf("%q: %w", name, err)
}

// linkType is the link type of captures from an interface.
func linkType(hardware uint16) (linkType uint16, known bool) {
	switch hardware {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		return packet.LinkEthernet, true
	case unix.ARPHRD_NONE, unix.ARPHRD_RAWIP, unix.ARPHRD_TUNNEL, unix.ARPHRD_TUNNEL6, unix.ARPHRD_SIT:
		return packet.LinkRaw, true
	}
	return 0, false
}

// Interfaces lists the network interfaces in the system's order.
func Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	var list []Interface
	for _, i := range all {
		hardware, err := hardwareType(fd, i.Name)
		if err != nil {
			continue // it has just gone
		}
		entry := Interface{Name: i.Name, Up: i.Flags&net.FlagUp != 0, MTU: i.MTU}
		entry.Link, entry.Known = linkType(hardware)
		addrs, _ := i.Addrs() // none where it has just gone
		for _, a := range addrs {
			entry.Addrs = append(entry.Addrs, a.String())
		}
		list = append(list, entry)
	}
	return list, nil
}
