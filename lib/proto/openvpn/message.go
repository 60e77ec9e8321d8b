package openvpn

import (
	"iter"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Message is the packets of one segment.
type Message struct {
	Hello tls.ClientHello // Ok where the packets hold one
	Count int             // packets; see Packets

	packets wire.Cursor
	control int    // packets with a message
	first   Packet // the first of those
	left    int    // bytes of TLS data that were left over
	stream  [maxStream]byte
	options tls.RecordOptions
}

// maxStream is how many bytes of TLS data are put together.
//
// Quirk Q101: today's hellos are longer.
const maxStream = 800

func newMessage(o *proto.Options) proto.Message { return &Message{options: tls.Options(o)} }

// Parse implements proto.Message. All packets must be whole. They are counted
// modulo 256.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.packets = c
	m.Count, m.control, m.left = 0, 0, 0
	stream, full := m.stream[:0], false
	for c.More() {
		var p Packet
		if !p.parse(&c) {
			return false
		}
		m.Count++
		if p.Opcode.Control() {
			if m.control++; m.control == 1 {
				m.first = p
			}
		}
		if full = full || len(p.Data) > maxStream-len(stream); full {
			m.left += len(p.Data)
			continue
		}
		stream = append(stream, p.Data...)
	}
	if full {
		stream = nil
	}
	data := wire.Cursor(stream)
	var rec tls.Record
	var hs tls.Handshake
	rec.Parse(&data)
	hs.Parse(&rec.Fragment)
	m.Hello.Parse(hs.Body)
	// Quirk Q100: modulo 256.
	return uint8(m.Count) != 0
}

// Packets yields the packets.
func (m *Message) Packets() iter.Seq[Packet] {
	return func(yield func(Packet) bool) {
		for c := m.packets; c.More(); {
			var p Packet
			if !p.parse(&c) || !yield(p) {
				return
			}
		}
	}
}

// Fingerprint implements proto.Fingerprinter: IP protocol, number of control
// packets, first opcode and whether its key is the first, length of the HMAC;
// then the fingerprint of the ClientHello.
func (m *Message) Fingerprint(b *npf.Builder) {
	if !m.Hello.Ok() {
		return
	}
	b.Begin(npf.OpenVPN, 0)
	b.String([]byte{6})
	b.String([]byte{uint8(m.control)})
	b.Open()
	b.Uint8(uint8(m.first.Opcode))
	b.Uint8(min(m.first.KeyID, 1))
	b.Close()
	b.Open()
	b.Uint8(uint8(len(m.first.HMAC)))
	b.Close()
	m.Hello.WriteFingerprint(b, npf.InOrder)
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("openvpn").Object()
	w.Key("num_records").Uint(uint64(uint8(m.Count)))
	w.Key("records").Array()
	m.writePackets(w, Opcode.Control)
	m.writePackets(w, func(o Opcode) bool { return o == ackV1 })
	w.EndArray()
	if m.left > 0 {
		w.Key("data_len").Uint(uint64(m.left))
	}
	if m.Hello.Ok() {
		w.Key("has_tls").Bool(true)
	}
	w.EndObject()
	if m.Hello.Ok() {
		m.Hello.WriteRecord(w, m.options)
	}
}

// writePackets writes the packets with certain opcodes.
func (m *Message) writePackets(w *record.Writer, want func(Opcode) bool) {
	for p := range m.Packets() {
		if want(p.Opcode) {
			w.Elem().Object()
			p.writeRecord(w, m.options.Metadata)
			w.EndObject()
		}
	}
}
