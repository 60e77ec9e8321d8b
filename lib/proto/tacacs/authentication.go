package tacacs

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An AuthenticationStart begins an authentication (RFC 8907, section 5.1).
type AuthenticationStart struct {
	Action        uint8 // 1 is a login
	Privilege     uint8 // privilege level, at most 15
	Type          uint8 // 1 is ASCII, 2 PAP
	Service       uint8
	User          wire.Cursor
	Port          wire.Cursor // port of the client that it happens on
	RemoteAddress wire.Cursor // where the user comes from, as text
	Data          wire.Cursor // what Type says; with PAP the password
	ok            bool
}

// typeASCII is the type of an authentication whose messages hold what a user
// types.
const typeASCII = 1

func parseStart(c wire.Cursor) AuthenticationStart {
	var s AuthenticationStart
	s.Action = c.Uint8()
	s.Privilege = c.Uint8()
	s.Type = c.Uint8()
	s.Service = c.Uint8()
	user, port, remote, data := c.Uint8(), c.Uint8(), c.Uint8(), c.Uint8()
	s.User = c.Bytes(int(user))
	s.Port = c.Bytes(int(port))
	s.RemoteAddress = c.Bytes(int(remote))
	s.Data = c.Bytes(int(data))
	s.ok = c.Ok()
	return s
}

func (s *AuthenticationStart) write(w *record.Writer) {
	w.Key("authentication_start").Object()
	writeName(w, "authen_action", actions[:], s.Action)
	writeName(w, "privilege_level", privileges[:], s.Privilege)
	writeName(w, "authen_type", types[:], s.Type)
	writeName(w, "authen_service", services[:], s.Service)
	w.OptionalText("user", s.User)
	w.OptionalText("port", s.Port)
	w.OptionalText("rem_addr", s.RemoteAddress)
	w.Key("data").SecretHex(s.Data)
	w.EndObject()
}

// Bits of the flags of later messages (RFC 8907, sections 5.2 and 5.3).
const (
	flagNoEcho = 0x01
	flagAbort  = 0x01
)

// writeReply follows RFC 8907, section 5.2.
func writeReply(w *record.Writer, c wire.Cursor) {
	status := c.Uint8()
	flags := c.Uint8()
	messageLen, dataLen := c.Uint16(), c.Uint16()
	message := c.Bytes(int(messageLen))
	data := c.Bytes(int(dataLen))
	if c.Failed() {
		return
	}
	w.Key("authentication_reply").Object()
	writeName(w, "authen_status", statuses[:], status)
	w.Key("flags").Array()
	if flags&flagNoEcho != 0 {
		w.Elem().Str("noecho")
	}
	writeUnknownFlags(w, flags&^flagNoEcho)
	w.EndArray()
	w.OptionalText("server_msg", message)
	w.Key("data").SecretHex(data)
	w.EndObject()
}

// writeContinue follows RFC 8907, section 5.3.
func writeContinue(w *record.Writer, c wire.Cursor) {
	userLen, dataLen := c.Uint16(), c.Uint16()
	flags := c.Uint8()
	user := c.Bytes(int(userLen))
	data := c.Bytes(int(dataLen))
	if c.Failed() {
		return
	}
	w.Key("authentication_continue").Object()
	w.Key("flags").Array()
	if flags&flagAbort != 0 {
		w.Elem().Str("abort")
	}
	writeUnknownFlags(w, flags&^flagAbort)
	w.EndArray()
	if user.More() {
		w.Key("user").SecretText(user) // the password, after GETPASS
	}
	w.Key("data").SecretHex(data)
	w.EndObject()
}

func writeName(w *record.Writer, key string, names []string, code uint8) {
	w.Key(key).NameOrHex(proto.Name(names, code), uint64(code), 2)
}

// Names of codes (RFC 8907, sections 5.1 and 5.2).
var (
	actions    = [...]string{1: "LOGIN", 2: "CHPASS", 4: "SENDAUTH"}
	privileges = [...]string{0: "MIN", 1: "USER", 15: "ROOT"}
	types      = [...]string{typeASCII: "ASCII", 2: "PAP", 3: "CHAP", 5: "MSCHAP", 6: "MSCHAPV2"}
	services   = [...]string{"NONE", "LOGIN", "ENABLE", "PPP", 5: "PT", 6: "RCMD", 7: "X25", 8: "NASI", 9: "FWPROXY"}
	statuses   = [...]string{1: "PASS", 2: "FAIL", 3: "GETDATA", 4: "GETUSER", 5: "GETPASS", 6: "RESTART", 7: "ERROR", 0x21: "FOLLOW"}
)

// AuthenticationStart reads the body of the packet that begins an
// authentication. ok is false where the packet is another one, is obfuscated
// or cut off.
func (m *Packet) AuthenticationStart() (s AuthenticationStart, ok bool) {
	if m.Type != authentication || m.Sequence != 1 || m.Flags&flagUnencrypted == 0 {
		return s, false
	}
	s = parseStart(m.Body)
	return s, s.ok
}
