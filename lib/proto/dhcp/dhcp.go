// Package dhcp reads messages of the Dynamic Host Configuration Protocol.
package dhcp

import (
	"iter"

	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Ports of servers and clients (RFC 2131, section 4.1).
const (
	portServer = 67
	portClient = 68
)

// Protocol describes DHCP.
var Protocol = &proto.Protocol{
	Name: "DHCP",
	Doc:  "Dynamic Host Configuration Protocol",
	Spec: "RFC 2131, RFC 2132",
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "dhcp",
		Select: []string{"dhcp"},
		Match: []detect.Rule{
			{Layer: detect.UDP, Port: portServer, Side: detect.Destination},
			{Layer: detect.UDP, Port: portClient, Side: detect.Destination},
		},
		Fingerprints: []npf.Type{npf.DHCP},
		New:          func(o *proto.Options) proto.Message { return &Message{metadata: o.Metadata} },
	}},
	Fields: []proto.Field{proto.O("dhcp", "a DHCP message",
		proto.F("msg_type", proto.String, "message type"),
		proto.F("requested_address", proto.Address, "address that the client asks for"),
		proto.F("hostname", proto.Text, "name of the client"),
		proto.F("vendor_class_id", proto.Text, "vendor class"),
		proto.O("client_id", "what the client calls itself",
			proto.F("hw_type", proto.String, "hardware type"),
			proto.F("hw_type_code", proto.Uint, "number of a hardware type that is not known"),
			proto.F("address", proto.Hex, "hardware address"),
			proto.F("oui", proto.String, "vendor of the hardware, always unknown"),
			proto.F("iaid", proto.Uint, "identity association (RFC 4361)"),
			proto.F("enterprise_number", proto.Uint, "enterprise that gave the identifier (RFC 8415, section 11.3)"),
			proto.F("identifier", proto.Hex, "identifier given by an enterprise")),
		proto.A("options", "all options",
			proto.F("ip_address_lease_time", proto.Uint, "seconds that the address is leased for"),
			proto.F("msg_type", proto.Uint, "number of the message type"),
			proto.F("hostname", proto.Text, "name of the client"),
			proto.F("vendor_class_id", proto.Text, "vendor class"),
			proto.F("hwtype", proto.Uint, "number of the client identifier's hardware type"),
			proto.F("client_id", proto.Hex, "client identifier without the hardware type"),
			proto.F("oui", proto.String, "vendor of the hardware, always unknown"),
			proto.F("end", proto.String, "end of the options").To(proto.Dropped),
			proto.F("pad", proto.String, "one byte of padding").To(proto.Dropped),
			proto.F("tag", proto.Uint, "number of any other option").In(proto.Other),
			proto.F("length", proto.Uint, "length that it says it has").In(proto.With),
			proto.F("value", proto.Hex, "its value, empty where it is cut off").Hidden().In(proto.With)).If("--metadata").To(proto.Merged),
	)},
}

// A Message is a DHCP message, of which only the options are kept.
type Message struct {
	metadata bool
	options  wire.Cursor
}

// Parse implements proto.Message. It wants the cookie that begins the options
// (RFC 2131, section 3), and at least one byte of options.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	const fixedLen = 236
	c.Skip(fixedLen)
	c.Accept("\x63\x82\x53\x63")
	m.options = c
	return c.More()
}

// Options yields the options, with padding and the end (RFC 2132).
func (m *Message) Options() iter.Seq[Option] {
	return func(yield func(Option) bool) {
		for c := m.options; c.More(); {
			if !yield(readOption(&c)) {
				return
			}
		}
	}
}

// Option returns the value of the first option with a tag. It is nil where
// there is none.
func (m *Message) Option(tag uint8) wire.Cursor {
	for o := range m.Options() {
		if o.Tag == tag {
			return o.Value
		}
	}
	return nil
}

// MessageType is the type of the message (RFC 2132, section 9.6), such as 1
// for DHCPDISCOVER. It is 0 where the message tells none.
func (m *Message) MessageType() uint8 {
	t, _ := m.Option(tagMessageType).Peek()
	return t
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("dhcp").Object()
	if m.metadata {
		w.Key("options").Array()
		for o := range m.Options() {
			w.Elem().Object()
			o.writeInFull(w)
			w.EndObject()
		}
		w.EndArray()
	} else {
		for o := range m.Options() {
			o.write(w)
		}
	}
	w.EndObject()
}

// Fingerprint implements proto.Fingerprinter: the tags of the options, with
// the values of those that say what is asked for. Only requests have one, and
// messages that say no type.
func (m *Message) Fingerprint(b *npf.Builder) {
	const request = 3
	b.Begin(npf.DHCP, 0)
	b.Open()
	for o := range m.Options() {
		if o.Tag == tagMessageType {
			if t, ok := o.Value.Peek(); ok && t != request {
				b.Discard()
				return
			}
		}
		switch o.Tag {
		case tagPad:
		case tagMessageType, tagParameterList, tagVendorClass:
			b.Open()
			b.Uint8(o.Tag)
			b.Uint8(o.Length)
			b.Hex(o.Value)
			b.Close()
		default:
			b.Open()
			b.Uint8(o.Tag)
			b.Close()
		}
	}
	b.Close()
}
