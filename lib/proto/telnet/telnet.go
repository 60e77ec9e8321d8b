// Package telnet reads what Telnet connections carry: data, and the commands
// that negotiate options.
package telnet

import (
	"bytes"

	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes Telnet.
var Protocol = &proto.Protocol{
	Name: "Telnet",
	Doc:  "Telnet: data and the negotiation of options",
	Spec: "RFC 854, RFC 855",
	Messages: []proto.Kind{{
		Name:   "data",
		Select: []string{"telnet"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: 23}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("telnet", "Telnet data with at least one whole item",
		proto.A("message", "data and commands, in their order",
			proto.F("command", proto.String, "name of the command"),
			proto.F("suboption", proto.String, "the option that it is about"),
			proto.F("data", proto.Text, "plain data, or that of a subnegotiation; doubled IAC bytes stay so")),
		proto.F("truncated", proto.Bool, "true where the last item is cut off"),
	)},
}

// A Message is the data of a segment.
type Message struct{ data wire.Cursor }

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	// Quirk Q76: it need not have a whole item.
	m.data = c
	return c.More()
}

// An item is either plain data, or a command with what belongs to it.
type item struct {
	isCommand bool
	command   uint8
	hasOption bool
	option    uint8
	data      wire.Cursor
}

// readItem reads an item; c fails where it is cut off.
func readItem(c *wire.Cursor) (it item) {
	first, _ := c.Peek()
	second, _ := c.At(1)
	if first != iac || second == iac {
		it.data, _ = upToIAC(c)
		return it
	}
	it.isCommand = true
	c.Skip(1)
	it.command = c.Uint8()
	switch it.command {
	case will, wont, do, dont:
		it.hasOption = true
		it.option = c.Uint8()
	case sb:
		it.hasOption = true
		it.option = c.Uint8()
		var ended bool
		if it.data, ended = upToIAC(c); !ended {
			c.Fail()
		}
		c.Accept("\xff\xf0") // IAC SE
	}
	return it
}

// upToIAC reads up to an IAC that is not doubled, or to the end.
func upToIAC(c *wire.Cursor) (data wire.Cursor, found bool) {
	b := *c
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], iac)
		if n < 0 {
			break
		}
		i += n
		if i+1 == len(b) || b[i+1] != iac {
			return c.UpTo(i), true
		}
		// Quirk Q75: both bytes stay in the data.
		i += 2
	}
	return c.Rest(), false
}

// WriteRecord implements proto.Message. It writes no member where there is no
// whole item.
func (m *Message) WriteRecord(w *record.Writer) {
	c := m.data
	it := readItem(&c)
	if c.Failed() {
		return
	}
	w.Key("telnet").Object()
	w.Key("message").Array()
	it.writeRecord(w)
	for c.More() {
		if it = readItem(&c); c.Ok() {
			it.writeRecord(w)
		}
	}
	w.EndArray()
	if c.Failed() {
		w.Key("truncated").Bool(true)
	}
	w.EndObject()
}

func (it *item) writeRecord(w *record.Writer) {
	w.Elem().Object()
	if it.isCommand {
		w.Key("command").Str(commandName(it.command))
	}
	if it.hasOption {
		if name := optionName(it.option); name != "" {
			w.Key("suboption").Str(name)
		} else {
			w.Key("suboption").UnknownHex(uint64(it.option), 2)
		}
	}
	if it.data.More() {
		w.Key("data").Text(it.data)
	}
	w.EndObject()
}
