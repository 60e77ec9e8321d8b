package ipsec

import (
	"iter"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// Types of payloads (RFC 7296, section 3.2).
const (
	payloadSA          = 33
	payloadKeyExchange = 34
	payloadNonce       = 40
	payloadNotify      = 41
	payloadVendorID    = 43

	// What proves who a peer is: of IKE version 1 a hash by which one can
	// search for the shared secret (RFC 2409, section 5.4).
	payloadHash1 = 8
	payloadAuth  = 39
	payloadEAP   = 48
)

const payloadHeaderLen = 4

// writePayload writes a payload of the given type, and returns the type of
// the next one. Where c ends before the payload does, the payload is empty
// and c has failed.
func writePayload(w *record.Writer, c *wire.Cursor, kind uint8) (next uint8) {
	p, next := readPayload(c, kind)
	body := p.Body
	writeName8(w, "payload_type", payloadNames[:], kind)
	w.Key("critical").Bool(p.Critical)
	w.Key("payload_length").Uint(uint64(p.Length))
	switch kind {
	case payloadSA:
		w.Key("proposals").Array()
		for body.More() {
			writeProposal(w, &body)
		}
		w.EndArray()
	case payloadVendorID:
		w.Key("vendor_id_hex").Hex(body)
	case payloadNonce:
		w.Key("nonce").Hex(body)
	case payloadNotify:
		writeNotification(w, body)
	case payloadKeyExchange:
		writeKeyExchange(w, body)
	case payloadHash1, payloadAuth, payloadEAP:
		w.Key("payload").SecretHex(body)
	default:
		w.Key("payload").Hex(body)
	}
	return next
}

// maxError is the first type of a notification that is not an error. It
// belongs to the errors for private use by RFC 7296, section 3.10.1.
const maxError = 16383

// writeNotification follows RFC 7296, section 3.10.
func writeNotification(w *record.Writer, c wire.Cursor) {
	protocol := c.Uint8()
	spiSize := c.Uint8()
	kind := c.Uint16()
	spi := c.Bytes(int(spiSize))
	if c.Failed() {
		return
	}
	writeName8(w, "security_protocol_type", protocolNames[:], protocol)
	// Quirk Q88: RFC 7296 has one error more.
	if kind < maxError {
		writeName16(w, "notify_message_error_type", errorNames[:], kind)
	} else {
		w.Key("notify_message_status_type")
		if s := name(statusNames[:], kind-firstStatus); kind >= firstStatus && s != "" {
			w.Str(s)
		} else {
			w.UnknownHex(uint64(kind), 4)
		}
	}
	w.Key("spi").Hex(spi)
	w.Key("data").Hex(c)
}

// writeKeyExchange follows RFC 7296, section 3.4.
func writeKeyExchange(w *record.Writer, c wire.Cursor) {
	group := c.Uint16()
	c.SkipUpTo(2)
	if c.Failed() {
		return
	}
	writeName16(w, "diffie_hellman_group_type", groupNames[:], group)
	w.Key("data").Hex(c)
}

// name is the name of a code, or empty.
func name(names []string, code uint16) string {
	if int(code) < len(names) {
		return names[code]
	}
	return ""
}

// writeName8 and writeName16 write a code by its name.
func writeName8(w *record.Writer, key string, names []string, code uint8) {
	writeName(w, key, names, uint16(code), 2)
}

func writeName16(w *record.Writer, key string, names []string, code uint16) {
	writeName(w, key, names, code, 4)
}

func writeName(w *record.Writer, key string, names []string, code uint16, digits int) {
	w.Key(key)
	if s := name(names, code); s != "" {
		w.Str(s)
		return
	}
	w.UnknownHex(uint64(code), digits)
}

// A Payload is one payload of a message (RFC 7296, section 3.2).
type Payload struct {
	Type     uint8 // 33 is a security association, 40 a nonce
	Critical bool
	Length   uint16      // in bytes, with the header
	Body     wire.Cursor // what follows the header; failed where it is cut off
}

// readPayload reads a payload of the given type, and returns the type of the
// next one.
func readPayload(c *wire.Cursor, kind uint8) (p Payload, next uint8) {
	p.Type = kind
	next = c.Uint8()
	p.Critical = c.Uint8()&0x80 != 0
	p.Length = c.Uint16()
	p.Body = c.Bytes(int(p.Length) - payloadHeaderLen)
	return p, next
}

// Payloads yields the payloads.
func (m *IKE) Payloads() iter.Seq[Payload] {
	return func(yield func(Payload) bool) {
		kind := m.NextPayload
		for c := m.Body; c.More(); {
			var p Payload
			if p, kind = readPayload(&c, kind); !yield(p) {
				return
			}
		}
	}
}
