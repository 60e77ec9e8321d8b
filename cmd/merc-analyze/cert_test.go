package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
		"DER": string(leaf.Raw), "base64": "\n" + base(leaf.Raw) + "\n", "PEM": asPEM(leaf), "PEM with text": "Certificate:\n    Data:\n\n" + asPEM(leaf) + "The end.\n",
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

	// Keys are skipped, and told of.
	key, err := x509.MarshalPKCS8PrivateKey(strong)
	if err != nil {
		t.Fatal(err)
	}
	got, stderr, err := runCert(t, &certCommand{At: at}, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))+asPEM(leaf))
	if err != nil || len(got) != 1 || got[0] != want[0] || !strings.Contains(stderr, `:5: "PRIVATE KEY" is no certificate, and is skipped`) {
		t.Errorf("%v: %q, %q", err, got, stderr)
	}

	// An expression, and keys in several certificates. The same one does not count
	// as another.
	for filter, wants := range map[string]string{
		"regex=le.f":                     "leaf",
		"self-issued,regex=^no,such$":    "root",
		"shared-key":                     "root again",
		"shared-key, self-issued":        "root again",
		"shared-key, regex=\\x13?leaf$?": "leaf root again",
	} {
		got, _, err := runCert(t, &certCommand{At: at, Filter: filter}, asPEM(root)+all+asPEM(leaf)+asPEM(leaf)+asPEM(again))
		var names []string
		for _, line := range got {
			if m := regexp.MustCompile(`"subject":\[\{"common_name":"(\w+)"`).FindStringSubmatch(line); m != nil && !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
		slices.Sort(names)
		expected := strings.Fields(wants)
		slices.Sort(expected)
		if err != nil || !slices.Equal(names, expected) {
			t.Errorf("--filter=%s: %v: %q, want %q", filter, err, names, expected)
		}
	}

	// Other forms of output.
	sum := sha1.Sum(leaf.Raw)
	prefix := leaf.Raw[:bytes.Index(leaf.Raw, leaf.RawIssuer)+len(leaf.RawIssuer)]
	for _, tt := range []struct {
		command certCommand
		want    string
	}{
		{certCommand{PEM: true}, asPEM(leaf)},
		{certCommand{Hash: "sha1"}, fmt.Sprintf("%x\n", sum)},
		{certCommand{Prefix: true}, `{"version":"02","serial_number":"07","issuer":[{"common_name":"root"}]}` + "\n"},
		{certCommand{PrefixHex: true}, fmt.Sprintf(`{"cert_prefix":"%x"}`+"\n", prefix)},
	} {
		got, _, err := runCert(t, &tt.command, asPEM(leaf))
		if text := strings.Join(got, "\n") + "\n"; err != nil || text != tt.want {
			t.Errorf("%+v: %v: %s, want %s", tt.command, err, text, tt.want)
		}
	}
	cut, _, err := runCert(t, &certCommand{TruncTest: true}, asPEM(leaf))
	if err != nil || len(cut) != 2*(len(leaf.Raw)+1) || cut[0] != `{"trunc_len":0}` || !strings.HasPrefix(want[0], strings.TrimSuffix(cut[len(cut)-1], "}")) {
		t.Errorf("%v: %d lines, the last %s", err, len(cut), cut[len(cut)-1])
	}
	for _, line := range cut {
		if !json.Valid([]byte(line)) {
			t.Errorf("%s", line)
		}
	}

	// What is written grows with the square of the length: a long one is left out.
	padded := *leaf
	padded.Raw = append(slices.Clone(leaf.Raw), make([]byte, maxTruncTest)...)
	left, _, err := runCert(t, &certCommand{TruncTest: true}, asPEM(&padded)+asPEM(leaf))
	if err == nil || !strings.Contains(err.Error(), "--trunc-test: 1 certificates of more than 16384 bytes left out") || !slices.Equal(left, cut) {
		t.Errorf("%v: %d lines", err, len(left))
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
	// What nobody can have for a key does not keep the others waiting.
	var long []string
	for i := range 50 {
		n := new(big.Int).Lsh(big.NewInt(1), 8<<20)
		long = append(long, n.Add(n, big.NewInt(int64(2*i+1))).Text(16))
	}
	with, _, err := runCert(t, &certCommand{CommonFactors: true, Moduli: true}, strings.Join(slices.Concat(moduli, long), "\n")+"\n")
	if err == nil || !strings.Contains(err.Error(), "50 moduli of more than 65536 bits left out") || !slices.Equal(with, factors) {
		t.Errorf("%v: %d lines", err, len(with))
	}
	secrets, _, err := runCert(t, &certCommand{CommonFactors: true, Moduli: true, PrivateKeys: true}, strings.Join(moduli, "\n")+"\n")
	var secret struct {
		Key string `json:"private_key"`
	}
	if err != nil || len(secrets) != 2 || json.Unmarshal([]byte(secrets[0]), &secret) != nil {
		t.Fatalf("%v: %q", err, secrets)
	}
	block, _ := pem.Decode([]byte(secret.Key))
	if block == nil {
		t.Fatalf("no key in %s", secrets[0])
	}
	if private, err := x509.ParsePKCS1PrivateKey(block.Bytes); err != nil || private.Validate() != nil || private.N.Text(16) != moduli[0] || private.E != 65537 {
		t.Errorf("%v: %+v", err, private)
	}
	if none, _, err := runCert(t, &certCommand{CommonFactors: true}, all); err != nil || none[0] != "" {
		t.Errorf("certificates with one key: %v: %q", err, none)
	}
}

func TestCertErrors(t *testing.T) {
	for _, c := range []certCommand{{Filter: "bad"}, {Filter: "untrusted"}, {At: "tomorrow"}, {Filter: "regex=("}, {Hash: "md4"}, {PEM: true, Prefix: true}, {CommonFactors: true, Filter: "weak"}} {
		if _, _, err := runCert(t, &c, ""); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	for _, text := range []string{"nonsense\n", "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n", "MI?\n", "no certificate in 64 KiB:\n" + strings.Repeat("\n", 70_000) + "-----BEGIN"} {
		_, stderr, err := runCert(t, &certCommand{}, text)
		if err == nil || !strings.Contains(stderr, "no certificate") {
			t.Errorf("%q: %v, %s", text, err, stderr)
		}
	}
	for _, der := range []string{"\x30\x82\x01\x00x", "\x30\x84\xff\xff\xff\xff", "\x30\x80\x00", "\x30\x85\x01\x00\x00\x00\x00"} {
		if _, _, err := runCert(t, &certCommand{}, der); err == nil {
			t.Errorf("%x: no error", der)
		}
	}
}

// Whatever comes in, reading ends, certificates in it are read again when they
// are written as PEM, and lines are JSON.
func FuzzCert(f *testing.F) {
	for _, text := range []string{
		"", "{}\n", "MIIB\n", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "text\n-----BEGIN KEY-----\nMA==\n-----END KEY-----\n",
		"\x30\x82\x00\x03\x02\x01\x07", "\x30\x80", `{"tls":{"server":{"certs":[{"base64":"MAMCAQc="},{"base64":"MA\/\u002f"}]}}}`, "c0ffee\n",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, moduli bool) {
		r := newCertReader(bytes.NewReader(data), moduli)
		var blocks []byte
		var all [][]byte
		for rounds := 0; ; rounds++ {
			chain, err := r.next()
			if _, other := err.(otherBlock); err == errNoCertificate || other {
				continue
			}
			if err != nil {
				break
			}
			if rounds > len(data) || len(chain) == 0 {
				t.Fatalf("%d rounds, %d certificates", rounds, len(chain))
			}
			for _, der := range chain {
				blocks = append(blocks, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
				all = append(all, der)
			}
		}
		if moduli {
			return
		}
		again := newCertReader(bytes.NewReader(blocks), false)
		c := certCommand{Groups: true, Filter: "weak,shared-key,regex=.", At: "2019-06-01T00:00:00Z"}
		if err := c.check(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		c.out = bufio.NewWriter(&out)
		for i, der := range all {
			chain, err := again.next()
			if err != nil || len(chain) != 1 || !bytes.Equal(chain[0], der) {
				t.Fatalf("certificate %d: %v: %x, want %x", i, err, chain, der)
			}
			if err := c.one(all, i); err != nil {
				t.Fatal(err)
			}
		}
		c.out.Flush()
		for line := range bytes.Lines(out.Bytes()) {
			if !json.Valid(line) {
				t.Fatalf("%s", line)
			}
		}
	})
}
