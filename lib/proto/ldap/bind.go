package ldap

import (
	"cmp"

	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A BindRequest authenticates a client (RFC 4511, section 4.2).
type BindRequest struct {
	Version ber.TLV         // INTEGER
	Name    ber.TLV         // name to authenticate as
	Auth    ber.TLV         // with tag [0] a password, with tag [3] SASL
	SASL    SASLCredentials // where Auth is SASL

	whole bool // nothing is missing before the end of auth
}

// Choices of the authentication. The second is constructed.
const (
	tagSimple = 0x80
	tagSASL   = 0xa3
)

func (r *BindRequest) parse(c wire.Cursor) {
	r.Version = ber.ReadTag(&c, ber.Integer)
	r.Name = ber.Read(&c)
	r.Auth = ber.Read(&c)
	r.whole = c.Ok()
	if r.whole && r.Auth.Tag == tagSASL {
		r.SASL.parse(r.Auth.Value)
	}
}

func (r *BindRequest) write(w *record.Writer) {
	w.Key("bind_request").Object()
	w.Key("version").Hex(r.Version.Value)
	r.Name.WriteText(w, "ldapdn")
	w.Key("auth").Object()
	switch r.Auth.Tag {
	case tagSimple:
		r.Auth.WriteSecret(w, "simple")
	case tagSASL:
		r.SASL.write(w)
	default:
		w.Key("unknown").SecretHex(r.Auth.Value)
	}
	w.EndObject()
	w.EndObject()
}

func (r *BindRequest) exposure() proto.Exposure {
	switch {
	case !r.whole:
		return proto.NotExposed
	case r.Auth.Tag == tagSimple && r.Auth.Value.More():
		return proto.ExposedPassword
	}
	return r.SASL.exposure()
}

// SASLCredentials are what a SASL mechanism sends (RFC 4511, section 4.2).
type SASLCredentials struct {
	Mechanism   ber.TLV
	Credentials ber.TLV // OCTET STRING
	ok          bool
}

func (s *SASLCredentials) parse(c wire.Cursor) {
	s.Mechanism = ber.Read(&c)
	s.Credentials = ber.ReadTag(&c, ber.OctetString)
	s.ok = c.Ok()
}

// write writes the credentials by the name of their mechanism. There are two
// names only, and each stands for the other's mechanism.
func (s *SASLCredentials) write(w *record.Writer) {
	if !s.ok {
		return
	}
	w.Key("sasl").Object()
	// Quirk Q89: each name stands for the other mechanism.
	if string(s.Mechanism.Value) == "GSSAPI" {
		w.Key("gss_spnego").Object()
	} else {
		w.Key("gssapi").Object()
	}
	w.Key("base64").SecretBase64(s.Credentials.Value)
	w.EndObject()
	w.EndObject()
}

func (s *SASLCredentials) exposure() proto.Exposure {
	if !s.ok || !s.Credentials.Value.More() {
		return proto.NotExposed
	}
	for i := range mechanisms {
		if wire.EqualFold(s.Mechanism.Value, mechanisms[i].name) {
			return mechanisms[i].exposure
		}
	}
	return proto.NotExposed
}

// mechanisms are the mechanisms of which the credentials show something.
var mechanisms = [...]struct {
	name     string // in lower case
	exposure proto.Exposure
}{
	{"plain", proto.ExposedPassword},
	{"oauthbearer", proto.ExposedToken},
	{"xoauth2", proto.ExposedToken},
	{"cram-md5", proto.ExposedDerived},
	{"digest-md5", proto.ExposedDerived},
	{"scram-sha-1", proto.ExposedDerived},
	{"scram-sha-256", proto.ExposedDerived},
	{"scram-sha-512", proto.ExposedDerived},
}

// writeBindResponse writes a bind response, or nothing where it is cut off
// (RFC 4511, section 4.1.9).
func writeBindResponse(w *record.Writer, c wire.Cursor) {
	code := ber.Read(&c)
	matched := ber.Read(&c)
	message := ber.Read(&c)
	if c.Failed() {
		return
	}
	w.Key("bind_response").Object()
	w.Key("result_code").Str(resultName(&code))
	writeString(w, "matched_dn", &matched)
	writeString(w, "diagnostic_message", &message)
	w.EndObject()
}

// writeString writes a string, which should be an OCTET STRING, as its tag
// asks for. Bits, which have no place here, are written as octets.
func writeString(w *record.Writer, key string, s *ber.TLV) {
	if s.Tag == ber.BitString {
		s.WriteHex(w, key)
		return
	}
	// Quirk Q90: an OCTET STRING is not text here.
	s.WriteValue(w, key)
}

// resultName is the name of a result code of one byte.
func resultName(code *ber.TLV) string {
	b, ok := code.Value.Peek()
	if !ok || code.Length != 1 {
		return "UNKNOWN"
	}
	return cmp.Or(proto.Name(results[:], b), "UNKNOWN")
}

// results are the names of the result codes (RFC 4511, appendix A).
var results = [...]string{
	0:  "success",
	1:  "operationsError",
	2:  "protocolError",
	3:  "timeLimitExceeded",
	4:  "sizeLimitExceeded",
	5:  "compareFalse",
	6:  "compareTrue",
	7:  "authMethodNotSupported",
	8:  "strongerAuthRequired",
	10: "referral",
	11: "adminLimitExceeded",
	12: "unavailableCriticalExtension",
	13: "confidentialityRequired",
	14: "saslBindInProgress",
	16: "noSuchAttribute",
	17: "undefinedAttributeType",
	18: "inappropriateMatching",
	19: "constraintViolation",
	20: "attributeOrValueExists",
	21: "invalidAttributeSyntax",
	32: "noSuchObject",
	33: "aliasProblem",
	34: "invalidDNSyntax",
	36: "aliasDereferencingProblem",
	48: "inappropriateAuthentication",
	49: "invalidCredentials",
	50: "insufficientAccessRights",
	51: "busy",
	52: "unavailable",
	53: "unwillingToPerform",
	54: "loopDetect",
	64: "namingViolation",
	65: "objectClassViolation",
	66: "notAllowedOnNonLeaf",
	67: "notAllowedOnRDN",
	68: "entryAlreadyExists",
	69: "objectClassModsProhibited",
	71: "affectsMultipleDSAs",
	80: "other",
}
