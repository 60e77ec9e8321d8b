package quic

import (
	"slices"

	"merctools/lib/flow"
	"merctools/lib/wire"
)

// Sizes in bytes.
const (
	sampleOffset = 4 // bytes from the packet number to the sample (RFC 9001, section 5.4.2)
	sampleLen    = 16

	// Longer headers, packet number included, and payloads without it are
	// decrypted with Options.Deep only.
	maxHeaderLen  = 1024
	maxPayloadLen = 2048
)

// opener removes the protection of Initial packets.
type opener struct {
	cache   keyCache
	trial   bool // try all suites where the version does not tell the right one
	deep    bool // of any length
	learned learned

	mask      [sampleLen]byte
	nonce     [ivLen]byte
	header    [maxHeaderLen]byte
	plaintext [maxPayloadLen]byte
	long      []byte // in place of plaintext
}

// suiteOf returns the suite of a packet's version, nil where it is not known.
func (o *opener) suiteOf(h *header, k *flow.Key) *suite {
	s := suiteOf(h.versionNumber())
	if s == nil && o.deep {
		s = deepSuiteOf(h.versionNumber())
	}
	if s == nil && o.tries(h) {
		s = o.learned.find(k, h.versionNumber())
	}
	return s
}

// tries reports whether all suites are to be tried for a packet.
func (o *opener) tries(h *header) bool {
	return o.trial || o.deep && isPlausible(h.versionNumber())
}

// open removes the protection of a packet with the client's or the server's
// keys of a connection ID. known is what suiteOf says of it.
// It returns the payload, which is valid until the next call, and the suite
// that it was protected with, or nil where it can't be decrypted.
func (o *opener) open(h *header, known *suite, id []byte, server bool, k *flow.Key) (wire.Cursor, *suite) {
	if known != nil {
		if p := o.openWith(known, h, id, server); p != nil {
			return p, known
		}
	}
	if !o.tries(h) {
		return nil, nil
	}
	for i := range suites {
		s := &suites[i]
		if s == known {
			continue
		}
		if p := o.openWith(s, h, id, server); p != nil {
			if known == nil {
				o.learned.add(k, h.versionNumber(), s)
			}
			return p, s
		}
	}
	return nil, nil
}

// openWith removes the protection of header and payload (RFC 9001, sections
// 5.3 and 5.4).
func (o *opener) openWith(s *suite, h *header, id []byte, server bool) wire.Cursor {
	k := o.cache.get(s, id, server)
	c := h.payload
	c.Skip(sampleOffset)
	copy(o.mask[:], c.Bytes(sampleLen))
	k.header.Encrypt(o.mask[:], o.mask[:])
	mask := o.mask[:]

	first := h.first ^ mask[0]&0x0f
	if first&reservedBits != 0 {
		return nil
	}
	if k.payload == nil {
		k.derivePayload()
	}
	payload := h.payload
	number := payload.Bytes(packetNumberLen(first))
	if len(h.raw)+len(number) > maxHeaderLen && !o.deep {
		return nil
	}
	header := append(o.header[:0], h.raw...)
	header[0] = first
	o.nonce = k.iv
	for i, b := range number {
		b ^= mask[1+i]
		header = append(header, b)
		o.nonce[ivLen-len(number)+i] ^= b
	}
	memory := o.plaintext[:0]
	if len(payload) > maxPayloadLen {
		// Quirk Q54: longer ones fail.
		if !o.deep {
			return nil
		}
		o.long = slices.Grow(o.long[:0], len(payload))
		memory = o.long
	}
	p, err := k.payload.Open(memory, o.nonce[:], payload, header)
	if err != nil {
		return nil
	}
	return p
}
