package selector

import "testing"

func TestWhere(t *testing.T) {
	const line = `{"tls":{"client":{"server_name":"a.example","alpn":["h2","http/1.1"]}},"dns":{"answer":[{"ttl":5},{"ttl":300}]},"dst_port":443,"text":"x and y","quoted":"a\"b","d":"443"}`
	for text, want := range map[string]bool{
		"dst_port=443":                         true,
		"dst_port = 443.0":                     true,
		"dst_port!=443":                        false,
		"dst_port>442":                         true,
		"dst_port<443":                         false,
		"d>442":                                false, // text
		"d=443":                                true,
		"none=1":                               false,
		"none!=1":                              true,
		"none<1":                               false,
		"tls.client.server_name~^a\\.":         true,
		"tls.client.server_name ~ b":           false,
		"tls.client.alpn=h2":                   true,
		"tls.client.alpn!=h2":                  false,
		"dns.answer.ttl>100":                   true,
		"dns.answer.ttl>300":                   false,
		"quoted=a\"b":                          true,
		"dst_port=443 and dns.answer.ttl<6":    true,
		"dst_port=443 and dns.answer.ttl<5":    false,
		"tls.client.server_name=a.example":     true,
		"tls.client.server_name=":              false,
		"text~x and|or$":                       true,
		"text=x or y":                          false,
		"tls.client.server_name~a=b|e.a.*ple$": true,
	} {
		w, err := ParseWhere(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := w.Match([]byte(line)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	for _, text := range []string{"", "a", "=1", "a<b", "a~(", "a..b=1", "a=1 and ", "a=1 and b", "a==1", "a=1 or b=2", "a=1 AND b~c", "a~b and c=1 Or d<2"} {
		if _, err := ParseWhere(text); err == nil {
			t.Errorf("%q is a condition", text)
		}
	}
}
