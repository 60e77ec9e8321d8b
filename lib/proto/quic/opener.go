package quic

import "merctools/lib/wire"

// Sizes in bytes, and a number of versions.
const (
	sampleOffset = 4 // bytes from the packet number to the sample (RFC 9001, section 5.4.2)
	sampleLen    = 16

	// Longer headers, packet number included, and payloads without it are
	// not decrypted.
	maxHeaderLen  = 1024
	maxPayloadLen = 2048

	maxLearned = 5
)

// opener removes the protection of Initial packets.
type opener struct {
	cache keyCache

	// trial says that all suites are tried where the version does not tell
	// the right one. Versions for which one was found are remembered.
	trial   bool
	learned [maxLearned]struct {
		version uint32
		suite   *suite
	}

	mask      [sampleLen]byte
	nonce     [ivLen]byte
	header    [maxHeaderLen]byte
	plaintext [maxPayloadLen]byte
}

func (o *opener) suiteOf(version uint32) *suite {
	if s := suiteOf(version); s != nil {
		return s
	}
	for i := range o.learned {
		if l := &o.learned[i]; l.suite != nil && l.version == version {
			return l.suite
		}
	}
	return nil
}

// learn remembers the suite of an unknown version, while there is room.
func (o *opener) learn(version uint32, s *suite) {
	if suiteOf(version) != nil {
		return
	}
	for i := range o.learned {
		l := &o.learned[i]
		if l.suite == nil {
			l.version, l.suite = version, s
			return
		}
		if l.version == version {
			return
		}
	}
}

// isInitial reports whether a packet has the type of Initial packets, or a
// version in which that is not known.
func (o *opener) isInitial(h *header) bool {
	s := o.suiteOf(h.versionNumber())
	return s == nil || h.first&initialMask == s.initial
}

// open removes the protection of a packet. It returns the payload, which is
// valid until the next call, and the suite that it was protected with, or nil
// where it can't be decrypted.
func (o *opener) open(h *header) (wire.Cursor, *suite) {
	version := h.versionNumber()
	known := o.suiteOf(version)
	if known != nil {
		if p := o.openWith(known, h); p != nil {
			return p, known
		}
	}
	if !o.trial {
		return nil, nil
	}
	for i := range suites {
		s := &suites[i]
		if s == known {
			continue
		}
		if p := o.openWith(s, h); p != nil {
			o.learn(version, s)
			return p, s
		}
	}
	return nil, nil
}

// openWith removes the protection of header and payload (RFC 9001, sections
// 5.3 and 5.4).
func (o *opener) openWith(s *suite, h *header) wire.Cursor {
	k := o.cache.get(s, h.dcid)
	c := h.payload
	c.Skip(sampleOffset)
	copy(o.mask[:], c.Bytes(sampleLen))
	k.header.Encrypt(o.mask[:], o.mask[:])
	mask := o.mask[:]

	first := h.first ^ mask[0]&0x0f
	if first&reservedBits != 0 {
		return nil
	}
	payload := h.payload
	number := payload.Bytes(packetNumberLen(first))
	if len(h.raw)+len(number) > maxHeaderLen {
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
	payload.Truncate(maxPayloadLen)
	p, err := k.payload.Open(o.plaintext[:0], o.nonce[:], payload, header)
	if err != nil {
		return nil
	}
	return p
}
