// Package proto says what a protocol is to the rest of the toolkit: the
// messages it has, how they are identified, what they write into a record and
// what they offer to fingerprinting and analysis.
//
// Each protocol is a package below this one that describes itself in a
// Protocol value; package registry lists them.
//
// A message gives programs what is in it: as exported fields where it is a
// plain view or a number, as methods and iterators where it is read only when
// asked for. Bytes are of type wire.Cursor or []byte. They are views of the
// packet (or of the message's own memory) and hold until the next packet; copy
// what is kept. Where a part of the message is missing its view is nil, where
// the part is empty it is not. Methods of a wire.Cursor move it: read from a
// copy.
package proto

import (
	"merctools/lib/fdc"
	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Protocol describes a protocol and its messages.
type Protocol struct {
	Name string // as people write it, such as "TLS"
	Doc  string // one sentence
	Spec string // where it is specified, such as "RFC 8446"

	// Selectors say what each selector selects, in a few words. They may be
	// left out where there is only one, for everything that Doc speaks of.
	Selectors map[string]string

	Messages []Kind  // in the order in which they are tried
	Fields   []Field // what its messages write at the top level of a record

	// Framer finds the messages in a stream with Options.Deep. It may be nil:
	// a message takes a whole segment then.
	Framer *Framer
	// Join makes what finds the messages in datagrams with Options.Deep, for a
	// worker. It may be nil: a message takes a whole datagram then.
	Join func(*Options) Joiner

	// Records say by which members the records of a selector are known. Where
	// a selector has none, they are those in Fields and the fingerprints.
	Records []Recognition
}

// A Recognition says that a record is one of a selector's: it has the member
// at the path With, and none at the paths in Without. Names in a path are
// separated by points; "*" stands for any element of an array.
type Recognition struct {
	Selector string
	With     string
	Value    string // what the string at With is; empty where it does not matter
	Without  []string
}

// A Kind is one kind of message.
type Kind struct {
	Name   string   // such as "client hello"
	Select []string // the selectors that turn it on; "all" always does

	// Match says what the message is identified by. An empty list means that
	// the engine knows by other means.
	Match []detect.Rule

	// Fingerprints are the types that the message can give.
	Fingerprints []npf.Type

	// FDC is what fingerprint and destination contexts call the protocol. It is
	// empty where they do not tell of the message, or the message tells more: see
	// Summarizer.
	FDC string

	// New makes the value that a worker parses all messages of this kind
	// into. It is nil for a tunnel.
	New func(*Options) Message
	// Carrier says that the message has TLS inside, where it is not searched
	// for with Options.Deep.
	Carrier bool
	// Deep says that the message is only looked for with Options.Deep.
	Deep bool
	// Tunnel is the type of a tunnel; TunnelNone for a message.
	Tunnel packet.TunnelType
}

// A Message is one kind of message, parsed in place. A worker has one value
// of each kind and uses it for every packet, so Parse must set every field,
// and what it keeps are views that are valid until the next packet.
type Message interface {
	// Parse reads a message and reports whether there is something to write.
	Parse(c wire.Cursor, p *Packet) bool
	// WriteRecord writes the message's members into the open record.
	WriteRecord(w *record.Writer)
}

// A Fingerprinter is a message that may have a fingerprint. Fingerprint is
// called after Parse has returned true; it begins none where there is none.
type Fingerprinter interface {
	Fingerprint(b *npf.Builder)
}

// Classifiable is a message whose sender can be classified.
type Classifiable interface {
	// Context says what the message tells of its destination. It returns
	// false where the message is not to be classified.
	Context(c *Context) bool
}

// Context is what a classifier uses beside the fingerprint and the flow. The
// slices are views.
type Context struct {
	ServerName []byte // host name that the client asks for
	UserAgent  []byte // name of the client's software
	ALPN       []byte // protocol_name_list of the ALPN extension, without its length (RFC 7301, section 3.1)

	// ServerNameShown and UserAgentShown say that the members which
	// WriteRecord writes tell the same, and tell nothing where there is
	// nothing. A reader of the record finds there what package envelope looks
	// for.
	ServerNameShown, UserAgentShown bool
}

// Summarizer is a message of which fingerprint and destination contexts have
// more than the name of the protocol.
type Summarizer interface {
	// Summarize writes members into the open map: the protocol, and what there
	// is beside it. It writes nothing where there is nothing to tell.
	Summarize(w *fdc.Writer)
}

// Reformattable is a message whose fingerprint has several formats.
type Reformattable interface {
	// FingerprintIn is Fingerprint in another format than the one that the
	// options ask for, and returns the fingerprint's type. It returns None
	// where there is no such format, or the options do not ask for format 0.
	FingerprintIn(b *npf.Builder, format int) npf.Type
}

// Incomplete is a message of a stream protocol that can't say how many bytes
// it still needs before it has seen more of them.
type Incomplete interface {
	// MissingFrom parses the stream's data so far and returns how many more
	// bytes are needed, or Unknown, or 0 where it is complete.
	MissingFrom(c wire.Cursor) uint32
}

// Unknown is the number of missing bytes where only more bytes will tell.
const Unknown = reassembly.MaxReassembly

// Fragmented is a message of a datagram protocol that comes in parts with
// offsets of their own (DTLS fragments, QUIC CRYPTO frames).
type Fragmented interface {
	// Extent is the range of handshake bytes that this packet holds, and the
	// identifier that all packets of the message share (nil where there is
	// none). How many bytes the message needs beyond the range is Missing.
	Extent() (offset, length uint32, id []byte)
	// Fragments appends the parts in this packet. With first set, the part
	// that a new reassembly begins with comes first.
	Fragments(dst []reassembly.Fragment, first bool) []reassembly.Fragment
	// Reparse takes the reassembled bytes in place of the packet's own, and
	// reports what Parse reports.
	Reparse(data wire.Cursor) bool
}

// A Packet is what a message may know of the packet that carries it, and what
// it tells the engine about it.
type Packet struct {
	Key  flow.Key
	Time int64 // nanoseconds since 1970

	// Headers are those of the packet, and Bytes is the packet. They are nil
	// where there is only a payload.
	Headers *packet.Headers
	Bytes   []byte

	// Number is that of the packet among all. Origin returns where the packet
	// comes from; it is nil where nobody wants to know.
	Number uint64
	Origin func() any
	// Kept is what the packet was restored from, nil where it is the present
	// one.
	Kept *Kept

	// Missing is how many bytes a message needs beyond the end of the packet.
	// Parse sets it; the engine reassembles where it was asked to.
	Missing uint32
	// Indefinite says that Missing is a guess, and that the message is
	// Incomplete.
	Indefinite bool
	// Supplementary says that the packet holds a whole message, but may
	// belong to one that is being reassembled.
	Supplementary bool
	// Reassembled says that the message came in several packets. Only a Holder
	// sets it.
	Reassembled bool
	// Unclaimed says that the message turned out not to be of the kind that
	// was asked for.
	Unclaimed bool
}

// A Direction says who sends a packet.
type Direction uint8

// The directions; they are bits, so that a set of them can be selected.
const (
	Client    Direction = 1
	Server    Direction = 2
	Undecided Direction = Client | Server
)

// Direction guesses from the TCP ports: the lower port is the server's, and
// the sender is the client where both are the same.
func (p *Packet) Direction() Direction {
	switch {
	case p.Key.Protocol != packet.ProtocolTCP:
		return Undecided
	// Quirk Q27: ports say who is the client.
	case p.Key.DstPort <= p.Key.SrcPort:
		return Client
	}
	return Server
}
