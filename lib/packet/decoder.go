// Package packet reads the headers of a packet, once: link layer, IP, tunnels,
// TCP and UDP. What it finds is a [Headers]: a small value of numbers and
// offsets into the packet, without pointers, so that a batch of packets
// carries one slice of them.
package packet

import "merctools/lib/wire"

// MaxTunnels is how many tunnels deep a packet is followed.
const MaxTunnels = 4

// Headers are the headers of one packet. Methods that take the packet expect
// the bytes that were decoded.
type Headers struct {
	// LinkType is the LINKTYPE value that the packet was decoded by.
	LinkType uint16
	// EtherType is the type of what the link layer carries: EtherTypeIPv4 or
	// EtherTypeIPv6 for IP (which of them doesn't matter: the packet's first
	// bits decide), EtherTypeNone where the frame is cut off or carries
	// nothing that has an Ethernet type.
	EtherType uint16
	// UnknownLink reports that nothing can read the link type. No other field
	// but LinkType is valid then.
	UnknownLink bool

	// Version is that of the innermost IP header: 4, 6, or 0 where there is
	// no IP header.
	Version uint8
	// Protocol is the IP protocol that the innermost IP header carries;
	// ProtocolReserved where there is no IP header, or a tunnel carries none
	// that is whole.
	Protocol uint8

	// HasTransport reports whether there is a whole TCP or UDP header, for a
	// Protocol of TCP or UDP.
	HasTransport bool
	// TCPFlags and Seq, the sequence number, are valid where Protocol is TCP
	// and HasTransport is set.
	TCPFlags uint8
	// Fragment reports that the packet is a fragment of one that is not whole
	// yet; Reassembled, that it has made one whole.
	Fragment, Reassembled bool
	// Part is what the packet may be to a message. Reader.Mark sets it.
	Part Part
	// Flow is a hash of the flow, the same in both directions. SetFlow sets it,
	// for those who want it.
	Flow uint32
	Seq  uint32
	// SrcPort and DstPort are the ports of the flow: those of the innermost
	// TCP or UDP header that is whole, the header of a tunnel over UDP
	// included. They are 0 where there is none.
	SrcPort, DstPort uint16

	// Truncated reports that headers say that they go past the end of the
	// packet: there is no payload.
	Truncated bool

	tunnelCount   uint8
	extensionsLen uint16             // of the IPv6 extension headers behind the innermost IP header, in bytes
	tunnels       [MaxTunnels]Tunnel // the outermost first

	network    uint32 // offset of the innermost IP header; valid where Version is not 0
	transport  uint32 // offset of the TCP or UDP header; valid where HasTransport is set
	payload    uint32 // offset of what no header has read; 0 where Truncated or UnknownLink is set
	payloadLen uint32
}

// A Part is what a packet may be to a message.
type Part uint8

const (
	PartBegin Part = iota // a message may begin in it
	PartRest              // none does; it may carry on with one of which parts are known
	PartNone              // neither: nobody need look at it
)

// A Config says what a Decoder looks for.
type Config struct {
	// Tunnels are the tunnels that are followed, beside IP in IP.
	Tunnels TunnelSet
	// IsMessage reports whether UDP ports stand for a message, although the
	// destination port is a tunnel's. It may be nil.
	IsMessage func(srcPort, dstPort uint16) bool
	// Part says what a packet may be to a message. Where it is nil, all may begin
	// one.
	Part func(h *Headers, packet []byte) Part
	// Deep says to read all that the standards allow, and to follow tunnels
	// of all types: the Tunnels don't count.
	Deep bool
}

// A Decoder reads the headers of packets. It is read-only, and safe for use
// by many goroutines. The zero Decoder follows IP in IP, and no other tunnel.
type Decoder struct{ cfg Config }

// NewDecoder returns a Decoder for a configuration.
func NewDecoder(cfg Config) *Decoder { return &Decoder{cfg} }

// Decode reads the headers of a packet. It sets all of h.
//
// A Decoder that looks deep takes the first fragment of an IP packet for the
// packet, and later ones for nothing: a [Reader] puts them together.
func (d *Decoder) Decode(h *Headers, linkType uint16, packet []byte) {
	if d.cfg.Deep {
		d := deep{decoder: d, h: h, packet: packet, steps: maxSteps}
		d.decode(linkType)
		return
	}
	*h = Headers{LinkType: linkType, Protocol: ProtocolReserved}
	r := rest{wire.Of(packet), len(packet)}
	switch {
	case linkType == LinkEthernet:
		r.Cursor, h.EtherType = readEthernetLink(r.Cursor)
	case CanRead(linkType):
		r.Cursor, h.EtherType = linkTypes[linkType].read(r.Cursor)
	default:
		h.UnknownLink = true
		return
	}
	if isIP(h.EtherType) {
		d.decodeIP(h, r)
		return
	}
	h.setPayload(r)
}

// IsIP reports whether the link layer carries IP.
func (h *Headers) IsIP() bool { return isIP(h.EtherType) }

// rest is the unread rest of a packet.
type rest struct {
	wire.Cursor
	end int // offset in the packet at which the rest ends
}

// offset is where the rest begins in the packet. It is valid unless the
// cursor has failed.
func (r *rest) offset() uint32 { return uint32(r.end - r.Len()) }

// truncate shortens the rest to n bytes; it does nothing where it is no
// longer than that.
func (r *rest) truncate(n int) {
	if over := r.Len() - n; over > 0 {
		r.Truncate(n)
		r.end -= over
	}
}

// decodeIP reads what IP carries, through all tunnels.
func (d *Decoder) decodeIP(h *Headers, r rest) {
	h.readIP(&r)
	for {
		t := Tunnel{ip: h.network}
		ok := h.tunnelCount < MaxTunnels
		switch h.Protocol {
		case ProtocolTCP:
			h.readTCP(&r)
			h.setPayload(r)
			return
		case ProtocolUDP:
			h.readUDP(&r)
			i := -1
			if ok && h.HasTransport {
				i = d.udpTunnel(h.SrcPort, h.DstPort)
			}
			if i < 0 {
				h.setPayload(r)
				return
			}
			t.Type = udpTunnels[i].tunnel
			// Quirk Q13: the header of a tunnel that carries no IP is not given back.
			if r.Cursor, t.Protocol, ok = udpTunnels[i].read(r.Cursor); !ok {
				// What the tunnel's header has taken is gone: another UDP
				// header is expected behind it.
				h.readUDP(&r)
			}
		case ProtocolIPv4, ProtocolIPv6:
			t.Type = TunnelIP
		case ProtocolGRE:
			t.Type = TunnelGRE
			if ok = ok && d.cfg.Tunnels.Has(TunnelGRE); ok {
				r.Cursor, t.Protocol, ok = readGRE(r.Cursor)
			}
		default:
			ok = false
		}
		if !ok {
			h.setPayload(r)
			return
		}
		h.tunnels[h.tunnelCount] = t
		h.tunnelCount++
		// Quirk Q14: ports stay.
		h.HasTransport = false
		h.readIP(&r)
	}
}

func (h *Headers) setPayload(r rest) {
	if r.Failed() {
		h.Truncated = true
		return
	}
	h.payload, h.payloadLen = r.offset(), uint32(r.Len())
}

// HeaderLen is the offset of what Payload returns; 0 where it has failed.
func (h *Headers) HeaderLen() int { return int(h.payload) }

// PayloadLen is the length of Payload in bytes; 0 where there is none.
func (h *Headers) PayloadLen() int { return int(h.payloadLen) }

// Payload returns what no header has read, without what a link layer may have
// padded: a message, or part of one. It has failed where there is none.
func (h *Headers) Payload(packet []byte) wire.Cursor {
	if h.Truncated || h.UnknownLink {
		return nil
	}
	end := h.payload + h.payloadLen
	return wire.Of(packet[h.payload:end:end])
}
