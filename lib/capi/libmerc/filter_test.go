package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb/builtin"
)

// Options of the filter do what they say, whatever the configuration has. All
// that is on in it is off here, but for the archive.
func TestFilter(t *testing.T) {
	dual := dualArchive(t)
	for _, tt := range []struct {
		mode, capture, filter string
		has, lacks            string // in what comes out, or in the messages
	}{
		{"json", "tls13", "all", `"tls":"tls/`, `"analysis":`},
		{"json", "tls13", "all;analysis=1", `"process":"openssl"`, "os_info"},
		{"json", "tls13", "all;-a", `"process":"openssl"`, ""},
		{"json", "tls13", "all;analysis=0", `"tls":"tls/`, `"analysis":`},
		{"json", "tls13", "all;analysis=yes", `filter: analysis: "yes" is neither 0 nor 1`, `"analysis":`},
		{"analyze", "tls13", "all;analysis", "process=openssl,", " os="},
		{"analyze", "tls13", "all;analysis;report_os", " os=", ""},
		{"analyze", "tls13", "all;analysis;report_os=0", "process=openssl,", " os="},
		{"json", "tls13", "all;analysis;stats", "entries ", "entries 0"},
		{"json", "tls13", "all;analysis;stats=0", "entries 0", ""},
		{"json", "tls13", "all;analysis;stats;max_stats_entries=2", "entries 2\n", ""},
		{"json", "tls13", "all;max_stats_entries=-2", `mercury_init: filter: max_stats_entries: "-2" is not a number`, "fingerprints"},
		{"json", "tls13", "all;fp_proc_threshold=much", `mercury_init: filter: fp_proc_threshold: "much" is not a number`, "fingerprints"},
		{"json", "tls13", "all;proc_dst_threshold=", `mercury_init: filter: proc_dst_threshold: "" is not a number`, "fingerprints"},
		{"json", "tls13", "all;analysis;resources=" + dual, `"process":"openssl"`, ""},
		{"json", "tls13", "all;analysis;fp_proc_threshold=0.0;resources=" + dual, `"process":"openssl"`, ""},
		{"json", "tls13", "all;analysis;fp_proc_threshold=0.01;resources=" + dual, `"process":"small"`, "openssl"},
		{"json", "tls13", "all;analysis;proc_dst_threshold=1e-3;resources=" + dual, `"process":"small"`, "openssl"},
		{"json", "tls13", "all;analysis;resources=/nonexistent.tgz", "mercury_init: open /nonexistent.tgz: no such file or directory", "fingerprints"},
		{"json", "tls13", "select=dns;analysis", "entries 0", "fingerprints"},
		{"json", "tls13", "-s=tls.client_hello;", `"tls":"tls/`, "tls_server"},
		{"json", "tls13", "dns,tls", `"tls":"tls/`, ""},
		{"json", "tls13", "all;format=tls/1", `"tls":"tls/1/`, ""},
		{"json", "tls13", "all;format=tls/2", `"tls":"tls/2/`, ""},
		{"json", "tls13", "all;metadata", `"cipher_suites":`, ""},
		{"json", "tls13", "all;metadata=0", `"tls":"tls/`, `"cipher_suites":`},
		{"json", "tls13", "all;raw-features=tls", `"features":`, ""},
		{"json", "tls13", "all;raw-features=nonsense,tls", `filter: raw-features: unknown protocol "nonsense"`, `"features":`},
		{"json", "tls13", "all;crypto-assess", `"policy":"quantum_safe"`, ""},
		{"json", "tls13", "tls;reassembly", `"reassembled":true`, ""},
		{"json", "tls13", "tls;reassembly=0", `"truncated":true`, `"reassembled":true`},
		{"json", "tls12", "all;certs-json", `"cert":{`, `"base64":`},
		{"json", "tls12", "all;certs-json=0", `"base64":`, `"cert":{`},
		{"json", "dns", "all;dns-json=1", `"question":[{`, ""},
		{"json", "dns", "all", `"base64":`, `"question":[{`},
		{"json", "unknown", "all", "", `"tcp":{"data"`},
		{"json", "unknown", "all;nonselected-tcp-data", `"tcp":{"data"`, ""},
		{"json", "unknown", "all;nonselected-udp-data", `"udp":{"data"`, ""},
		{"json", "ftp", "all;exposed-creds;analysis", "exposed_credentials", ""},
		{"json", "quic", "all;format=quic/1", `"quic":"quic/1/`, ""},
		{"fdc", "http", "all", "6468747470", "6768656164657273"}, // "http"; "headers"
		{"fdc", "http", "all;http-headers=all", "6768656164657273", ""},
		{"json", "tls13", "all;minimize-ram;stats-blocking", `"tls":"tls/`, "filter"},
	} {
		cmd := host(t, tt.mode, captures+tt.capture+".pcap")
		cmd.Env = append(cmd.Env, "PLAIN=1", "FILTER="+tt.filter)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run() // an error is in the messages
		if fails := strings.HasPrefix(tt.has, "mercury_init"); fails == (err == nil) || !strings.Contains(out.String(), tt.has) || tt.lacks != "" && strings.Contains(out.String(), tt.lacks) {
			t.Errorf("%s %s %q: %v, want %q without %q\n%.2000s", tt.mode, tt.capture, tt.filter, err, tt.has, tt.lacks, out.Bytes())
		}
	}
}

// dualArchive makes an archive with a small database beside the built-in one,
// which has another name for openssl.
func dualArchive(t *testing.T) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(builtin.Default()))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dual.tgz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(f)
	to := tar.NewWriter(zip)
	add := func(name string, text []byte) {
		err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))})
		if _, err2 := to.Write(text); err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
	}
	small := 0
	for from := tar.NewReader(z); ; {
		h, err := from.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		switch filepath.Base(h.Name) {
		case "VERSION":
			text = bytes.Replace(text, []byte("full"), []byte("dual"), 1)
		case "fingerprint_db.json":
			small = bytes.Count(text, []byte(`"openssl"`))
			add("fingerprint_db_lite.json", bytes.ReplaceAll(text, []byte(`"openssl"`), []byte(`"small"`)))
		}
		add(h.Name, text)
	}
	if err := errors.Join(to.Close(), zip.Close(), f.Close()); err != nil || small == 0 {
		t.Fatal(err, small)
	}
	return name
}
