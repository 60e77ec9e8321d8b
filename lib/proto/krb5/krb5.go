// Package krb5 reads messages of Kerberos, version 5.
package krb5

import (
	"merctools/lib/ber"
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes Kerberos.
var Protocol = &proto.Protocol{
	Name: "Kerberos",
	Doc:  "Kerberos network authentication, version 5",
	Spec: "RFC 4120",
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "kerberos",
		Select: []string{"kerberos"},
		Match: []detect.Rule{
			{Layer: detect.TCP, Port: 88},
			{Layer: detect.UDP, Port: 88},
		},
		New: func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("kerberos", "a Kerberos message",
		proto.O("kdc_req", "a request to the authentication service", requestFields...),
		proto.O("tgs_req", "a request to the ticket-granting service", requestFields...),
		proto.O("kdc_rep", "a reply of the authentication service", replyFields...),
		proto.O("tgs_rep", "a reply of the ticket-granting service", replyFields...),
		proto.O("error", "an error", errorFields...),
	)},
}

// Identifier octets of the messages (RFC 4120, section 5.10): application
// tags.
const (
	tagASReq  = 0x6a
	tagASRep  = 0x6b
	tagTGSReq = 0x6c
	tagTGSRep = 0x6d
	tagAPReq  = 0x6e
	tagError  = 0x7e
)

// A Message is a request to a key distribution centre, or its reply.
type Message struct {
	tag     uint8
	key     string // of the member in records
	request Request
	reply   Reply
	failure Failure
}

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	skipLength(&c)
	app := ber.Read(&c)
	switch m.tag = app.Tag; m.tag {
	case tagASReq:
		m.key = "kdc_req"
		return m.request.parse(app.Value)
	case tagTGSReq:
		m.key = "tgs_req"
		return m.request.parse(app.Value) && m.request.kind() == typeTGSReq
	case tagASRep:
		m.key = "kdc_rep"
		return m.reply.parse(app.Value)
	case tagTGSRep:
		m.key = "tgs_rep"
		return m.reply.parse(app.Value) && m.reply.kind() == typeTGSRep
	case tagError:
		m.key = "error"
		return m.failure.parse(app.Value)
	}
	return false
}

// Request returns the message where it is an AS-REQ or TGS-REQ, or nil.
func (m *Message) Request() *Request {
	if m.tag != tagASReq && m.tag != tagTGSReq {
		return nil
	}
	return &m.request
}

// Reply returns the message where it is an AS-REP or TGS-REP, or nil.
func (m *Message) Reply() *Reply {
	if m.tag != tagASRep && m.tag != tagTGSRep {
		return nil
	}
	return &m.reply
}

// Failure returns the message where it is a KRB-ERROR, or nil.
func (m *Message) Failure() *Failure {
	if m.tag != tagError {
		return nil
	}
	return &m.failure
}

// skipLength passes over the length that precedes a message in TCP (RFC 4120,
// section 7.2.2), if the first four bytes can be one.
func skipLength(c *wire.Cursor) {
	const tooLong = 0xffffff
	rest := *c
	if n := rest.Uint32(); rest.Ok() && n < tooLong {
		*c = rest
		c.Truncate(int(n))
	}
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("kerberos").Object()
	w.Key(m.key).Object()
	switch m.tag {
	case tagASReq, tagTGSReq:
		m.request.write(w)
	case tagASRep, tagTGSRep:
		m.reply.write(w)
	case tagError:
		m.failure.write(w)
	}
	w.EndObject()
	w.EndObject()
}

// readFields reads the contents of a sequence whose members have explicit
// tags: fields[i] gets the value inside [i], which must have the tag tags[i],
// where there is one. Members with other tags are passed over; where a tag comes
// again, the last one counts. It reports whether c was read to its end.
func readFields(c wire.Cursor, fields []ber.TLV, tags ...uint8) bool {
	for c.More() {
		outer := ber.Read(&c)
		n := int(outer.Number())
		switch {
		case n >= len(fields) || outer.Tag != ber.ContextConstructed(outer.Number()):
		case n < len(tags):
			fields[n].Parse(&outer.Value, tags[n])
		default:
			fields[n].Parse(&outer.Value, ber.Any)
		}
	}
	return c.Ok()
}

// present reports whether all of the fields are there.
func present(fields ...*ber.TLV) bool {
	for _, f := range fields {
		if !f.Ok() {
			return false
		}
	}
	return true
}
