package build

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

const (
	tlsFull    = "tls/(0303)(13011302)((0000)(0023)(000a00040002001d)(0015))"
	tlsTwo     = "tls/2/(0303)(13011302)[(0000)(000a00040002001d)]"
	tlsOther   = "tls/(0303)(1301)((0000))"
	httpFull   = "http/(474554)(485454502f312e31)((486f7374))"
	debian     = "cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*"
	curlSHA    = "AA"
	laterSHA   = "BB"
	subnetList = "192.0.2.0/24\t64496\n2001:db8::/32 64497\n"
)

// labelled is a record of a client's message with a label.
func labelled(fp, dst string, port int, more, label string) string {
	name, _, _ := strings.Cut(fp, "/")
	if label != "" {
		label = `,"src_process":` + label
	}
	return fmt.Sprintf(`{"fingerprints":{"%s":"%s"},%s"src_ip":"192.0.2.9","dst_ip":"%s","protocol":6,"src_port":40000,"dst_port":%d,"event_start":1.0%s}`,
		name, fp, more, dst, port, label)
}

func sample() []string {
	curl := `{"name":"curl","version":"7.88.1","library":"OpenSSL 3.0","sha256":"` + curlSHA + `","os":"` + debian + `"}`
	return []string{
		labelled(tlsFull, "192.0.2.1", 443, `"tls":{"client":{"server_name":"www.example.com"}},`, curl),
		labelled(tlsFull, "192.0.2.1", 443, `"tls":{"client":{"server_name":"www.example.com"}},`, curl),
		labelled(tlsFull, "2001:db8::1", 8443, `"tls":{"client":{}},`, `{"name":"curl","version":"8.14.1","sha256":"`+laterSHA+`"}`),
		labelled(tlsFull, "198.51.100.1", 443, `"tls":{"client":{"server_name":"evil.example.net"}},`,
			`{"name":"bad \"x\"","malware":true,"attributes":["remote_access_tool"]}`),
		labelled(httpFull, "192.0.2.1", 80, `"http":{"request":{"host":"a.example.org","user_agent":"curl/7.88.1"}},`, curl),
		labelled(httpFull, "192.0.2.1", 80, `"http":{"request":{"user_agent":"Mal/1"}},`, `{"name":"bad \"x\"","malware":true}`),
		labelled(tlsOther, "192.0.2.1", 443, "", ""),
		labelled(tlsOther, "192.0.2.1", 443, "", ""),
		labelled("tls/(0303)(1303)((0000))", "192.0.2.1", 443, "", ""), // seen once only
		labelled(tlsFull, "192.0.2.1", 443, `"reassembly_properties":{"truncated":true},`, curl),
		labelled("tls/1/(0303)(1303)[(0000)]", "192.0.2.1", 443, "", curl), // can't be converted
		labelled("tls_server/(0303)(1301)((0000))", "192.0.2.1", 443, "", curl),
		`{"dns":{},"src_ip":"192.0.2.9","dst_ip":"192.0.2.1"}`,
		"nonsense",
	}
}

func build(t *testing.T, o Options, lines []string) (*Builder, []byte) {
	t.Helper()
	b := NewBuilder(o)
	for _, l := range lines {
		b.Add([]byte(l))
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return b, out.Bytes()
}

func files(t *testing.T, tgz []byte) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(tgz))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = string(text)
	}
}

func options(t *testing.T) Options {
	asns, err := fingerprintdb.ReadSubnets(strings.NewReader(subnetList))
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Version: "test, {processes} processes, {fingerprints} fingerprints", TLS: 2, QUIC: 1,
		ASNs: asns, Subnets: []byte(subnetList), Watchlist: []byte("dns.example\n"),
	}
}

func TestBuild(t *testing.T) {
	b, tgz := build(t, options(t), sample())
	got := files(t, tgz)
	want := map[string]string{
		"VERSION":               "test, 2 processes, 2 fingerprints; 2.0.full\n",
		"doh-watchlist.txt":     "dns.example\n",
		"domain-mappings.db":    "",
		"pyasn.db":              subnetList,
		"fp_prevalence_tls.txt": "tls/2/(0303)(1301)[(0000)]\n",
		"fingerprint_db.json": `{"str_repr":"` + tlsTwo + `","fp_type":"tls","total_count":4,"process_info":[` +
			`{"process":"curl","count":3,"sha256":"AA","attributes":{"remote_access_tool":false},"malware":false,` +
			`"os_info":{"` + debian + `":2},` +
			`"classes_hostname_domains":{"example.com":2,"missing.alt":1},` +
			`"classes_hostname_sni":{"www.example.com":2,"missing.alt":1},` +
			`"classes_port_port":{"443":2,"8443":1},"classes_ip_as":{"64496":2,"64497":1},` +
			`"classes_ip_ip":{"192.0.2.1":2,"2001:db8::1":1},"versions":{"7.88.1":2,"8.14.1":1},"libraries":{"OpenSSL 3.0":2}},` +
			`{"process":"bad \"x\"","count":1,"attributes":{"remote_access_tool":true},"malware":true,"os_info":{},` +
			`"classes_hostname_domains":{"example.net":1},"classes_hostname_sni":{"evil.example.net":1},` +
			`"classes_port_port":{"443":1},"classes_ip_as":{"unknown":1},"classes_ip_ip":{"198.51.100.1":1}}]}` + "\n" +
			`{"str_repr":"` + httpFull + `","fp_type":"http","total_count":2,"process_info":[` +
			`{"process":"bad \"x\"","count":1,"attributes":{"remote_access_tool":false},"malware":true,"os_info":{},` +
			`"classes_hostname_domains":{"missing.alt":1},"classes_hostname_sni":{"missing.alt":1},` +
			`"classes_port_port":{"80":1},"classes_ip_as":{"64496":1},"classes_ip_ip":{"192.0.2.1":1},"classes_user_agent":{"Mal/1":1}},` +
			`{"process":"curl","count":1,"sha256":"AA","attributes":{"remote_access_tool":false},"malware":false,"os_info":{"` + debian + `":1},` +
			`"classes_hostname_domains":{"example.org":1},"classes_hostname_sni":{"a.example.org":1},` +
			`"classes_port_port":{"80":1},"classes_ip_as":{"64496":1},"classes_ip_ip":{"192.0.2.1":1},` +
			`"classes_user_agent":{"curl/7.88.1":1},"versions":{"7.88.1":1},"libraries":{"OpenSSL 3.0":1}}]}` + "\n",
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s:\n%s\nwant\n%s", name, got[name], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	if b.Records != 11 || b.Labelled != 6 || b.Truncated != 1 || b.Format != 1 || b.Foreign != 1 {
		t.Errorf("counts %d %d %d %d %d", b.Records, b.Labelled, b.Truncated, b.Format, b.Foreign)
	}
}

// The order of the records makes no difference.
func TestBuildIsReproducible(t *testing.T) {
	_, first := build(t, options(t), sample())
	lines := sample()
	slices.Reverse(lines)
	if _, second := build(t, options(t), lines); !bytes.Equal(first, second) {
		t.Error("the same records in another order gave another archive")
	}
}

func TestNoDestinations(t *testing.T) {
	o := options(t)
	o.NoDestinations = true
	_, tgz := build(t, o, sample())
	db := files(t, tgz)["fingerprint_db.json"]
	for _, gone := range []string{"example", "192.0.2", "443", "64496"} {
		if strings.Contains(db, gone) {
			t.Errorf("%s is in the database:\n%s", gone, db)
		}
	}
	if !strings.Contains(db, `"classes_user_agent":{"curl/7.88.1":1}`) {
		t.Errorf("no user agent:\n%s", db)
	}
}

// There is always a network in pyasn.db.
func TestNoSubnets(t *testing.T) {
	o := options(t)
	o.ASNs, o.Subnets = nil, nil
	_, tgz := build(t, o, sample())
	got := files(t, tgz)
	asns, err := fingerprintdb.ReadSubnets(strings.NewReader(got["pyasn.db"]))
	if err != nil || got["pyasn.db"] == "" || asns.ASN(netip.MustParseAddr("192.0.2.1")) != 0 {
		t.Errorf("%q, %v", got["pyasn.db"], err)
	}
	if !strings.Contains(got["fingerprint_db.json"], `"classes_ip_as":{}`) {
		t.Errorf("autonomous systems from nowhere: %s", got["fingerprint_db.json"])
	}
}

func TestTop(t *testing.T) {
	o := options(t)
	o.Top = 2
	var lines []string
	for i := range 200 {
		for range i%3 + 1 {
			lines = append(lines, labelled(tlsFull, "192.0.2.1", 1000+i, "", `{"name":"x"}`))
		}
	}
	lines = append(lines, labelled(tlsFull, "192.0.2.1", 7, "", `{"name":"x"}`))
	for range 50 {
		lines = append(lines, labelled(tlsFull, "192.0.2.1", 443, "", `{"name":"x"}`))
	}
	b, tgz := build(t, o, lines)
	db := files(t, tgz)["fingerprint_db.json"]
	if !strings.Contains(db, `"classes_port_port":{"443":50,"`) || strings.Count(db, `:3}`) == 0 {
		t.Errorf("%s", db)
	}
	for _, e := range b.entries {
		if n := len(e.processes["x"].Ports); n > slack*o.Top {
			t.Errorf("%d ports are kept", n)
		}
	}
}

func TestBadOptions(t *testing.T) {
	b := NewBuilder(Options{Version: "a; b"})
	if err := b.Write(io.Discard); err != errVersion {
		t.Error(err)
	}
	b = NewBuilder(Options{})
	b.Add([]byte(labelled(tlsFull, "192.0.2.1", 443, "", `{"name":"x","attributes":["a","b","c","d","e","f","g"]}`)))
	if err := b.Write(io.Discard); err != errAttributes {
		t.Error(err)
	}
}

// What is built can be loaded, and gives the process that it was built from.
func TestLoad(t *testing.T) {
	_, tgz := build(t, options(t), sample())
	m, err := fingerprintdb.Load(bytes.NewReader(tgz), fingerprintdb.LoadOptions{
		Systems: true,
		Report:  func(n fingerprintdb.Notice) { t.Errorf("notice: %v", n) },
	})
	if err != nil || m.Disabled() != "" {
		t.Fatal(err, m.Disabled())
	}
	if tls, _ := m.Formats(); tls != 2 {
		t.Errorf("TLS fingerprints of format %d", tls)
	}
	a := fingerprintdb.NewAnalyzer(m)
	key := func(addr string, port uint16) *flow.Key {
		k := &flow.Key{Version: 4, Protocol: 6, DstPort: port}
		a := netip.MustParseAddr(addr).As4()
		copy(k.Dst[:], a[:])
		return k
	}
	for _, c := range []struct {
		s    fingerprintdb.Observation
		want string
	}{
		{fingerprintdb.Observation{Type: npf.TLS, Fingerprint: []byte(tlsTwo), Key: key("192.0.2.1", 443), ServerName: []byte("www.example.com")}, "curl"},
		{fingerprintdb.Observation{Type: npf.TLS, Fingerprint: []byte(tlsTwo), Key: key("198.51.100.1", 443), ServerName: []byte("evil.example.net")}, `bad \"x\"`},
		{fingerprintdb.Observation{Type: npf.HTTP, Fingerprint: []byte(httpFull), Key: key("192.0.2.1", 80), UserAgent: []byte("Mal/1")}, `bad \"x\"`},
		{fingerprintdb.Observation{Type: npf.HTTP, Fingerprint: []byte(httpFull), Key: key("192.0.2.1", 80), UserAgent: []byte("curl/7.88.1"), ServerName: []byte("a.example.org")}, "curl"},
	} {
		var r fingerprintdb.Result
		if !a.Analyze(&c.s, &r) {
			t.Errorf("%s is not analyzed", c.s.Fingerprint)
			continue
		}
		if name, score, _ := r.Process(); name != c.want {
			var w record.Writer
			w.Object()
			r.Write(&w)
			t.Errorf("%s: %s (%f), want %s: %s", c.s.Fingerprint, name, score, c.want, w.Bytes())
		}
	}
}

func TestSearch(t *testing.T) {
	_, tgz := build(t, options(t), sample())
	ask := func(fp string) *fingerprintdb.Answer {
		a, err := fingerprintdb.Search(bytes.NewReader(tgz), fingerprintdb.Query{Fingerprint: fp, Nearest: 3})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := ask(tlsFull) // is converted
	if a.Fingerprint != tlsTwo || a.Entry == nil || !a.Prevalent || len(a.Nearest) != 0 || a.Partial {
		t.Fatalf("%+v", a)
	}
	p := a.Entry.Processes
	if a.Entry.Total != 4 || len(p) != 2 || p[0].Name != "curl" || p[0].Count != 3 || p[0].Versions["7.88.1"] != 2 || !p[1].Malware {
		t.Errorf("%+v", a.Entry)
	}
	a = ask("tls/2/(0303)(130113021303)[(0000)(0017)(000a00040002001d)]")
	if a.Entry != nil || a.Prevalent || len(a.Nearest) != 1 || a.Nearest[0].Distance != 2 || a.Nearest[0].Entry.Fingerprint != tlsTwo {
		t.Errorf("%+v", a)
	}
	if a = ask(tlsOther); a.Entry != nil || !a.Prevalent {
		t.Errorf("%+v", a)
	}
	if a = ask("http/(474554)(485454502f312e31)((4163636570743a202a2f2a))"); len(a.Nearest) != 1 || a.Nearest[0].Distance != 1 {
		t.Errorf("%+v", a)
	}
	if _, err := fingerprintdb.Search(bytes.NewReader(tgz), fingerprintdb.Query{Fingerprint: "nothing"}); err == nil {
		t.Error("looked up what is no fingerprint")
	}
	if _, err := fingerprintdb.Search(strings.NewReader("nothing"), fingerprintdb.Query{Fingerprint: tlsFull}); err == nil {
		t.Error("read what is no archive")
	}
}

func TestSearchTime(t *testing.T) {
	var lines []string
	for i := range 500 {
		lines = append(lines, labelled(fmt.Sprintf("tls/(0303)(%04x)((0000))", i), "192.0.2.1", 443, "", `{"name":"x"}`))
	}
	_, tgz := build(t, options(t), lines)
	a, err := fingerprintdb.Search(bytes.NewReader(tgz), fingerprintdb.Query{Fingerprint: tlsFull, Nearest: 3, Time: 1})
	if err != nil || !a.Partial || a.Compared > 100 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestReadInfo(t *testing.T) {
	_, tgz := build(t, options(t), sample())
	i, err := fingerprintdb.ReadInfo(bytes.NewReader(tgz), nil, archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", *i)
	want := "{Version:test, 2 processes, 2 fingerprints; 2.0.full Fingerprints:map[http:1 tls/2:1] Processes:2 Malware:1 " +
		"Systems:[" + debian + "] Prevalent:1 Subnets:2 Watchlist:1 Domains:0}"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
