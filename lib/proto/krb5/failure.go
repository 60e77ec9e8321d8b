package krb5

import (
	"merctools/lib/asn1"
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
	fields [13]asn1.TLV // by the number of their tag
}

func (e *failure) version() *asn1.TLV     { return &e.fields[0] }
func (e *failure) msgType() *asn1.TLV     { return &e.fields[1] }
func (e *failure) clientTime() *asn1.TLV  { return &e.fields[2] }
func (e *failure) clientUsec() *asn1.TLV  { return &e.fields[3] }
func (e *failure) serverTime() *asn1.TLV  { return &e.fields[4] }
func (e *failure) serverUsec() *asn1.TLV  { return &e.fields[5] }
func (e *failure) code() *asn1.TLV        { return &e.fields[6] }
func (e *failure) clientRealm() *asn1.TLV { return &e.fields[7] }
func (e *failure) client() *asn1.TLV      { return &e.fields[8] }
func (e *failure) realm() *asn1.TLV       { return &e.fields[9] }
func (e *failure) server() *asn1.TLV      { return &e.fields[10] }
func (e *failure) text() *asn1.TLV        { return &e.fields[11] }
func (e *failure) data() *asn1.TLV        { return &e.fields[12] }

// parse reports whether what an error must have is there.
func (e *failure) parse(c wire.Cursor) bool {
	*e = failure{}
	seq := asn1.ReadTag(&c, asn1.Sequence)
	readFields(seq.Value, e.fields[:])
	return present(e.version(), e.msgType(), e.serverTime(), e.serverUsec(), e.code(), e.realm(), e.server())
}

func (e *failure) write(w *record.Writer) {
	w.Key("pvno").Uint(asn1.Uint64(e.version().Value))
	writeType(w, asn1.Uint64(e.msgType().Value))
	if e.clientTime().Ok() {
		e.clientTime().WriteGeneralizedTime(w, "ctime")
	}
	if e.clientUsec().Ok() {
		w.Key("cusec").Uint(asn1.Uint64(e.clientUsec().Value))
	}
	e.serverTime().WriteGeneralizedTime(w, "stime")
	w.Key("susec").Uint(asn1.Uint64(e.serverUsec().Value))
	w.Key("error_code")
	code := asn1.Int64(e.code().Value)
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
	if data.Tag != asn1.OctetString {
		c := data.Value
		inner := asn1.ReadTag(&c, asn1.OctetString)
		octets = inner.Value
	}
	list := asn1.ReadTag(&octets, asn1.Sequence)
	if !list.Ok() || !list.Valid() {
		w.Key("e_data_hex").Hex(data.Value)
		return
	}
	writePadata(w, "e_data", list.Value)
}
