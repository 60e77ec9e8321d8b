package krb5

import (
	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var replyFields = []proto.Field{
	proto.F("pvno", proto.Uint, "protocol version"),
	proto.F("msg_type", proto.String, "type of the message"),
	padataFields("pa_data"),
	proto.F("crealm", proto.Text, "realm of the client"),
	nameFields("cname", "name of the client"),
	ticketFields,
	encryptedFields("enc_data", "what only the client can read"),
}

// A reply is a KDC-REP (RFC 4120, section 5.4.2).
type reply struct {
	fields [7]ber.TLV // by the number of their tag
}

func (r *reply) version() *ber.TLV   { return &r.fields[0] }
func (r *reply) msgType() *ber.TLV   { return &r.fields[1] }
func (r *reply) padata() *ber.TLV    { return &r.fields[2] }
func (r *reply) realm() *ber.TLV     { return &r.fields[3] }
func (r *reply) client() *ber.TLV    { return &r.fields[4] }
func (r *reply) ticket() *ber.TLV    { return &r.fields[5] }
func (r *reply) encrypted() *ber.TLV { return &r.fields[6] }

// parse reports whether what a reply must have is there.
func (r *reply) parse(c wire.Cursor) bool {
	*r = reply{}
	seq := ber.ReadTag(&c, ber.Sequence)
	readFields(seq.Value, r.fields[:])
	return present(r.version(), r.msgType(), r.realm(), r.client(), r.ticket(), r.encrypted())
}

// kind is the type of the message.
func (r *reply) kind() uint64 { return ber.Uint64(r.msgType().Value) }

func (r *reply) write(w *record.Writer) {
	w.Key("pvno").Uint(ber.Uint64(r.version().Value))
	writeType(w, r.kind())
	writePadata(w, "pa_data", r.padata().Value)
	writeText(w, "crealm", r.realm())
	writePrincipal(w, "cname", r.client().Value)
	writeTicket(w, r.ticket().Value)
	writeEncrypted(w, "enc_data", r.encrypted().Value)
}
