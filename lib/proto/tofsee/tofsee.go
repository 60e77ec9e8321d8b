// Package tofsee reads the first message that a server of the malware Tofsee
// sends.
package tofsee

import (
	"math/bits"

	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes Tofsee.
var Protocol = &proto.Protocol{
	Name: "Tofsee",
	Doc:  "command and control of the malware Tofsee",
	Spec: "CERT Polska, \"Tofsee\" (2016)",
	Messages: []proto.Kind{{
		Name:         "initial message",
		FDC:          "tofsee_initial_message",
		Select:       []string{"tofsee"},
		Match:        []detect.Rule{{Layer: detect.TCP, Size: messageLen}},
		Fingerprints: []npf.Type{npf.Tofsee},
		New:          func(*proto.Options) proto.Message { return new(Greeting) },
	}},
	Fields: []proto.Field{proto.O("tofsee_initial_message", "the first message of a server",
		proto.F("key", proto.Hex, "key of the session"),
		proto.F("unknown_1", proto.Hex, "meaning not known"),
		proto.F("bot_ip", proto.Address, "address of the client as the server sees it"),
		proto.F("srv_time", proto.Hex, "time of the server"),
		proto.F("unknown_2", proto.Hex, "meaning not known"),
	)},
}

// messageLen is the length of every initial message in bytes.
const messageLen = 128 + 16 + 4 + 4 + 48

// A Greeting is an initial message, decrypted. Its fields are views of memory
// that the Greeting owns, valid until the next Parse.
type Greeting struct {
	plain    [messageLen]byte
	Key      wire.Cursor // key of the session, 128 bytes
	Unknown1 wire.Cursor // 16 bytes
	Address  wire.Cursor // IPv4 address of the client, 4 bytes
	Time     wire.Cursor // time of the server, 4 bytes
	Unknown2 wire.Cursor // 48 bytes
	// The writer of addresses appends a point after each byte, then drops the last.
	text [len("255.255.255.255.")]byte
}

// maxWeight is the number of bits set in unknown1 that noise has and a
// greeting does not reach.
const maxWeight = 16

// Parse implements proto.Message. Only its length tells a greeting from
// anything else, so that the content must be plausible too.
func (m *Greeting) Parse(c wire.Cursor, _ *proto.Packet) bool {
	if c.Len() != messageLen {
		return false
	}
	decrypt(m.plain[:], c)
	plain := wire.Of(m.plain[:])
	m.Key = plain.Bytes(128)
	m.Unknown1 = plain.Bytes(16)
	m.Address = plain.Bytes(4)
	m.Time = plain.Bytes(4)
	m.Unknown2 = plain.Bytes(48)
	weight := 0
	for _, b := range m.Unknown1 {
		weight += bits.OnesCount8(b)
	}
	return weight < maxWeight && !m.Address.HasPrefix("\x00\x00\x00\x00")
}

// decrypt undoes the fixed obfuscation of the greeting, which chains each
// byte to the one before.
func decrypt(dst []byte, src wire.Cursor) {
	const mask = 0xc6
	mix := byte(mask)
	for i, b := range src {
		dst[i] = mix ^ bits.RotateLeft8(b, 5)
		mix = b ^ mask
	}
}

// WriteRecord implements proto.Message.
func (m *Greeting) WriteRecord(w *record.Writer) {
	w.Key("tofsee_initial_message").Object()
	w.Key("key").Hex(m.Key)
	w.Key("unknown_1").Hex(m.Unknown1)
	w.Key("bot_ip").IP(m.Address)
	w.Key("srv_time").Hex(m.Time)
	w.Key("unknown_2").Hex(m.Unknown2)
	w.EndObject()
}

// Fingerprint implements proto.Fingerprinter. All greetings have the same.
func (m *Greeting) Fingerprint(b *npf.Builder) {
	b.Begin(npf.Tofsee, 1)
	b.Text("generic")
}

// Context implements proto.Classifiable: the address of the client stands for the
// name of its software.
func (m *Greeting) Context(c *proto.Context) bool {
	c.UserAgent = record.AppendIPv4(m.text[:0], [4]byte(m.Address))
	c.ServerNameShown, c.UserAgentShown = true, true
	return true
}
