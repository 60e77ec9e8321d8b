package ldap

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// tlv encodes a value of less than 128 bytes.
func tlv(tag byte, contents ...string) string {
	s := strings.Join(contents, "")
	return string([]byte{tag, byte(len(s))}) + s
}

func message(operation string) string { return tlv(0x30, tlv(2, "\x07"), operation) }

func bind(auth string) string {
	return message(tlv(0x60, tlv(2, "\x03"), tlv(4, "cn=\"admin\""), auth))
}

func sasl(mechanism, credentials string) string {
	return bind(tlv(0xa3, tlv(4, mechanism), credentials))
}

func TestMessage(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	const (
		no, password, token, derived = proto.NotExposed, proto.ExposedPassword, proto.ExposedToken, proto.ExposedDerived
	)
	tests := []struct {
		name, data, want string
		exposure         proto.Exposure
	}{
		{"simple bind", bind(tlv(0x80, "secret")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"simple":"secret"}}}`, password},
		{"anonymous bind", bind(tlv(0x80)), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{}}}`, no},
		{"plain", sasl("PLAIN", tlv(4, "\x00user\x00password")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"sasl":{"gssapi":{"base64":"AHVzZXIAcGFzc3dvcmQ="}}}}}`, password},
		{"token", sasl("XOAUTH2", tlv(4, "token")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"sasl":{"gssapi":{"base64":"dG9rZW4="}}}}}`, token},
		{"digest", sasl("Scram-SHA-256", tlv(4, "n,,n=user")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"sasl":{"gssapi":{"base64":"biwsbj11c2Vy"}}}}}`, derived},
		{"GSSAPI", sasl("GSSAPI", tlv(4, "token")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"sasl":{"gss_spnego":{"base64":"dG9rZW4="}}}}}`, no},
		{"SPNEGO", sasl("GSS-SPNEGO", tlv(4, "token")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"sasl":{"gssapi":{"base64":"dG9rZW4="}}}}}`, no},
		{"no credentials yet", sasl("PLAIN", tlv(4)), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"sasl":{"gssapi":{"base64":""}}}}}`, no},
		{"no credentials", sasl("PLAIN", ""), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{}}}`, no},
		{"credentials of another type", sasl("PLAIN", tlv(2, "x")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{}}}`, no},
		{"another choice", bind(tlv(0x8a, "\x01\x02")), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=\"admin\"","auth":{"unknown":"0102"}}}`, no},
		{"bind without authentication", message(tlv(0x60, tlv(2, "\x03"), tlv(4, "cn=x"))), `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=x","auth":{"unknown":""}}}`, no},
		{"name cut off", "\x30\x30\x02\x01\x07\x60\x20\x02\x01\x03\x04\x10cn=adm", `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn=adm","truncated":"ldapdn","auth":{"unknown":""}}}`, no},
		{"password cut off", "\x30\x30\x02\x01\x07\x60\x20\x02\x01\x03\x04\x02cn\x80\x10sec", `"ldap":{"message_id":"07","bind_request":{"version":"03","ldapdn":"cn","auth":{"simple":"sec","truncated":"simple"}}}`, password},
		{"bind of another version type", message(tlv(0x60, tlv(4, "\x03"), tlv(4, "cn=x"), tlv(0x80, "p"))), `"ldap":{"message_id":"07","bind_request":{"version":"","auth":{"unknown":""}}}`, no},
		{"response", message(tlv(0x61, tlv(10, "\x00"), tlv(4), tlv(4))), `"ldap":{"message_id":"07","bind_response":{"result_code":"success","matched_dn":"","diagnostic_message":""}}`, no},
		{"response with texts", message(tlv(0x61, tlv(10, "\x31"), tlv(0x13, "dc=x"), tlv(4, "bad"))), `"ldap":{"message_id":"07","bind_response":{"result_code":"invalidCredentials","matched_dn":"dc=x","diagnostic_message":"626164"}}`, no},
		{"response, unknown code", message(tlv(0x61, tlv(10, "\x63"), tlv(3, "\x00\x01"), tlv(6, "\x55\x04\x03"))), `"ldap":{"message_id":"07","bind_response":{"result_code":"UNKNOWN","matched_dn":"0001","diagnostic_message":"common_name"}}`, no},
		{"response, long code", message(tlv(0x61, tlv(10, "\x00\x00"), tlv(4), tlv(4))), `"ldap":{"message_id":"07","bind_response":{"result_code":"UNKNOWN","matched_dn":"","diagnostic_message":""}}`, no},
		{"response cut off", message(tlv(0x61, tlv(10, "\x00"), tlv(4))), `"ldap":{"message_id":"07"}`, no},
		{"response text cut off", "\x30\x30\x02\x01\x07\x61\x20\x0a\x01\x00\x04\x00\x04\x20bad", `"ldap":{"message_id":"07","bind_response":{"result_code":"success","matched_dn":"","diagnostic_message":"626164","truncated":"diagnostic_message"}}`, no},
		{"search", message(tlv(0x63, tlv(4, "dc=x"))), `"ldap":{"message_id":"07"}`, no},
		{"no operation", tlv(0x30, tlv(2, "\x07")), `"ldap":{"message_id":"07"}`, no},
		{"identifier cut off", "\x30\x10\x02\x08\x07\x08", `"ldap":{"message_id":"0708"}`, no},
		{"empty identifier", tlv(0x30, tlv(2), tlv(0x42)), "none", 0},
		{"no identifier", tlv(0x30), "none", 0},
		{"no sequence", tlv(0x31, tlv(2, "\x07"), tlv(0x42)), "none", 0},
		{"indefinite length", "\x30\x80\x02\x01\x07\x42\x00\x00\x00", "none", 0},
		{"encrypted", "\x00\x00\x00\x20\x60\x0e", "none", 0},
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

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(bind(tlv(0x80, "secret"))),
		[]byte(sasl("PLAIN", tlv(4, "\x00user\x00password"))),
		[]byte(message(tlv(0x61, tlv(10, "\x31"), tlv(0x13, "dc=x"), tlv(4, "bad")))),
	)
}
