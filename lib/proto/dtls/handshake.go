package dtls

import (
	"encoding/binary"

	"merctools/lib/wire"
)

const (
	recordHeaderLen    = 13
	handshakeHeaderLen = 12
)

// A handshake is a handshake message, or a fragment of one (RFC 6347, section
// 4.2.2).
type handshake struct {
	length uint32 // of the whole message's body
	seq    [2]byte
	offset uint32      // of the fragment in the body
	body   wire.Cursor // the fragment; nil where it goes beyond the end of the record
}

// parse reads the handshake message at the beginning of a record. A record or
// fragment that is not all there is taken for an empty one.
func (h *handshake) parse(c wire.Cursor) {
	*h = handshake{}
	c.Skip(recordHeaderLen - 2)
	length := c.Uint16()
	// Quirk Q47: what is there of it does not count.
	c = c.Bytes(int(length))
	if c.Len() < handshakeHeaderLen {
		return
	}
	c.Skip(1) // msg_type
	h.length = c.Uint24()
	binary.BigEndian.PutUint16(h.seq[:], c.Uint16())
	h.offset = c.Uint24()
	fragmentLen := c.Uint24()
	h.body = c.Bytes(int(fragmentLen))
	if fragmentLen > h.length {
		h.length = 0 // the two contradict each other
	}
}

// missing is how many bytes the message has behind its first fragment.
func (h *handshake) missing() uint32 {
	if n := uint32(h.body.Len()); h.offset == 0 && n <= h.length {
		return h.length - n
	}
	return 0
}
