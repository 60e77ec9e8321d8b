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

// A Reply is a KDC-REP (RFC 4120, section 5.4.2). Fields that are not there are
// not Ok.
type Reply struct {
	fields [7]ber.TLV // by the number of their tag
}

// Version is pvno, 5.
func (r *Reply) Version() *ber.TLV { return &r.fields[0] }

// MessageType is msg-type: 11 for an AS-REP, 13 for a TGS-REP.
func (r *Reply) MessageType() *ber.TLV { return &r.fields[1] }

// PAData is padata, preauthentication data.
func (r *Reply) PAData() *ber.TLV { return &r.fields[2] }

// Realm is crealm, the realm of the client.
func (r *Reply) Realm() *ber.TLV { return &r.fields[3] }

// Client is cname; see Names.
func (r *Reply) Client() *ber.TLV { return &r.fields[4] }

// Ticket is ticket (section 5.3).
func (r *Reply) Ticket() *ber.TLV { return &r.fields[5] }

// Encrypted is enc-part, which only the client can read.
func (r *Reply) Encrypted() *ber.TLV { return &r.fields[6] }

// parse reports whether what a reply must have is there.
func (r *Reply) parse(c wire.Cursor) bool {
	*r = Reply{}
	seq := ber.ReadTag(&c, ber.Sequence)
	readFields(seq.Value, r.fields[:])
	return present(r.Version(), r.MessageType(), r.Realm(), r.Client(), r.Ticket(), r.Encrypted())
}

// kind is the type of the message.
func (r *Reply) kind() uint64 { return ber.Uint64(r.MessageType().Value) }

func (r *Reply) write(w *record.Writer) {
	w.Key("pvno").Uint(ber.Uint64(r.Version().Value))
	writeType(w, r.kind())
	writePadata(w, "pa_data", r.PAData().Value)
	w.OptionalText("crealm", r.Realm().Value)
	writePrincipal(w, "cname", r.Client().Value)
	writeTicket(w, r.Ticket().Value)
	writeEncrypted(w, "enc_data", r.Encrypted().Value)
}
