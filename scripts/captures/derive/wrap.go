package main

import (
	"bytes"
	"encoding/binary"
)

var u16, u32 = binary.BigEndian.AppendUint16, binary.BigEndian.AppendUint32

// frame is an Ethernet frame of the lab with another type and payload.
func frame(etherType uint16, payload ...[]byte) []byte {
	b := []byte{0, 0, 0x5e, 0, 0x53, 2, 0, 0, 0x5e, 0, 0x53, 1}
	b = u16(b, etherType)
	return append(b, bytes.Join(payload, nil)...)
}

// network is the IP packet in an Ethernet frame, and its Ethernet type.
func network(p packet) (etherType uint16, ip []byte) {
	return binary.BigEndian.Uint16(p.data[12:]), p.data[14:]
}

// ipv4 puts a header of tunnel ends before a payload.
func ipv4(protocol byte, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	b := []byte{0x45, 0}
	b = u16(b, uint16(20+len(body)))
	b = append(b, 0x12, 0x34, 0x40, 0, 63, protocol, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2)
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum+sum>>16))
	return append(b, body...)
}

// ipv6 is the same for IPv6.
func ipv6(next byte, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	b := u32(nil, 0x60012345)
	b = u16(b, uint16(len(body)))
	b = append(b, next, 63)
	prefix := []byte{0x20, 0x01, 0x0d, 0xb8, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	b = append(append(b, prefix...), 1)
	b = append(append(b, prefix...), 2)
	return append(b, body...)
}

// udp puts a header without checksum before a payload.
func udp(src, dst uint16, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	b := u16(u16(nil, src), dst)
	b = u16(b, uint16(8+len(body)))
	return append(u16(b, 0), body...)
}

// Protocol numbers.
const (
	protocolIPv4 = 4
	protocolUDP  = 17
	protocolIPv6 = 41
	protocolGRE  = 47
)

// tags are the first flow of packets, once behind each kind of tag.
func tags(packets []packet) []packet {
	kinds := []func(t uint16, ip []byte) []byte{
		func(t uint16, ip []byte) []byte { // 802.1Q
			return frame(etherVLAN, u16(u16(nil, 0x6007), t), ip)
		},
		func(t uint16, ip []byte) []byte { // 802.1ad
			return frame(etherQinQ, u16(u16(nil, 100), etherVLAN), u16(u16(nil, 7), t), ip)
		},
		func(t uint16, ip []byte) []byte { // three of 802.1Q
			return frame(etherVLAN, u16(u16(nil, 1), etherVLAN), u16(u16(nil, 2), etherVLAN), u16(u16(nil, 3), t), ip)
		},
		func(t uint16, ip []byte) []byte { // an MPLS label
			return frame(etherMPLS, u32(nil, 16<<12|0x100|64), ip)
		},
		func(t uint16, ip []byte) []byte { // three of them
			return frame(etherMPLS, u32(u32(u32(nil, 16<<12|64), 17<<12|64), 18<<12|0x100|64), ip)
		},
		func(t uint16, ip []byte) []byte { // PPPoE
			b := []byte{0x11, 0}
			b = u16(u16(b, 9), uint16(2+len(ip)))
			return frame(etherPPPoE, u16(b, ppp(t)), ip)
		},
		func(t uint16, ip []byte) []byte { // PPPoE in a VLAN
			b := []byte{0x11, 0}
			b = u16(u16(b, 9), uint16(2+len(ip)))
			return frame(etherVLAN, u16(u16(nil, 8), etherPPPoE), u16(b, ppp(t)), ip)
		},
		func(t uint16, ip []byte) []byte { // Cisco metadata with a security group tag
			return frame(etherCMD, []byte{1, 1, 0, 1, 0, 42}, u16(nil, t), ip)
		},
	}
	var all []packet
	for _, kind := range kinds {
		for _, p := range packets[:4] {
			t, ip := network(p)
			all = append(all, packet{p.time, linkEthernet, kind(t, ip)})
		}
	}
	return all
}

// ppp is the protocol number of PPP for an Ethernet type.
func ppp(etherType uint16) uint16 {
	if etherType == etherIPv6 {
		return 0x0057
	}
	return 0x0021
}

// tunnels are some packets of each capture, once in each kind of tunnel.
func tunnels(captures ...[]packet) []packet {
	inner := func(t uint16) byte {
		if t == etherIPv6 {
			return protocolIPv6
		}
		return protocolIPv4
	}
	gre := func(flags, t uint16, options ...[]byte) []byte {
		return append(u16(u16(nil, flags), t), bytes.Join(options, nil)...)
	}
	vxlan := []byte{0x08, 0, 0, 0, 0, 0, 42, 0}
	geneve := func(t uint16, options []byte) []byte {
		b := []byte{byte(len(options) / 4), 0}
		return append(append(u16(b, t), 0, 0, 42, 0), options...)
	}
	kinds := []func(t uint16, ip []byte) []byte{
		func(t uint16, ip []byte) []byte { return frame(etherIPv4, ipv4(inner(t), ip)) },
		func(t uint16, ip []byte) []byte { return frame(etherIPv6, ipv6(inner(t), ip)) },
		func(t uint16, ip []byte) []byte { return frame(etherIPv4, ipv4(protocolGRE, gre(0, t), ip)) },
		func(t uint16, ip []byte) []byte { // with checksum, key and sequence number
			return frame(etherIPv4, ipv4(protocolGRE, gre(0xb000, t, []byte{1, 2, 0, 0}, []byte{0, 0, 0, 42}, []byte{0, 0, 0, 1}), ip))
		},
		func(t uint16, ip []byte) []byte { // Ethernet in GRE
			return frame(etherIPv6, ipv6(protocolGRE, gre(0, etherTEB), frame(t, ip)))
		},
		func(t uint16, ip []byte) []byte { // GRE in UDP (RFC 8086)
			return frame(etherIPv4, ipv4(protocolUDP, udp(50000, 4754, gre(0, t), ip)))
		},
		func(t uint16, ip []byte) []byte {
			return frame(etherIPv4, ipv4(protocolUDP, udp(50001, 4789, vxlan, frame(t, ip))))
		},
		func(t uint16, ip []byte) []byte {
			return frame(etherIPv4, ipv4(protocolUDP, udp(50002, 6081, geneve(t, nil), ip)))
		},
		func(t uint16, ip []byte) []byte { // with an option, around Ethernet
			option := []byte{0x01, 0x02, 0x80, 1, 0, 0, 0, 7}
			return frame(etherIPv6, ipv6(protocolUDP, udp(50002, 6081, geneve(etherTEB, option), frame(t, ip))))
		},
		func(t uint16, ip []byte) []byte { // one in the other
			return frame(etherIPv4, ipv4(protocolIPv6, ipv6(protocolGRE, gre(0x2000, etherTEB, []byte{0, 0, 0, 1}),
				frame(etherIPv4, ipv4(protocolUDP, udp(50003, 4789, vxlan, frame(t, ip)))))))
		},
		func(t uint16, ip []byte) []byte { // more than are followed
			return frame(etherIPv4, ipv4(protocolIPv4, ipv4(protocolIPv4, ipv4(protocolIPv4, ipv4(protocolIPv4, ipv4(inner(t), ip))))))
		},
	}
	var all []packet
	for _, kind := range kinds {
		for _, c := range captures {
			n := 0
			for _, p := range c {
				if t, ip := network(p); (t == etherIPv4 || t == etherIPv6) && n < 4 {
					all = append(all, packet{p.time, linkEthernet, kind(t, ip)})
					n++
				}
			}
		}
	}
	return all
}
