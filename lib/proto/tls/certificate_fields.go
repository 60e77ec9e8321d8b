package tls

import "merctools/lib/proto"

// certificateFields are the members of a certificate (RFC 5280, section 4.1).
// Wherever contents go beyond the end of what was captured, the member
// truncated stands behind the one that is cut off, and names it.
var certificateFields = []proto.Field{
	proto.F("version", proto.Hex, "version, one less than its number").To(proto.HexNumber),
	cutOff,
	proto.F("serial_number", proto.Hex, "serial number"),
	proto.O("signature_identifier", "algorithm of the signature, as in the signed part", algorithmFields...),
	proto.A("issuer", "attributes of the issuer's name, in their order", attributeFields...).To(proto.Merged),
	validityFields("validity", "the period in which it is valid"),
	proto.A("subject", "attributes of the subject's name, in their order", attributeFields...).To(proto.Merged),
	proto.O("subject_public_key_info", "the subject's key",
		proto.O("algorithm_identifier", "algorithm of the key", algorithmFields...),
		proto.O("subject_public_key", "the key",
			proto.F("modulus", proto.Hex, "RSA: modulus"),
			proto.F("exponent", proto.Hex, "RSA: exponent"),
			proto.F("bits_in_modulus", proto.Uint, "RSA: bits in the modulus"),
			proto.F("bits_in_exponent", proto.Uint, "RSA: bits in the exponent"),
			proto.F("x", proto.Hex, "elliptic curves: coordinate x"),
			proto.F("y", proto.Hex, "elliptic curves: coordinate y, or 00 and 01 for the even and the odd one of a compressed point"),
			proto.F("key", proto.Hex, "other algorithms: the contents of the bit string"),
			proto.F("bits_in_key", proto.Uint, "elliptic curves: bits in a coordinate; other algorithms: bits in the key"),
			cutOff)),
	proto.A("extensions", "extensions (RFC 5280, section 4.2), in their order", extensionFields...).To(proto.Merged),
	proto.O("signature_algorithm", "algorithm of the signature", algorithmFields...),
	proto.F("signature", proto.Hex, "signature"),
	proto.O("signature", "ECDSA signature",
		proto.F("r", proto.Hex, "first number"),
		proto.F("s", proto.Hex, "second number"),
		cutOff),
	proto.F("bits_in_signature", proto.Uint, "bits in the signature, or in the larger of its numbers"),
	proto.L("violations", proto.String, "what is wrong with it: invalid (it has no end), self_issued, weak_subject_key, weak_signature, nonconformant (the two algorithms differ)"),
}

var cutOff = proto.F("truncated", proto.String, "name of the member before, which is cut off").In(proto.Many)

var algorithmFields = []proto.Field{
	proto.F("algorithm", proto.String, "name of the algorithm, or its object identifier"),
	proto.F("parameters", proto.String, "name or object identifier of a curve, or other parameters in hexadecimal"),
	proto.O("dsa_parameters", "DSA: domain parameters",
		proto.F("p", proto.Hex, "prime"), proto.F("q", proto.Hex, "order"), proto.F("g", proto.Hex, "generator")),
	cutOff,
}

// attributeFields are the members of an attribute in a name.
var attributeFields = []proto.Field{
	proto.F("*", proto.Text, "value of an attribute whose type has a name, such as common_name").In(proto.Many),
	proto.F("attribute_type", proto.String, "object identifier of another attribute").In(proto.Naming),
	proto.F("attribute_value", proto.Hex, "its value").In(proto.Named),
	cutOff,
}

// generalNameFields are the members of a GeneralName (RFC 5280, section
// 4.2.1.6).
var generalNameFields = []proto.Field{
	proto.F("rfc822_name", proto.Text, "mail address").In(proto.Many),
	proto.F("dns_name", proto.Text, "domain name").In(proto.Many),
	proto.F("uri", proto.Text, "URI").In(proto.Many),
	proto.F("ip_address", proto.Address, "IP address, or malformed").In(proto.Many),
	proto.A("directory_name", "attributes of a name", attributeFields...).To(proto.Merged).In(proto.Many),
	proto.O("other_name", "a name of another form",
		proto.F("type_id", proto.String, "name of the form, or its object identifier"),
		proto.F("value", proto.Text, "the name in DER"),
		cutOff).In(proto.Many),
	proto.F("explicit_tag", proto.Uint, "identifier octet of anything else").In(proto.Other),
	proto.F("value", proto.Hex, "its contents").In(proto.With),
	cutOff,
}

func validityFields(name, doc string) proto.Field {
	times := []proto.Field{cutOff}
	for _, end := range []struct{ name, doc string }{{"not_before", "begin"}, {"not_after", "end"}} {
		times = append(times,
			proto.F(end.name, proto.String, end.doc+", such as 2026-01-31 23:59:59Z, or malformed; what is no time is written as its type asks for").To(proto.Date).Saying(end.doc),
			proto.L(end.name, proto.Uint, "bits of a bit string in place of a time").To(proto.Date).Saying(end.doc))
	}
	return proto.A(name, doc, times...).To(proto.Joined)
}

var extensionFields = []proto.Field{
	proto.F("critical", proto.Bool, "whether it must be understood").In(proto.Mark),
	proto.O("authority_key_identifier", "the issuer's key (RFC 5280, section 4.2.1.1)",
		proto.F("key_identifier", proto.Hex, "identifier of the key"),
		proto.A("cert_issuer", "issuer of its certificate", attributeFields...).To(proto.Merged),
		proto.F("cert_serial_number", proto.Hex, "serial number of its certificate"),
		cutOff),
	proto.F("subject_key_identifier", proto.Hex, "identifier of the subject's key (RFC 5280, section 4.2.1.2)"),
	proto.L("key_usage", proto.String, "what the key may be used for (RFC 5280, section 4.2.1.3)"),
	proto.A("certificate_policies", "policies (RFC 5280, section 4.2.1.4)",
		proto.A("policy_information", "a policy, as the only element",
			proto.F("policy_identifier", proto.String, "name or object identifier of the policy"),
			proto.O("policy_qualifier_info", "its first qualifier",
				proto.F("qualifier_id", proto.String, "kind of qualifier"),
				proto.F("qualifier", proto.Text, "qualifier"),
				cutOff),
			cutOff)).To(proto.Unwrapped),
	proto.A("subject_alt_name", "further names of the subject (RFC 5280, section 4.2.1.6)", generalNameFields...).To(proto.Merged),
	proto.A("issuer_alt_name", "further names of the issuer (RFC 5280, section 4.2.1.7)", generalNameFields...).To(proto.Merged),
	proto.O("basic_constraints", "what the certificate may sign (RFC 5280, section 4.2.1.9)",
		proto.F("ca", proto.Bool, "whether the subject is an authority"),
		proto.F("path_len_constraint", proto.Uint, "always 0")),
	proto.O("name_constraints", "the names that it may sign for (RFC 5280, section 4.2.1.10)",
		proto.O("permitted_subtree", "the first permitted subtree",
			append(generalNameFields[:len(generalNameFields):len(generalNameFields)],
				proto.F("minimim", proto.Uint, "always 0: the upper bound of the subtree, where it is not given").Renamed("minimum"))...)),
	proto.L("ext_key_usage", proto.String, "further purposes of the key (RFC 5280, section 4.2.1.12)"),
	proto.A("crl_distribution_points", "where revocations are listed (RFC 5280, section 4.2.1.13)",
		proto.A("crl_distribution_point", "a place",
			proto.O("distribution_point_name", "name of the place",
				proto.O("full_name", "the first of its names", generalNameFields...),
				proto.O("name_relative_to_crl_issuer", "what follows the issuer's name", attributeFields...)).To(proto.Spread))).To(proto.Unwrapped),
	proto.A("authority_info_access", "how to learn about the issuer (RFC 5280, section 4.2.2.1)",
		proto.F("access_method", proto.String, "what there is to be learned"),
		proto.O("access_location", "where", generalNameFields...),
		cutOff),
	validityFields("private_key_usage_period", "the period in which the key is used for signing"),
	proto.F("signed_certificate_timestamp_list", proto.Hex, "signed certificate timestamps (RFC 6962, section 3.3)"),
	proto.F("netscape_certificate_comment", proto.Text, "comment"),
	proto.F("netscape_cert_type", proto.Hex, "what the certificate may be used for, as bits"),
	proto.O("unsupported", "any other extension",
		proto.F("oid", proto.String, "name of the extension, or its object identifier"),
		proto.F("value", proto.Hex, "contents of its value"),
		cutOff).To(proto.Spread).In(proto.Apart),
	cutOff,
}
