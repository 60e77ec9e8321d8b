package http

import (
	"merctools/lib/internal/lenientbase64"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Room in which the parameter of a scheme, and a part of a token, may be
// decoded; what is longer is not.
const (
	paramRoom = 2048 + 1
	partRoom  = 1024 + 1
)

// writeAuthorization writes the Authorization field (RFC 9110, section
// 11.6.2), where it has a scheme with a parameter.
func (m *Request) writeAuthorization(w *record.Writer) {
	c := m.Authorization
	scheme := c.Word(' ')
	if !c.Accept(" ") {
		return
	}
	w.Key("authorization").Object()
	// Quirk Q57: schemes are told apart by case.
	switch string(scheme) {
	case "Basic":
		w.Key("basic").Object()
		w.Key("param").SecretText(lenientbase64.Decode(m.decoded[:paramRoom], c))
	case "Bearer":
		w.Key("bearer").Object()
		m.writeToken(w, c)
	case "Digest":
		w.Key("digest").Object()
		w.Key("param").SecretText(c)
	default:
		w.Key("unknown").Object()
		w.Key("param").SecretText(c)
	}
	w.EndObject()
	w.EndObject()
}

// writeToken writes a bearer token of three parts (RFC 7515, section 3.1);
// one of fewer is left out.
func (m *Request) writeToken(w *record.Writer, token wire.Cursor) {
	c := token
	header := c.Until('.')
	c.Accept(".")
	payload := c.Until('.')
	if !c.Accept(".") {
		return
	}
	h := lenientbase64.Decode(m.decoded[:partRoom], header)
	p := lenientbase64.Decode(m.decoded[partRoom:], payload)
	if len(h) == 0 || len(p) == 0 {
		w.Key("token").SecretText(token)
		return
	}
	w.Key("header").SecretText(h)
	w.Key("payload").SecretText(p)
	w.Key("signature").SecretText(c)
}
