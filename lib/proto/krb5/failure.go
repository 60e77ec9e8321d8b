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
	proto.F("ctime", proto.String, "time of the client"),
	proto.F("cusec", proto.Uint, "microseconds of the client's time"),
	proto.F("stime", proto.String, "time of the server"),
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

// A failure is a KRB-ERROR (RFC 4120, section 5.9.1).
type failure struct {
	fields [13]ber.TLV // by the number of their tag
}

func (e *failure) version() *ber.TLV     { return &e.fields[0] }
func (e *failure) msgType() *ber.TLV     { return &e.fields[1] }
func (e *failure) clientTime() *ber.TLV  { return &e.fields[2] }
func (e *failure) clientUsec() *ber.TLV  { return &e.fields[3] }
func (e *failure) serverTime() *ber.TLV  { return &e.fields[4] }
func (e *failure) serverUsec() *ber.TLV  { return &e.fields[5] }
func (e *failure) code() *ber.TLV        { return &e.fields[6] }
func (e *failure) clientRealm() *ber.TLV { return &e.fields[7] }
func (e *failure) client() *ber.TLV      { return &e.fields[8] }
func (e *failure) realm() *ber.TLV       { return &e.fields[9] }
func (e *failure) server() *ber.TLV      { return &e.fields[10] }
func (e *failure) text() *ber.TLV        { return &e.fields[11] }
func (e *failure) data() *ber.TLV        { return &e.fields[12] }

// parse reports whether what an error must have is there.
func (e *failure) parse(c wire.Cursor) bool {
	*e = failure{}
	seq := ber.ReadTag(&c, ber.Sequence)
	readFields(seq.Value, e.fields[:])
	return present(e.version(), e.msgType(), e.serverTime(), e.serverUsec(), e.code(), e.realm(), e.server())
}

func (e *failure) write(w *record.Writer) {
	w.Key("pvno").Uint(ber.Uint64(e.version().Value))
	writeType(w, ber.Uint64(e.msgType().Value))
	if e.clientTime().Ok() {
		e.clientTime().WriteGeneralizedTime(w, "ctime")
	}
	if e.clientUsec().Ok() {
		w.Key("cusec").Uint(ber.Uint64(e.clientUsec().Value))
	}
	e.serverTime().WriteGeneralizedTime(w, "stime")
	w.Key("susec").Uint(ber.Uint64(e.serverUsec().Value))
	w.Key("error_code")
	code := ber.Int64(e.code().Value)
	if code >= 0 && code < int64(len(errorNames)) && errorNames[code] != "" {
		w.Str(errorNames[code])
	} else {
		w.UnknownHex(uint64(code), 16)
	}
	writeText(w, "crealm", e.clientRealm())
	if e.client().Ok() {
		writePrincipal(w, "cname", e.client().Value)
	}
	writeText(w, "realm", e.realm())
	writePrincipal(w, "sname", e.server().Value)
	writeText(w, "e_text", e.text())
	e.writeData(w)
}

// writeData writes the data of an error as preauthentication data, which it
// mostly is.
func (e *failure) writeData(w *record.Writer) {
	data := e.data()
	if !data.Ok() {
		return
	}
	octets := data.Value
	if data.Tag != ber.OctetString {
		c := data.Value
		inner := ber.ReadTag(&c, ber.OctetString)
		octets = inner.Value
	}
	list := ber.ReadTag(&octets, ber.Sequence)
	if !list.Ok() || !list.Valid() {
		w.Key("e_data_hex").Hex(data.Value)
		return
	}
	writePadata(w, "e_data", list.Value)
}
