package main

import "testing"

func TestFamilies(t *testing.T) {
	rules, err := readRules("../families.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ protocol, name, library, want string }{
		{"tls", "chromium", "libnss3 3.87.1", "chromium"},
		{"quic", "firefox-esr", "", "firefox"},
		{"tls", "python3", "", "openssl"},
		{"http", "python3", "", "python"},
		{"tls", "wget", "libgnutls30 3.7.9", "gnutls"},
		{"tls", "fetchmail", "libssl3 3.0.22", "openssl"},
		{"http", "dirb", "libcurl4 7.88.1", "curl"},
		{"ssh", "ssh", "", "openssh"},
		{"tls", "something", "", "something"},
	} {
		if got := familyOf(rules, map[string]string{c.protocol: "x"}, label{Process: c.name, Library: c.library}); got != c.want {
			t.Errorf("%s of %s (%s): %s, want %s", c.protocol, c.name, c.library, got, c.want)
		}
	}
}
