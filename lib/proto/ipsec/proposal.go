package ipsec

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Lengths in bytes of the headers of proposals and transforms, which their
// own lengths include.
const (
	proposalHeaderLen  = 8
	transformHeaderLen = 8
)

// writeProposal writes a proposal (RFC 7296, section 3.3.1), or nothing where
// c ends before it does.
func writeProposal(w *record.Writer, c *wire.Cursor) {
	last := c.Uint8()
	c.SkipUpTo(1)
	length := c.Uint16()
	number := c.Uint8()
	protocol := c.Uint8()
	spiSize := c.Uint8()
	transforms := c.Uint8()
	spi := c.Bytes(int(spiSize))
	body := c.Bytes(int(length) - proposalHeaderLen - int(spiSize))
	if c.Failed() {
		return
	}
	w.Elem().Object()
	w.Key("last_proposal").Uint(uint64(last))
	w.Key("proposal_length").Uint(uint64(length))
	w.Key("proposal_num").Uint(uint64(number))
	w.Key("protocol_id").Uint(uint64(protocol))
	w.Key("spi_size").Uint(uint64(spiSize))
	w.Key("num_transforms").Uint(uint64(transforms))
	w.Key("spi").Hex(spi)
	w.Key("transforms").Array()
	for body.More() {
		writeTransform(w, &body)
	}
	w.EndArray()
	w.EndObject()
}

// Types of transforms (RFC 7296, section 3.3.2).
const (
	transformEncryption  = 1
	transformPRF         = 2
	transformIntegrity   = 3
	transformKeyExchange = 4
	transformESN         = 5
)

// writeTransform writes a transform; where c ends before it does, what is
// missing counts as zero.
func writeTransform(w *record.Writer, c *wire.Cursor) {
	last := c.Uint8()
	c.SkipUpTo(1)
	length := c.Uint16()
	kind := c.Uint8()
	c.SkipUpTo(1)
	id := c.Uint16()
	attributes := c.Bytes(int(length) - transformHeaderLen)

	w.Elem().Object()
	w.Key("last_transform").Uint(uint64(last))
	w.Key("transform_length").Uint(uint64(length))
	writeName8(w, "transform_type", transformNames[:], kind)
	switch kind {
	case transformEncryption:
		writeName16(w, "encryption_transform_type", encryptionNames[:], id)
	case transformPRF:
		writeName16(w, "pseudorandom_function_type", prfNames[:], id)
	case transformIntegrity:
		writeName16(w, "integrity_transform_type", integrityNames[:], id)
	case transformKeyExchange:
		writeName16(w, "diffie_hellman_group_type", groupNames[:], id)
	case transformESN:
		writeName16(w, "extended_sequence_numbers_type", esnNames[:], id)
	default:
		w.Key("transform_id").Uint(uint64(id))
	}
	if attributes.More() {
		w.Key("attributes").Array()
		for attributes.More() {
			writeAttribute(w, &attributes)
		}
		w.EndArray()
	}
	w.EndObject()
}

// writeAttribute writes an attribute of a transform (RFC 7296, section
// 3.3.5).
func writeAttribute(w *record.Writer, c *wire.Cursor) {
	const format = 0x8000 // the value stands in place of its length
	kind := c.Uint16()
	lengthOrValue := c.Uint16()
	fixed := kind&format != 0
	var value wire.Cursor
	if !fixed {
		value = c.Bytes(int(lengthOrValue))
	}
	w.Elem().Object()
	if fixed {
		w.Key("af").Uint(1)
	} else {
		w.Key("af").Uint(0)
	}
	w.Key("attribute_type").Uint(uint64(kind &^ format))
	if fixed {
		w.Key("value").HexUint(uint64(lengthOrValue), 4)
	} else {
		w.Key("value").Hex(value)
	}
	w.EndObject()
}
