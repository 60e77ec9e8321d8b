package ipsec

import (
	"merctools/lib/proto"
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
	w.Key("transform_type").NameOrHex(proto.Name(transformNames[:], kind), uint64(kind), 2)
	switch kind {
	case transformEncryption:
		w.Key("encryption_transform_type").NameOrHex(proto.Name(encryptionNames[:], id), uint64(id), 4)
	case transformPRF:
		w.Key("pseudorandom_function_type").NameOrHex(proto.Name(prfNames[:], id), uint64(id), 4)
	case transformIntegrity:
		w.Key("integrity_transform_type").NameOrHex(proto.Name(integrityNames[:], id), uint64(id), 4)
	case transformKeyExchange:
		w.Key("diffie_hellman_group_type").NameOrHex(proto.Name(groupNames[:], id), uint64(id), 4)
	case transformESN:
		w.Key("extended_sequence_numbers_type").NameOrHex(proto.Name(esnNames[:], id), uint64(id), 4)
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
	w.Elem().Object()
	w.Key("af").Uint(uint64(kind / format))
	w.Key("attribute_type").Uint(uint64(kind &^ format))
	if kind&format != 0 {
		w.Key("value").HexUint(uint64(lengthOrValue), 4)
	} else {
		w.Key("value").Hex(c.Bytes(int(lengthOrValue)))
	}
	w.EndObject()
}
