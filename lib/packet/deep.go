package packet

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/wire"
)

// maxSteps is how many headers are read of a packet, guesses included, that
// are neither IP's nor behind them.
const maxSteps = 64

// deep reads the headers of one packet by the standards: it believes header
// lengths and knows fragments. A tunnel is followed if what is inside makes
// sense as an IP packet; otherwise what carries it is the message.
type deep struct {
	decoder   *Decoder
	h         *Headers
	packet    []byte                         // the bytes that offsets are of
	datagrams *reassembly.Datagrams[Headers] // nil where fragments are not put together
	time      int64                          // nanoseconds
	memory    *[]byte                        // for datagrams that are whole
	steps     int                            // headers that may still be read
}

// decode sets all of the headers.
func (d *deep) decode(linkType uint16) {
	h := d.h
	*h = Headers{LinkType: linkType, Protocol: ProtocolReserved}
	r := rest{wire.Of(d.packet), len(d.packet)}
	if !CanRead(linkType) {
		h.UnknownLink = true
		return
	}
	r.Cursor, h.EtherType = d.link(linkType, r.Cursor)
	if isIP(h.EtherType) {
		d.ip(r)
		return
	}
	h.setPayload(r)
}

// ip reads IP headers, and what they carry, through all tunnels.
func (d *deep) ip(r rest) {
	for {
		next, ok := d.ipHeader(&r)
		if !ok {
			d.h.Protocol = ProtocolReserved
			d.h.setPayload(r)
			return
		}
		if d.h.Fragment || !d.carried(&r, next) {
			return
		}
	}
}

// carried reads what an IP header carries. It reports whether that is a tunnel
// with another IP packet in it, which r is then.
func (d *deep) carried(r *rest, next uint8) bool {
	h := d.h
	h.Protocol = next
	switch next {
	case ProtocolTCP:
		h.readTCP(r)
		h.setPayload(*r)
		return false
	case ProtocolUDP:
		h.readUDP(r)
		h.trimUDP(r, d.packet)
	}
	inner, t, ok := d.tunnel(r.Cursor)
	if !ok || h.tunnelCount == MaxTunnels {
		h.setPayload(*r)
		return false
	}
	t.ip = h.network
	h.tunnels[h.tunnelCount] = t
	h.tunnelCount++
	h.HasTransport = false
	h.SrcPort, h.DstPort = 0, 0
	r.Cursor = inner
	return true
}

// beginning reads what there is of a packet that has not become whole, with
// the headers of its first fragment in h.
func (d *deep) beginning(head int) {
	r := rest{wire.Of(d.packet[head:]), len(d.packet)}
	next, _ := d.extensions(&r, d.h.Protocol)
	if d.carried(&r, next) {
		d.ip(r)
	}
}

// trimUDP cuts off what is behind the data of a datagram. A length that can't
// be is that of a jumbogram, or of one that its sender has yet to segment.
func (h *Headers) trimUDP(r *rest, packet []byte) {
	if !h.HasTransport {
		return
	}
	c := wire.Cursor(packet)
	c.Skip(int(h.transport) + 4)
	if n := int(c.Uint16()); n >= udpLen {
		r.truncate(n - udpLen)
	}
}

// piece is what the headers of a fragment say of it.
type piece struct {
	offset int // of its data, in bytes
	more   bool
	id     uint32
	head   uint32 // offset in the packet at which the headers end that the whole packet has too
}

// ipHeader reads an IP header and its options or extensions, and puts
// fragments together. It returns the number of the protocol that follows; ok
// is false where there is no whole header.
func (d *deep) ipHeader(r *rest) (next uint8, ok bool) {
	var f piece
	first, _ := r.Peek()
	switch first >> 4 {
	case 4:
		next, f, ok = d.ipv4(r)
	case 6:
		next, f, ok = d.ipv6(r)
	}
	for ok && (f.offset > 0 || f.more) {
		switch {
		case d.datagrams != nil:
			if next, ok = d.whole(r, next, f); !ok {
				d.h.Fragment, d.h.Truncated = true, true
				d.h.Protocol = ProtocolReserved
				return 0, true
			}
		case f.offset > 0:
			r.Fail()
			return ProtocolReserved, true
		}
		next, f = d.extensions(r, next)
	}
	return next, ok
}

// ipv4 reads a header of RFC 791, section 3.1, with its options. A length of 0
// is that of a packet that its sender has yet to segment.
func (d *deep) ipv4(r *rest) (next uint8, f piece, ok bool) {
	offset := r.offset()
	b := r.Bytes(ipv4Len)
	if b.Failed() {
		return 0, f, false
	}
	h := d.h
	h.Version, h.network, h.extensionsLen = 4, offset, 0
	size := int(b.Uint8()&15) * 4
	b.Skip(1)
	total := int(b.Uint16())
	f.id = uint32(b.Uint16())
	flags := b.Uint16()
	b.Skip(1)
	next = b.Uint8()
	if total != 0 {
		r.truncate(max(total-ipv4Len, 0))
	}
	r.Skip(max(size-ipv4Len, 0))
	const moreFragments = 0x2000
	f.offset, f.more = int(flags&0x1fff)*8, flags&moreFragments != 0
	f.head = h.network + uint32(max(size, ipv4Len))
	if f.offset > 0 || f.more {
		return next, f, r.Ok()
	}
	next, _ = d.extensions(r, next)
	return next, piece{}, true
}

// ipv6 reads a header of RFC 8200, section 3, and the extension headers behind
// it up to that of a fragment.
func (d *deep) ipv6(r *rest) (next uint8, f piece, ok bool) {
	offset := r.offset()
	b := r.Bytes(ipv6Len)
	if b.Failed() {
		return 0, f, false
	}
	h := d.h
	h.Version, h.network, h.extensionsLen = 6, offset, 0
	b.Skip(4)
	length := int(b.Uint16())
	next = b.Uint8()
	if length != 0 {
		r.truncate(length)
	} else if n, ok := jumbo(r.Cursor, next); ok {
		r.truncate(n)
	}
	next, f = d.extensions(r, next)
	return next, f, true
}

// jumbo returns the length of a jumbogram (RFC 2675, section 2). Without it,
// a length of 0 is that of a packet that its sender has yet to segment.
func jumbo(c wire.Cursor, next uint8) (length int, ok bool) {
	const pad1, jumboPayload = 0, 0xc2
	if next != hopByHop {
		return 0, false
	}
	c.Skip(1)
	size := int(c.Uint8())*8 + 6
	c = c.Bytes(size)
	for c.More() {
		option := c.Uint8()
		if option == pad1 {
			continue
		}
		data := c.Bytes(int(c.Uint8()))
		if option == jumboPayload && data.Len() == 4 {
			return int(min(data.Uint32(), 1<<30)), true
		}
	}
	return 0, false
}

// extensions passes over the headers between that of IP and the protocol: those
// of IPv6 up to that of a fragment, and authentication headers (RFC 4302) of
// either version.
func (d *deep) extensions(r *rest, next uint8) (protocol uint8, f piece) {
	h := d.h
	for r.More() {
		if h.Version != 6 && next != authHeader {
			break
		}
		at := r.offset()
		if next == fragment {
			c := r.Cursor
			after := c.Uint8()
			c.Skip(1)
			offset := c.Uint16()
			id := c.Uint32()
			r.Cursor = c
			if offset&^6 == 0 || c.Failed() { // a fragment that is all (RFC 6946)
				next = after
				continue
			}
			f = piece{int(offset &^ 7), offset&1 != 0, id, at}
			next = after
			break
		}
		more, ok := skipExtension(&r.Cursor, next)
		if !ok {
			break
		}
		next = more
	}
	if h.Version == 6 && r.Ok() {
		end := r.offset()
		if f.more || f.offset > 0 {
			end = f.head
		}
		h.extensionsLen = uint16(end - h.network - ipv6Len)
	}
	return next, f
}

// whole adds a fragment to its datagram. Where that has become whole it goes
// on there, behind the headers of the first fragment, and returns the number
// of what follows them.
func (d *deep) whole(r *rest, next uint8, f piece) (uint8, bool) {
	const longestHead = 1024
	if r.Failed() || f.head > longestHead {
		return 0, false
	}
	h := d.h
	header := d.packet[h.network:]
	k := reassembly.DatagramKey{Version: h.Version, ID: f.id, Depth: h.tunnelCount}
	if h.Version == 4 {
		copy(k.Src[:], header[12:16])
		copy(k.Dst[:], header[16:20])
		k.Protocol = next
	} else {
		copy(k.Src[:], header[8:24])
		copy(k.Dst[:], header[24:40])
	}
	h.Protocol = next
	g := d.datagrams.Add(&k, d.time, reassembly.Piece{Offset: f.offset, More: f.more, Data: r.Cursor, Head: d.packet[:f.head]}, h)
	if g == nil {
		return 0, false
	}
	start := len(*d.memory)
	*d.memory = append(append(*d.memory, g.Head...), g.Data...)
	d.packet = (*d.memory)[start:]
	*h = g.Context
	h.Reassembled = true
	r.Cursor, r.end = wire.Of(d.packet[len(g.Head):]), len(d.packet)
	return h.Protocol, true
}
