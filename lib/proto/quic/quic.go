// Package quic reads Initial packets of QUIC. Their keys follow from what the
// packet itself tells (RFC 9001, section 5.2), so that a client's first
// packets can be decrypted by anyone who sees them, and the TLS ClientHello
// in them read.
package quic

import (
	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

// Protocol describes QUIC.
var Protocol = &proto.Protocol{
	Name: "QUIC",
	Doc:  "QUIC: Initial packets, with the TLS hello in them",
	Spec: "RFC 9000, RFC 9001, RFC 9369; drafts 22 to 34",
	Messages: []proto.Kind{{
		Name:   "initial packet",
		Select: []string{"quic"},
		// A long header, and a connection ID of less than 32 bytes
		// (RFC 8999, section 5.1).
		Match: []detect.Rule{{
			Layer: detect.UDP,
			Mask:  "\x80\x00\x00\x00\x00\xe0\x00\x00",
			Value: "\x80\x00\x00\x00\x00\x00\x00\x00",
		}},
		Fingerprints: []npf.Type{npf.QUIC, npf.TLSServer},
		New:          func(o *proto.Options) proto.Message { return newInitial(o) },
	}},
	Records: []proto.Recognition{{Selector: "quic", With: "quic"}},
	Fields: []proto.Field{
		proto.O("tls", "the hello", proto.O("client", "what the client says", tls.HelloFields...),
			proto.O("server", "the ServerHello", tls.ServerHelloFields...).If("--deep")),
		proto.O("dtls", "a ClientHello that has a version of DTLS", proto.O("client", "what the client says", tls.HelloFields...)),
		proto.O("quic", "an Initial packet",
			proto.F("connection_info", proto.String, "the first byte as it came, bit by bit"),
			proto.F("version", proto.Hex, "version"),
			proto.F("dcid", proto.Hex, "connection ID of the destination"),
			proto.F("scid", proto.Hex, "connection ID of the source"),
			proto.F("token", proto.Hex, "token"),
			ackField,
			proto.O("ack_ecn", "the last frame of these three, where it is an acknowledgement with counts",
				proto.F("ect0", proto.Uint, "packets received with ECT(0)"),
				proto.F("ect1", proto.Uint, "packets received with ECT(1)"),
				proto.F("ecn_ce", proto.Uint, "packets received with ECN-CE"),
				ackField),
			proto.O("connection_close", "the last frame of these three, where it is one that closes the connection and tells why",
				proto.F("error_code", proto.Uint, "error code"),
				proto.F("frame_type", proto.Uint, "type of the frame that led to the error"),
				proto.F("reason_phrase", proto.Text, "what went wrong")),
			proto.F("salt_string", proto.String, "versions whose keys decrypted the packet; not there where it came unencrypted"),
			proto.F("plaintext", proto.Hex, "decrypted payload").To(proto.Dropped),
			proto.F("raw_packet_data", proto.Hex, "the whole datagram, where it could not be decrypted").To(proto.Dropped)),
	},
}

var ackField = proto.O("ack", "the last frame of these three, where it is an acknowledgement",
	proto.F("largest_acked", proto.Uint, "largest packet number that is acknowledged"),
	proto.F("ack_delay", proto.Uint, "delay as it is encoded"),
	proto.F("ack_range_count", proto.Uint, "ranges beside the first"),
	proto.F("first_ack_range", proto.Uint, "packets before the largest one that are acknowledged as well"))

// An Initial is an Initial packet.
type Initial struct {
	hello tls.RecordOptions
	user  *proto.Options // for the format of fingerprints

	header    header
	datagram  wire.Cursor
	plaintext wire.Cursor
	clear     bool   // the payload came unencrypted
	suite     *suite // what decrypted the payload
	last      frame
	stream    stream
	client    tls.ClientHello
	opener    opener

	// With Options.Deep.
	deep        bool
	connections connections
	server      tls.ServerHello
	conn        *side // whose stream CRYPTO frames belong to, where it is followed
	crypto      bool  // there were CRYPTO frames
	fresh       bool  // with something new
	early       bool  // the datagram came before the first of its connection
	kept        proto.Kept
	restored    []byte // a datagram that was held, or header and payload of a packet
	unfinished  []byte // a hello that was given up
}

func newInitial(o *proto.Options) *Initial {
	m := &Initial{hello: tls.Options(o), user: o}
	m.opener.cache = newKeyCache(o)
	m.opener.learned.max = learnedIn(o.Memory.QUIC)
	m.opener.trial = o.QUICTrialDecryption
	if m.deep = o.Deep; m.deep {
		m.opener.deep = true
		m.connections = newConnections(o)
	}
	return m
}

// Parse implements proto.Message. A datagram is taken where it begins with
// the long header of a packet that has the size of a client's Initial packet.
// It need not be one that can be decrypted, unless its version is known and
// says that it is a packet of another type.
func (m *Initial) Parse(c wire.Cursor, p *proto.Packet) bool {
	m.begin(c)
	ok := m.header.parse(c)
	if m.deep && !(ok && m.readClear()) {
		if found, write := m.parseDeep(c, p); found {
			return write
		}
		ok = m.header.parse(c)
	}
	if !ok {
		return false
	}
	if !m.readClear() && !m.decrypt(&p.Key) {
		return false
	}
	if data := m.stream.hello(); data.More() {
		p.Missing = m.readHello(data)
	}
	return true
}

// begin forgets the last packet.
func (m *Initial) begin(datagram wire.Cursor) {
	m.datagram = datagram
	m.plaintext = nil
	m.clear = false
	m.suite = nil
	m.last = frame{}
	m.stream.reset()
	m.client.Parse(nil)
	m.server.Parse(nil)
}

// reservedBits are zero in a packet whose header is not protected
// (RFC 9000, section 17.2).
const reservedBits = 0x0c

// readClear reads a payload that is not encrypted, as a tool that decrypts
// captures leaves it. It reports whether it is one: the reserved bits are
// zero, and there is nothing but frames.
func (m *Initial) readClear() bool {
	if m.header.first&reservedBits != 0 {
		return false
	}
	payload := m.header.payload
	payload.Skip(packetNumberLen(m.header.first))
	if !m.readFrames(payload, true) {
		m.last = frame{}
		m.stream.reset()
		return false
	}
	m.plaintext = payload
	m.clear = true
	return true
}

// decrypt reads an encrypted payload. It returns false where the version is
// known and says that it is a packet of another type.
func (m *Initial) decrypt(k *flow.Key) bool {
	known := m.opener.suiteOf(&m.header, k)
	if known != nil && m.header.first&initialMask != known.initial {
		return false
	}
	// Quirk Q49: it need not be decrypted.
	m.plaintext, m.suite = m.opener.open(&m.header, known, m.header.dcid, false, k)
	m.readFrames(m.plaintext, false)
	return true
}

// readHello reads the handshake message that data begins with, and returns
// how many bytes of it are missing.
func (m *Initial) readHello(data wire.Cursor) (missing uint32) {
	var h tls.Handshake
	h.Parse(&data)
	m.client.Parse(h.Body)
	return h.Missing
}

// ClientHello is the TLS message that the packet holds, or begins. Its Ok
// method tells whether there is one.
func (m *Initial) ClientHello() *tls.ClientHello { return &m.client }

// ServerHello is the TLS message of a server's packet, which is found with
// Options.Deep. Its Ok method tells whether there is one.
func (m *Initial) ServerHello() *tls.ServerHello { return &m.server }

// Handshake implements proto.Negotiator: the parameters are those of the
// hello, if that could be read.
func (m *Initial) Handshake(h *proto.Handshake) bool {
	if m.server.Ok() {
		*h = m.server.Handshake(proto.TLSChoice)
		h.Whole = true
		return true
	}
	*h = m.client.Handshake(proto.TLSOffer)
	return m.client.Ok()
}

// Fingerprint implements proto.Fingerprinter: the version, and the
// ClientHello with its extensions sorted, or the fingerprint of the
// ServerHello.
func (m *Initial) Fingerprint(b *npf.Builder) {
	if m.server.Ok() {
		b.Begin(npf.TLSServer, 0)
		m.server.WriteFingerprint(b)
		return
	}
	if !m.client.Ok() {
		return
	}
	format := 0
	// Quirk Q50: one format only.
	if !m.clear {
		format = m.user.QUIC()
	}
	m.writeFingerprint(b, format)
}

// FingerprintIn implements proto.Reformattable.
func (m *Initial) FingerprintIn(b *npf.Builder, format int) npf.Type {
	if !m.client.Ok() || m.clear || m.user.QUIC() != 0 || format != 1 {
		return npf.None
	}
	m.writeFingerprint(b, format)
	return npf.QUIC
}

func (m *Initial) writeFingerprint(b *npf.Builder, format int) {
	b.Begin(npf.QUIC, format)
	b.String(m.header.version)
	m.client.WriteFingerprint(b, npf.FormatOf(npf.QUIC, format))
}

// Context implements proto.Classifiable.
func (m *Initial) Context(c *proto.Context) bool {
	m.client.Context(c)
	return m.client.Ok()
}

// Version is the version of QUIC; 1 is that of RFC 9000.
func (m *Initial) Version() uint32 { return m.header.versionNumber() }

// DestinationID is the connection ID of the destination (RFC 9000, section
// 17.2), at most 20 bytes.
func (m *Initial) DestinationID() wire.Cursor { return m.header.dcid }

// SourceID is the connection ID of the source, at most 20 bytes.
func (m *Initial) SourceID() wire.Cursor { return m.header.scid }

// Token is the token of the packet (RFC 9000, section 17.2.2).
func (m *Initial) Token() wire.Cursor { return m.header.token }

// Plaintext is the decrypted payload, frames of QUIC (RFC 9000, section 12.4).
// It is nil where the packet can't be decrypted.
func (m *Initial) Plaintext() wire.Cursor { return m.plaintext }
