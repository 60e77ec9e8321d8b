package proto

import (
	"strings"
	"testing"
)

func TestParseSelection(t *testing.T) {
	known := []string{"all", "dns", "http", "http.request", "none", "smtp", "snmp", "ssh.client", "tls", "tls.client_hello", "tls.server_hello"}
	for list, want := range map[string]string{
		"tls.client_helo":  `unknown selector "tls.client_helo": did you mean tls.client_hello?`,
		"TLS":              `unknown selector "TLS": did you mean tls?`,
		"client_hello":     `unknown selector "client_hello": did you mean tls.client_hello?`,
		"serverhello":      `unknown selector "serverhello": did you mean tls.server_hello?`,
		"htp":              `unknown selector "htp": did you mean http?`,
		"https":            `unknown selector "https": did you mean http?`,
		"dns,smtps":        `unknown selector "smtps": did you mean smtp?`,
		"nonsense":         `unknown selector "nonsense"`,
		"":                 "",
		"tls.clienthello ": "",
	} {
		_, err := ParseSelection(list, known)
		if got := errorText(err); got != want {
			t.Errorf("%q: %s, want %s", list, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ac", 1},
		{"kitten", "sitting", 3}, {"sitting", "kitten", 3}, {"ab", "ba", 2}, {strings.Repeat("a", 99), "a", 98},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
