package cmd

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// places is a database of the addresses in the captures.
const places = "../testdata/databases/places.mmdb"

// resourceArchive makes a resource archive that knows two processes for most
// fingerprints in the captures, and writes it to a file.
func resourceArchive(t *testing.T) string {
	t.Helper()
	var database bytes.Buffer
	seen := map[string]bool{}
	for _, capture := range ownCaptures(t) {
		if !isOriginal(capture) {
			continue
		}
		answers, err := os.ReadFile(answersName(capture) + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(answers) {
			var record struct{ Fingerprints map[string]string }
			if err := json.Unmarshal(line, &record); err != nil {
				continue
			}
			for kind, fp := range record.Fingerprints {
				if !slices.Contains([]string{"tls", "quic", "http", "ssh", "stun", "tofsee"}, kind) || seen[fp] {
					continue
				}
				seen[fp] = true
				if len(seen)%4 == 0 {
					continue
				}
				process := func(name, features string) string {
					return fmt.Sprintf(`{"process":%q,"count":50,"malware":false,"classes_hostname_sni":{},"classes_hostname_domains":{},`+
						`"classes_port_port":{"443":10},"classes_ip_ip":{}%s}`, name, features)
				}
				fmt.Fprintf(&database, `{"str_repr":%q,"fp_type":%q,"total_count":100,"process_info":[%s,%s]}`+"\n", fp, kind,
					process("one", `,"classes_ip_as":{"64497":50},"classes_user_agent":{"curl/7.88.1":10,"SSH-2.0-OpenSSH_9.2p1Debian-2+deb12u10\r":9}`),
					process("two", `,"classes_ip_as":{"unknown":50},"classes_user_agent":{"None":20}`))
			}
		}
	}
	if len(seen) < 20 {
		t.Fatalf("only %d fingerprints", len(seen))
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for name, text := range map[string]string{
		"VERSION": "2024.02.29; 1.0.full\n", "fingerprint_db.json": database.String(), "fp_prevalence_tls.txt": "", "pyasn.db": "",
		"doh-watchlist.txt": "www.example.com\n", "domain-mappings.db": `{"subnet":"198.51.100.0/24","type":"domain_mapping","tag":"example.com"}` + "\n",
	} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "resources.tgz")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// output runs a command with an input and returns what it writes.
func output(t *testing.T, in []byte, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(command(name), args...)
	c.Stdin = bytes.NewReader(in)
	var errors bytes.Buffer
	c.Stderr = &errors
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, errors.String())
	}
	return out
}

// statistics is what is in a file of statistics, without what tells of the
// run.
func statistics(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"libmerc_init_time" : "[^"]*"`).ReplaceAllString(string(b), "")
}

// TestPipe checks that merc-fp and merc-analyze together write the bytes that
// mercury writes, records and statistics, whatever options say of what there
// is in a record, and for any number of threads.
func TestPipe(t *testing.T) {
	archive := resourceArchive(t)
	var all []string
	for _, c := range ownCaptures(t) {
		if isOriginal(c) {
			all = append(all, c)
		}
	}
	dir := t.TempDir()
	analysis := []string{"--resources=" + archive, "--asn-db=" + places, "--geo-db=" + places}
	for i, options := range [][]string{
		{},
		{"--metadata", "--reassembly", "--exposed-creds"},
		{"--certs-json", "--metadata", "--reassembly", "--select=tls,snmp,ssh,stun,quic"},
	} {
		var packets, lines bytes.Buffer
		for _, c := range all {
			data, err := os.ReadFile(c)
			if err != nil {
				t.Fatal(err)
			}
			// Captures of a kind can be joined.
			if packets.Len() == 0 || bytes.HasPrefix(data, packets.Bytes()[:24]) {
				packets.Write(data)
			}
		}
		lines.Write(output(t, packets.Bytes(), "merc-fp", options...))
		for _, limit := range []string{"0", "25"} {
			stats := filepath.Join(dir, fmt.Sprintf("%d-%s", i, limit))
			fused := output(t, packets.Bytes(), "mercury", slices.Concat(options, analysis,
				[]string{"-a", "-t", "1", "--stats=" + stats, "--stats-limit=" + limit})...)
			want := statistics(t, stats)
			for _, text := range []string{`"process":"one"`, `"process":"two"`, `_fingerprint"`, `"dst_geo":{"country":"NL","asn":64496},"event_start"`} {
				if !strings.Contains(string(fused), text) {
					t.Errorf("%q: no %s in the records", options, text)
				}
			}
			if limit == "0" {
				for _, text := range []string{`"str_repr":"ssh`, `"str_repr":"stun`, `"user_agent":"SSH-2.0-`, `"dst":"(www.example.com)(192.0.2.2)(443)"`} {
					if !strings.Contains(want, text) {
						t.Errorf("%q: no %s in the statistics", options, text)
					}
				}
			}
			for _, threads := range []string{"1", "4"} {
				piped := output(t, lines.Bytes(), "merc-analyze", slices.Concat(analysis,
					[]string{"--strict", "-t", threads, "--stats=" + stats, "--stats-limit=" + limit})...)
				if line, a, b := firstDifference(piped, fused); line > 0 {
					t.Fatalf("%q, %s threads, line %d:\npiped %s\nfused %s", options, threads, line, a, b)
				}
				if got := statistics(t, stats); got != want {
					t.Errorf("%q, %s threads, limit %s: other statistics:\npiped %.2000s\nfused %.2000s", options, threads, limit, got, want)
				}
			}
		}
	}
}
