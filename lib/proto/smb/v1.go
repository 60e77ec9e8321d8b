package smb

import (
	"cmp"
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// V1 is a message of SMB version 1 (MS-CIFS, section 2.2.3.1). Its numbers
// are little-endian.
type V1 struct {
	Command       uint8  // 0x72 is a negotiation
	Status        uint32 // error code of a response
	Flags         uint8  // 0x80 is set in responses
	Flags2        uint16
	ProcessIDHigh uint16
	ProcessIDLow  uint16
	Signature     uint64
	TreeID        uint16
	UserID        uint16
	MultiplexID   uint16
	Body          wire.Cursor // parameters and data; see Dialects
}

// commandNegotiate is SMB_COM_NEGOTIATE.
const commandNegotiate = 0x72

// flagReply is the bit of flags that is set in responses.
const flagReply = 0x80

// flagsV1 are the bits of Flags, flags2V1 those of Flags2 (MS-CIFS, section
// 2.2.3.1; MS-SMB, section 2.2.3.1).
var (
	flagsV1 = [...]flag{
		{flagReply, "response", "a response"},
		{0x40, "batch_oplock", "a batch oplock is asked for or granted"},
		{0x20, "oplock", "an oplock is asked for or granted"},
		{0x10, "canonicalized_path", "paths are in canonical form"},
		{0x08, "case_insensitive", "paths are without regard to case"},
		{0x02, "receive_buffer_available", "the client has posted a receive buffer"},
		{0x01, "lock_and_read", "lock-and-read and write-and-unlock are supported"},
	}
	flags2V1 = [...]flag{
		{0x8000, "unicode_string", "strings are UTF-16"},
		{0x4000, "NT_error_codes", "status is an NTSTATUS"},
		{0x2000, "read_if_execute", "reading is allowed where executing is"},
		{0x1000, "DFS", "paths are in the distributed file system"},
		{0x0800, "extended_security", "extended security is supported"},
		{0x0400, "reparse_path", "paths may be of a previous version"},
		{0x0040, "long_name", "paths contain long names"},
		{0x0010, "security_signatures_required", "the message must be signed"},
		{0x0008, "compressed", "compressed data"},
		{0x0004, "security_signatures_allowed", "signatures are supported"},
		{0x0002, "extended_attributes", "extended attributes are supported"},
		{0x0001, "long_names_allowed", "long names are supported"},
	}
)

func fieldsV1() []proto.Field {
	f := []proto.Field{
		proto.F("command", proto.String, "command"),
		proto.F("status", proto.Hex, "error code of a response"),
	}
	for _, bit := range flagsV1 {
		f = append(f, proto.F(bit.name, proto.Bool, bit.doc))
	}
	for _, bit := range flags2V1 {
		f = append(f, proto.F(bit.name, proto.Bool, bit.doc))
	}
	return append(f,
		proto.F("process_id_high", proto.Uint, "high 16 bits of the process identifier"),
		proto.F("signature", proto.Hex, "signature of the message"),
		proto.F("tree_id", proto.Uint, "tree identifier"),
		proto.F("process_id_low", proto.Uint, "low 16 bits of the process identifier"),
		proto.F("user_id", proto.Uint, "user identifier"),
		proto.F("multiplex_id", proto.Uint, "multiplex identifier"),
		proto.O("negotiate_request", "the request that begins a connection",
			proto.L("dialects", proto.Text, "dialects that the client offers")),
	)
}

// Parse implements proto.Message.
func (m *V1) Parse(c wire.Cursor, _ *proto.Packet) bool {
	skipLength(&c)
	c.Accept("\xffSMB")
	m.Command = c.Uint8()
	m.Status = c.Uint32LE()
	m.Flags = c.Uint8()
	m.Flags2 = c.Uint16LE()
	m.ProcessIDHigh = c.Uint16LE()
	m.Signature = c.Uint64LE()
	c.SkipUpTo(2)
	m.TreeID = c.Uint16LE()
	m.ProcessIDLow = c.Uint16LE()
	m.UserID = c.Uint16LE()
	m.MultiplexID = c.Uint16LE()
	m.Body = c
	return c.Ok()
}

// WriteRecord implements proto.Message.
func (m *V1) WriteRecord(w *record.Writer) {
	w.Key("smb1").Object()
	w.Key("command").Str(cmp.Or(commandsV1[m.Command], "unknown"))
	w.Key("status").HexUint(uint64(m.Status), 8)
	for i := range flagsV1 {
		w.Key(flagsV1[i].name).Bool(uint32(m.Flags)&flagsV1[i].mask != 0)
	}
	for i := range flags2V1 {
		w.Key(flags2V1[i].name).Bool(uint32(m.Flags2)&flags2V1[i].mask != 0)
	}
	w.Key("process_id_high").Uint(uint64(m.ProcessIDHigh))
	w.Key("signature").HexUint(m.Signature, 16)
	w.Key("tree_id").Uint(uint64(m.TreeID))
	w.Key("process_id_low").Uint(uint64(m.ProcessIDLow))
	w.Key("user_id").Uint(uint64(m.UserID))
	w.Key("multiplex_id").Uint(uint64(m.MultiplexID))
	if m.Command == commandNegotiate && m.Flags&flagReply == 0 {
		m.writeNegotiateRequest(w)
	}
	w.EndObject()
}

// writeNegotiateRequest follows MS-CIFS, section 2.2.4.52.1.
func (m *V1) writeNegotiateRequest(w *record.Writer) {
	c := m.Body
	c.Skip(1) // WordCount
	c.Skip(2) // ByteCount
	if c.Failed() {
		return
	}
	w.Key("negotiate_request").Object()
	w.Key("dialects").Array()
	// What isn't terminated is written again from each place where a name may
	// begin: without a bound, that grows with the square of its length.
	for start := w.Len(); c.More() && c.Accept("\x02") && c.More() && !w.Full(start); {
		rest := c
		if name := c.Until(0); name.More() {
			w.Elem().Text(name)
		}
		if !c.More() { // no terminator: another name may begin inside this one
			c = rest
		}
		c.SkipUpTo(1)
	}
	w.EndArray()
	w.EndObject()
}

// Dialects yields the names of the dialects that a negotiation offers (MS-CIFS,
// section 2.2.4.52.1); there are none in other messages.
func (m *V1) Dialects() iter.Seq[wire.Cursor] {
	return func(yield func(wire.Cursor) bool) {
		c := m.Body
		c.Skip(1 + 2) // WordCount, ByteCount
		for m.Command == commandNegotiate && m.Flags&flagReply == 0 && c.More() && c.Accept("\x02") {
			if name := c.Until(0); !name.More() || !yield(name) {
				return
			}
			c.SkipUpTo(1)
		}
	}
}
