package ipsec

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var ikeFields = []proto.Field{
	proto.F("initiator_spi", proto.Hex, "initiator's index"),
	proto.F("responder_spi", proto.Hex, "responder's index; zero in the first message"),
	proto.F("major_version", proto.Uint, "major version, which is 2"),
	proto.F("minor_version", proto.Uint, "minor version"),
	proto.F("exchange_type", proto.String, "exchange that the message is of"),
	proto.F("response", proto.Bool, "a response"),
	proto.F("version", proto.Bool, "the sender knows a higher major version"),
	proto.F("initiator", proto.Bool, "sent by the original initiator"),
	proto.F("message_id", proto.Uint, "message identifier"),
	proto.F("length", proto.Uint, "length in bytes, with the header"),
	proto.A("payloads", "payloads",
		proto.F("payload_type", proto.String, "type"),
		proto.F("critical", proto.Bool, "the receiver must know the type"),
		proto.F("payload_length", proto.Uint, "length in bytes, with its header"),
		proto.A("proposals", "proposals of a security association",
			proto.F("last_proposal", proto.Uint, "2 where another proposal follows, else 0"),
			proto.F("proposal_length", proto.Uint, "length in bytes"),
			proto.F("proposal_num", proto.Uint, "number of the proposal"),
			proto.F("protocol_id", proto.Uint, "protocol that it is for"),
			proto.F("spi_size", proto.Uint, "length of the index in bytes"),
			proto.F("num_transforms", proto.Uint, "number of transforms, as announced"),
			proto.F("spi", proto.Hex, "index"),
			proto.A("transforms", "transforms",
				proto.F("last_transform", proto.Uint, "3 where another transform follows, else 0"),
				proto.F("transform_length", proto.Uint, "length in bytes"),
				proto.F("transform_type", proto.String, "type"),
				proto.F("encryption_transform_type", proto.String, "encryption algorithm"),
				proto.F("pseudorandom_function_type", proto.String, "pseudorandom function"),
				proto.F("integrity_transform_type", proto.String, "integrity algorithm"),
				proto.F("diffie_hellman_group_type", proto.String, "key exchange method"),
				proto.F("extended_sequence_numbers_type", proto.String, "whether sequence numbers are extended"),
				proto.F("transform_id", proto.Uint, "number of a transform of another type"),
				proto.A("attributes", "attributes",
					proto.F("af", proto.Uint, "1 where the attribute has a fixed length, else 0"),
					proto.F("attribute_type", proto.Uint, "type"),
					proto.F("value", proto.Hex, "value")))),
		proto.F("diffie_hellman_group_type", proto.String, "key exchange method"),
		proto.F("security_protocol_type", proto.String, "protocol that a notification is about"),
		proto.F("notify_message_error_type", proto.String, "error"),
		proto.F("notify_message_status_type", proto.String, "status"),
		proto.F("spi", proto.Hex, "index that a notification is about"),
		proto.F("data", proto.Hex, "key exchange or notification data"),
		proto.F("nonce", proto.Hex, "nonce"),
		proto.F("vendor_id_hex", proto.Hex, "vendor identifier"),
		proto.F("payload", proto.Hex, "payload of another type").Hidden()),
}

// IKE is a message of IKE version 2 (RFC 7296, section 3.1).
type IKE struct {
	InitiatorSPI wire.Cursor // 8 bytes
	ResponderSPI wire.Cursor // 8 bytes; zero in the first message
	NextPayload  uint8       // type of the first payload
	ExchangeType uint8       // 34 is IKE_SA_INIT
	Flags        uint8       // 0x08 the original initiator's, 0x20 a response
	MessageID    uint32
	Length       uint32      // bytes of the message, with its header
	Body         wire.Cursor // what follows the header; see Payloads
}

const (
	ikeHeaderLen = 28
	version2     = 0x20

	spiLen = 8
)

// Bits of the flags.
const (
	flagInitiator = 0x08
	flagVersion   = 0x10
	flagResponse  = 0x20
)

// Parse implements proto.Message. The marker that comes before a message in
// NAT traversal may be there on any port.
func (m *IKE) Parse(c wire.Cursor, _ *proto.Packet) bool {
	if c.HasPrefix(nonESPMarker) {
		c.Skip(len(nonESPMarker))
	}
	m.InitiatorSPI = c.Bytes(spiLen)
	m.ResponderSPI = c.Bytes(spiLen)
	m.NextPayload = c.Uint8()
	version := c.Uint8()
	m.ExchangeType = c.Uint8()
	m.Flags = c.Uint8()
	m.MessageID = c.Uint32()
	m.Length = c.Uint32()
	m.Body = c.Bytes(int(m.Length) - ikeHeaderLen)
	return c.Ok() && version == version2 && proto.Name(exchangeNames[:], m.ExchangeType) != ""
}

// WriteRecord implements proto.Message.
func (m *IKE) WriteRecord(w *record.Writer) {
	w.Key("ike").Object()
	w.Key("initiator_spi").Hex(m.InitiatorSPI)
	w.Key("responder_spi").Hex(m.ResponderSPI)
	w.Key("major_version").Uint(version2 >> 4)
	w.Key("minor_version").Uint(version2 & 0x0f)
	w.Key("exchange_type").Str(exchangeNames[m.ExchangeType])
	w.Key("response").Bool(m.Flags&flagResponse != 0)
	w.Key("version").Bool(m.Flags&flagVersion != 0)
	w.Key("initiator").Bool(m.Flags&flagInitiator != 0)
	w.Key("message_id").Uint(uint64(m.MessageID))
	w.Key("length").Uint(uint64(m.Length))
	w.Key("payloads").Array()
	start := w.Len()
	for p := range m.Payloads() {
		if w.Full(start) {
			break
		}
		w.Elem().Object()
		p.write(w)
		w.EndObject()
	}
	w.EndArray()
	w.EndObject()
}
