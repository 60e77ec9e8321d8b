package krb5

import (
	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var requestFields = []proto.Field{
	proto.F("pvno", proto.Uint, "protocol version"),
	proto.F("msg_type", proto.String, "type of the message"),
	padataFields("pa_data"),
	proto.O("body", "what is asked for",
		proto.L("kdc_options", proto.String, "options"),
		nameFields("cname", "name of the client"),
		proto.F("realm", proto.Text, "realm of the server, and of the client in a request for the first ticket"),
		nameFields("sname", "name of the server"),
		proto.F("from", proto.String, "time from which the ticket is to be valid"),
		proto.F("till", proto.String, "time to which the ticket is to be valid"),
		proto.F("rtime", proto.String, "time to which the ticket is to be renewable"),
		proto.F("nonce", proto.Uint, "nonce"),
		proto.L("etype", proto.String, "encryption types that the client knows"),
		proto.A("addresses", "addresses that the ticket is to be valid for",
			proto.F("type", proto.Uint, "type of the address"),
			proto.F("type_name", proto.String, "its name"),
			proto.F("address", proto.Text, "address; in hexadecimal where its type has no other form")),
		encryptedFields("enc_authorization_data", "authorization data"),
		proto.F("additional_tickets", proto.Hex, "tickets that options ask for"),
		truncated),
}

var truncated = proto.F("truncated", proto.String, "the member before is cut off")

// Types of messages (RFC 4120, section 7.5.7).
const (
	typeTGSReq = 12
	typeTGSRep = 13
)

// A request is a KDC-REQ (RFC 4120, section 5.4.1).
type request struct {
	fields [4]ber.TLV // by the number of their tag
	body   ber.TLV
}

func (r *request) version() *ber.TLV { return &r.fields[1] }
func (r *request) msgType() *ber.TLV { return &r.fields[2] }
func (r *request) padata() *ber.TLV  { return &r.fields[3] }

const tagBody = 4

// parse reports whether what a request must have is there, and nothing else
// follows.
func (r *request) parse(c wire.Cursor) bool {
	*r = request{}
	seq := ber.ReadTag(&c, ber.Sequence)
	if !seq.Ok() {
		return false
	}
	for c = seq.Value; c.More(); {
		outer := ber.Read(&c)
		switch n := outer.Number(); {
		case outer.Tag != ber.ContextConstructed(n):
		case n == tagBody:
			r.body.Parse(&outer.Value, ber.Sequence)
		case n > 0 && int(n) < len(r.fields):
			r.fields[n].Parse(&outer.Value, ber.Any)
		}
	}
	return c.Ok() && present(r.version(), r.msgType(), &r.body)
}

// kind is the type of the message.
func (r *request) kind() uint64 { return ber.Uint64(r.msgType().Value) }

func (r *request) write(w *record.Writer) {
	w.Key("pvno").Uint(ber.Uint64(r.version().Value))
	writeType(w, r.kind())
	writePadata(w, "pa_data", r.padata().Value)
	writeBody(w, r.body.Value)
}

// bodyFields are the fields of a KDC-REQ-BODY, by the number of their tag.
type bodyFields [12]ber.TLV

func (f *bodyFields) options() *ber.TLV    { return &f[0] }
func (f *bodyFields) client() *ber.TLV     { return &f[1] }
func (f *bodyFields) realm() *ber.TLV      { return &f[2] }
func (f *bodyFields) server() *ber.TLV     { return &f[3] }
func (f *bodyFields) from() *ber.TLV       { return &f[4] }
func (f *bodyFields) till() *ber.TLV       { return &f[5] }
func (f *bodyFields) renewTill() *ber.TLV  { return &f[6] }
func (f *bodyFields) nonce() *ber.TLV      { return &f[7] }
func (f *bodyFields) etypes() *ber.TLV     { return &f[8] }
func (f *bodyFields) addresses() *ber.TLV  { return &f[9] }
func (f *bodyFields) authData() *ber.TLV   { return &f[10] }
func (f *bodyFields) additional() *ber.TLV { return &f[11] }

// writeBody writes a KDC-REQ-BODY, or nothing where it is cut off or lacks
// what it must have.
func writeBody(w *record.Writer, c wire.Cursor) {
	var f bodyFields
	if !readFields(c, f[:]) || !present(f.options(), f.realm(), f.till(), f.nonce(), f.etypes()) {
		return
	}
	w.Key("body").Object()
	writeFlags(w, "kdc_options", ber.Flags32(f.options().Value), &kdcOptions)
	if f.client().Ok() {
		writePrincipal(w, "cname", f.client().Value)
	}
	writeText(w, "realm", f.realm())
	if f.server().Ok() {
		writePrincipal(w, "sname", f.server().Value)
	}
	if f.from().Ok() {
		f.from().WriteGeneralizedTime(w, "from")
	}
	f.till().WriteGeneralizedTime(w, "till")
	if f.renewTill().Ok() {
		f.renewTill().WriteGeneralizedTime(w, "rtime")
	}
	w.Key("nonce").Uint(ber.Uint64(f.nonce().Value))
	w.Key("etype").Array()
	for c := f.etypes().Value; c.More(); {
		e := ber.Read(&c)
		w.Elem()
		writeEtype(w, ber.Int64(e.Value))
	}
	w.EndArray()
	if f.addresses().Ok() {
		writeAddresses(w, "addresses", f.addresses().Value)
	}
	if f.authData().Ok() {
		writeEncrypted(w, "enc_authorization_data", f.authData().Value)
	}
	if f.additional().Ok() {
		w.Key("additional_tickets").Hex(f.additional().Value)
	}
	w.EndObject()
}

// Types of addresses (RFC 4120, section 7.5.3).
const (
	addressIPv4    = 2
	addressNetBIOS = 20
	addressIPv6    = 24
)

func addressTypeName(kind uint64) string {
	switch kind {
	case addressIPv4:
		return "ipv4"
	case 3:
		return "directional"
	case 5:
		return "chaosnet"
	case 6:
		return "xns"
	case 7:
		return "iso"
	case 12:
		return "decnet_phase_iv"
	case 16:
		return "appletalk_ddp"
	case addressNetBIOS:
		return "netbios"
	case addressIPv6:
		return "ipv6"
	}
	return ""
}

func writeAddresses(w *record.Writer, key string, c wire.Cursor) {
	w.Key(key).Array()
	for c.More() {
		seq := ber.ReadTag(&c, ber.Sequence)
		writeAddress(w, seq.Value)
	}
	w.EndArray()
}

// writeAddress writes a HostAddress (RFC 4120, section 5.2.5).
func writeAddress(w *record.Writer, c wire.Cursor) {
	var kind, address ber.TLV
	for c.More() {
		outer := ber.Read(&c)
		switch outer.Tag {
		case ber.ContextConstructed(0):
			kind.Parse(&outer.Value, ber.Integer)
		case ber.ContextConstructed(1):
			address.Parse(&outer.Value, ber.OctetString)
		}
	}
	if !present(&kind, &address) {
		return
	}
	w.Elem().Object()
	k := ber.Uint64(kind.Value)
	w.Key("type").Uint(k)
	if name := addressTypeName(k); name != "" {
		w.Key("type_name").Str(name)
	}
	a := address.Value
	switch {
	case k == addressIPv4 && a.Len() == 4, k == addressIPv6 && a.Len() == 16:
		w.Key("address").IP(a)
	case k != addressNetBIOS:
		w.Key("address").Hex(a)
	case a.More():
		w.Key("address").Text(a)
	}
	w.EndObject()
}
