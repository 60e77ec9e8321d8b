package ldap

import (
	"testing"

	"merctools/lib/asn1"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	tlv := prototest.TLV
	id := tlv(asn1.Integer, "\x01")
	bind := func(auth string) []byte {
		return []byte(tlv(asn1.Sequence, id, tlv(tagBindRequest, tlv(asn1.Integer, "\x03"), tlv(asn1.OctetString, "cn=admin,dc=example"), auth)))
	}
	sasl := func(mechanism, credentials string) []byte {
		return bind(tlv(tagSASL, tlv(asn1.OctetString, mechanism), tlv(asn1.OctetString, credentials)))
	}
	prototest.Fuzz(f, Protocol, proto.Options{},
		bind(tlv(tagSimple, "secret")),
		sasl("GSSAPI", "`\x10"),
		sasl("GSS-SPNEGO", "`\x10"),
		sasl("PLAIN", "\x00user\x00secret"),
		bind(tlv(0x8a, "")),
		[]byte(tlv(asn1.Sequence, id, tlv(tagBindResponse, tlv(asn1.Enumerated, "\x31"), tlv(asn1.OctetString, "dc=example"), tlv(asn1.OctetString, "80090308"), tlv(0x87, "x")))),
		[]byte(tlv(asn1.Sequence, id, tlv(0x42))),
		[]byte("\x30\x84\x00\x00\x00\x03\x02\x01\x01"),
	)
}
