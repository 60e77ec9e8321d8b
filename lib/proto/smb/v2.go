package smb

import (
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// V2 is a message of SMB version 2 or 3 (MS-SMB2, section 2.2.1). Its numbers
// are little-endian.
type V2 struct {
	features bool

	StructureSize uint16 // bytes that the header says it has
	CreditCharge  uint16
	Status        uint32 // NTSTATUS of a response
	Command       uint16 // 0 is a negotiation; see Request and Response
	Credits       uint16 // asked for by a request, granted by a response
	Flags         uint32 // bit 0 is set in responses
	NextCommand   uint32 // offset of the next header in a chain, in bytes
	MessageID     uint64
	ProcessID     uint32 // of an asynchronous command, the low half of its identifier
	TreeID        uint32 // of an asynchronous command, the high half of its identifier
	SessionID     uint64
	Signature     wire.Cursor // 16 bytes
	Body          wire.Cursor // what follows the header
}

// Bits of the flags (MS-SMB2, section 2.2.1.2).
const (
	flagResponse = 0x00000001
	flagAsync    = 0x00000002
	flagRelated  = 0x00000004
	flagSigned   = 0x00000008
	flagDFS      = 0x10000000
	flagReplay   = 0x20000000

	priorityShift = 4
	priorityMask  = 7
)

var fieldsV2 = []proto.Field{
	proto.F("structure_size", proto.Uint, "size that the header says it has, in bytes"),
	proto.F("credit_charge", proto.Uint, "credits that the request costs"),
	proto.F("status", proto.Hex, "NTSTATUS of a response, or channel sequence of a request"),
	proto.F("command", proto.String, "command"),
	proto.F("credits_granted", proto.Uint, "credits granted by a response"),
	proto.F("credits_requested", proto.Uint, "credits that a request asks for"),
	proto.F("response", proto.Bool, "a response"),
	proto.F("async_command", proto.Bool, "an asynchronous command"),
	proto.F("chained_request", proto.Bool, "a related operation in a chain"),
	proto.F("signed", proto.Bool, "the message is signed"),
	proto.F("priority", proto.Hex, "priority of the request"),
	proto.F("dfs_operation", proto.Bool, "an operation on the distributed file system"),
	proto.F("replay_operation", proto.Bool, "an operation that is tried again"),
	proto.F("next_command", proto.Hex, "offset of the next header in a chain"),
	proto.F("message_id", proto.Hex, "message identifier"),
	proto.F("process_id", proto.Hex, "process identifier; of an asynchronous command, the low half of its identifier"),
	proto.F("tree_id", proto.Hex, "tree identifier; of an asynchronous command, the high half of its identifier"),
	proto.F("session_id", proto.Hex, "session identifier"),
	proto.F("signature", proto.Hex, "signature of the message"),
	proto.O("negotiate_request", "the request that begins a connection",
		proto.F("structure_size", proto.Uint, "size that the request says it has, in bytes"),
		proto.F("dialect_count", proto.Uint, "number of dialects"),
		proto.F("security_mode", proto.Hex, "whether signing is enabled (1) or required (2)"),
		proto.F("capabilities", proto.Hex, "capabilities of the client"),
		proto.F("guid", proto.String, "identifier of the client"),
		proto.F("negotiate_context_offset", proto.Hex, "where the contexts begin"),
		proto.F("negotiate_context_count", proto.Uint, "number of contexts, as announced"),
		proto.L("dialects", proto.Hex, "dialects that the client offers"),
		contextFields),
	proto.O("negotiate_response", "the answer to it",
		proto.F("structure_size", proto.Uint, "size that the response says it has, in bytes"),
		proto.F("security_mode", proto.Hex, "whether signing is enabled (1) or required (2)"),
		proto.F("dialect", proto.String, "dialect that the server chose"),
		proto.F("negotiate_context_count", proto.Uint, "number of contexts, as announced"),
		proto.F("guid", proto.String, "identifier of the server"),
		proto.F("capabilities", proto.Hex, "capabilities of the server"),
		proto.F("max_transact_size", proto.Uint, "largest transaction, in bytes"),
		proto.F("max_read_size", proto.Uint, "largest read, in bytes"),
		proto.F("max_write_size", proto.Uint, "largest write, in bytes"),
		proto.F("system_time", proto.String, "time of the server").To(proto.FileTime),
		proto.F("server_start_time", proto.String, "when the server started").To(proto.FileTime),
		proto.F("security_buffer_offset", proto.Uint, "where the security buffer begins"),
		proto.F("security_buffer_length", proto.Uint, "length of the security buffer in bytes"),
		contextFields),
	proto.F("features", proto.String, "what a negotiation offers or chooses, as nested lists").To(proto.Lists).If("--raw-features"),
}

// Parse implements proto.Message.
func (m *V2) Parse(c wire.Cursor, _ *proto.Packet) bool {
	skipLength(&c)
	c.Accept("\xfeSMB")
	m.StructureSize = c.Uint16LE()
	m.CreditCharge = c.Uint16LE()
	m.Status = c.Uint32LE()
	m.Command = c.Uint16LE()
	m.Credits = c.Uint16LE()
	m.Flags = c.Uint32LE()
	m.NextCommand = c.Uint32LE()
	m.MessageID = c.Uint64LE()
	m.ProcessID = c.Uint32LE()
	m.TreeID = c.Uint32LE()
	m.SessionID = c.Uint64LE()
	m.Signature = c.Bytes(16)
	m.Body = c
	return c.Ok()
}

// WriteRecord implements proto.Message.
func (m *V2) WriteRecord(w *record.Writer) {
	w.Key("smb2").Object()
	m.writeHeader(w)
	if m.Command == 0 { // SMB2 NEGOTIATE
		m.writeNegotiation(w)
	}
	w.EndObject()
}

func (m *V2) writeHeader(w *record.Writer) {
	w.Key("structure_size").Uint(uint64(m.StructureSize))
	w.Key("credit_charge").Uint(uint64(m.CreditCharge))
	w.Key("status").HexUint(uint64(m.Status), 8)
	w.Key("command").NameOrCode(proto.Name(commandsV2[:], m.Command), int64(m.Command))
	if m.Flags&flagResponse != 0 {
		w.Key("credits_granted").Uint(uint64(m.Credits))
	} else {
		w.Key("credits_requested").Uint(uint64(m.Credits))
	}
	w.Key("response").Bool(m.Flags&flagResponse != 0)
	w.Key("async_command").Bool(m.Flags&flagAsync != 0)
	w.Key("chained_request").Bool(m.Flags&flagRelated != 0)
	w.Key("signed").Bool(m.Flags&flagSigned != 0)
	w.Key("priority").HexUint(uint64(m.Flags>>priorityShift&priorityMask), 2)
	w.Key("dfs_operation").Bool(m.Flags&flagDFS != 0)
	w.Key("replay_operation").Bool(m.Flags&flagReplay != 0)
	w.Key("next_command").HexUint(uint64(m.NextCommand), 8)
	w.Key("message_id").HexUint(m.MessageID, 16)
	w.Key("process_id").HexUint(uint64(m.ProcessID), 8)
	w.Key("tree_id").HexUint(uint64(m.TreeID), 8)
	w.Key("session_id").HexUint(m.SessionID, 16)
	w.Key("signature").Hex(m.Signature)
}

func (m *V2) writeNegotiation(w *record.Writer) {
	request, isRequest := m.Request()
	response, isResponse := m.Response()
	if isRequest {
		request.write(w)
	}
	if isResponse {
		response.write(w)
	}
	if !m.features {
		return
	}
	start := w.Len()
	w.Key("features")
	f := w.Features(record.MaxFeatures)
	f.Open()
	f.Open()
	f.HexUint(uint64(m.Command), 4)
	f.HexUint(uint64(m.Flags), 8)
	f.HexUint(uint64(m.NextCommand), 8)
	f.Close()
	if isRequest {
		request.writeFeatures(&f)
	}
	if isResponse {
		response.writeFeatures(&f)
	}
	f.Close()
	if !f.End() {
		w.Reset(start)
	}
}

// Request returns the request that begins a connection. ok is false where the
// message is another one, or is cut off.
func (m *V2) Request() (r NegotiateRequest, ok bool) {
	if m.Command != 0 || m.Flags&flagResponse != 0 {
		return r, false
	}
	ok = r.parse(m.Body)
	return r, ok
}

// Response returns the answer to it. ok is false where the message is another
// one, or is cut off.
func (m *V2) Response() (r NegotiateResponse, ok bool) {
	if m.Command != 0 || m.Flags&flagResponse == 0 {
		return r, false
	}
	ok = r.parse(m.Body)
	return r, ok
}

// Dialects yields the dialects that the client offers, such as 0x0311 for SMB
// 3.1.1.
func (r *NegotiateRequest) Dialects() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for c := r.dialects; c.Len() >= 2; {
			if !yield(c.Uint16LE()) {
				return
			}
		}
	}
}

// Contexts yields what the client offers beside the dialects.
func (r *NegotiateRequest) Contexts() iter.Seq[NegotiateContext] { return contexts(r.contexts) }

// Contexts yields what the server chose beside the dialect.
func (r *NegotiateResponse) Contexts() iter.Seq[NegotiateContext] { return contexts(r.contexts) }

func contexts(list wire.Cursor) iter.Seq[NegotiateContext] {
	return func(yield func(NegotiateContext) bool) {
		for c := list; c.More(); {
			if !yield(readContext(&c)) {
				return
			}
		}
	}
}
