package tls

import (
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// googleUserAgent is the QUIC transport parameter in which Google's clients
// once told what they are.
const googleUserAgent = 0x3129

// A transportParameter is a QUIC transport parameter (RFC 9000, section 18).
type transportParameter struct {
	id      uint64
	encoded uint64      // the identifier as it is encoded, in the most significant bytes
	value   wire.Cursor // nil where it goes beyond the end
}

// TransportParameterName is the registered name of a QUIC transport parameter
// (IANA registry "QUIC Transport Parameters"), or "".
func TransportParameterName(id uint64) string {
	switch id {
	case 0x3127:
		return "initial_rtt"
	case 0x3128:
		return "google_connection_options"
	case googleUserAgent:
		return "user_agent"
	case 0x11:
		return "version_information"
	case 0x20:
		return "max_datagram_frame_size"
	case 0x173e:
		return "discard"
	case 0x26ab:
		return "google_handshake_message"
	case 0x2ab2:
		return "grease_quic_bit"
	case 0x4752:
		return "google_version"
	case 0xff04de1b:
		return "min_ack_delay"
	}
	return proto.Name(transportParameters[:], id)
}

// transportParameters are those of RFC 9000, section 18.2.
var transportParameters = [...]string{
	"original_destination_connection_id",
	"max_idle_timeout",
	"stateless_reset_token",
	"max_udp_payload_size",
	"initial_max_data",
	"initial_max_stream_data_bidi_local",
	"initial_max_stream_data_bidi_remote",
	"initial_max_stream_data_uni",
	"initial_max_streams_bidi",
	"initial_max_streams_uni",
	"ack_delay_exponent",
	"max_ack_delay",
	"disable_active_migration",
	"preferred_address",
	"active_connection_id_limit",
	"initial_source_connection_id",
	"retry_source_connection_id",
}

// isGREASE reports whether the parameter is one that exists only to see that
// it is ignored (RFC 9000, section 18.1).
func (p *transportParameter) isGREASE() bool { return p.id%31 == 27 }

func (p *transportParameter) parse(c *wire.Cursor) {
	p.id, p.encoded = c.Varint()
	length, _ := c.Varint()
	if length > uint64(c.Len()) {
		c.Fail()
	}
	p.value = c.Bytes(int(length))
}

// firstUserAgent returns the first user agent that a record of transport
// parameters extensions has, or nil.
func (x Extensions) firstUserAgent() []byte {
	var first, last []byte
	for c := x.nextParameters(); c.Ok() && first == nil; c = x.nextParameters() {
		c.Skip(extensionHeader)
		readUserAgents(&first, &last, c)
	}
	return first
}

// readUserAgents stores the user agents that a transport parameters extension
// tells: the last one, and the first that is not empty where none is known yet.
func readUserAgents(first, last *[]byte, parameters wire.Cursor) {
	var p transportParameter
	for parameters.More() {
		if p.parse(&parameters); p.id != googleUserAgent {
			continue
		}
		*last = p.value
		if *first == nil && p.value.More() {
			*first = p.value
		}
	}
}
