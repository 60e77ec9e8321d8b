package reporttest_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"merctools/lib/report"
	"merctools/lib/report/reporttest"
)

var all = []string{"tls12.pcap", "tls13.pcap", "ssh.pcap", "quic.pcap", "http.pcap", "dns.pcap", "ftp.pcap", "mail.pcap", "dtls.pcap", "ldap.pcap", "desktop.pcap", "mixed.pcapng", "snmp.pcap"}

// The conditions for jq select as many records as a row was counted from.
func TestJQ(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("no jq to try the lines with")
	}
	c := report.New(report.MaxMemory)
	records := reporttest.Collect(t, c, all...)
	for _, line := range reporttest.Hostile(c) {
		records = append(append(records, line...), '\n')
	}
	r := c.Report(report.Options{Rows: 40, Hosts: 5})
	var rows []report.Row
	var of []string
	for _, s := range r.Sections {
		for _, table := range s.Tables {
			with := 0
			for _, row := range table.Rows {
				if row.JQ == "" {
					t.Logf("%s: no condition for %.200v", table.ID, row.Cells)
					continue
				}
				with++
				if strings.ContainsAny(row.JQ, "'\n") || strings.ContainsFunc(row.JQ, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Errorf("%s: %q can't stand between quotes", table.ID, row.JQ)
				}
				rows = append(rows, row)
				of = append(of, table.ID)
			}
			if with == 0 && len(table.Rows) > 0 {
				t.Errorf("%s: no row has a condition", table.ID)
			}
			if table.JQ != "" {
				if out, err := run(jq, "select("+table.JQ+")", records); err != nil || len(table.Rows) > 0 && len(out) == 0 {
					t.Errorf("%s: %v, %d bytes", table.ID, err, len(out))
				}
			}
		}
	}
	if len(rows) < 100 {
		t.Fatalf("only %d rows", len(rows))
	}
	var counts []string
	for some := range slices.Chunk(rows, 100) { // more is too long for jq
		var conditions []string
		for i, row := range some {
			conditions = append(conditions, fmt.Sprintf("if ($r | %s) then .[%d] += 1 else . end", row.JQ, i))
		}
		out, err := run(jq, fmt.Sprintf("reduce inputs as $r ([range(%d) | 0]; %s)", len(some), strings.Join(conditions, " | ")), records, "-n")
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, strings.Split(strings.Trim(strings.TrimSpace(string(out)), "[]"), ",")...)
	}
	wrong := 0
	for i, row := range rows {
		n, err := strconv.ParseUint(counts[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if n != row.Count {
			if wrong++; wrong < 20 {
				t.Errorf("%s: %d records, not %d, for %s", of[i], n, row.Count, row.JQ)
			}
		}
	}
	t.Logf("%d rows, %d with another number of records", len(rows), wrong)
}

func run(jq, program string, records []byte, options ...string) ([]byte, error) {
	c := exec.Command(jq, append(options, "-c", program)...)
	c.Stdin = bytes.NewReader(records)
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%w: %.300s", err, log.String())
	}
	return out.Bytes(), nil
}

// The findings of the laboratory are there, each where it belongs.
func TestFindings(t *testing.T) {
	c := report.New(report.MaxMemory)
	reporttest.Collect(t, c, all...)
	r := c.Report(report.Options{Rows: 200, Hosts: 5, Archive: &report.Archive{}})
	tables := map[string]report.Table{}
	for _, s := range r.Sections {
		for _, table := range s.Tables {
			tables[table.ID] = table
		}
	}
	for id, want := range map[string][]string{
		"credentials":  {"192.0.2.1", "192.0.2.2:21", "password", "ftp"},
		"old-tls":      {"TLSv1.0, chosen by the server"},
		"certificates": {"self-signed", "Example CA", "sha256WithRSAEncryption"},
		"agents":       {"curl/7.88.1"},
		"talks":        {"192.0.2.2:443", "www.example.com", "openssl", "known fingerprint"},
		"held-back":    {"x25519"},
		"nxdomain":     {"192.0.2.1"},
		"dns-names":    {"example.com"},
	} {
		text := fmt.Sprint(tables[id].Rows)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in %.300s", id, w, text)
			}
		}
	}
	if got := tables["malware"].Empty; got != "The archive knows no malware." {
		t.Errorf("malware: %q", got)
	}
	figures := map[string]report.Figure{}
	for _, s := range r.Sections {
		for _, f := range s.Figures {
			figures[f.Name] = f
		}
	}
	for name, f := range figures {
		if f.Unknown != "" || f.All == 0 || f.Count == 0 || f.Count > f.All {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if len(figures) != 4 || len(r.Facts) < 4 || r.Facts[0].Value == "unknown" || r.Timeline == nil {
		t.Errorf("%d figures, %d facts: %v", len(figures), len(r.Facts), r.Facts)
	}
}
