// Package syslog reads syslog messages, as BSD systems send them and as RFC
// 5424 has them. Both begin with the same priority.
package syslog

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes syslog.
var Protocol = &proto.Protocol{
	Name: "syslog",
	Doc:  "log messages sent over UDP",
	Spec: "RFC 3164, RFC 5424",
	Selectors: map[string]string{
		"syslog": "syslog messages over UDP",
	},
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "syslog",
		Select: []string{"syslog"},
		Match:  []detect.Rule{{Layer: detect.UDP, Port: 514, Side: detect.Destination}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("syslog", "a syslog message",
		proto.F("severity", proto.String, "severity, where the message begins with a priority"),
		proto.F("facility", proto.String, "facility, where the message begins with a priority"),
		proto.F("body", proto.Text, "the message, with its priority"),
	)},
}

// A Message is a syslog message. Body is all of it, with its priority.
type Message struct{ Body wire.Cursor }

const (
	asciiLen    = 32       // bytes that must be ASCII
	maxPriority = 23*8 + 7 // RFC 5424, section 6.2.1
	perFacility = 8        // severities that a facility has
)

// Parse implements proto.Message. What does not begin with ASCII is not text.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Body = c
	c.Truncate(asciiLen)
	for _, b := range c {
		if b >= 0x80 {
			return false
		}
	}
	return c.More()
}

// Priority is the number that the message begins with, eight times the
// facility plus the severity (RFC 5424, section 6.2.1). ok is false where it
// begins with none.
func (m *Message) Priority() (v uint32, ok bool) {
	c := m.Body
	c.Accept("<")
	v = c.Decimal(maxPriority)
	return v, c.Accept(">")
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("syslog").Object()
	if v, ok := m.Priority(); ok {
		w.Key("severity").Str(severities[v%perFacility])
		w.Key("facility").Str(facilities[v/perFacility])
	}
	w.Key("body").Text(m.Body)
	w.EndObject()
}

// severities are named in RFC 5424, table 2.
var severities = [...]string{
	"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug",
}

// facilities are named in RFC 5424, table 1.
var facilities = [...]string{
	"kernel messages",
	"user-level messages",
	"mail system",
	"system daemons",
	"security/authorization messages",
	"messages generated internally by syslogd",
	"line printer subsystem",
	"network news subsystem",
	"UUCP subsystem",
	"clock daemon",
	"security/authorization messages",
	"FTP daemon",
	"NTP subsystem",
	"log audit",
	"log alert",
	"clock daemon",
	"local use 0",
	"local use 1",
	"local use 2",
	"local use 3",
	"local use 4",
	"local use 5",
	"local use 6",
	"local use 7",
}
