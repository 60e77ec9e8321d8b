package main

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestUndump(t *testing.T) {
	got, err := undump([]string{
		"0000 - 00 1c 00 00 19 74 6c 73-2e 64 61 2d 63 6f 6c   .....tls.da-col",
		"000f - 6c 65                                             le"})
	if want := "001c000019746c732e64612d636f6c6c65"; err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%x %v, want %s", got, err, want)
	}
}

func TestExtensions(t *testing.T) {
	for text, want := range map[string]string{
		"alpn:h2":            "00100005" + "0003" + "026832",
		"groups:001d,0017":   "000a0006" + "0004" + "001d0017",
		"sigalgs:0403":       "000d0004" + "0002" + "0403",
		"versions:0304,0303": "002b0005" + "04" + "03040303",
		"0017":               "00170000",
		"0005:0100000000":    "00050005" + "0100000000",
	} {
		if got, err := parseExtension(text); err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s: %x %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "0017:0", "groups:zz"} {
		if got, err := parseExtension(text); err == nil {
			t.Errorf("%q is an extension: %x", text, got)
		}
	}
}

// The files say what can be sent.
func TestStacks(t *testing.T) {
	stacks, err := readStacks("stacks.json")
	if err != nil || len(stacks) == 0 {
		t.Fatal(err)
	}
	for _, s := range stacks {
		records, err := s.records()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			// A handshake record with a client hello that fills it (RFC 8446, section 5.1).
			if len(r) < 9 || r[0] != 22 || r[5] != 1 || int(r[3])<<8|int(r[4]) != len(r)-5 || int(r[7])<<8|int(r[8]) != len(r)-9 {
				t.Fatalf("%s %s: %x", s.Name, s.Version, r)
			}
		}
		if s.Name == "" || s.Family == "" || s.Source == "" {
			t.Errorf("%+v lacks a name, a family or a source", s)
		}
	}
}

func TestRequests(t *testing.T) {
	stacks, err := readHTTPStacks("requests.json")
	if err != nil || len(stacks) == 0 {
		t.Fatal(err)
	}
	for _, s := range stacks {
		for _, q := range s.requests() {
			if !bytes.HasSuffix([]byte(q), []byte("\r\n\r\n")) {
				t.Errorf("%s: %q", s.Name, q)
			}
		}
		if s.Name == "" || s.Family == "" || s.Source == "" {
			t.Errorf("%+v lacks a name, a family or a source", s)
		}
	}
	q := httpStack{Headers: []string{"Host", "?Accept: a | b"}}
	if got := q.requests(); len(got) != 3 || got[2] != "GET / HTTP/1.1\r\nHost: www.lab.test\r\nAccept: b\r\n\r\n" {
		t.Errorf("%q", got)
	}
}
