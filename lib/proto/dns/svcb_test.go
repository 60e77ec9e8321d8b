package dns

import (
	"strings"
	"testing"

	"merctools/lib/proto/prototest"
)

func svcParam(key int, value string) string { return u16(key, len(value)) + value }

// ech is an ECHConfigList with one configuration.
const ech = "\x00\x1e\xfe\x0d\x00\x1a" + "\x07\x00\x20\x00\x03key" + "\x00\x08\x00\x01\x00\x01\x00\x02\x00\x03" + "\x20\x01e\x00\x00"

const echHead = `"version":"fe0d","hpke_key_config":{"config_id":7,"kem":"DHKEM_X25519_HKDF_SHA256","public_key":"6b6579","hpke_symmetric_cipher_suite":[{"kdf":"HKDF_SHA256","aead":"AES_128_GCM"},{"kdf":"HKDF_SHA384","aead":"ChaCha20Poly1305"}]},"maximum_name_length":32,"public_name":"e",`

func TestServiceBinding(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	const v6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"
	params := func(s ...string) string { return u16(1) + "\x00" + strings.Join(s, "") }
	const head = `"priority":1,"target_name":"","svc_params":[`
	tests := []struct{ name, data, want string }{
		{"alias", u16(0) + name("target"), `"priority":0,"target_name":"target.","svc_params":[]`},
		{"mandatory", params(svcParam(keyMandatory, "\x00\x01\x00\x04")), head + `{"mandatory":"00010004"}]`},
		{"alpn", params(svcParam(keyALPN, "\x02h3\x00\x02h2")), head + `{"alpn":["h3","h2"]}]`},
		{"alpn, cut off", params(svcParam(keyALPN, "\x02h3\x05h2")), head + `{"alpn":["h3"]}]`},
		{"alpn, empty", params(svcParam(keyALPN, "")), head + `{"alpn":[]}]`},
		{"no default alpn", params(svcParam(keyNoDefaultALPN, "")), head + `{"no_default_alpn":""}]`},
		{"port", params(svcParam(keyPort, "\x01\xbb")), head + `{"key":"port","value":443}]`},
		{"port, cut off", params(svcParam(keyPort, "\x01")), head + `{"key":"port"}]`},
		{"ipv4hint", params(svcParam(keyIPv4Hint, "\x01\x02\x03\x04\x05\x06\x07\x08\x09")), head + `{"ipv4hint":["1.2.3.4","5.6.7.8"]}]`},
		{"ipv6hint", params(svcParam(keyIPv6Hint, v6+v6+"\x01")), head + `{"ipv6hint":["2001:db8::7","2001:db8::7"]}]`},
		{"hints, empty", params(svcParam(keyIPv4Hint, ""), svcParam(keyIPv6Hint, "")), head + `{"ipv4hint":[]},{"ipv6hint":[]}]`},
		{"invalid key", params(svcParam(keyInvalid, "a")), head + `{"invalid_key":"61"}]`},
		{"unknown", params(svcParam(7, "/dns")), head + `{"unknown":"2f646e73"}]`},
		{"several", params(svcParam(keyPort, "\x00\x01"), svcParam(keyPort, "\x00\x02")), head + `{"key":"port","value":1},{"key":"port","value":2}]`},
		{"the last is cut off", params(svcParam(keyPort, "\x00\x01"), "\x00\x01\x00\x05\x02h2"), head + `{"key":"port","value":1}]`},
		{"ech", params(svcParam(keyECH, ech)), head + `{"ech_config":{` + echHead + `"extensions":[{"type":"GREASE","data":""}]}}]`},
		{"ech, extensions", params(svcParam(keyECH, ech[:len(ech)-2]+"\x00\x05\x1a\x2b")),
			head + `{"ech_config":{` + echHead + `"extensions":[{"type":"UNKNOWN","type_code":5,"data":"1a2b"},{"type":"GREASE","data":""}]}}]`},
		{"ech, unknown algorithms", params(svcParam(keyECH, "\x00\x00\xfe\x0a\x00\x00\x01\x00\x99\x00\x00\x00\x07\x00\x09\xff\xff\x00\x03\x01\x00\x00")),
			head + `{"ech_config":{"version":"fe0a","hpke_key_config":{"config_id":1,"kem":"UNKNOWN (0099)","public_key":"","hpke_symmetric_cipher_suite":[{"kdf":"UNKNOWN (0009)","aead":"Export_only"},{"kdf":"HKDF_SHA512","aead":"UNKNOWN (0000)"}]},"maximum_name_length":0,"extensions":[]}}]`},
		{"ech, cut off", params(svcParam(keyECH, ech[:len(ech)-4])), head + `{}]`},
		{"ech, empty", params(svcParam(keyECH, "")), head + `{}]`},
		{"pointer to nowhere", u16(1) + "\xff\xff" + svcParam(keyPort, "\x00\x01"), `"priority":1,"target_name":"","svc_params":[]`},
		{"target cut off", u16(1) + "\x03ab", ""},
		{"target too long", u16(1) + longName + "\x00", ""},
		{"priority only", u16(1), `"priority":1,"target_name":"","svc_params":[]`},
		{"priority cut off", "\x00", ""},
	}
	for _, tt := range tests {
		want := `"dns":{"response":{` + askedX + `"answer":[{"name":"x.","type":"HTTPS","class":"IN","ttl":300`
		if tt.want != "" {
			want += "," + tt.want
		}
		want += `}],"id":"3412"}}`
		data := answers(rr(first, typeHTTPS, tt.data))
		if got := p.Record(data); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
		p.Truncated(data)
	}
}

// Each two bytes behind an ECH configuration are written with all that
// follows, which must not grow without bound.
func TestECHExtensionsAreBounded(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	data := answers(rr(first, typeHTTPS, u16(1)+"\x00"+svcParam(keyECH, ech[:len(ech)-2]+strings.Repeat("\x0a", 60000))))
	if n := len(p.Record(data)); n > 2<<20 {
		t.Errorf("%d bytes", n)
	}
}
