package krb5

import (
	"slices"
	"strings"
	"testing"

	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// tlv encodes a value of less than 65536 bytes.
func tlv(tag byte, contents ...string) string {
	s := strings.Join(contents, "")
	switch n := len(s); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + s
	case n < 0x100:
		return string([]byte{tag, 0x81, byte(n)}) + s
	default:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + s
	}
}

func integer(v string) string { return tlv(2, v) }

func seq(contents ...string) string { return tlv(0x30, contents...) }

// principal is a PrincipalName.
func principal(kind string, names ...string) string {
	var s string
	for _, n := range names {
		s += tlv(0x1b, n)
	}
	return seq(tlv(0xa0, integer(kind)), tlv(0xa1, seq(s)))
}

func encrypted(etype string) string {
	return seq(tlv(0xa0, integer(etype)), tlv(0xa1, integer("\x02")), tlv(0xa2, tlv(4, "ciphertext")))
}

func ticket() string {
	return tlv(0x61, seq(tlv(0xa0, integer("\x05")), tlv(0xa1, tlv(0x1b, "EXAMPLE.COM")), tlv(0xa2, principal("\x02", "krbtgt", "EXAMPLE.COM")), tlv(0xa3, encrypted("\x12"))))
}

func padata(kind, value string) string {
	return seq(tlv(0xa1, integer(kind)), tlv(0xa2, tlv(4, value)))
}

// The parts of a request body, by their tags.
func options() string { return tlv(0xa0, tlv(3, "\x00\x40\x81\x00\x90")) }
func realm() string   { return tlv(0xa2, tlv(0x1b, "EXAMPLE.COM")) }
func till() string    { return tlv(0xa5, tlv(0x18, "20370913024805Z")) }
func nonce() string   { return tlv(0xa7, integer("\x00\x8b\x01\x02\x03")) }
func etypes(v ...string) string {
	var s string
	for _, e := range v {
		s += integer(e)
	}
	return tlv(0xa8, seq(s))
}

func kdcRequest(tag byte, kind string, padata, body string) string {
	return tlv(tag, seq(tlv(0xa1, integer("\x05")), tlv(0xa2, integer(kind)), padata, tlv(0xa4, seq(body))))
}

func kdcReply(tag byte, kind string, padata string) string {
	return tlv(tag, seq(tlv(0xa0, integer("\x05")), tlv(0xa1, integer(kind)), padata, tlv(0xa3, tlv(0x1b, "EXAMPLE.COM")),
		tlv(0xa4, principal("\x01", "user")), tlv(0xa5, ticket()), tlv(0xa6, encrypted("\x17"))))
}

func krbError(code string, more ...string) string {
	return tlv(0x7e, seq(tlv(0xa0, integer("\x05")), tlv(0xa1, integer("\x1e")), tlv(0xa4, tlv(0x18, "20240102030405Z")), tlv(0xa5, integer("\x0f")),
		tlv(0xa6, integer(code)), tlv(0xa9, tlv(0x1b, "EXAMPLE.COM")), tlv(0xaa, principal("\x02", "krbtgt")), strings.Join(more, "")))
}

func TestAccessors(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	p.Record([]byte(kdcRequest(0x6a, "\x0a", "", options()+tlv(0xa1, principal("\x01", "user"))+realm()+tlv(0xa3, principal("\x02", "krbtgt", "EXAMPLE.COM"))+till()+nonce()+etypes("\x12", "\x11"))))
	m := p.Message.(*Message)
	body, ok := m.Request().Body()
	if !ok || m.Reply() != nil || m.Failure() != nil || string(body.Realm().Value) != "EXAMPLE.COM" {
		t.Errorf("%t, realm %q", ok, body.Realm().Value)
	}
	var names []string
	for _, principal := range []*ber.TLV{body.Client(), body.Server()} {
		for name := range Names(principal) {
			names = append(names, string(name))
		}
	}
	if got := strings.Join(names, " "); got != "user krbtgt EXAMPLE.COM" {
		t.Errorf("names %q", got)
	}
	if got := slices.Collect(Numbers(body.EncryptionTypes())); !slices.Equal(got, []int64{18, 17}) {
		t.Errorf("encryption types %v", got)
	}

	p.Record([]byte(krbError("\x19")))
	if f := m.Failure(); f == nil || m.Request() != nil || ber.Int64(f.Code().Value) != 25 {
		t.Errorf("%+v", f)
	}
}

func TestMessage(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	minimal := options() + realm() + till() + nonce() + etypes("\x12")
	apReq := tlv(0x6e, seq(tlv(0xa0, integer("\x05")), tlv(0xa1, integer("\x0e")), tlv(0xa2, tlv(3, "\x00\x20\x00\x00\x00")), tlv(0xa3, ticket()), tlv(0xa4, encrypted("\x12"))))
	infos := seq(seq(tlv(0xa0, integer("\x12")), tlv(0xa1, tlv(0x1b, "EXAMPLE.COMuser")), tlv(0xa2, tlv(4, "\x00\x00\x10\x00"))), seq(tlv(0xa0, integer("\x17"))), seq())
	tests := []struct{ name, data, want string }{
		{"AS-REQ", kdcRequest(0x6a, "\x0a", "", minimal), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"AS_REQ","body":{"kdc_options":["forwardable","renewable","canonicalize","renewable-ok","UNKNOWN (00000080)"],"realm":"EXAMPLE.COM","till":"2037-09-13 02:48:05Z","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96"]}}}`},
		{"all of a body", kdcRequest(0x6a, "\x0a", "", options()+tlv(0xa1, principal("\x01", "us\"er"))+realm()+tlv(0xa3, principal("\x02", "krbtgt", "", "EXAMPLE.COM"))+
			tlv(0xa4, tlv(0x18, "20240102030405Z"))+till()+tlv(0xa6, tlv(0x18, "never"))+nonce()+
			etypes("\x12", "\x04", "\x80", "\x81", "\x63", "\xfe\xd4", "\x00\xff\xff\xff\xff")+
			tlv(0xa9, seq(seq(tlv(0xa0, integer("\x02")), tlv(0xa1, tlv(4, "\xc0\x00\x02\x01"))), seq(tlv(0xa0, integer("\x18")), tlv(0xa1, tlv(4, strings.Repeat("\x00", 16)))),
				seq(tlv(0xa0, integer("\x14")), tlv(0xa1, tlv(4, "HOST   "))), seq(tlv(0xa0, integer("\x02")), tlv(0xa1, tlv(4, "abc"))), seq(tlv(0xa0, integer("\x63")), tlv(0xa1, tlv(4, "x"))), seq()))+
			tlv(0xaa, encrypted("\x11"))+tlv(0xab, seq(ticket()[:4]))), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"AS_REQ","body":{"kdc_options":["forwardable","renewable","canonicalize","renewable-ok","UNKNOWN (00000080)"],"cname":{"type":"PRINCIPAL","names":["us\"er"]},"realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt","EXAMPLE.COM"]},"from":"2024-01-02 03:04:05Z","till":"2037-09-13 02:48:05Z","rtime":"malformed","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96","des_cbc_raw","rc4_md4","UNKNOWN (-127)","unknown","UNKNOWN (-300)","unknown"],"addresses":[{"type":2,"type_name":"ipv4","address":"192.0.2.1"},{"type":24,"type_name":"ipv6","address":"::"},{"type":20,"type_name":"netbios","address":"HOST   "},{"type":2,"type_name":"ipv4","address":"616263"},{"type":99,"address":"78"}],"enc_authorization_data":{"etype":"aes128_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10},"additional_tickets":"61543052"}}}`},
		{"preauthentication", kdcRequest(0x6a, "\x0a", tlv(0xa3, seq(padata("\x02", encrypted("\x12")), padata("\x00\x80", "\x30\x05\xa0\x03\x01\x01\xff"), padata("\x02", "nothing"), padata("\x7f\xff", ""))), minimal), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"AS_REQ","pa_data":[{"pa_data_type":"pa_enc_timestamp","pa_enc_timestamp":{"enc_timestamp":{"etype":"aes256_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10}}},{"pa_data_type":"pa_pac_request","value_hex":"3005a0030101ff"},{"pa_data_type":"pa_enc_timestamp","value_hex":"6e6f7468696e67"},{"pa_data_type":"UNKNOWN (0000000000007fff)","value_hex":""}],"body":{"kdc_options":["forwardable","renewable","canonicalize","renewable-ok","UNKNOWN (00000080)"],"realm":"EXAMPLE.COM","till":"2037-09-13 02:48:05Z","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96"]}}}`},
		{"preauthentication of another type", kdcRequest(0x6a, "\x0a", tlv(0xa3, seq(padata("\x02", encrypted("\x12")), seq(tlv(0xa1, integer("\x02"))), padata("\x02", "x"))), minimal), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"AS_REQ","pa_data":[{"pa_data_type":"pa_enc_timestamp","pa_enc_timestamp":{"enc_timestamp":{"etype":"aes256_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10}}},{"pa_data_type":"pa_enc_timestamp","value_hex":""}],"body":{"kdc_options":["forwardable","renewable","canonicalize","renewable-ok","UNKNOWN (00000080)"],"realm":"EXAMPLE.COM","till":"2037-09-13 02:48:05Z","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96"]}}}`},
		{"TGS-REQ", kdcRequest(0x6c, "\x0c", tlv(0xa3, seq(padata("\x01", apReq), padata("\x01", apReq[:40]))), minimal), `"kerberos":{"tgs_req":{"pvno":5,"msg_type":"TGS_REQ","pa_data":[{"pa_data_type":"pa_tgs_req","pa_tgs_req":{"ap_req":{"pvno":5,"msg_type":"AP_REQ","ap_options":[],"ticket":{"vno":5,"realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt","EXAMPLE.COM"]},"enc_data":{"etype":"aes256_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10}},"authenticator":{"etype":"aes256_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10}}}},{"pa_data_type":"pa_tgs_req","value_hex":"6e818a308187a003020105a10302010ea20703050020000000a35661543052a003020105a10d1b0b"}],"body":{"kdc_options":["forwardable","renewable","canonicalize","renewable-ok","UNKNOWN (00000080)"],"realm":"EXAMPLE.COM","till":"2037-09-13 02:48:05Z","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96"]}}}`},
		{"TGS-REQ of another type", kdcRequest(0x6c, "\x0a", "", minimal), "none"},
		{"body without a nonce", kdcRequest(0x6a, "\x0a", "", options()+realm()+till()+etypes("\x12")), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"AS_REQ"}}`},
		{"unknown options", kdcRequest(0x6a, "\x63", "", tlv(0xa0, tlv(3, "\x00\x80\x00\x00\x20"))+realm()+till()+nonce()+etypes("\x12")), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"UNKNOWN (0000000000000063)","body":{"kdc_options":["disable-transited-check","UNKNOWN (80000000)"],"realm":"EXAMPLE.COM","till":"2037-09-13 02:48:05Z","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96"]}}}`},
		{"encryption types cut off", kdcRequest(0x6a, "\x0a", "", options()+realm()+till()+nonce()+tlv(0xa8, seq(integer("\x12"), "\x02"))), `"kerberos":{"kdc_req":{"pvno":5,"msg_type":"AS_REQ","body":{"kdc_options":["forwardable","renewable","canonicalize","renewable-ok","UNKNOWN (00000080)"],"realm":"EXAMPLE.COM","till":"2037-09-13 02:48:05Z","nonce":2332099075,"etype":["aes256_cts_hmac_sha1_96","reserved"]}}}`},
		{"something follows", tlv(0x6a, seq(tlv(0xa1, integer("\x05")), tlv(0xa2, integer("\x0a")), tlv(0xa4, seq(minimal)), "\x00")), "none"},
		{"no body", tlv(0x6a, seq(tlv(0xa1, integer("\x05")), tlv(0xa2, integer("\x0a")))), "none"},
		{"AS-REP", kdcReply(0x6b, "\x0b", ""), `"kerberos":{"kdc_rep":{"pvno":5,"msg_type":"AS_REP","crealm":"EXAMPLE.COM","cname":{"type":"PRINCIPAL","names":["user"]},"ticket":{"vno":5,"realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt","EXAMPLE.COM"]},"enc_data":{"etype":"aes256_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10}},"enc_data":{"etype":"rc4_hmac","kvno":2,"ciphertext_length":10}}}`},
		{"TGS-REP", kdcReply(0x6d, "\x0d", tlv(0xa2, seq(padata("\x13", infos)))), `"kerberos":{"tgs_rep":{"pvno":5,"msg_type":"TGS_REP","pa_data":[{"pa_data_type":"pa_etype_info2","pa_etype_info2":[{"etype":"aes256_cts_hmac_sha1_96","salt":"EXAMPLE.COMuser","s2kparams":"00001000"},{"etype":"rc4_hmac"},{}]}],"crealm":"EXAMPLE.COM","cname":{"type":"PRINCIPAL","names":["user"]},"ticket":{"vno":5,"realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt","EXAMPLE.COM"]},"enc_data":{"etype":"aes256_cts_hmac_sha1_96","kvno":2,"ciphertext_length":10}},"enc_data":{"etype":"rc4_hmac","kvno":2,"ciphertext_length":10}}}`},
		{"TGS-REP of another type", kdcReply(0x6d, "\x0b", ""), "none"},
		{"reply without a ticket", tlv(0x6b, seq(tlv(0xa0, integer("\x05")), tlv(0xa1, integer("\x0b")))), "none"},
		{"error", krbError("\x19", tlv(0xa2, tlv(0x18, "20240102030404Z")), tlv(0xa3, integer("\x01")), tlv(0xa7, tlv(0x1b, "CLIENT")), tlv(0xa8, principal("\x01", "user")), tlv(0xab, tlv(0x1b, "te\"xt")), tlv(0xac, tlv(4, seq(padata("\x13", infos))))), `"kerberos":{"error":{"pvno":5,"msg_type":"KRB_ERROR","ctime":"2024-01-02 03:04:04Z","cusec":1,"stime":"2024-01-02 03:04:05Z","susec":15,"error_code":"KDC_ERR_PREAUTH_REQUIRED","crealm":"CLIENT","cname":{"type":"PRINCIPAL","names":["user"]},"realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt"]},"e_text":"te\"xt","e_data":[{"pa_data_type":"pa_etype_info2","pa_etype_info2":[{"etype":"aes256_cts_hmac_sha1_96","salt":"EXAMPLE.COMuser","s2kparams":"00001000"},{"etype":"rc4_hmac"},{}]}]}}`},
		{"unknown error", krbError("\x1e"), `"kerberos":{"error":{"pvno":5,"msg_type":"KRB_ERROR","stime":"2024-01-02 03:04:05Z","susec":15,"error_code":"UNKNOWN (000000000000001e)","realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt"]}}}`},
		{"negative error", krbError("\xff", tlv(0xac, tlv(4, "data"))), `"kerberos":{"error":{"pvno":5,"msg_type":"KRB_ERROR","stime":"2024-01-02 03:04:05Z","susec":15,"error_code":"UNKNOWN (ffffffffffffffff)","realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt"]},"e_data_hex":"64617461"}}`},
		{"error data in a sequence", krbError("\x19", tlv(0xac, seq(tlv(4, seq(padata("\x10", "x")))))), `"kerberos":{"error":{"pvno":5,"msg_type":"KRB_ERROR","stime":"2024-01-02 03:04:05Z","susec":15,"error_code":"KDC_ERR_PREAUTH_REQUIRED","realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt"]},"e_data":[{"pa_data_type":"pa_pk_as_req","value_hex":"78"}]}}`},
		{"unknown name type", krbError("\x00", tlv(0xa8, principal("\xfe", "user")), tlv(0xa8, principal("\x63"))), `"kerberos":{"error":{"pvno":5,"msg_type":"KRB_ERROR","stime":"2024-01-02 03:04:05Z","susec":15,"error_code":"KDC_ERR_NONE","cname":{"type":"UNKNOWN (99)","names":[]},"realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt"]}}}`},
		{"error without a realm", tlv(0x7e, seq(tlv(0xa0, integer("\x05")))), "none"},
		{"length before the message", "\x00\x00\x00\x80" + krbError("\x07"), `"kerberos":{"error":{"pvno":5,"msg_type":"KRB_ERROR","stime":"2024-01-02 03:04:05Z","susec":15,"error_code":"KDC_ERR_S_PRINCIPAL_UNKNOWN","realm":"EXAMPLE.COM","sname":{"type":"SRV_INST","names":["krbtgt"]}}}`},
		{"length that cuts off", "\x00\x00\x00\x20" + krbError("\x07"), "none"},
		{"length too large", "\x00\xff\xff\xff" + krbError("\x07"), "none"},
		{"AP-REQ", apReq, "none"},
		{"no message", "\x00\x00\x00\x00", "none"},
		{"empty", "", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.Record([]byte(tt.data))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if got != "none" {
				p.NoAllocations([]byte(tt.data))
			}
			p.Truncated([]byte(tt.data))
		})
	}
}

func Fuzz(f *testing.F) {
	infos := seq(seq(tlv(0xa0, integer("\x12")), tlv(0xa1, tlv(0x1b, "EXAMPLE.COMuser"))))
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(kdcRequest(0x6a, "\x0a", tlv(0xa3, seq(padata("\x02", encrypted("\x12")))), options()+realm()+till()+nonce()+etypes("\x12"))),
		[]byte(kdcRequest(0x6c, "\x0c", tlv(0xa3, seq(padata("\x01", tlv(0x6e, seq(tlv(0xa0, integer("\x05"))))))), options()+realm()+till()+nonce()+etypes("\x12"))),
		[]byte(kdcReply(0x6b, "\x0b", "")),
		[]byte(krbError("\x19", tlv(0xac, tlv(4, seq(padata("\x13", infos)))))),
	)
}
