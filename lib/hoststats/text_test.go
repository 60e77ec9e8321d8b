package hoststats

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestServerName(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"example.com":                       "example.com",
		"b\u00fccher.example":               "b\u00fccher.example",
		"a\"b\\c\nd\x7f":                    `a\"b\\c\u000ad` + "\x7f",
		"a\xffb\xc3":                        "a\ufffdb\ufffd",
		"\ue000\U0001f600":                  "\ue000\U0001f600",
		"host\x00hidden":                    "host",
		strings.Repeat("x", 300):            strings.Repeat("x", 256),
		strings.Repeat("x", 255) + "\u00fc": strings.Repeat("x", 255) + "\ufffd",
	} {
		if got := string(appendServerName(nil, []byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestUserAgent(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"curl/8 \"x\"":            `curl/8 \"x\"`,
		"b\u00fcx\x7f\xff":        `b\u00fcx\u007f\ufffd`,
		"a\x00b":                  "a",
		strings.Repeat("x", 600):  strings.Repeat("x", 511),
		strings.Repeat("\"", 600): strings.Repeat(`\"`, 511),
	} {
		if got := string(appendUserAgent(nil, []byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestSoftware(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"Coturn-4.6 'x'":          "Coturn-4.6 'x'",
		"a\"b":                    `a\\\"b`,
		"a\x00\u00fc":             `a\\u0000\\u00fc`,
		`\ufffd`:                  `\\\\ufffd`,
		"a\xff":                   "",
		"a\ue000":                 "",
		strings.Repeat("x", 511):  strings.Repeat("x", 511),
		strings.Repeat("x", 512):  "",
		strings.Repeat("\"", 255): strings.Repeat(`\\\"`, 255),
		strings.Repeat("\"", 256): "",
	} {
		if got := string(appendSoftware(nil, []byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, s := range []string{"x", "\"", "\u00fc", "\U0001f600", "\xff"} {
		for lead := range 7 {
			in := strings.Repeat("y", lead) + strings.Repeat(s, 5000)
			out := appendLabel([]byte(`"`), []byte(in))[1:]
			if len(out) > maxLabel || len(out) <= maxLabel-6 {
				t.Errorf("%q after %d: %d bytes", s, lead, len(out))
			}
			if !json.Valid(append(append([]byte{'"'}, out...), '"')) {
				t.Errorf("%q after %d: ends with %q", s, lead, out[len(out)-8:])
			}
		}
	}
	if got := appendLabel(nil, []byte("device.local")); !bytes.Equal(got, []byte("device.local")) {
		t.Errorf("got %q", got)
	}
}
