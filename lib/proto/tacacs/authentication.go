package tacacs

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An authenticationStart begins an authentication (RFC 8907, section 5.1).
type authenticationStart struct {
	action, privilege, kind, service uint8
	user, port, remote, data         wire.Cursor
	ok                               bool
}

// typeASCII is the type of an authentication whose messages hold what a user
// types.
const typeASCII = 1

func parseStart(c wire.Cursor) authenticationStart {
	var s authenticationStart
	s.action = c.Uint8()
	s.privilege = c.Uint8()
	s.kind = c.Uint8()
	s.service = c.Uint8()
	user, port, remote, data := c.Uint8(), c.Uint8(), c.Uint8(), c.Uint8()
	s.user = c.Bytes(int(user))
	s.port = c.Bytes(int(port))
	s.remote = c.Bytes(int(remote))
	s.data = c.Bytes(int(data))
	s.ok = c.Ok()
	return s
}

func (s *authenticationStart) write(w *record.Writer) {
	w.Key("authentication_start").Object()
	writeName(w, "authen_action", actions[:], s.action)
	writeName(w, "privilege_level", privileges[:], s.privilege)
	writeName(w, "authen_type", types[:], s.kind)
	writeName(w, "authen_service", services[:], s.service)
	writeText(w, "user", s.user)
	writeText(w, "port", s.port)
	writeText(w, "rem_addr", s.remote)
	w.Key("data").Hex(s.data)
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
	writeText(w, "server_msg", message)
	w.Key("data").Hex(data)
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
	writeText(w, "user", user)
	w.Key("data").Hex(data)
	w.EndObject()
}

func writeText(w *record.Writer, key string, s wire.Cursor) {
	if s.More() {
		w.Key(key).Text(s)
	}
}

func writeName(w *record.Writer, key string, names []string, code uint8) {
	w.Key(key)
	if int(code) < len(names) && names[code] != "" {
		w.Str(names[code])
		return
	}
	w.UnknownHex(uint64(code), 2)
}

// Names of codes (RFC 8907, sections 5.1 and 5.2).
var (
	actions    = [...]string{1: "LOGIN", 2: "CHPASS", 4: "SENDAUTH"}
	privileges = [...]string{0: "MIN", 1: "USER", 15: "ROOT"}
	types      = [...]string{typeASCII: "ASCII", 2: "PAP", 3: "CHAP", 5: "MSCHAP", 6: "MSCHAPV2"}
	services   = [...]string{"NONE", "LOGIN", "ENABLE", "PPP", 5: "PT", 6: "RCMD", 7: "X25", 8: "NASI", 9: "FWPROXY"}
	statuses   = [...]string{1: "PASS", 2: "FAIL", 3: "GETDATA", 4: "GETUSER", 5: "GETPASS", 6: "RESTART", 7: "ERROR", 0x21: "FOLLOW"}
)
