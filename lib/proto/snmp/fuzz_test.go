package snmp

import (
	"testing"

	"merctools/lib/asn1"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func Fuzz(f *testing.F) {
	tlv := prototest.TLV
	integer := func(n ...byte) string { return tlv(asn1.Integer, string(n)) }
	octets := func(s string) string { return tlv(asn1.OctetString, s) }
	const sysDescr = "\x2b\x06\x01\x02\x01\x01\x01\x00"
	var variables string
	for _, value := range []string{
		tlv(0x05), integer(0xff, 0xfe), octets("Linux"), octets("\x00\xff"), tlv(0x06, sysDescr), tlv(0x40, "\xc0\x00\x02\x01"),
		tlv(0x41, "\x01"), tlv(0x42, "\xff\xff\xff\xff"), tlv(0x43, "\x10\x00"), tlv(0x44, "x"), tlv(0x46, "\x01\x02\x03\x04\x05\x06\x07\x08"),
		tlv(0x80), tlv(0x81), tlv(0x82),
	} {
		variables += tlv(asn1.Sequence, tlv(0x06, sysDescr), value)
	}
	bindings := tlv(asn1.Sequence, variables)
	pdu := func(kind byte) string { return tlv(0xa0|kind, integer(0x12, 0x34), integer(1), integer(2), bindings) }
	trap := tlv(0xa4, tlv(0x06, sysDescr), tlv(0x40, "\xc0\x00\x02\x01"), integer(6), integer(1), tlv(0x43, "\x01"), bindings)
	community := func(version byte, pdu string) []byte {
		return []byte(tlv(asn1.Sequence, integer(version), octets("public"), pdu))
	}
	usm := func(engine string) string {
		return octets(tlv(asn1.Sequence, octets(engine), integer(1), integer(2), octets("user"), octets("abcdefghijkl"), octets("saltsalt")))
	}
	user := func(flags, engine, body string) []byte {
		return []byte(tlv(asn1.Sequence, integer(3),
			tlv(asn1.Sequence, integer(1), integer(0x05, 0xc0), octets(flags), integer(3)), usm(engine), body))
	}
	scoped := tlv(asn1.Sequence, octets("\x80\x00\x00\x09\x03\x02\x00\x00\x00\x00\x01"), octets(""), pdu(8))
	prototest.Fuzz(f, Protocol, proto.Options{},
		community(0, pdu(0)), community(1, pdu(5)), community(1, pdu(7)), community(0, trap), community(2, pdu(0)),
		user("\x04", "\x80\x00\x00\x09\x03\x02\x00\x00\x00\x00\x01", scoped),
		user("\x05", "\x80\x00\x00\x09\x04name", scoped),
		user("\x07", "\x80\x00\x00\x09\x01\xc0\x00\x02\x01", octets("encrypted")),
		user("\x00", "\x00\x00\x00\x09abcdefgh", scoped),
	)
}
