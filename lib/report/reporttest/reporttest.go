// Package reporttest has what tests of reports are made of: the project's own
// captures, and records with hostile text.
package reporttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/output"
	"merctools/lib/report"
)

// Captures is the folder of the project's own captures, from where tests of
// packages below lib/report run.
const Captures = "../../../testdata/captures"

// Collect collects the records of captures in testdata, and returns them.
func Collect(t testing.TB, c *report.Collector, captures ...string) []byte {
	t.Helper()
	flags := cli.Records{Add: "report", ExposedCreds: true, Deep: true}
	config, err := flags.Config()
	if err != nil {
		t.Fatal(err)
	}
	config.Context, config.Explain = true, true
	if config.Model, err = fingerprintdb.Load(builtin.NewReader(), fingerprintdb.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range captures {
		names = append(names, filepath.Join(Captures, name))
	}
	in := cli.NewInput(nil, names...)
	defer in.Close()
	var records bytes.Buffer
	out, err := output.New(output.Config{Stdout: &records})
	if err != nil {
		t.Fatal(err)
	}
	job := cli.Job{Env: &cli.Env{}, Config: config, Threads: 1, Summary: &cli.CaptureSummary{Added: flags.AddedMembers()}}
	job.Tap = func(next func([]byte) error) func([]byte) error { return report.NewTap(c, next).Write }
	if err := job.Run(in, out, false); err != nil {
		t.Fatal(err)
	}
	return records.Bytes()
}

// HostileNames are texts that attack who shows them.
var HostileNames = []string{
	`<script>window.pwned=1</script>`, `"><img src=x onerror=window.pwned=1>`, `javascript:window.pwned=1`, `</style><script>window.pwned=1</script>`,
	"evil\u202egnp.exe", "zero\u200bwidth", "nul\x00and\x1b[31mred", "a\u0301\u0301\u0301\u0301\u0301\u0301b", "line\nbreak\r\n", `'; rm -rf ~; echo '`,
	"{{.Title}}", "\\u202e", "tab\there", "\ufeffbom", "\u2066isolate\u2069", "\U000e0041tag", "e\u2028f", string(bytes.Repeat([]byte("long"), 500)), "\xff\xfe",
}

// Hostile collects records with hostile text wherever there is text.
func Hostile(c *report.Collector) [][]byte {
	var lines [][]byte
	for i, name := range HostileNames {
		for _, r := range []map[string]any{
			{"fingerprints": map[string]any{"tls": "tls/(0301)(0005)()"}, "tls": map[string]any{"client": map[string]any{"server_name": name}},
				"tls_params": map[string]any{"versions": []any{name}, "post_quantum_offered": false, "post_quantum_key_share": false},
				"analysis":   map[string]any{"process": name, "score": 0.5, "malware": 1, "p_malware": 0.9, "status": "unlabeled_fingerprint", "attributes": []any{map[string]any{"name": name, "probability_score": 1}, map[string]any{"name": "faketls"}}},
				"indicators": []any{map[string]any{"value": name, "kind": "domain", "in": "server_name", "list": name, "line": 1}}},
			{"fingerprints": map[string]any{"http": "http/(474554)(485454502f312e31)()"}, "http": map[string]any{"request": map[string]any{"user_agent": name, "host": name}}, "credentials": "password"},
			{"fingerprints": map[string]any{"tls_server": "tls_server/(0301)(0005)()"}, "tls": map[string]any{"server": map[string]any{"certs": []any{
				map[string]any{"cert": map[string]any{"serial_number": name, "subject": []any{map[string]any{"common_name": name}}, "issuer": []any{map[string]any{"common_name": name}},
					"signature_algorithm": map[string]any{"algorithm": name}, "subject_public_key_info": map[string]any{"algorithm_identifier": map[string]any{"algorithm": name}}}},
				map[string]any{"base64": "AAAA"}}}}, "tls_params": map[string]any{"group": name, "version": name, "post_quantum": false, "hello_retry": false, "alpn": []any{name}}},
			{"dns": map[string]any{"response": map[string]any{"question": []any{map[string]any{"name": name}}}}, "dns_header": map[string]any{"response": true, "rcode": "NXDOMAIN"}},
			{name: map[string]any{}},
			{"ssh_params": map[string]any{"kex": name, "host_key": name, "cipher_to_server": name, "mac_to_server": name, "post_quantum": false}, "fingerprints": map[string]any{"ssh": "ssh/()"}},
		} {
			r["src_ip"], r["dst_ip"], r["protocol"] = "192.0.2.1", fmt.Sprintf("198.51.100.%d", i), 6
			r["src_port"], r["dst_port"], r["event_start"] = 1024+i, 443, 1795457141+float64(i)
			if strings.Contains(fmt.Sprint(r["fingerprints"]), "server") {
				r["src_ip"], r["dst_ip"], r["src_port"], r["dst_port"] = r["dst_ip"], r["src_ip"], r["dst_port"], r["src_port"]
			}
			line, err := json.Marshal(r)
			if err != nil {
				panic(err)
			}
			lines = append(lines, line)
			c.Add(line)
		}
	}
	return lines
}
