package cli

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestReadConfig(t *testing.T) {
	const file = `# all there is
read = a b.pcap
write=w.pcap
	fingerprint	= out.json
capture = eth0
resources = /r.tgz
directory = /var/d
analysis = 1
buffer = 0.05
threads = cpu
limit = 1000000
output-time = 3600
user = mercury
loop = 2
verbosity = 1

select = dns, tls
dns-json
certs-json
metadata
nonselected-tcp-data
nonselected-udp-data
reassembly
format = tls/1
raw-features = tls
network-behavioral-detections
crypto-assess = default
minimize-ram
quic-trial-decryption
resources-key = /k
asn-db = a.mmdb
geo-db = g.mmdb`
	got, err := readConfig(strings.NewReader(file), func(line int, reason string) { t.Errorf("line %d: %s", line, reason) })
	want := map[string]string{
		"read": "ab.pcap", "write": "w.pcap", "fingerprint": "out.json", "capture": "eth0", "resources": "/r.tgz",
		"directory": "/var/d", "analysis": "true", "buffer": "0.05", "threads": "cpu", "limit": "1000000",
		"output-time": "3600", "user": "mercury", "loop": "2", "verbose": "true", "select": "dns,tls", "dns-json": "true",
		"certs-json": "true", "metadata": "true", "nonselected-tcp-data": "true", "nonselected-udp-data": "true",
		"reassembly": "true", "format": "tls/1", "raw-features": "tls", "network-behavioral-detections": "true",
		"crypto-assess": "default", "minimize-ram": "true", "quic-trial-decryption": "true",
		"resources-key": "/k", "asn-db": "a.mmdb", "geo-db": "g.mmdb",
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if len(want) != len(configKeys) {
		t.Errorf("%d keys of %d", len(want), len(configKeys))
	}
}

func TestReadConfigWarns(t *testing.T) {
	const file = `nonsense
metadata = 1
capture
 # a comment

analysis = yes
analysis =
limit = 1k
buffer = half
select=dns
select=tls
verbosity = 0
limit = -1
Metadata
metadata
`
	var warnings []string
	got, err := readConfig(strings.NewReader(file), func(line int, reason string) {
		warnings = append(warnings, fmt.Sprintf("%d: %s", line, reason))
	})
	want := []string{
		`1: unknown key "nonsense"`,
		`2: "metadata" has no value`,
		`3: "capture" needs a value`,
		`6: "yes" is neither 0 nor 1`,
		`7: "" is neither 0 nor 1`,
		`8: "1k" is not a number`,
		`9: "half" is not a number`,
		`11: select is there already`,
		`13: "-1" is not a number`,
		`14: unknown key "Metadata"`,
	}
	if err != nil || !slices.Equal(warnings, want) {
		t.Errorf("%v\n%s", err, strings.Join(warnings, "\n"))
	}
	if !maps.Equal(got, map[string]string{"select": "dns", "verbose": "false", "metadata": "true"}) {
		t.Errorf("%v", got)
	}
}

// The configuration file that is installed has each key once, in use or
// commented out, below a comment that explains it. Nothing in it is wrong.
func TestInstalledConfig(t *testing.T) {
	b, err := os.ReadFile("../../scripts/service/mercury.cfg")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder // with each key in use
	seen := map[string]bool{}
	explained := false
	for number, line := range strings.Split(string(b), "\n") {
		switch {
		case line == "":
			explained = false
		case strings.HasPrefix(line, "# "):
			explained = true
		default:
			line = strings.TrimPrefix(line, "#")
			key, _, _ := strings.Cut(line, " ")
			if seen[key] || !explained {
				t.Errorf("line %d: %s is there again, or not explained", number+1, key)
			}
			seen[key] = true
			all.WriteString(line + "\n")
		}
	}
	for key := range configKeys {
		if !seen[key] {
			t.Errorf("no key %s", key)
		}
	}
	values, err := readConfig(strings.NewReader(all.String()), func(_ int, reason string) { t.Error(reason) })
	if err != nil || len(values) != len(configKeys) {
		t.Errorf("%d values of %d, %v", len(values), len(configKeys), err)
	}
	if _, err := readConfig(bytes.NewReader(b), func(line int, reason string) { t.Errorf("line %d: %s", line, reason) }); err != nil {
		t.Error(err)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("capture = eth0\nlimit=5\n#\nmetadata")
	f.Add("=\n==\nanalysis=")
	f.Fuzz(func(t *testing.T, s string) {
		values, _ := readConfig(strings.NewReader(s), func(line int, reason string) {
			if line < 1 || reason == "" || strings.Contains(reason, "\n") {
				t.Errorf("line %d: %q", line, reason)
			}
		})
		for key := range values {
			if _, ok := configKeys[key]; !ok && key != "verbose" {
				t.Errorf("key %q", key)
			}
		}
	})
}
