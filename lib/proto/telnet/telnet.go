// Package telnet reads what Telnet connections carry: data, and the commands
// that negotiate options.
package telnet

import (
	"bytes"
	"iter"

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
		FDC:    "telnet",
		Select: []string{"telnet"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: port}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("telnet", "Telnet data with at least one whole item",
		proto.A("message", "data and commands, in their order",
			proto.F("command", proto.String, "name of the command"),
			proto.F("suboption", proto.String, "the option that it is about"),
			proto.F("data", proto.Text, "plain data, or that of a subnegotiation; doubled IAC bytes stay so").Hidden()),
		proto.F("truncated", proto.Bool, "true where the last item is cut off"),
	)},
}

const port = 23

// A Message is the data of a segment.
type Message struct {
	data     wire.Cursor
	fromUser bool // it goes to the server's port
}

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, p *proto.Packet) bool {
	// Quirk Q76: it need not have a whole item.
	m.data = c
	m.fromUser = p.Key.DstPort == port
	return c.More()
}

// An Item is either plain data, or a command with what belongs to it (RFC
// 854, "TELNET command structure").
type Item struct {
	IsCommand bool
	Command   uint8 // where IsCommand is set; 250 begins a subnegotiation
	HasOption bool
	Option    uint8       // where HasOption is set
	Data      wire.Cursor // plain data, or that of a subnegotiation; an IAC in it is doubled
}

// Items yields the items, up to one that is cut off.
func (m *Message) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for c := m.data; c.More(); {
			var it Item
			if it.read(&c); c.Failed() || !yield(it) {
				return
			}
		}
	}
}

// read reads an item; c fails where it is cut off. To return one would take as much time
// again: a processor waits when it copies what was written just before.
func (it *Item) read(c *wire.Cursor) {
	*it = Item{}
	first, _ := c.Peek()
	second, _ := c.At(1)
	if first != iac || second == iac {
		it.Data, _ = upToIAC(c)
		return
	}
	it.IsCommand = true
	c.Skip(1)
	it.Command = c.Uint8()
	switch it.Command {
	case will, wont, do, dont:
		it.HasOption = true
		it.Option = c.Uint8()
	case sb:
		it.HasOption = true
		it.Option = c.Uint8()
		var ended bool
		if it.Data, ended = upToIAC(c); !ended {
			c.Fail()
		}
		c.Accept("\xff\xf0") // IAC SE
	}
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
	var it Item
	if it.read(&c); c.Failed() {
		return
	}
	start := w.Len()
	w.Key("telnet").Object()
	w.Key("message").Array()
	it.writeRecord(w, m.fromUser)
	for c.More() && !w.Full(start) {
		if it.read(&c); c.Ok() {
			it.writeRecord(w, m.fromUser)
		}
	}
	w.EndArray()
	if c.Failed() {
		w.Key("truncated").Bool(true)
	}
	w.EndObject()
}

// writeRecord writes the item. What a user types may be a password, and a
// server may echo it; what is negotiated for an option may tell one, too.
func (it *Item) writeRecord(w *record.Writer, fromUser bool) {
	if w.Elem(); it.IsCommand && !it.HasOption {
		w.Raw(plainCommand(it.Command))
		return
	}
	w.Object()
	if it.IsCommand {
		w.Key("command").Str(commandName(it.Command))
	}
	if it.HasOption {
		w.Key("suboption").NameOrHex(optionName(it.Option), uint64(it.Option), 2)
	}
	if it.Data.More() {
		w.Key("data")
		if fromUser || !it.IsCommand {
			w.SecretKeys(it.Data)
		} else {
			w.Text(it.Data)
		}
	}
	w.EndObject()
}
