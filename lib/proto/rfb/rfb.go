// Package rfb reads the protocol version messages of the Remote Framebuffer
// protocol, which VNC speaks.
package rfb

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes RFB.
var Protocol = &proto.Protocol{
	Name: "RFB",
	Doc:  "Remote Framebuffer protocol of VNC: the version messages",
	Spec: "RFC 6143",
	Messages: []proto.Kind{{
		Name:   "ProtocolVersion",
		FDC:    "vnc",
		Select: []string{"rfb"},
		Match:  []detect.Rule{{Layer: detect.TCP, Words: []string{word}}},
		New:    func(*proto.Options) proto.Message { return new(ProtocolVersion) },
	}},
	Framer: &proto.Framer{Frame: frame},
	Fields: []proto.Field{proto.O("vnc", "a ProtocolVersion message",
		proto.F("version", proto.Text, "the highest version that the sender supports, or the one in use"),
	)},
}

const word = "RFB " // begins the message

// frame finds a version message, whose length is fixed.
func frame(data wire.Cursor, f *proto.Frame) {
	const length = len("RFB 003.008\n")
	switch {
	case !data.HasPrefix(word):
	case len(data) < length:
		f.More(data, length)
	case data[length-1] == '\n':
		f.Message(data, length)
	}
}

// A ProtocolVersion is the first message of a server or a client (RFC 6143,
// section 7.1.1). Version is such as "003.008".
type ProtocolVersion struct{ Version wire.Cursor }

// Parse implements proto.Message.
func (m *ProtocolVersion) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Accept(word)
	rest := c
	m.Version = rest.Until('\n')
	return c.More()
}

// WriteRecord implements proto.Message.
func (m *ProtocolVersion) WriteRecord(w *record.Writer) {
	w.Key("vnc").Object()
	w.OptionalText("version", m.Version)
	w.EndObject()
}
