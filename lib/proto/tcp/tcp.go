// Package tcp reads the segments that open TCP connections: SYN and SYN/ACK.
package tcp

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes TCP.
var Protocol = &proto.Protocol{
	Name: "TCP",
	Doc:  "Transmission Control Protocol: the segments that open a connection",
	Spec: "RFC 9293",
	Messages: []proto.Kind{{
		Name: "SYN and SYN/ACK",
		// Quirk Q33: tcp.syn_ack alone selects nothing.
		Select:       []string{"tcp"},
		Match:        []detect.Rule{{Layer: detect.IP, Number: packet.ProtocolTCP}},
		Fingerprints: []npf.Type{npf.TCP, npf.TCPServer},
		New: func(o *proto.Options) proto.Message {
			return &Opening{metadata: o.Metadata, synack: o.Select.Has("tcp.syn_ack")}
		},
	}},
	Records: []proto.Recognition{
		{Selector: "tcp", With: "tcp"},
		{Selector: "tcp", With: "fingerprints.tcp"},
		{Selector: "tcp.syn_ack", With: "tcp_server"},
		{Selector: "tcp.syn_ack", With: "fingerprints.tcp_server"},
	},
	Fields: []proto.Field{
		proto.O("tcp", "a SYN; without --metadata, the first data of a flow that is not known", append(syn, proto.F("data", proto.Hex, "the first data of the flow").Hidden().If("--nonselected-tcp-data"))...),
		proto.O("tcp_server", "a SYN/ACK", syn...).If("--metadata"),
	},
}

var syn = []proto.Field{
	proto.F("seq", proto.Uint, "initial sequence number").If("--metadata"),
	proto.O("timestamp", "timestamps option (RFC 7323)",
		proto.F("ts_val", proto.Uint, "clock of the sender"),
		proto.F("ts_ecr", proto.Uint, "clock that is echoed, where it is not 0")).If("--metadata"),
}

// An Opening is a SYN or a SYN/ACK.
type Opening struct {
	metadata, synack bool

	IP  packet.IP  // Version is 0 where there is no IP header
	TCP packet.TCP // the segment's header (RFC 9293, section 3.1)
}

// Kinds of options (RFC 9293, section 3.2; RFC 7323).
const (
	optionEnd         = 0
	optionNOP         = 1
	optionMSS         = 2
	optionWindowScale = 3
	optionTimestamps  = 8
)

// Parse implements proto.Message. What it reads are the headers in p.
func (m *Opening) Parse(_ wire.Cursor, p *proto.Packet) bool {
	h := p.Headers
	if h == nil {
		return false
	}
	var ok bool
	if m.TCP, ok = h.TCP(p.Bytes); !ok {
		return false
	}
	m.IP = h.IP(p.Bytes)
	return m.synack || !m.TCP.IsSYNACK()
}

// Fingerprint implements proto.Fingerprinter: the IP header, the window, the
// kinds of the options, and the values of those that a stack always fills
// alike.
func (m *Opening) Fingerprint(b *npf.Builder) {
	if m.TCP.IsSYNACK() {
		b.Begin(npf.TCPServer, 0)
	} else {
		b.Begin(npf.TCP, 0)
	}
	writeNetwork(b, &m.IP)
	b.Open()
	b.Uint16(m.TCP.Window)
	b.Close()
	b.Open()
	for c := m.TCP.Options; c.More(); {
		kind, size, value := readOption(&c)
		b.Open()
		b.Uint8(kind)
		if kind == optionMSS || kind == optionWindowScale {
			b.Uint8(size)
			b.Hex(value)
		}
		b.Close()
	}
	b.Close()
}

// writeNetwork appends version, identification and time to live of the IP
// header: the identification only as being zero, the time to live without its
// low five bits. Where there is no header it appends nothing.
func writeNetwork(b *npf.Builder, h *packet.IP) {
	if h.Version == 0 {
		return
	}
	b.String([]byte{h.Version << 4})
	b.Open()
	if h.ID == 0 {
		b.Uint8(0)
	}
	b.Close()
	b.String([]byte{h.TTL & 0xe0})
}

// readOption reads one option. A length of less than two, which is that of
// kind and length, gives no value, and the next option begins behind it.
func readOption(c *wire.Cursor) (kind, size uint8, value wire.Cursor) {
	kind = c.Uint8()
	if kind == optionEnd || kind == optionNOP {
		return kind, 0, nil
	}
	size = c.Uint8()
	// Quirk Q32: the next option begins behind it.
	if size < 2 {
		return kind, size, nil
	}
	return kind, size, c.Bytes(int(size) - 2)
}

// WriteRecord implements proto.Message.
func (m *Opening) WriteRecord(w *record.Writer) {
	if !m.metadata {
		return
	}
	if m.TCP.IsSYNACK() {
		w.Key("tcp_server").Object()
	} else {
		w.Key("tcp").Object()
	}
	w.Key("seq").Uint(uint64(m.TCP.Seq))
	for c := m.TCP.Options; c.More(); {
		kind, _, value := readOption(&c)
		if kind != optionTimestamps {
			continue
		}
		w.Key("timestamp").Object()
		if t := value.Uint32(); value.Ok() {
			w.Key("ts_val").Uint(uint64(t))
		}
		if t := value.Uint32(); value.Ok() && t != 0 {
			w.Key("ts_ecr").Uint(uint64(t))
		}
		w.EndObject()
	}
	w.EndObject()
}
