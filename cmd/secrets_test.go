package cmd

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/schema"
)

// knownSecrets are the passwords and communities that the captures were made
// with (scripts/captures).
var knownSecrets = []string{"wonderland", "lookingglass1", "newpass"}

// maskedValue is a value in place of a secret, or of a part of it.
var maskedValue = regexp.MustCompile(`masked:[0-9]+(:[0-9a-f]{16})?`)

// secretRuns are options with which records show secrets.
var secretRuns = map[string][]string{
	"all": {"--metadata", "--dns-json", "--certs-json", "--reassembly", "--add=all", "--fingerprints=all", "--raw-features=all",
		"--exposed-creds", "--crypto-assess=default", "--nonselected-tcp-data", "--nonselected-udp-data"},
	"deep":        {"--metadata", "--deep", "--dns-json"},
	"nonselected": {"--metadata", "--nonselected-tcp-data", "--nonselected-udp-data"},
	"default":     {},
}

// TestMaskSecrets runs merc-fp and mercury over all captures, with and without
// masks. A value that differs is declared as a secret and is masked. No value
// that was masked, and no password that the captures were made with, is
// anywhere in what is written with masks: as it is, in base64, or in
// hexadecimal.
func TestMaskSecrets(t *testing.T) {
	masked := map[string]bool{} // paths of members
	secrets := map[string]bool{}
	var written [][]byte
	for name, options := range secretRuns {
		if name == "nonselected" {
			options = append(slices.Clone(options), "--select=arp")
		}
		for _, capture := range ownCaptures(t) {
			plain, _ := fingerprint(t, capture, options)
			hidden, log := fingerprint(t, capture, append(slices.Clone(options), "--mask-secrets", "-v"))
			written = append(written, hidden, log)
			was, is := bytes.Split(plain, []byte("\n")), bytes.Split(hidden, []byte("\n"))
			if len(was) != len(is) {
				t.Fatalf("%s, %s: %d records, %d without masks", name, capture, len(is), len(was))
			}
			for i := range was {
				if bytes.Equal(was[i], is[i]) {
					continue
				}
				var a, b map[string]any
				if err := json.Unmarshal(was[i], &a); err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(is[i], &b); err != nil {
					t.Fatalf("%s, %s: %v in %s", name, capture, err, is[i])
				}
				compareMasked(t, schema.Fields(), "", a, b, func(path, value, instead string) {
					masked[path] = true
					for _, s := range hiddenParts(value, instead) {
						// The first data of a flow may be no secret at all.
						if path != "tcp.data" && path != "udp.data" && !shortHex.MatchString(s) {
							secrets[s] = true
						}
					}
				})
			}
		}
	}
	for _, path := range []string{
		"ftp.request.argument", "http.request.authorization.basic.param", "http.request.headers.value", "imap.requests.password",
		"smtp.request.parameters", "ldap.bind_request.auth.simple", "redis.request.auth.password", "snmp.community", "snmp.password_recovery",
		"mysql_login.auth_data", "tacacs_plus.password_recovery", "tacacs_plus.authentication_start.data", "telnet.message.data", "ospf.authentication", "tcp.data", "udp.data",
	} {
		if !masked[path] {
			t.Errorf("nothing is masked in %s", path)
		}
	}
	written = append(written, otherOutputs(t)...)
	all := slices.Clone(knownSecrets)
	for s := range secrets {
		if len(s) >= minTold && !slices.Contains(alsoPublic, s) {
			all = append(all, s)
		}
	}
	if len(all) < 25 {
		t.Errorf("only the secrets %q", all)
	}
	out := maskedValue.ReplaceAll(bytes.Join(written, nil), nil)
	for _, s := range all {
		forms := []string{s, jsonText(s), hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s))}
		for _, form := range slices.Compact(forms) {
			if i := bytes.Index(out, []byte(form)); i >= 0 {
				t.Errorf("%.100q is in the output: …%.300s…", s, out[max(i-200, 0):])
				break
			}
		}
	}
}

// otherOutputs runs mercury and merc-analyze over all captures, with masks and
// with all else that they write: statistics, a report, an inventory, packets that a
// parser failed on, logs. It returns what is in all files, decompressed.
func otherOutputs(t *testing.T) (all [][]byte) {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	run := func(name string, args ...string) {
		t.Helper()
		out, err := exec.Command(command(name), args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %.500s", name, err, out)
		}
		all = append(all, out)
	}
	outputs := func(prefix string) []string {
		return []string{"-v", "--explain", "--stats=" + in(prefix+"stats"), "--report=" + in(prefix+"report.html"), "--cbom=" + in(prefix+"cbom.json")}
	}
	mercury := slices.Concat(secretRuns["all"], outputs("mercury-"), []string{"-a", "--mask-secrets", "--deep", "--quarantine=" + in("failed.pcap"), "-f", in("records.json")})
	for _, capture := range ownCaptures(t) {
		mercury = append(mercury, "-r", capture)
	}
	run("mercury", mercury...)
	run("merc-analyze", append(outputs("analyze-"), in("records.json"))...)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 7 {
		t.Errorf("only the files %v", entries)
	}
	for _, e := range entries {
		text, err := os.ReadFile(in(e.Name()))
		if err == nil && strings.HasSuffix(e.Name(), ".gz") {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
				text, err = io.ReadAll(z)
			}
		}
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %v, %d bytes", e.Name(), err, len(text))
		}
		all = append(all, text)
	}
	return all
}

// minTold is the length of the shortest secret that is told from the same
// letters elsewhere.
const minTold = 6

// alsoPublic are values that are secrets in one place, and said in others: two
// communities that are words.
var alsoPublic = []string{"public", "private"}

// shortHex are numbers that may be anywhere.
var shortHex = regexp.MustCompile("^[0-9a-f]{1,20}$")

func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(b[1 : len(b)-1])
}

// fingerprint returns what merc-fp writes to standard output and error.
func fingerprint(t *testing.T, capture string, options []string) (out, log []byte) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := exec.Command(command("merc-fp"), append(slices.Clone(options), "-t1", capture)...)
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, stderr.Bytes())
	}
	return stdout.Bytes(), stderr.Bytes()
}

// compareMasked calls found with each string that is masked, and its path. It
// checks that the objects are the same but for those, and that they are
// declared as secrets.
func compareMasked(t *testing.T, fields []proto.Field, path string, a, b map[string]any, found func(path, value, instead string)) {
	t.Helper()
	if len(a) != len(b) {
		t.Errorf("%s: %v without masks, %v with them", path, a, b)
	}
	for name, v := range a {
		if reflect.DeepEqual(v, b[name]) {
			continue
		}
		ok := false
		for i := range fields {
			if f := &fields[i]; f.Name == name || f.Name == "*" {
				ok = ok || compareValue(t, f, path+name, v, b[name], found)
			}
		}
		if !ok {
			t.Errorf("%s%s is %v without masks, %v with them", path, name, v, b[name])
		}
	}
}

func compareValue(t *testing.T, f *proto.Field, path string, a, b any, found func(path, value, instead string)) bool {
	switch a := a.(type) {
	case string:
		s, ok := b.(string)
		if !ok || !f.Secret || s != a && !maskedValue.MatchString(s) {
			return false
		}
		if s != a {
			found(path, a, s)
		}
		return true
	case []any:
		list, ok := b.([]any)
		if !ok || len(a) != len(list) {
			return false
		}
		for i := range a {
			if !compareValue(t, f, path, a[i], list[i], found) {
				return false
			}
		}
		return true
	case map[string]any:
		object, ok := b.(map[string]any)
		if ok && len(f.Fields) > 0 {
			compareMasked(t, f.Fields, path+".", a, object, found)
			return true
		}
	}
	return reflect.DeepEqual(a, b)
}

// hiddenParts are the parts of a value that masks are in place of.
func hiddenParts(value, instead string) []string {
	var parts []string
	for rest := instead; ; {
		at := maskedValue.FindStringIndex(rest)
		if at == nil {
			return parts
		}
		before := rest[:at[0]]
		rest = rest[at[1]:]
		value = strings.TrimPrefix(value, before)
		next := rest
		if m := maskedValue.FindStringIndex(rest); m != nil {
			next = rest[:m[0]]
		}
		end := len(value)
		if next != "" {
			if i := strings.Index(value, next); i >= 0 {
				end = i
			}
		}
		parts = append(parts, value[:end])
		value = value[end:]
	}
}

// TestMaskKey checks that a key gives the same hashes in all runs, and that
// there are others without it.
func TestMaskKey(t *testing.T) {
	capture := filepath.Join(captures, "ftp.pcap")
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(options ...string) string {
		out, _ := fingerprint(t, capture, append([]string{"--mask-secrets"}, options...))
		return string(out)
	}
	one := run("--mask-key=" + key)
	if two := run("--mask-key=" + key); one != two {
		t.Error("two runs with a key differ")
	}
	if two := run(); one == two || two == run() {
		t.Error("runs without a key are the same")
	}
	for reason, args := range map[string][]string{
		"has 16 to 4096 bytes":                  {"--mask-secrets", "--mask-key=" + os.DevNull},
		"no-such-file":                          {"--mask-secrets", "--mask-key=no-such-file"},
		"needs --mask-secrets or --normalize (": {"--mask-key=" + key},
	} {
		out, err := exec.Command(command("merc-fp"), append(args, capture)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), reason) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%q: %v, %s", args, err, out)
		}
	}
	fused, err := exec.Command(command("mercury"), "--mask-secrets", "--mask-key="+key, "-r", capture).Output()
	if err != nil || withoutContext(string(fused)) != withoutContext(one) {
		t.Errorf("mercury writes others than merc-fp: %v\n%s", err, fmt.Sprintf("%.300s", fused))
	}
}

// withoutContext removes what only merc-fp writes.
func withoutContext(records string) string {
	return regexp.MustCompile(`"context":\{[^{}]*(\{[^{}]*\}[^{}]*)*\},`).ReplaceAllString(records, "")
}
