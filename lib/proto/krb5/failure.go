package krb5

import (
	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var errorFields = []proto.Field{
	proto.F("pvno", proto.Uint, "protocol version"),
	proto.F("msg_type", proto.String, "type of the message"),
	proto.F("ctime", proto.String, "time of the client").To(proto.Date),
	proto.F("cusec", proto.Uint, "microseconds of the client's time"),
	proto.F("stime", proto.String, "time of the server").To(proto.Date),
	proto.F("susec", proto.Uint, "microseconds of the server's time"),
	proto.F("error_code", proto.String, "error"),
	proto.F("crealm", proto.Text, "realm of the client"),
	nameFields("cname", "name of the client"),
	proto.F("realm", proto.Text, "realm of the server"),
	nameFields("sname", "name of the server"),
	proto.F("e_text", proto.Text, "text"),
	padataFields("e_data"),
	proto.F("e_data_hex", proto.Hex, "data of another form"),
	truncated,
}

// A Failure is a KRB-ERROR (RFC 4120, section 5.9.1). Fields that are not there
// are not Ok.
type Failure struct {
	fields [13]ber.TLV // by the number of their tag
}

// Version is pvno, 5.
func (e *Failure) Version() *ber.TLV { return &e.fields[0] }

// MessageType is msg-type, 30.
func (e *Failure) MessageType() *ber.TLV { return &e.fields[1] }

// ClientTime is ctime, the client's time.
func (e *Failure) ClientTime() *ber.TLV { return &e.fields[2] }

// ClientMicroseconds is cusec.
func (e *Failure) ClientMicroseconds() *ber.TLV { return &e.fields[3] }

// ServerTime is stime, the server's time.
func (e *Failure) ServerTime() *ber.TLV { return &e.fields[4] }

// ServerMicroseconds is susec.
func (e *Failure) ServerMicroseconds() *ber.TLV { return &e.fields[5] }

// Code is error-code (RFC 4120, section 7.5.9).
func (e *Failure) Code() *ber.TLV { return &e.fields[6] }

// ClientRealm is crealm.
func (e *Failure) ClientRealm() *ber.TLV { return &e.fields[7] }

// Client is cname; see Names.
func (e *Failure) Client() *ber.TLV { return &e.fields[8] }

// Realm is realm, that of the server.
func (e *Failure) Realm() *ber.TLV { return &e.fields[9] }

// Server is sname; see Names.
func (e *Failure) Server() *ber.TLV { return &e.fields[10] }

// Text is e-text.
func (e *Failure) Text() *ber.TLV { return &e.fields[11] }

// Data is e-data, mostly preauthentication data.
func (e *Failure) Data() *ber.TLV { return &e.fields[12] }

// parse reports whether what an error must have is there.
func (e *Failure) parse(c wire.Cursor) bool {
	*e = Failure{}
	seq := ber.ReadTag(&c, ber.Sequence)
	readFields(seq.Value, e.fields[:])
	return present(e.Version(), e.MessageType(), e.ServerTime(), e.ServerMicroseconds(), e.Code(), e.Realm(), e.Server())
}

func (e *Failure) write(w *record.Writer) {
	w.Key("pvno").Uint(ber.Uint64(e.Version().Value))
	writeType(w, ber.Uint64(e.MessageType().Value))
	if e.ClientTime().Ok() {
		e.ClientTime().WriteGeneralizedTime(w, "ctime")
	}
	if e.ClientMicroseconds().Ok() {
		w.Key("cusec").Uint(ber.Uint64(e.ClientMicroseconds().Value))
	}
	e.ServerTime().WriteGeneralizedTime(w, "stime")
	w.Key("susec").Uint(ber.Uint64(e.ServerMicroseconds().Value))
	code := uint64(ber.Int64(e.Code().Value))
	w.Key("error_code").NameOrHex(proto.Name(errorNames[:], code), code, 16)
	w.OptionalText("crealm", e.ClientRealm().Value)
	if e.Client().Ok() {
		writePrincipal(w, "cname", e.Client().Value)
	}
	w.OptionalText("realm", e.Realm().Value)
	writePrincipal(w, "sname", e.Server().Value)
	w.OptionalText("e_text", e.Text().Value)
	e.writeData(w)
}

// writeData writes the data of an error as preauthentication data, which it
// mostly is.
func (e *Failure) writeData(w *record.Writer) {
	data := e.Data()
	if !data.Ok() {
		return
	}
	octets := data.Value
	if data.Tag != ber.OctetString {
		inner := ber.ReadTag(&octets, ber.OctetString)
		octets = inner.Value
	}
	list := ber.ReadTag(&octets, ber.Sequence)
	if !list.Ok() || !list.Valid() {
		w.Key("e_data_hex").Hex(data.Value)
		return
	}
	writePadata(w, "e_data", list.Value)
}
