package bittorrent

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Handshake begins a connection between peers (BEP 3).
type Handshake struct {
	features bool

	extensions wire.Cursor
	info       wire.Cursor
	peer       wire.Cursor
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
	m.extensions = c.Bytes(extensionsLen)
	m.info = c.Bytes(hashLen)
	m.peer = c.Bytes(peerLen)
	m.messages = c
	for c.More() {
		readMessage(&c)
	}
	return c.Ok()
}

// A message is what peers exchange after the handshake.
type message struct {
	length uint32
	kind   uint8
	body   wire.Cursor
}

// readMessage reads a message. A keep-alive, which has no type, counts as cut
// off.
func readMessage(c *wire.Cursor) message {
	var m message
	m.length = c.Uint32()
	// Quirk Q106: a keep-alive has no type.
	m.kind = c.Uint8()
	if m.length == 0 || uint64(m.length) > uint64(c.Len())+1 {
		c.Fail()
	}
	m.body = c.Bytes(int(m.length) - 1)
	return m
}

// messageNames are the names of the types of messages (BEP 3, BEP 10).
var messageNames = [...]string{
	"choke", "unchoke", "interested", "not_interested", "have", "bit_field", "request", "piece", "cancel", 20: "extended",
}

// WriteRecord implements proto.Message.
func (m *Handshake) WriteRecord(w *record.Writer) {
	w.Key("bittorrent").Object()
	w.Key("extension_bytes").Hex(m.extensions)
	w.Key("info_dict").Hex(m.info)
	w.Key("peer_id").Hex(m.peer)
	if m.messages.More() {
		w.Key("messages").Array()
		for c := m.messages; c.More(); {
			x := readMessage(&c)
			w.Elem().Object()
			w.Key("message_length").Uint(uint64(x.length))
			w.Key("message_type")
			if int(x.kind) < len(messageNames) && messageNames[x.kind] != "" {
				w.Str(messageNames[x.kind])
			} else {
				w.UnknownUint(uint64(x.kind))
			}
			w.Key("message").Hex(x.body)
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
	start := w.Len()
	w.Key("features")
	f := w.Features(maxFeatures)
	f.Open()
	f.Hex(m.extensions)
	f.Comma()
	f.Hex(m.info)
	f.Comma()
	f.Hex(m.peer)
	f.Comma()
	f.Open()
	for c := m.messages; c.More(); {
		x := readMessage(&c)
		f.Open()
		f.HexUint(uint64(x.kind), 2)
		f.Comma()
		f.Hex(x.body)
		f.Close()
		if c.More() {
			f.Comma()
		}
	}
	f.Close()
	f.Close()
	endFeatures(w, &f, start)
}
