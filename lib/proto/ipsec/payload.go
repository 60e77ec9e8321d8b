package ipsec

import (
	"iter"

	"merctools/lib/proto"
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

// write writes the payload, which is empty where it is cut off.
func (p *Payload) write(w *record.Writer) {
	body := p.Body
	w.Key("payload_type").NameOrHex(proto.Name(payloadNames[:], p.Type), uint64(p.Type), 2)
	w.Key("critical").Bool(p.Critical)
	w.Key("payload_length").Uint(uint64(p.Length))
	switch p.Type {
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
}

// writeNotification follows RFC 7296, section 3.10.
func writeNotification(w *record.Writer, c wire.Cursor) {
	protocol := c.Uint8()
	spiSize := c.Uint8()
	kind := c.Uint16()
	spi := c.Bytes(int(spiSize))
	if c.Failed() {
		return
	}
	w.Key("security_protocol_type").NameOrHex(proto.Name(protocolNames[:], protocol), uint64(protocol), 2)
	// Quirk Q88: RFC 7296, section 3.10.1, has one error more.
	if kind < firstStatus-1 {
		w.Key("notify_message_error_type").NameOrHex(proto.Name(errorNames[:], kind), uint64(kind), 4)
	} else {
		w.Key("notify_message_status_type").NameOrHex(proto.Name(statusNames[:], kind-firstStatus), uint64(kind), 4)
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
	w.Key("diffie_hellman_group_type").NameOrHex(proto.Name(groupNames[:], group), uint64(group), 4)
	w.Key("data").Hex(c)
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
