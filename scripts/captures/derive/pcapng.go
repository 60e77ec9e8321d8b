package main

import (
	"bytes"
	"encoding/binary"
)

// mixed is a pcapng file of two sections, one in each byte order, with
// interfaces of many link types and units of time, and all kinds of packet
// block. Only the time of the packets in simple packet blocks is lost.
func mixed(captures ...[]packet) []byte {
	var out []byte
	for i, o := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		out = append(out, section(o)...)
		s := &interfaces{order: o}
		for _, c := range captures {
			for k, p := range c[:min(len(c), 40)] {
				if k%2 == i {
					s.add(p, k)
				}
			}
		}
		// Interfaces must be described before packets refer to them.
		for n := range linkTypes {
			out = append(out, s.describe(n)...)
		}
		out = append(out, block(o, 0x0bad, []byte("a block of an unknown type"))...)
		out = append(out, s.blocks...)
	}
	return out
}

// linkTypes are the interfaces of a section, with the unit of their times: 6
// for microseconds, 9 for nanoseconds, 0x80+n for 1/2^n seconds.
var linkTypes = []struct {
	link       uint16
	resolution byte
}{
	{linkEthernet, 6},
	{linkRaw, 9},
	{linkNull, 6},
	{linkPPP, 3},
	{linkLoop, 0x80 + 20},
	{linkIPv4, 9},
	{linkIPv6, 9},
}

type interfaces struct {
	order  byteOrder
	blocks []byte
}

func (s *interfaces) describe(n int) []byte {
	o := s.order
	b := o.AppendUint16(nil, linkTypes[n].link)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, 65535)
	b = o.AppendUint16(b, 9) // if_tsresol
	b = o.AppendUint16(b, 1)
	b = append(b, linkTypes[n].resolution, 0, 0, 0)
	b = o.AppendUint32(b, 0) // end of options
	return block(o, 1, b)
}

// add adds a packet on one of the interfaces that can have it.
func (s *interfaces) add(p packet, k int) {
	t, ip := network(p)
	n := k / 2 % len(linkTypes)
	data := p.data
	o := s.order
	switch link := linkTypes[n].link; {
	case t != etherIPv4 && t != etherIPv6, link == linkEthernet:
		n = 0
	case link == linkIPv4 || link == linkIPv6:
		data = ip
		n = 5
		if t == etherIPv6 {
			n = 6
		}
	case link == linkRaw:
		data = ip
	case link == linkPPP:
		data = append(u16([]byte{0xff, 0x03}, ppp(t)), ip...)
	case link == linkNull, link == linkLoop:
		family := uint32(2)
		if t == etherIPv6 {
			family = 24
		}
		if link == linkLoop {
			data = append(u32(nil, family), ip...)
		} else {
			data = append(o.AppendUint32(nil, family), ip...)
		}
	}
	ts := uint64(p.time)
	switch r := linkTypes[n].resolution; r {
	case 3:
		ts /= 1e6
	case 6:
		ts /= 1e3
	case 0x80 + 20:
		ts = ts/1e9<<20 | ts%1e9<<20/1e9
	}
	switch {
	case n == 0 && k%8 == 6:
		s.blocks = append(s.blocks, block(o, 3, o.AppendUint32(nil, uint32(len(data))), data)...)
	case k%8 == 4:
		b := o.AppendUint16(nil, uint16(n))
		b = o.AppendUint16(b, 0xffff) // drops: not known
		s.blocks = append(s.blocks, block(o, 2, times(o, b, ts, len(data)), data)...)
	default:
		s.blocks = append(s.blocks, block(o, 6, times(o, o.AppendUint32(nil, uint32(n)), ts, len(data)), data)...)
	}
}

func times(o byteOrder, b []byte, ts uint64, size int) []byte {
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, uint32(size))
	return o.AppendUint32(b, uint32(size))
}

func section(o byteOrder) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	return block(o, 0x0a0d0d0a, o.AppendUint64(b, 1<<64-1))
}

func block(o byteOrder, kind uint32, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	padded := append(body, make([]byte, -len(body)&3)...)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(12+len(padded)))
	b = append(b, padded...)
	return o.AppendUint32(b, uint32(12+len(padded)))
}
