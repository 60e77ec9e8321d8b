package certificate

import (
	"testing"

	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var directory = seq(rdn("2.5.4.6", str(ber.PrintableString, "DE")), rdn("2.5.4.10", str(ber.UTF8String, "Müller")))

// extensionTests are encoded extensions and the members they become.
var extensionTests = []struct {
	name string
	der  []byte
	want string
}{
	{"general names", ext("2.5.29.17", seq(
		el(0xa0, oid("1.3.6.1.4.1.311.20.2.3"), el(0xa0, str(ber.UTF8String, "me@example.com"))),
		str(0x81, "me@example.com"),
		str(0x82, "*.example.com"),
		el(0xa3, seq()),
		el(0xa4, directory),
		el(0xa5, el(0xa1, str(ber.UTF8String, "party"))),
		str(0x86, "https://example.com/\"q\""),
		el(0x87, []byte{192, 0, 2, 1}),
		el(0x87, []byte{0x20, 1, 0xd, 0xb8, 15: 1}),
		el(0x87, []byte{192, 0, 2, 1, 255, 255, 255, 0}),
		el(0x88, oid("1.2.3.4")[2:]),
	)), `{"subject_alt_name":[{"other_name":{"type_id":"szOID_NT_PRINCIPAL_NAME","value":"\u000c\u000eme@example.com"}},{"rfc822_name":"me@example.com"},{"dns_name":"*.example.com"},{"explicit_tag":163,"value":"3000"},{"directory_name":[{"country_name":"DE"},{"organization_name":"M\u00fcller"}]},{"explicit_tag":165,"value":"a1070c057061727479"},{"uri":"https://example.com/\"q\""},{"ip_address":"192.0.2.1"},{"ip_address":"2001:db8::1"},{"ip_address":"malformed"},{"explicit_tag":136,"value":"2a0304"}],"critical":false}`},
	{"general names with nothing in them", ext("2.5.29.17", seq(
		el(0xa0), el(0xa0, oid("1.2.3")), el(0x81), el(0x82), el(0xa4), el(0xa4, seq()), el(0x86), el(0x87), el(0x88), null, el(0x81),
	)), `{"subject_alt_name":[{"other_name":{"type_id":""}},{"other_name":{"type_id":"1.2.3"}},{},{},{"directory_name":[]},{"directory_name":[]},{},{"ip_address":"malformed"},{"explicit_tag":136,"value":""},{"explicit_tag":5,"value":""},{}],"critical":false}`},
	{"general name cut off", ext("2.5.29.17", []byte{0x30, 20, 0x82, 3, 'a', '.', 'b', 0x82, 9, 'c'}), `{"subject_alt_name":[{"dns_name":"a.b"},{"dns_name":"c","truncated":"dns_name"}],"critical":false}`},
	{"general name without contents", ext("2.5.29.17", []byte{0x30, 20, 0x82, 9}), `{"subject_alt_name":[{}],"critical":false}`},
	{"general name of one octet", ext("2.5.29.17", []byte{0x30, 20, 0x82}), `{"subject_alt_name":[{"explicit_tag":0,"value":""}],"critical":false}`},
	{"no general names", ext("2.5.29.17", seq()), `{"subject_alt_name":[],"critical":false}`},
	{"general names that are none", ext("2.5.29.17", str(ber.OctetString, "\x82\x01a")), `{"subject_alt_name":[{"dns_name":"a"}],"critical":false}`},
	{"issuer alternative name", ext("2.5.29.18", seq(str(0x86, "http://ca.example"))), `{"issuer_alt_name":[{"uri":"http://ca.example"}],"critical":false}`},

	{"key usage", ext("2.5.29.15", bits(7, 0xff, 0x80)), `{"key_usage":["digital_signature","non_repudiation","key_encipherment","data_encipherment","key_agreement","key_cert_sign","crl_sign","encipher_only","decipher_only"],"critical":false}`},
	{"key usage, some", ext("2.5.29.15", bits(5, 0xa0)), `{"key_usage":["digital_signature","key_encipherment"],"critical":false}`},
	{"key usage beyond the bits that are used", ext("2.5.29.15", bits(7, 0xff)), `{"key_usage":["digital_signature"],"critical":false}`},
	{"key usage beyond the names", ext("2.5.29.15", bits(0, 1, 0xff, 0xff)), `{"key_usage":["encipher_only","decipher_only"],"critical":false}`},
	{"key usage with 8 unused bits", ext("2.5.29.15", bits(8, 0xff)), `{"key_usage":[],"critical":false}`},
	{"key usage with 9 unused bits", ext("2.5.29.15", bits(9, 0xff)), `{"key_usage":["digital_signature","non_repudiation","key_encipherment","data_encipherment","key_agreement","key_cert_sign","crl_sign","encipher_only"],"critical":false}`},
	{"key usage with 34 unused bits", ext("2.5.29.15", bits(34, 0xff)), `{"key_usage":["digital_signature","non_repudiation","key_encipherment","data_encipherment","key_agreement","key_cert_sign"],"critical":false}`},
	{"key usage without bits", ext("2.5.29.15", bits(0)), `{"key_usage":[],"critical":false}`},
	{"key usage without octets", ext("2.5.29.15", el(ber.BitString)), `{"key_usage":[],"critical":false}`},
	{"key usage cut off", ext("2.5.29.15", []byte{3, 9, 0, 0x80}), `{"key_usage":["digital_signature"],"truncated":"key_usage","critical":false}`},
	{"key usage with nothing left", ext("2.5.29.15", []byte{3, 9}), `{"critical":false}`},
	{"key usage of another type", ext("2.5.29.15", num(1)), `{"key_usage":[],"critical":false}`},

	{"purposes", ext("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"), oid("2.5.29.37.0"), oid("1.3.6.1.4.1.99999.1"))), `{"ext_key_usage":["id-kp-serverAuth","id-kp-clientAuth","anyExtendedKeyUsage","1.3.6.1.4.1.99999.1"],"critical":false}`},
	{"purposes that are no identifiers", ext("2.5.29.37", seq(el(6), el(6, []byte{0x2a, 0x83}), el(6, []byte{0x83}), num(5), []byte{6})), `{"ext_key_usage":["","1.2","","0.5",""],"critical":false}`},

	{"basic constraints", ext("2.5.29.19", seq(el(ber.Boolean, []byte{0xff}), num(3))), `{"basic_constraints":{"ca":true,"path_len_constraint":0},"critical":false}`},
	{"basic constraints, default", ext("2.5.29.19", seq()), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":false}`},
	{"basic constraints, FALSE", ext("2.5.29.19", seq(el(ber.Boolean, []byte{0}))), `{"basic_constraints":{"ca":true,"path_len_constraint":0},"critical":false}`},
	{"basic constraints without a boolean", ext("2.5.29.19", seq(num(3))), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":false}`},
	{"basic constraints, empty boolean", ext("2.5.29.19", seq(el(ber.Boolean))), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":false}`},
	{"basic constraints, indefinite boolean", ext("2.5.29.19", seq([]byte{1, 0x80})), `{"basic_constraints":{"ca":true,"path_len_constraint":0},"critical":false}`},

	{"critical", seq(oid("2.5.29.19"), el(ber.Boolean, []byte{0xff}), el(ber.OctetString, seq())), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":true}`},
	{"critical FALSE", seq(oid("2.5.29.19"), el(ber.Boolean, []byte{0}), el(ber.OctetString, seq())), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":true}`},
	{"critical and nothing else", seq(oid("2.5.29.19"), el(ber.Boolean, []byte{0xff})), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":true}`},
	{"critical, the value's length cut off", seq(oid("2.5.29.35"), el(ber.Boolean, []byte{0x30, 0}), []byte{4, 0x82, 1}), `{"authority_key_identifier":{},"critical":true}`},
	{"no value", seq(oid("2.5.29.19")), `{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":false}`},
	{"an identifier that is none", seq(num(9), el(ber.OctetString, seq())), `{"unsupported":{"oid":"0.9","value":""},"critical":false}`},
	{"not constructed", num(9), `{}`},
	{"empty sequence", seq(), `{"unsupported":{"oid":"","value":""},"critical":false}`},
	{"unknown, critical", seq(oid("1.3.6.1.4.1.99999.2.7"), el(ber.Boolean, []byte{0xff}), el(ber.OctetString, str(ber.UTF8String, "x"))), `{"unsupported":{"oid":"1.3.6.1.4.1.99999.2.7","value":"78"},"critical":true}`},
	{"known, not understood", ext("2.5.29.20", num(1)), `{"unsupported":{"oid":"id-ce-cRLNumber","value":"01"},"critical":false}`},
	{"inhibit any policy", ext("2.5.29.54", num(0)), `{"unsupported":{"oid":"id-ce-inhibitAnyPolicy","value":"00"},"critical":false}`},
	{"OCSP must staple", ext("1.3.6.1.5.5.7.1.24", seq(num(5))), `{"unsupported":{"oid":"1.3.6.1.5.5.7.1.24","value":"020105"},"critical":false}`},

	{"subject key", ext("2.5.29.14", str(ber.OctetString, "\x01\x02\x03")), `{"subject_key_identifier":"010203","critical":false}`},
	{"subject key cut off", ext("2.5.29.14", []byte{4, 20, 1, 2}), `{"subject_key_identifier":"0102","truncated":"subject_key_identifier","critical":false}`},
	{"authority key", ext("2.5.29.35", seq(
		str(0x80, "\xaa\xbb"), el(0xa1, el(0xa4, directory)), str(0x82, "\x01\x02"))), `{"authority_key_identifier":{"key_identifier":"aabb","cert_issuer":[{"country_name":"DE"},{"organization_name":"M\u00fcller"}],"cert_serial_number":"0102"},"critical":false}`},
	{"authority key, other names", ext("2.5.29.35", seq(el(0xa1, str(0x82, "a.example"), el(0xa4, directory)))), `{"authority_key_identifier":{"cert_issuer":[]},"critical":false}`},
	{"authority key, twice", ext("2.5.29.35", seq(
		str(0x80, "\xaa"), el(0xa1, el(0xa4, directory)), str(0x80, "\xbb"), el(0xa1), el(0xa1, []byte{0xa4, 0x80}))), `{"authority_key_identifier":{"key_identifier":"bb","cert_issuer":[{"country_name":"DE"},{"organization_name":"M\u00fcller"}]},"critical":false}`},
	{"authority key, empty", ext("2.5.29.35", seq()), `{"authority_key_identifier":{},"critical":false}`},
	{"authority key, not a sequence", ext("2.5.29.35", el(ber.Set, str(0x80, "a"))), `{"authority_key_identifier":{},"critical":false}`},

	{"policies", ext("2.5.29.32", seq(
		seq(oid("2.23.140.1.2.2")),
		seq(oid("2.16.840.1.114412.2.1"), seq(
			seq(oid("1.3.6.1.5.5.7.2.1"), str(ber.IA5String, "https://example.com/CPS")),
			seq(oid("1.3.6.1.5.5.7.2.2"), seq(str(ber.UTF8String, "second"))))),
		seq(oid("2.5.29.32.0"), seq(seq(oid("1.3.6.1.5.5.7.2.2"), seq(
			seq(str(ber.UTF8String, "org"), seq(num(1))), str(ber.BMPString, "\x00n\x00o"))))),
	)), `{"certificate_policies":[{"policy_information":[{"policy_identifier":"2.23.140.1.2.2"}]},{"policy_information":[{"policy_identifier":"DigiCert_EV_CPS","policy_qualifier_info":{"qualifier_id":"id-qt-cps","qualifier":"https://example.com/CPS"}}]},{"policy_information":[{"policy_identifier":"anyPolicy","policy_qualifier_info":{"qualifier_id":"id-qt-unotice","qualifier":"0\u000a\u000c\u0003org0\u0003\u0002\u0001\u0001\u001e\u0004\u0000n\u0000o"}}]}],"critical":false}`},
	{"policies, odd", ext("2.5.29.32", seq(
		seq(), seq(num(1)), seq(oid("1.2.3"), num(1)), seq(oid("1.2.3"), seq()), seq(oid("1.2.3"), seq(seq())), seq(oid("1.2.3"), seq(num(1))),
		num(1), seq(oid("1.2.3")))), `{"certificate_policies":[{"policy_information":[{"policy_identifier":""}]},{"policy_information":[{"policy_identifier":""}]},{"policy_information":[{"policy_identifier":"1.2.3"}]},{"policy_information":[{"policy_identifier":"1.2.3"}]},{"policy_information":[{"policy_identifier":"1.2.3","policy_qualifier_info":{"qualifier_id":""}}]},{"policy_information":[{"policy_identifier":"1.2.3","policy_qualifier_info":{"qualifier_id":""}}]},{"policy_information":[{"policy_identifier":""}]}],"critical":false}`},
	{"no policies", ext("2.5.29.32", seq()), `{"certificate_policies":[],"critical":false}`},

	{"CRLs", ext("2.5.29.31", seq(
		seq(el(0xa0, el(0xa0, str(0x86, "http://a.example/1"), str(0x86, "http://a.example/2")))),
		seq(el(0xa0, el(0xa0, el(0xa4, directory))), str(0x81, "\x01\x06"), el(0xa2, el(0xa4, directory))),
		seq(el(0xa0, el(0xa1, rdn("2.5.4.3", str(ber.UTF8String, "relative"))))),
	)), `{"crl_distribution_points":[{"crl_distribution_point":[{"distribution_point_name":{"full_name":{"uri":"http://a.example/1"}}}]},{"crl_distribution_point":[{"distribution_point_name":{"full_name":{"directory_name":[{"country_name":"DE"},{"organization_name":"M\u00fcller"}]}}}]},{"crl_distribution_point":[{"distribution_point_name":{"name_relative_to_crl_issuer":{"common_name":"relative"}}}]}],"critical":false}`},
	{"CRLs, odd", ext("2.5.29.31", seq(
		seq(), seq(el(0xa0)), seq(el(0xa0, el(0xa0))), seq(el(0xa0, el(0xa1))), seq(el(0xa0, el(0xa1, el(ber.Set)))),
		seq(el(0xa0, el(0xa1, el(ber.Set, num(1))))), seq(el(0xa0, el(0xa2, num(1)))), seq(el(0xa1), el(0xa0, el(0xa0, []byte{0x86, 9}))),
	)), `{"crl_distribution_points":[{"crl_distribution_point":[]},{"crl_distribution_point":[{"distribution_point_name":{}}]},{"crl_distribution_point":[{"distribution_point_name":{}}]},{"crl_distribution_point":[{"distribution_point_name":{}}]},{"crl_distribution_point":[{"distribution_point_name":{}}]},{"crl_distribution_point":[{"distribution_point_name":{}}]},{"crl_distribution_point":[{"distribution_point_name":{}}]},{"crl_distribution_point":[{"distribution_point_name":{}}]}],"critical":false}`},

	{"information access", ext("1.3.6.1.5.5.7.1.1", seq(
		seq(oid("1.3.6.1.5.5.7.48.1"), str(0x86, "http://ocsp.example")),
		seq(oid("1.3.6.1.5.5.7.48.2"), str(0x86, "http://ca.example/ca.der")))), `{"authority_info_access":[{"access_method":"id-ad-ocsp","access_location":{"uri":"http://ocsp.example"}},{"access_method":"id-ad-caIssuers","access_location":{"uri":"http://ca.example/ca.der"}}],"critical":false}`},
	{"information access, one without a location", ext("1.3.6.1.5.5.7.1.1", seq(
		seq(oid("1.3.6.1.5.5.7.48.1"), str(0x86, "http://ocsp.example")),
		seq(oid("1.3.6.1.5.5.7.48.2")),
		seq(oid("1.3.6.1.5.5.7.48.1"), str(0x86, "http://again.example")))), `{"authority_info_access":[{"access_method":"id-ad-ocsp","access_location":{"uri":"http://ocsp.example"}},{"access_method":"id-ad-caIssuers","access_location":{"uri":"http://ocsp.example"}},{"access_method":"id-ad-ocsp","access_location":{"uri":"http://again.example"}}],"critical":false}`},
	{"information access, first one without a method", ext("1.3.6.1.5.5.7.1.1", seq(seq(num(1), str(0x86, "u")), seq(seq(), seq()))), `{"authority_info_access":[{}],"critical":false}`},
	{"information access, second cut off", ext("1.3.6.1.5.5.7.1.1", []byte{0x30, 99}, seq(oid("1.3.6.1.5.5.7.48.1"), str(0x86, "u")), []byte{0x30}), `{"authority_info_access":[{"access_method":"id-ad-ocsp","access_location":{"uri":"u"}},{"access_method":"id-ad-ocsp","access_location":{"uri":"u"}}],"critical":false}`},

	{"name constraints", ext("2.5.29.30", seq(
		el(0xa0, seq(str(0x82, ".example.com")), seq(str(0x82, ".example.net"))),
		el(0xa1, seq(el(0x87, make([]byte, 8)))))), `{"name_constraints":{"permitted_subtree":{"dns_name":".example.com","minimim":0}},"critical":false}`},
	{"name constraints with a minimum", ext("2.5.29.30", seq(el(0xa0, seq(el(0xa4, directory), el(0x80, []byte{1}), el(0x81, []byte{2}))))), `{"name_constraints":{"permitted_subtree":{"directory_name":[{"country_name":"DE"},{"organization_name":"M\u00fcller"}]}},"critical":false}`},
	{"name constraints, excluded only", ext("2.5.29.30", seq(el(0xa1, seq(str(0x82, "x"))))), `{"name_constraints":{},"critical":false}`},
	{"name constraints, empty", ext("2.5.29.30", seq(el(0xa0))), `{"name_constraints":{},"critical":false}`},
	{"name constraints, empty subtree", ext("2.5.29.30", seq(el(0xa0, seq()))), `{"name_constraints":{"permitted_subtree":{"explicit_tag":0,"value":"","minimim":0}},"critical":false}`},

	{"key period", ext("2.5.29.16", seq(str(0x80, "20240102030405Z"), str(0x81, "20250102030405Z"))), `{"private_key_usage_period":[{"not_before":"2024-01-02 03:04:05Z"},{"not_after":"2025-01-02 03:04:05Z"}],"critical":false}`},
	{"key period, odd", ext("2.5.29.16", seq(str(0x81, "2025010203Z"), num(1))), `{"private_key_usage_period":[{"not_after":"malformed"}],"critical":false}`},

	{"timestamps", ext("1.3.6.1.4.1.11129.2.4.2", str(ber.OctetString, "\x00\x01\x02")), `{"signed_certificate_timestamp_list":"000102","critical":false}`},
	{"timestamps cut off", ext("1.3.6.1.4.1.11129.2.4.2", []byte{4, 0x82, 1, 0, 0xaa}), `{"signed_certificate_timestamp_list":"aa","truncated":"signed_certificate_timestamp_list","critical":false}`},
	{"timestamps with a length of nine octets", ext("1.3.6.1.4.1.11129.2.4.2", []byte{4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xaa, 0xbb}), `{"signed_certificate_timestamp_list":"aa","critical":false}`},
	{"timestamps with a length of 2 to the 32 and 1", ext("1.3.6.1.4.1.11129.2.4.2", []byte{4, 0x85, 1, 0, 0, 0, 1, 0xaa, 0xbb}), `{"signed_certificate_timestamp_list":"aa","truncated":"signed_certificate_timestamp_list","critical":false}`},

	{"comment", ext("2.16.840.1.113730.1.13", str(ber.IA5String, "made by hand")), `{"netscape_certificate_comment":"made by hand","critical":false}`},
	{"comment, empty", ext("2.16.840.1.113730.1.13", el(ber.IA5String)), `{"critical":false}`},
	{"certificate type", ext("2.16.840.1.113730.1.1", bits(5, 0xa0)), `{"netscape_cert_type":"05a0","critical":false}`},
}

func TestExtension(t *testing.T) {
	for _, tt := range extensionTests {
		var w record.Writer
		c := wire.Of(tt.der)
		w.Object()
		writeExtension(&w, &c)
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, w.Bytes(), tt.want)
		}
	}
}
