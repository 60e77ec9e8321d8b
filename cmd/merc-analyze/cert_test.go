package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"merctools/lib/cli"
)

// runCert runs the command and returns the lines that it writes.
func runCert(t *testing.T, c *certCommand, input string) (lines []string, stderr string, err error) {
	t.Helper()
	var out, problems bytes.Buffer
	env := &cli.Env{Name: "merc-analyze", Stdin: tempInput(t, input), Stdout: &out, Stderr: &problems}
	err = c.Run(context.Background(), env)
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), problems.String(), err
}

func tempInput(t *testing.T, text string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func issue(t *testing.T, name string, key crypto.Signer, parent *x509.Certificate, signer crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func asPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func TestCert(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	strong, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := issue(t, "root", weak, nil, nil)
	leaf := issue(t, "leaf", strong, root, weak)
	again := issue(t, "again", weak, root, weak)
	base := base64.StdEncoding.EncodeToString
	const at = "2019-06-01T00:00:00Z"

	// All forms give the same line.
	want, _, err := runCert(t, &certCommand{At: at}, asPEM(leaf))
	if err != nil || len(want) != 1 || !strings.HasPrefix(want[0], `{"version":"02","serial_number":"07"`) || !strings.Contains(want[0], `"sha256":"`) ||
		strings.Contains(want[0], "not_valid") {
		t.Fatalf("%v: %q", err, want)
	}
	for form, text := range map[string]string{
		"DER": string(leaf.Raw), "base64": "\n" + base(leaf.Raw) + "\n", "PEM": "some text's key:\n"[:0] + asPEM(leaf) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})),
		"record": `{"tls":{"server":{"certs":[{"base64":"` + base(leaf.Raw) + `"}]}},"src_ip":"192.0.2.1"}` + "\n" + `{"dns":{}}`,
	} {
		if got, stderr, err := runCert(t, &certCommand{At: at}, text); err != nil || stderr != "" || len(got) != 1 || got[0] != want[0] {
			t.Errorf("%s: %v, %s, %q", form, err, stderr, got)
		}
	}

	all := asPEM(root) + asPEM(leaf) + asPEM(again)
	for _, tt := range []struct {
		command certCommand
		want    string // the common names that are written
	}{
		{certCommand{At: at}, "root leaf again"},
		{certCommand{At: at, Filter: "self-issued"}, "root"},
		{certCommand{At: at, Filter: "weak-key, self-issued"}, "root again leaf"},
		{certCommand{At: at, Filter: "not-valid"}, ""},
		{certCommand{Filter: "not-valid"}, "root leaf again"},
		{certCommand{At: at, Filter: "nonconformant"}, ""},
	} {
		got, _, err := runCert(t, &tt.command, all)
		if err != nil {
			t.Errorf("%+v: %v", tt.command, err)
		}
		for _, name := range []string{"root", "leaf", "again"} {
			has := strings.Contains(strings.Join(got, "\n"), `"subject":[{"common_name":"`+name+`"}]`)
			if wants := strings.Contains(tt.want, name); has != wants && !(name == "leaf" && strings.Contains(tt.command.Filter, "weak-key")) {
				t.Errorf("--filter=%s --at=%s: %s: %v", tt.command.Filter, tt.command.At, name, has)
			}
		}
	}

	groups, _, err := runCert(t, &certCommand{Groups: true}, all)
	if err != nil || len(groups) != 3 {
		t.Fatalf("%v: %q", err, groups)
	}
	for i, group := range []int{1, 2, 1} {
		if !strings.Contains(groups[i], fmt.Sprintf(`"key_group":%d,`, group)) {
			t.Errorf("certificate %d: no group %d in %s", i, group, groups[i])
		}
	}

	bundle := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(bundle, []byte(asPEM(root)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := issue(t, "other", strong, nil, nil)
	trusted, _, err := runCert(t, &certCommand{Trust: bundle, At: at}, asPEM(leaf)+asPEM(other))
	if err != nil || len(trusted) != 2 || !strings.Contains(trusted[0], `"trusted":true,"sha256"`) || !strings.Contains(trusted[1], `"trusted":false,"trust_error":"x509: `) {
		t.Errorf("%v: %q", err, trusted)
	}
	only, _, err := runCert(t, &certCommand{Trust: bundle, At: at, Filter: "untrusted"}, asPEM(leaf)+asPEM(other))
	if err != nil || len(only) != 1 || only[0] != trusted[1] {
		t.Errorf("%v: %q", err, only)
	}

	// Two keys that share a prime: their certificates are named by their hashes.
	p, _ := rand.Prime(rand.Reader, 512)
	var moduli []string
	for range 2 {
		q, _ := rand.Prime(rand.Reader, 512)
		moduli = append(moduli, new(big.Int).Mul(p, q).Text(16))
	}
	moduli = append(moduli, weak.N.Text(16))
	factors, _, err := runCert(t, &certCommand{CommonFactors: true, Moduli: true}, strings.Join(moduli, "\n")+"\n")
	if err != nil || len(factors) != 2 || !strings.Contains(factors[0], fmt.Sprintf(`"factors":["%x",`, p)) || !strings.HasSuffix(factors[1], `"found_in":["2"]}`) {
		t.Errorf("%v: %q", err, factors)
	}
	if none, _, err := runCert(t, &certCommand{CommonFactors: true}, all); err != nil || none[0] != "" {
		t.Errorf("certificates with one key: %v: %q", err, none)
	}
}

func TestCertErrors(t *testing.T) {
	for _, c := range []certCommand{{Filter: "bad"}, {Filter: "untrusted"}, {At: "tomorrow"}, {Moduli: true}} {
		if _, _, err := runCert(t, &c, ""); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	for _, text := range []string{"nonsense\n", "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n", "MI?\n"} {
		_, stderr, err := runCert(t, &certCommand{}, text)
		if err == nil || !strings.Contains(stderr, "no certificate") {
			t.Errorf("%q: %v, %s", text, err, stderr)
		}
	}
	for _, der := range []string{"\x30\x82\x01\x00x", "\x30\x84\xff\xff\xff\xff", "\x30\x80\x00"} {
		if _, _, err := runCert(t, &certCommand{}, der); err == nil {
			t.Errorf("%x: no error", der)
		}
	}
}
