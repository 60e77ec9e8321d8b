package snmp

import (
	"strings"
	"testing"

	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/wire"
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

const sysUpTime = "\x2b\x06\x01\x02\x01\x01\x03\x00" // 1.3.6.1.2.1.1.3.0

// variable is a binding with the given value.
func variable(value string) string { return tlv(0x30, tlv(6, sysUpTime), value) }

func pduOf(tag byte, status, index string, bindings ...string) string {
	return tlv(tag, tlv(2, "\x00\xff"), tlv(2, status), tlv(2, index), tlv(0x30, bindings...))
}

func v2c(pdu string) string { return tlv(0x30, tlv(2, "\x01"), tlv(4, "public"), pdu) }

func v3(flags string, parameters, scoped string) string {
	header := tlv(0x30, tlv(2, "\x07"), tlv(2, "\x00\xff\xe3"), tlv(4, flags), tlv(2, "\x03"))
	return tlv(0x30, tlv(2, "\x03"), header, tlv(4, parameters), scoped)
}

func usmOf(engine, user, auth string) string {
	return tlv(0x30, tlv(4, engine), tlv(2, "\x01"), tlv(2, "\x02"), tlv(4, user), tlv(4, auth), tlv(4, "privacy!"))
}

func scoped(tag byte) string {
	return tlv(0x30, tlv(4, "engine"), tlv(4), pduOf(tag, "\x00", "\x00", variable(tlv(6, "\x2b\x06\x01"))))
}

func TestMessage(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	const engine = "\x80\x00\x1f\x88\x03\x00\x11\x22\x33\x44\x55"
	const no, password, derived = proto.NotExposed, proto.ExposedPassword, proto.ExposedDerived
	trapTail := tlv(6, sysUpTime) + tlv(0x40, "\x7f\x00\x00\x01") + tlv(2, "\x03") + tlv(2, "\x00") + tlv(0x43, "\x01\x02")
	tests := []struct {
		name, data, want string
		exposure         proto.Exposure
	}{
		{"version 1", tlv(0x30, tlv(2, "\x00"), tlv(4, "pub\"lic"), pduOf(0xa0, "\x00", "\x00", variable(tlv(5)))), `"snmp":{"version":1,"community":"pub\"lic","pdu_type":"get_request","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","null":true}]}}`, password},
		{"no community", tlv(0x30, tlv(2, "\x01"), tlv(4), pduOf(0xa1, "\x00", "\x00")), `"snmp":{"version":2,"pdu_type":"get_next_request","pdu":{"request_id":255}}`, no},
		{"negative version", tlv(0x30, tlv(2, "\xff"), tlv(4, "x"), pduOf(0xa1, "\x00", "\x00")), `"snmp":{"version":255,"community":"x","pdu_type":"get_next_request","pdu":{"request_id":255}}`, password},
		{"error", v2c(pduOf(0xa2, "\x02", "\x01", variable(tlv(5)))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"error_status":"02","error_index":"01","var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","null":true}]}}`, password},
		{"empty status", v2c(pduOf(0xa5, "", "\x0a")), `"snmp":{"version":2,"community":"public","pdu_type":"get_bulk_request","pdu":{"request_id":255,"error_status":"","error_index":"0a"}}`, password},
		{"application types", v2c(pduOf(0xa2, "\x00", "\x00",
			variable(tlv(0x40, "\xc0\x00\x02\x01")), variable(tlv(0x40, "abc")), variable(tlv(0x41, "\x00\xff")), variable(tlv(0x41, "\x00\x00\x00\x00\x00\x01")),
			variable(tlv(0x42, "\x00\x00\x01\x00")), variable(tlv(0x42, "\x01")), variable(tlv(0x43, "\x00\x00\x00\x01\x02")), variable(tlv(0x44, "ab")))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","ipv4_address":"192.0.2.1"},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"4003616263"},{"name":"1.3.6.1.2.1.1.3.0","counter32":255},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"4106000000000001"},{"name":"1.3.6.1.2.1.1.3.0","unsigned32":256},{"name":"1.3.6.1.2.1.1.3.0","unsigned32":0},{"name":"1.3.6.1.2.1.1.3.0","time_ticks":1},{"name":"1.3.6.1.2.1.1.3.0","opaque":"6162"}]}}`, password},
		{"more application types", v2c(pduOf(0xa2, "\x00", "\x00",
			variable(tlv(0x45)), variable(tlv(0x46, "\x00\x00\x00\x00\x00\x00\x01\x00")), variable(tlv(0x46, "\x01")), variable(tlv(0x46, "0123456789")), variable(tlv(0x47, "x")))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","null":true},{"name":"1.3.6.1.2.1.1.3.0","counter64":256},{"name":"1.3.6.1.2.1.1.3.0","counter64":0},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"460a30313233343536373839"},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"470178"}]}}`, password},
		{"universal types", v2c(pduOf(0xa2, "\x00", "\x00",
			variable(tlv(1, "\xff")), variable(tlv(1, "\x01")), variable(tlv(2, "\x80")), variable(tlv(3, "\x00\x80")), variable(tlv(4, "ab")),
			variable(tlv(6, "\x2b\x06\x01")), variable(tlv(0x13, "a\"b")), variable(tlv(0x0c, "x")))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","boolean":true},{"name":"1.3.6.1.2.1.1.3.0","boolean":false},{"name":"1.3.6.1.2.1.1.3.0","integer":-128},{"name":"1.3.6.1.2.1.1.3.0","bit_string_hex":"0080"},{"name":"1.3.6.1.2.1.1.3.0","octet_string":"6162"},{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"},{"name":"1.3.6.1.2.1.1.3.0","string":"a\"b"},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"0c0178"}]}}`, password},
		{"other classes", v2c(pduOf(0xa2, "\x00", "\x00", variable(tlv(0x80)), variable("\x04"), variable(""))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"8000"},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":"04"},{"name":"1.3.6.1.2.1.1.3.0","value_tlv_hex":""}]}}`, password},
		{"value cut off", v2c(pduOf(0xa2, "\x00", "\x00", tlv(0x30, tlv(6, sysUpTime), "\x13\x09ab"))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","string":"ab","truncated":"string"}]}}`, password},
		{"name of another type", v2c(pduOf(0xa2, "\x00", "\x00", tlv(0x30, tlv(4, "x"), tlv(5)))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"","value_tlv_hex":""}]}}`, password},
		{"binding of another type", v2c(pduOf(0xa2, "\x00", "\x00", variable(tlv(5)), tlv(0x31, "x"), variable(tlv(5)))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","null":true}]}}`, password},
		{"status of another type", v2c(tlv(0xa2, tlv(2, "\x01"), tlv(4, "\x00"), tlv(2, "\x00"), tlv(0x30))), `"snmp":{"version":2,"community":"public","pdu_type":"get_response"}`, password},
		{"unknown PDU", v2c(pduOf(0xa9, "\x00", "\x00")), `"snmp":{"version":2,"community":"public","pdu_type":"UNKNOWN (09)","pdu":{"request_id":255}}`, password},
		{"trap", v2c(tlv(0xa4, trapTail, tlv(0x30, variable(tlv(2, "\x05"))))), `"snmp":{"version":2,"community":"public","pdu_type":"trap","trap":{"enterprise":"1.3.6.1.2.1.1.3.0","agent_addr":"7f000001","generic_trap":"link_up","specific_trap":"00","timestamp":"0102","var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","integer":5}],"remainder":""}}`, password},
		{"trap, something follows", v2c(tlv(0xa4, strings.Replace(trapTail, "\x02\x01\x03", "\x02\x01\x07", 1), tlv(0x30, variable(tlv(5))), "rest")), `"snmp":{"version":2,"community":"public","pdu_type":"trap","trap":{"enterprise":"1.3.6.1.2.1.1.3.0","agent_addr":"7f000001","generic_trap":"UNKNOWN","specific_trap":"00","timestamp":"0102","var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","null":true}],"remainder":"72657374"}}`, password},
		{"trap cut off", v2c(tlv(0xa4, trapTail)), `"snmp":{"version":2,"community":"public","pdu_type":"trap"}`, password},
		{"no PDU", tlv(0x30, tlv(2, "\x01"), tlv(4, "public")), "none", 0},
		{"community of another type", tlv(0x30, tlv(2, "\x01"), tlv(2, "public"), pduOf(0xa0, "\x00", "\x00")), "none", 0},
		{"version 2", tlv(0x30, tlv(2, "\x02"), tlv(4, "public"), pduOf(0xa0, "\x00", "\x00")), "none", 0},
		{"version of two bytes", tlv(0x30, tlv(2, "\x00\x01"), tlv(4, "public"), pduOf(0xa0, "\x00", "\x00")), "none", 0},
		{"version 3", v3("\x04", usmOf(engine, "", ""), scoped(0xa8)), `"snmp":{"version":3,"msg_security_model":3,"auth":false,"priv":false,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"context_engine_id":"656e67696e65","context_name":"","pdu_type":"report","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, no},
		{"authenticated", v3("\x01", usmOf(engine, "us\"er", "AUTHAUTHAUTH"), scoped(0xa0)), `"snmp":{"version":3,"msg_security_model":3,"auth":true,"priv":false,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"user_name":"us\"er","password_recovery":"$SNMPv3$0$0$3074020103300e020107020300ffe304010102010304343032040b80001f880300112233445502010102010204057573226572040c0000000000000000000000000408707269766163792130290406656e67696e650400a01d020200ff0201000201003011300f06082b0601020101030006032b0601$80001f8803001122334455$415554484155544841555448","context_engine_id":"656e67696e65","context_name":"","pdu_type":"get_request","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, derived},
		{"authenticated, something follows", v3("\x01", usmOf(engine, "user", "AUTHAUTHAUTH")+"xy", scoped(0xa0)+"z") + "rest", `"snmp":{"version":3,"msg_security_model":3,"auth":true,"priv":false,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"user_name":"user","password_recovery":"$SNMPv3$0$0$3076020103300e020107020300ffe304010102010304353031040b80001f8803001122334455020101020102040475736572040c00000000000000000000000004087072697661637921787930290406656e67696e650400a01d020200ff0201000201003011300f06082b0601020101030006032b06017a72657374$80001f8803001122334455$415554484155544841555448","context_engine_id":"656e67696e65","context_name":"","pdu_type":"get_request","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, derived},
		{"encrypted", v3("\x03", usmOf(engine, "user", "AUTHAUTHAUTH"), tlv(4, "encrypted")), `"snmp":{"version":3,"msg_security_model":3,"auth":true,"priv":true,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"user_name":"user","password_recovery":"$SNMPv3$0$0$3053020103300e020107020300ffe304010302010304333031040b80001f8803001122334455020101020102040475736572040c000000000000000000000000040870726976616379210409656e63727970746564$80001f8803001122334455$415554484155544841555448","encrypted_pdu_length":9}`, derived},
		{"encrypted, another type", v3("\x02", usmOf(engine, "user", ""), tlv(5)), `"snmp":{"version":3,"msg_security_model":3,"auth":false,"priv":true,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"user_name":"user","encrypted_pdu_length":0}`, no},
		{"too long to recover", v3("\x01", usmOf(engine, "user", "AUTHAUTHAUTH"), tlv(0x30, tlv(4, strings.Repeat("x", 700)))), `"snmp":{"version":3,"msg_security_model":3,"auth":true,"priv":false,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"user_name":"user","context_engine_id":"78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878","context_name":"","pdu_type":"get_request"}`, derived},
		{"trap of version 1 in version 3", v3("\x00", usmOf("\x80\x00\x00\x09\x04text", "", ""), scoped(0xa4)), `"snmp":{"version":3,"msg_security_model":3,"auth":false,"priv":false,"engine_id_raw":"800000090474657874","engine_id":{"v3_format":true,"enterprise_number":9,"text":"text"},"context_engine_id":"656e67696e65","context_name":"","pdu_type":"UNKNOWN (04)","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, no},
		{"no parameters", v3("\x01", "", scoped(0xa0)), `"snmp":{"version":3,"msg_security_model":3,"auth":true,"priv":false,"context_engine_id":"656e67696e65","context_name":"","pdu_type":"get_request","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, derived},
		{"parameters of another type", v3("\x01", tlv(0x31), scoped(0xa0)), `"snmp":{"version":3,"msg_security_model":3,"auth":true,"priv":false,"context_engine_id":"656e67696e65","context_name":"","pdu_type":"get_request","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, derived},
		{"header cut off", tlv(0x30, tlv(2, "\x03"), tlv(0x30, tlv(2, "\x07")), tlv(4, usmOf(engine, "user", "")), scoped(0xa0)), `"snmp":{"version":3,"engine_id_raw":"80001f8803001122334455","engine_id":{"v3_format":true,"enterprise_number":8072,"mac":"001122334455"},"user_name":"user","context_engine_id":"656e67696e65","context_name":"","pdu_type":"get_request","pdu":{"request_id":255,"var_bind_list":[{"name":"1.3.6.1.2.1.1.3.0","oid":"1.3.6.1"}]}}`, no},
		{"no scoped PDU", v3("\x00", usmOf("\x80\x00\x00\x09", "u", ""), ""), `"snmp":{"version":3,"msg_security_model":3,"auth":false,"priv":false,"engine_id_raw":"80000009","engine_id":{"v3_format":true,"enterprise_number":9},"user_name":"u","context_engine_id":"","context_name":"","pdu_type":"get_request"}`, no},
		{"header of another type", tlv(0x30, tlv(2, "\x03"), tlv(0x31), tlv(4), scoped(0xa0)), "none", 0},
		{"no sequence", tlv(0x31, tlv(2, "\x01"), tlv(4, "public"), pduOf(0xa0, "\x00", "\x00")), "none", 0},
		{"empty", "", "none", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.Record([]byte(tt.data))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if got != "none" {
				if e := p.Message.(proto.Exposer).Exposure(); e != tt.exposure {
					t.Errorf("exposure is %d, want %d", e, tt.exposure)
				}
				p.NoAllocations([]byte(tt.data))
			}
			p.Truncated([]byte(tt.data))
		})
	}
}

func TestEngineID(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	tests := []struct{ name, engine, want string }{
		{"IPv4", "\x80\x00\x00\x09\x01\xc0\x00\x02\x01", `{"v3_format":true,"enterprise_number":9,"address":"192.0.2.1"}`},
		{"IPv4, another length", "\x80\x00\x00\x09\x01\xc0\x00\x02", `{"v3_format":true,"enterprise_number":9}`},
		{"IPv6", "\x80\x00\x00\x09\x02\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01", `{"v3_format":true,"enterprise_number":9,"address":"2001:db8::1"}`},
		{"MAC", "\xff\xff\xff\xff\x03\x00\x11\x22\x33\x44\x55", `{"v3_format":true,"enterprise_number":2147483647,"mac":"001122334455"}`},
		{"text", "\x80\x00\x00\x09\x04a\"b", `{"v3_format":true,"enterprise_number":9,"text":"a\"b"}`},
		{"no text", "\x80\x00\x00\x09\x04", `{"v3_format":true,"enterprise_number":9}`},
		{"octets", "\x80\x00\x00\x09\x05ab", `{"v3_format":true,"enterprise_number":9,"octets":"6162"}`},
		{"not assigned", "\x80\x00\x00\x09\x06ab", `{"v3_format":true,"enterprise_number":9,"octets":"6162"}`},
		{"of the maker", "\x80\x00\x00\x09\x80ab", `{"v3_format":true,"enterprise_number":9,"format_type":128,"data":"6162"}`},
		{"no format", "\x80\x00\x00\x09", `{"v3_format":true,"enterprise_number":9}`},
		{"before version 3", "\x00\x00\x00\x0912345678", `{"v3_format":false,"enterprise_number":9,"agent_id":"3132333435363738"}`},
		{"before version 3, another length", "\x00\x00\x00\x09123456789", `{"v3_format":false,"enterprise_number":9,"data":"313233343536373839"}`},
		{"too short", "\x80\x00\x00", ""},
	}
	for _, tt := range tests {
		_, got, _ := strings.Cut(p.Record([]byte(v3("\x00", usmOf(tt.engine, "u", ""), scoped(0xa0)))), `"engine_id":`)
		got, _, _ = strings.Cut(got, `,"user_name"`)
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestEachOID(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	bindings := []string{variable(tlv(5)), variable(tlv(6, "\x2b\x06\x01")), variable(tlv(6)), variable(tlv(0x86, "\x2b")), variable(tlv(6, "\x55\x04\x03"))}
	trap := tlv(6, sysUpTime) + tlv(0x40) + tlv(2, "\x03") + tlv(2, "\x00") + tlv(0x43)
	tests := []struct{ name, data, want string }{
		{"PDU", v2c(pduOf(0xa2, "\x00", "\x00", bindings...)), "1.3.6.1 common_name "},
		{"wrong binding", v2c(pduOf(0xa2, "\x00", "\x00", bindings[1], tlv(0x30, tlv(5)), bindings[4])), "1.3.6.1 "},
		{"trap", v2c(tlv(0xa4, trap, tlv(0x30, bindings...))), "1.3.6.1 common_name "},
		{"trap cut off", v2c(tlv(0xa4, trap)), ""},
		{"version 3", v3("\x00", usmOf("", "", ""), scoped(0xa0)), "1.3.6.1 "},
		{"encrypted", v3("\x02", usmOf("", "", ""), scoped(0xa0)), ""},
	}
	for _, tt := range tests {
		p.Record([]byte(tt.data))
		var got []byte
		p.Message.(*Message).EachOID(func(contents wire.Cursor) {
			got = append(ber.AppendOID(got, contents), ' ')
		})
		if string(got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(v2c(pduOf(0xa2, "\x00", "\x00", variable(tlv(0x40, "\xc0\x00\x02\x01")), variable(tlv(0x13, "x"))))),
		[]byte(v2c(tlv(0xa4, tlv(6, sysUpTime), tlv(0x40), tlv(2, "\x03"), tlv(2, "\x00"), tlv(0x43), tlv(0x30, variable(tlv(5)))))),
		[]byte(v3("\x01", usmOf("\x80\x00\x00\x09\x04text", "user", "AUTHAUTHAUTH"), scoped(0xa0))),
		[]byte(v3("\x03", usmOf("\x80\x00\x00\x09\x04text", "user", "AUTHAUTHAUTH"), tlv(4, "encrypted"))),
	)
}
