package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merctools/lib/annotate"
	"merctools/lib/fingerprintdb"
	"merctools/lib/geoip"
	"merctools/lib/hoststats"
)

// archiveOf is a resource archive (a tar file) that knows a process for each
// fingerprint.
func archiveOf(t testing.TB, fingerprints ...string) *fingerprintdb.Model {
	t.Helper()
	var database bytes.Buffer
	for _, fp := range fingerprints {
		kind, _, _ := strings.Cut(fp, "/")
		fmt.Fprintf(&database, `{"str_repr":%q,"fp_type":%q,"total_count":10,"process_info":[{"process":"p","count":10,"classes_hostname_sni":{},`+
			`"classes_hostname_domains":{},"classes_port_port":{},"classes_ip_as":{},"classes_ip_ip":{}}]}`+"\n", fp, kind)
	}
	var b bytes.Buffer
	for _, f := range []struct{ name, text string }{
		{"VERSION", "x; full"}, {"fingerprint_db.json", database.String()}, {"fp_prevalence_tls.txt", ""}, {"pyasn.db", ""},
		{"doh-watchlist.txt", ""}, {"domain-mappings.db", ""},
	} {
		// A header of POSIX.1-1988, section 10.1.1.
		h := make([]byte, 512)
		copy(h, f.name)
		copy(h[124:], fmt.Sprintf("%011o", len(f.text)))
		copy(h[148:], "        0")
		copy(h[257:], "ustar\x0000")
		sum := 0
		for _, c := range h {
			sum += int(c)
		}
		copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
		b.Write(h)
		b.WriteString(f.text)
		b.Write(make([]byte, -len(f.text)&511))
	}
	b.Write(make([]byte, 1024))
	m, err := fingerprintdb.Load(&b, fingerprintdb.LoadOptions{Report: func(n fingerprintdb.Notice) { t.Error(n) }})
	if err != nil {
		t.Fatal(err)
	}
	if m.Disabled() != "" {
		t.Fatal(m.Disabled())
	}
	return m
}

// constant says of every address that it is in the same place.
type constant struct{}

func (constant) Place(netip.Addr) geoip.Place {
	return geoip.Place{Country: "AQ", ASN: 7}
}

// annotated is what becomes of lines, with all that was put off, and how many
// fingerprints were in another format.
func annotated(t *testing.T, m *fingerprintdb.Model, places geoip.Places, lines string) (text string, otherFormat uint64) {
	t.Helper()
	var out bytes.Buffer
	f := newFilter(m, places, nil, 1, &out)
	if err := f.lines.Run(strings.NewReader(lines), "test"); err != nil {
		t.Fatal(err)
	}
	return out.String(), f.counts().OtherFormat
}

func TestAnnotate(t *testing.T) {
	const (
		known   = `"fingerprints":{"http":"http/(00)"}`
		key     = `"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":80`
		process = `"analysis":{"process":"p","score":1.000000,"attributes":[]}`
		geo     = `"src_geo":{"country":"AQ","asn":7},"dst_geo":{"country":"AQ","asn":7}`
		context = `"context":{"server_name":"a","user_agent":"b"}`
	)
	m := archiveOf(t, "http/(00)")
	for _, tt := range []struct{ name, in, want, places string }{
		{"all", `{` + known + `,"http":{},` + context + `,` + key + `,"event_start":1}`, `{` + known + `,"http":{},` + process + `,` + key + `,"event_start":1}`,
			`{` + known + `,"http":{},` + process + `,` + key + `,` + geo + `,"event_start":1}`},
		{"analysis that is there", `{` + known + `,"analysis":{"status":"unknown","attributes":[]},"ip":{},` + key + `}`, `{` + known + `,` + process + `,"ip":{},` + key + `}`,
			`{` + known + `,` + process + `,"ip":{},` + key + `,` + geo + `}`},
		{"attributes that are there", `{"analysis":{"status":"unknown","attributes":[{"name":"exposed_credentials_plaintext","probability_score":1.000000}]},` + key + `}`,
			`{"analysis":{"status":"unknown","attributes":[{"name":"exposed_credentials_plaintext","probability_score":1.000000}]},` + key + `}`,
			`{"analysis":{"status":"unknown","attributes":[{"name":"exposed_credentials_plaintext","probability_score":1.000000}]},` + key + `,` + geo + `}`},
		{"places that are there", `{` + key + `,"src_geo":{"x":1},"dst_geo":{},"event_start":1}`, `{` + key + `,"src_geo":{"x":1},"dst_geo":{},"event_start":1}`,
			`{` + key + `,` + geo + `,"event_start":1}`},
		{"places in front", `{"src_geo":{"x":1},` + known + `,"dst_geo":{},` + key + `}`, `{"src_geo":{"x":1},` + known + `,"dst_geo":{},` + process + `,` + key + `}`,
			`{` + known + `,` + process + `,` + key + `,` + geo + `}`},
		{"context in front", `{` + context + `,` + key + `,` + known + `}`, `{` + process + `,` + key + `,` + known + `}`, `{` + process + `,` + key + `,` + geo + `,` + known + `}`},
		{"context alone", `{` + key + `,` + known + `,` + context + `}`, `{` + process + `,` + key + `,` + known + `}`, `{` + process + `,` + key + `,` + geo + `,` + known + `}`},
		{"no fingerprint", `{"x":1,` + key + `,"event_start":1}`, `{"x":1,` + key + `,"event_start":1}`, `{"x":1,` + key + `,` + geo + `,"event_start":1}`},
		{"a frame", `{"arp":{},"event_start":1}`, `{"arp":{},"event_start":1}`, `{"arp":{},"event_start":1}`},
		{"space", `{ ` + known + ` , ` + context + ` , ` + key + ` }`, `{ ` + known + `  ,` + process + `, ` + key + ` }`,
			`{ ` + known + `  ,` + process + `, ` + key + `,` + geo + ` }`},
		{"no record", `{"x":1}`, `{"x":1}`, `{"x":1}`},
		{"no JSON", `{` + key + `,`, `{` + key + `,`, `{` + key + `,`},
	} {
		if got, _ := annotated(t, m, nil, tt.in+"\n"); got != tt.want+"\n" {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
		got, _ := annotated(t, m, constant{}, tt.in+"\n")
		if got != tt.places+"\n" {
			t.Errorf("%s, with places:\ngot  %s\nwant %s", tt.name, got, tt.places)
		}
		if json.Valid([]byte(tt.in)) && !json.Valid([]byte(got)) {
			t.Errorf("%s: not JSON: %s", tt.name, got)
		}
	}
}

// A QUIC packet that came unencrypted keeps the format of its fingerprint.
func TestOneFormat(t *testing.T) {
	const (
		before = `{"fingerprints":{"quic":"quic/(00000001)(0303)(1301)[(0023)]"},"tls":{},"quic":{"version":"00000001",`
		after  = `"plaintext":"06"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":17,"src_port":1,"dst_port":443,"event_start":1}`
		salt   = `"salt_string":"d33_v1",`
	)
	m := archiveOf(t, "quic/1/(00000001)(0303)(1302)[(0000)]")
	for in, want := range map[string]string{
		before + salt + after: `{"fingerprints":{"quic":"quic/1/(00000001)(0303)(1301)[]"}`,
		before + after:        `{"fingerprints":{"quic":"quic/(00000001)(0303)(1301)[(0023)]"}`,
	} {
		if got, other := annotated(t, m, nil, in+"\n"); !strings.HasPrefix(got, want) || other != 0 {
			t.Errorf("got %s, want %s; %d of another format", got, want, other)
		}
	}
}

// goldenLines are the records of the project's captures.
func goldenLines(t testing.TB) [][]byte {
	t.Helper()
	names, err := filepath.Glob("../../testdata/captures/*.jsonl")
	if err != nil || len(names) < 20 {
		t.Fatal(names, err)
	}
	var lines [][]byte
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines = slices.AppendSeq(lines, bytes.Lines(text))
	}
	return lines
}

// fingerprintsOf are those of records that can be classified.
func fingerprintsOf(lines [][]byte) []string {
	seen := map[string]bool{}
	var list []string
	for _, line := range lines {
		var r struct{ Fingerprints map[string]string }
		if json.Unmarshal(line, &r) != nil {
			continue
		}
		for kind, fp := range r.Fingerprints {
			if slices.Contains([]string{"tls", "quic", "http", "ssh", "stun", "tofsee"}, kind) && !seen[fp] {
				seen[fp] = true
				list = append(list, fp)
			}
		}
	}
	return list
}

// annotateAll has lines annotated. It returns out for the next time.
func annotateAll(a *annotate.Annotator, out []byte, lines [][]byte) []byte {
	var open annotate.Deferred
	for i, line := range lines {
		out, _ = a.Append(out[:0], line, uint64(i), &open)
	}
	return out
}

// TestNoAllocations checks that a line costs none once there were some like
// it, with all that can be done with it.
func TestNoAllocations(t *testing.T) {
	lines := goldenLines(t)
	fingerprints := fingerprintsOf(lines)
	m := archiveOf(t, fingerprints[:len(fingerprints)/2]...)
	counts := hoststats.New(0)
	var out []byte
	for _, a := range []*annotate.Annotator{
		annotate.New(m, nil, nil),
		annotate.New(m, constant{}, counts.NewCollector()),
	} {
		// Buffers grow in the first passes; what else the process does, such
		// as collecting garbage, is counted with a pass now and then.
		n := 1.0
		for pass := 0; n != 0 && pass < 20; pass++ {
			n = testing.AllocsPerRun(1, func() { out = annotateAll(a, out, lines) })
		}
		if n != 0 {
			t.Errorf("%v allocations for %d lines, however often", n, len(lines))
		}
		if a.Counts.Analyzed < 100 || a.Counts.Foreign > 0 {
			t.Errorf("%+v", a.Counts)
		}
	}
}

func BenchmarkAnnotate(b *testing.B) {
	lines := goldenLines(b)
	a := annotate.New(archiveOf(b, fingerprintsOf(lines)...), nil, nil)
	b.SetBytes(int64(len(bytes.Join(lines, nil))))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		out = annotateAll(a, out, lines)
	}
}
