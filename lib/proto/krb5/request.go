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
		proto.F("from", proto.String, "time from which the ticket is to be valid").To(proto.Date),
		proto.F("till", proto.String, "time to which the ticket is to be valid").To(proto.Date),
		proto.F("rtime", proto.String, "time to which the ticket is to be renewable").To(proto.Date),
		proto.F("nonce", proto.Uint, "nonce"),
		proto.L("etype", proto.String, "encryption types that the client knows"),
		proto.A("addresses", "addresses that the ticket is to be valid for",
			proto.F("type", proto.Uint, "type of the address"),
			proto.F("type_name", proto.String, "its name"),
			proto.F("address", proto.Text, "address; in hexadecimal where its type has no other form")),
		encryptedFields("enc_authorization_data", "authorization data"),
		proto.F("additional_tickets", proto.Hex, "tickets that options ask for").Hidden(),
		truncated),
}

var truncated = proto.F("truncated", proto.String, "the member before is cut off")

// Types of messages (RFC 4120, section 7.5.7).
const (
	typeTGSReq = 12
	typeTGSRep = 13
)

// A Request is a KDC-REQ (RFC 4120, section 5.4.1). Fields that are not there
// are not Ok.
type Request struct {
	fields [5]ber.TLV // by the number of their tag; the last is the body
}

// Version is pvno, 5.
func (r *Request) Version() *ber.TLV { return &r.fields[1] }

// MessageType is msg-type: 10 for an AS-REQ, 12 for a TGS-REQ.
func (r *Request) MessageType() *ber.TLV { return &r.fields[2] }

// PAData is padata, preauthentication data.
func (r *Request) PAData() *ber.TLV { return &r.fields[3] }

// body is req-body.
func (r *Request) body() *ber.TLV { return &r.fields[4] }

// parse reports whether what a request must have is there, and nothing else
// follows.
func (r *Request) parse(c wire.Cursor) bool {
	*r = Request{}
	seq := ber.ReadTag(&c, ber.Sequence)
	return readFields(seq.Value, r.fields[:], ber.Any, ber.Any, ber.Any, ber.Any, ber.Sequence) && present(r.Version(), r.MessageType(), r.body())
}

// kind is the type of the message.
func (r *Request) kind() uint64 { return ber.Uint64(r.MessageType().Value) }

func (r *Request) write(w *record.Writer) {
	w.Key("pvno").Uint(ber.Uint64(r.Version().Value))
	writeType(w, r.kind())
	writePadata(w, "pa_data", r.PAData().Value)
	writeBody(w, r.body().Value)
}

// A RequestBody is the fields of a KDC-REQ-BODY (RFC 4120, section 5.4.1), by
// the number of their tag. Those that are not there are not Ok.
type RequestBody [12]ber.TLV

// Options is kdc-options, a BIT STRING.
func (f *RequestBody) Options() *ber.TLV { return &f[0] }

// Client is cname; see Names.
func (f *RequestBody) Client() *ber.TLV { return &f[1] }

// Realm is realm: that of the server, and of the client in an AS-REQ.
func (f *RequestBody) Realm() *ber.TLV { return &f[2] }

// Server is sname; see Names.
func (f *RequestBody) Server() *ber.TLV { return &f[3] }

// From is from, the time from which the ticket is to be valid.
func (f *RequestBody) From() *ber.TLV { return &f[4] }

// Till is till, the time to which the ticket is to be valid.
func (f *RequestBody) Till() *ber.TLV { return &f[5] }

// RenewTill is rtime, the time to which the ticket is to be renewable.
func (f *RequestBody) RenewTill() *ber.TLV { return &f[6] }

// Nonce is nonce.
func (f *RequestBody) Nonce() *ber.TLV { return &f[7] }

// EncryptionTypes is etype, the list of those that the client knows; see Numbers.
func (f *RequestBody) EncryptionTypes() *ber.TLV { return &f[8] }

// Addresses is addresses.
func (f *RequestBody) Addresses() *ber.TLV { return &f[9] }

// AuthorizationData is enc-authorization-data.
func (f *RequestBody) AuthorizationData() *ber.TLV { return &f[10] }

// AdditionalTickets is additional-tickets.
func (f *RequestBody) AdditionalTickets() *ber.TLV { return &f[11] }

// Body returns what is asked for. ok is false where it is cut off or lacks
// what it must have.
func (r *Request) Body() (f RequestBody, ok bool) {
	ok = f.parse(r.body().Value)
	return f, ok
}

func (f *RequestBody) parse(c wire.Cursor) bool {
	return readFields(c, f[:]) && present(f.Options(), f.Realm(), f.Till(), f.Nonce(), f.EncryptionTypes())
}

// writeBody writes a KDC-REQ-BODY, or nothing where it is cut off or lacks
// what it must have.
func writeBody(w *record.Writer, c wire.Cursor) {
	var f RequestBody
	if !f.parse(c) {
		return
	}
	w.Key("body").Object()
	writeFlags(w, "kdc_options", ber.Flags32(f.Options().Value), &kdcOptions)
	if f.Client().Ok() {
		writePrincipal(w, "cname", f.Client().Value)
	}
	w.OptionalText("realm", f.Realm().Value)
	if f.Server().Ok() {
		writePrincipal(w, "sname", f.Server().Value)
	}
	if f.From().Ok() {
		f.From().WriteGeneralizedTime(w, "from")
	}
	f.Till().WriteGeneralizedTime(w, "till")
	if f.RenewTill().Ok() {
		f.RenewTill().WriteGeneralizedTime(w, "rtime")
	}
	w.Key("nonce").Uint(ber.Uint64(f.Nonce().Value))
	w.Key("etype").Array()
	for c := f.EncryptionTypes().Value; c.More(); {
		e := ber.Read(&c)
		w.Elem()
		writeEtype(w, ber.Int64(e.Value))
	}
	w.EndArray()
	if f.Addresses().Ok() {
		writeAddresses(w, f.Addresses().Value)
	}
	if f.AuthorizationData().Ok() {
		writeEncrypted(w, "enc_authorization_data", f.AuthorizationData().Value)
	}
	if f.AdditionalTickets().Ok() {
		w.Key("additional_tickets").SecretHex(f.AdditionalTickets().Value)
	}
	w.EndObject()
}

// Types of addresses (RFC 4120, section 7.5.3).
const (
	addressIPv4    = 2
	addressNetBIOS = 20
	addressIPv6    = 24
)

func writeAddresses(w *record.Writer, c wire.Cursor) {
	w.Key("addresses").Array()
	for c.More() {
		seq := ber.ReadTag(&c, ber.Sequence)
		writeAddress(w, seq.Value)
	}
	w.EndArray()
}

// writeAddress writes a HostAddress (RFC 4120, section 5.2.5).
func writeAddress(w *record.Writer, c wire.Cursor) {
	var f [2]ber.TLV
	readFields(c, f[:], ber.Integer, ber.OctetString)
	kind, address := &f[0], &f[1]
	if !present(kind, address) {
		return
	}
	w.Elem().Object()
	k := ber.Uint64(kind.Value)
	w.Key("type").Uint(k)
	if name := proto.Name(addressTypes[:], k); name != "" {
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
