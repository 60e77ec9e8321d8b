package bittorrent

import (
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Handshake begins a connection between peers (BEP 3).
type Handshake struct {
	features bool

	Extensions wire.Cursor // 8 reserved bytes, whose bits stand for extensions
	InfoHash   wire.Cursor // SHA-1 of the torrent's info dictionary, 20 bytes
	PeerID     wire.Cursor // identifier of the sender, 20 bytes
	messages   wire.Cursor
}

const (
	hashLen       = 20
	peerLen       = 20
	extensionsLen = 8
)

// Parse implements proto.Message. All messages that follow in the segment
// must be whole.
func (m *Handshake) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Accept("\x13BitTorrent protocol")
	m.Extensions = c.Bytes(extensionsLen)
	m.InfoHash = c.Bytes(hashLen)
	m.PeerID = c.Bytes(peerLen)
	m.messages = c
	for c.More() {
		readMessage(&c)
	}
	return c.Ok()
}

// A PeerMessage is what peers exchange after the handshake (BEP 3, "peer
// messages").
type PeerMessage struct {
	Length uint32      // bytes of type and body
	Type   uint8       // 0 is choke, 20 an extended message (BEP 10)
	Body   wire.Cursor // what follows the type
}

// readMessage reads a message. A keep-alive, which has no type, counts as cut
// off.
func readMessage(c *wire.Cursor) PeerMessage {
	var m PeerMessage
	m.Length = c.Uint32()
	// Quirk Q106: a keep-alive has no type.
	m.Type = c.Uint8()
	m.Body = c.Bytes(int(m.Length) - 1)
	return m
}

// Messages yields the messages that follow in the same segment.
func (m *Handshake) Messages() iter.Seq[PeerMessage] {
	return func(yield func(PeerMessage) bool) {
		for c := m.messages; c.More(); {
			if !yield(readMessage(&c)) {
				return
			}
		}
	}
}

// messageNames are the names of the types of messages (BEP 3, BEP 10).
var messageNames = [...]string{
	"choke", "unchoke", "interested", "not_interested", "have", "bit_field", "request", "piece", "cancel", 20: "extended",
}

// WriteRecord implements proto.Message.
func (m *Handshake) WriteRecord(w *record.Writer) {
	w.Key("bittorrent").Object()
	w.Key("extension_bytes").Hex(m.Extensions)
	w.Key("info_dict").Hex(m.InfoHash)
	w.Key("peer_id").Hex(m.PeerID)
	if m.messages.More() {
		w.Key("messages").Array()
		for x := range m.Messages() {
			w.Elem().Object()
			w.Key("message_length").Uint(uint64(x.Length))
			w.Key("message_type").NameOrCode(proto.Name(messageNames[:], x.Type), int64(x.Type))
			w.Key("message").Hex(x.Body)
			w.EndObject()
		}
		w.EndArray()
	}
	if m.features {
		m.writeFeatures(w)
	}
	w.EndObject()
}

func (m *Handshake) writeFeatures(w *record.Writer) {
	w.Key("features")
	f := w.Features(record.MaxFeatures)
	f.Open()
	f.Hex(m.Extensions)
	f.Hex(m.InfoHash)
	f.Hex(m.PeerID)
	f.Open()
	for x := range m.Messages() {
		f.Open()
		f.HexUint(uint64(x.Type), 2)
		f.Hex(x.Body)
		f.Close()
	}
	f.Close()
	f.Close()
	f.End()
}
