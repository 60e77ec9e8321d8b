// Package bus carries records from one machine to another, through a message
// queue that keeps them: lines into messages, messages out to lines, to a
// filter, or to a store.
//
// A message holds many lines. Its body is JSON lines, each with its end,
// compressed with zstd; headers say how to read it:
//
//	Nats-Msg-Id       what makes the message recognizable when it is sent again
//	Content-Type      application/x-ndjson
//	Content-Encoding  zstd; not there where the body is not compressed
//	Merc-Records      number of lines
//	Merc-Sensor       the machine whose records they are
//
// All lines of a message belong to one partition, which is chosen by the
// line's key, so that the records of a host stay in order.
//
// Packages in the folder know an engine each: jetstream and kafka queue,
// clickhouse and hourly store.
package bus

import (
	"context"
	"strconv"
)

// A Message is lines that travel together.
type Message struct {
	ID        string // the same whenever the message is sent
	Sensor    string // may be empty
	Partition int
	Records   int    // number of lines
	Encoding  string // of the body: zstd, or nothing
	Key       string // of the only record in it; otherwise empty
	Body      []byte
}

// Names of headers.
const (
	headerID       = "Nats-Msg-Id"
	headerType     = "Content-Type"
	headerEncoding = "Content-Encoding"
	headerRecords  = "Merc-Records"
	headerSensor   = "Merc-Sensor"
)

// The type and the encoding of bodies.
const (
	contentType  = "application/x-ndjson"
	encodingZstd = "zstd"
)

// Headers calls set for each header of the message.
func (m *Message) Headers(set func(name, value string)) {
	set(headerID, m.ID)
	set(headerType, contentType)
	if m.Encoding != "" {
		set(headerEncoding, m.Encoding)
	}
	set(headerRecords, strconv.Itoa(m.Records))
	if m.Sensor != "" {
		set(headerSensor, m.Sensor)
	}
}

// maxHeader is how long an ID, or the name of a sensor, may be, in bytes: each row
// of a message has both.
const maxHeader = 512

// SetHeader takes a header of a message that was received. Headers that mean
// nothing here, or are too long, are ignored.
func (m *Message) SetHeader(name, value string) {
	if len(value) > maxHeader {
		return
	}
	switch name {
	case headerID:
		m.ID = value
	case headerEncoding:
		m.Encoding = value
	case headerRecords:
		if n, err := strconv.Atoi(value); err == nil && n >= 0 {
			m.Records = n
		}
	case headerSensor:
		m.Sensor = value
	}
}

// A Publisher puts messages into a queue. It is for one goroutine.
type Publisher interface {
	// Partitions is how many partitions the queue has.
	Partitions() int

	// MaxMessage is how long a body may be, in bytes.
	MaxMessage() int

	// Publish sends a message, as often as it takes. It calls done, on any
	// goroutine, when the queue has stored the message, or with an error if it
	// never will; the body is the publisher's until then. Publish blocks while
	// too many messages are under way. If it returns an error, which is that of
	// the context, it does not call done.
	//
	// The messages of a partition are stored in the order of the calls.
	Publish(ctx context.Context, m *Message, done func(error)) error

	// Close gives up what is not stored yet, with calls of done, and ends.
	Close()
}

// A Consumer takes messages from a queue, as a member of a group: each message
// goes to one member.
type Consumer interface {
	// Next waits for the next message. It is for one goroutine. Its error is
	// that of the context, or final.
	Next(ctx context.Context) (*Delivery, error)

	// Partitions is how many partitions the queue has.
	Partitions() int

	// Lag is how many messages the group has not acknowledged yet.
	Lag(ctx context.Context) (uint64, error)

	// Close ends, after what was acknowledged is known to the queue. What was
	// not acknowledged goes to another member.
	Close()
}

// A Delivery is a message that was received.
type Delivery struct {
	Message
	Again bool   // the queue has delivered it before
	Place string // where it stands in the queue, for messages

	ack, reject func()
}

// NewDelivery returns a Delivery. ack is called once the message is dealt with,
// reject where that can't be done, now or later; both on any goroutine.
func NewDelivery(ack, reject func()) *Delivery { return &Delivery{ack: ack, reject: reject} }

// Ack says that the message is dealt with.
func (d *Delivery) Ack() { d.ack() }

// Reject says that nobody can read the message: it is not to be delivered
// again.
func (d *Delivery) Reject() { d.reject() }
