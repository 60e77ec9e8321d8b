package krb5

import (
	"testing"

	"merctools/lib/asn1"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// explicit puts a value behind the tag [n].
func explicit(n uint8, value string) string {
	return prototest.TLV(asn1.ContextConstructed(n), value)
}

func Fuzz(f *testing.F) {
	tlv := prototest.TLV
	integer := func(n byte) string { return tlv(asn1.Integer, string([]byte{n})) }
	str := func(s string) string { return tlv(0x1b, s) }
	octets := func(s string) string { return tlv(asn1.OctetString, s) }
	when := tlv(0x18, "20370913024805Z")
	principal := func(kind byte, names ...string) string {
		var list string
		for _, n := range names {
			list += str(n)
		}
		return tlv(asn1.Sequence, explicit(0, integer(kind)), explicit(1, tlv(asn1.Sequence, list)))
	}
	encrypted := tlv(asn1.Sequence, explicit(0, integer(18)), explicit(1, integer(2)), explicit(2, octets("secret")))
	ticket := tlv(0x61, tlv(asn1.Sequence, explicit(0, integer(5)), explicit(1, str("EXAMPLE.COM")),
		explicit(2, principal(2, "krbtgt", "EXAMPLE.COM")), explicit(3, encrypted)))
	padata := func(kind byte, value string) string {
		return tlv(asn1.Sequence, explicit(1, integer(kind)), explicit(2, octets(value)))
	}
	apRequest := tlv(0x6e, tlv(asn1.Sequence, explicit(0, integer(5)), explicit(1, integer(14)),
		explicit(2, tlv(asn1.BitString, "\x00\x00\x00\x00\x00")), explicit(3, ticket), explicit(4, encrypted)))
	address := tlv(asn1.Sequence,
		tlv(asn1.Sequence, explicit(0, integer(2)), explicit(1, octets("\xc0\x00\x02\x01"))),
		tlv(asn1.Sequence, explicit(0, integer(20)), explicit(1, octets("WORKSTATION     "))),
		tlv(asn1.Sequence, explicit(0, integer(5)), explicit(1, octets("\x01\x02"))))
	request := func(app, kind byte) string {
		return tlv(app, tlv(asn1.Sequence,
			explicit(1, integer(5)), explicit(2, integer(kind)),
			explicit(3, tlv(asn1.Sequence,
				padata(1, apRequest), padata(2, encrypted), padata(128, tlv(asn1.Sequence, explicit(0, tlv(1, "\xff")))),
				padata(19, tlv(asn1.Sequence, tlv(asn1.Sequence, explicit(0, integer(18)), explicit(1, str("salt"))))), padata(149, ""))),
			explicit(4, tlv(asn1.Sequence,
				explicit(0, tlv(asn1.BitString, "\x00\x40\x81\x00\x10")), explicit(1, principal(1, "user")), explicit(2, str("EXAMPLE.COM")),
				explicit(3, principal(2, "krbtgt", "EXAMPLE.COM")), explicit(4, when), explicit(5, when), explicit(6, when), explicit(7, integer(9)),
				explicit(8, tlv(asn1.Sequence, integer(18), integer(17), integer(23), integer(0xff))),
				explicit(9, address), explicit(10, encrypted), explicit(11, tlv(asn1.Sequence, ticket))))))
	}
	reply := func(app, kind byte) string {
		return tlv(app, tlv(asn1.Sequence, explicit(0, integer(5)), explicit(1, integer(kind)), explicit(2, tlv(asn1.Sequence, padata(19, ""))),
			explicit(3, str("EXAMPLE.COM")), explicit(4, principal(1, "user")), explicit(5, ticket), explicit(6, encrypted)))
	}
	failure := tlv(tagError, tlv(asn1.Sequence, explicit(0, integer(5)), explicit(1, integer(30)), explicit(2, when), explicit(3, integer(1)),
		explicit(4, when), explicit(5, integer(2)), explicit(6, integer(25)), explicit(7, str("EXAMPLE.COM")), explicit(8, principal(1, "user")),
		explicit(9, str("EXAMPLE.COM")), explicit(10, principal(2, "krbtgt", "EXAMPLE.COM")), explicit(11, str("NEEDED_PREAUTH")),
		explicit(12, octets(tlv(asn1.Sequence, padata(2, ""))))))
	seeds := [][]byte{
		[]byte(request(tagASReq, 10)), []byte(request(tagTGSReq, 12)),
		[]byte(reply(tagASRep, 11)), []byte(reply(tagTGSRep, 13)),
		[]byte(failure), []byte("\x00\x00\x00\x80" + failure), []byte(apRequest),
	}
	p := prototest.New(f, Protocol, "message", proto.Options{})
	for _, s := range seeds[:5] {
		if p.Record(s) == "none" {
			f.Errorf("%x is not read", s)
		}
	}
	prototest.Fuzz(f, Protocol, proto.Options{}, seeds...)
}
