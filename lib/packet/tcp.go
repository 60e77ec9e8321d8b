package packet

import (
	"encoding/binary"

	"merctools/lib/wire"
)

// Flags of a TCP header (RFC 9293, section 3.1).
const (
	FlagFIN = 1 << iota
	FlagSYN
	FlagRST
	FlagPSH
	FlagACK
)

// TCP is the header of a segment (RFC 9293, section 3.1), as far as
// fingerprints and records use it.
type TCP struct {
	Flags    uint8
	Seq, Ack uint32
	Window   uint16
	Options  wire.Cursor // failed where the data offset is no valid one
}

const tcpLen = 20 // of a header without options

// readTCP reads a header and leaves the segment's data in r. Where the data
// offset is too small or goes past the end there is a header but no data: r
// has failed.
func (h *Headers) readTCP(r *rest) {
	offset := r.offset()
	b := r.Bytes(tcpLen)
	if b.Failed() {
		return
	}
	h.HasTransport, h.transport = true, offset
	b = b[:tcpLen]
	h.SrcPort = binary.BigEndian.Uint16(b)
	h.DstPort = binary.BigEndian.Uint16(b[2:])
	h.Seq = binary.BigEndian.Uint32(b[4:])
	words := b[12] >> 4
	h.TCPFlags = b[13]
	r.Skip(int(words)*4 - tcpLen)
}

// TCP returns the TCP header. Options is a view into the packet. ok is false
// where there is no whole header.
func (h *Headers) TCP(packet []byte) (t TCP, ok bool) {
	if h.Protocol != ProtocolTCP || !h.HasTransport {
		return TCP{}, false
	}
	c := wire.Cursor(packet)
	c.Skip(int(h.transport) + 8)
	t = TCP{Flags: h.TCPFlags, Seq: h.Seq, Ack: c.Uint32()}
	c.Skip(2)
	t.Window = c.Uint16()
	if !h.Truncated {
		c.Skip(4)
		t.Options = c.Bytes(int(h.payload-h.transport) - tcpLen)
	}
	return t, true
}

// IsSYNACK reports whether the segment answers one that opens a connection.
func (h *TCP) IsSYNACK() bool { return h.Flags&(FlagSYN|FlagACK) == FlagSYN|FlagACK }
