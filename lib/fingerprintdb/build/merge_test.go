package build

import (
	"bytes"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
)

// entryOf returns the entry of a fingerprint in an archive.
func entryOf(t *testing.T, tgz []byte, fp string) *fingerprintdb.Entry {
	t.Helper()
	a, err := fingerprintdb.Search(bytes.NewReader(tgz), fingerprintdb.Query{Fingerprint: fp})
	if err != nil || a.Entry == nil {
		t.Fatalf("%s: %+v, %v", fp, a, err)
	}
	return a.Entry
}

func written(t *testing.T, b *Builder) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// An archive that is merged with nothing stays what it is.
func TestMergeArchive(t *testing.T) {
	_, tgz := build(t, options(t), sample())
	b := NewBuilder(Options{Version: "test, {processes} processes, {fingerprints} fingerprints", TLS: 2, QUIC: 1})
	if err := b.ReadArchive(bytes.NewReader(tgz), nil); err != nil {
		t.Fatal(err)
	}
	want, got := files(t, tgz), files(t, written(t, b))
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s:\n%s\nwant\n%s", name, got[name], text)
		}
	}
	// Records are added to it.
	for _, line := range sample() {
		b.Add([]byte(line))
	}
	e := entryOf(t, written(t, b), tlsTwo)
	if e.Total != 8 || e.Processes[0].Name != "curl" || e.Processes[0].Count != 6 || e.Processes[0].Ports["443"] != 4 {
		t.Errorf("%+v", e.Processes[0])
	}
	if err := b.ReadArchive(strings.NewReader("nothing"), nil); err == nil {
		t.Error("read what is no archive")
	}
}

func TestWeights(t *testing.T) {
	_, tgz := build(t, options(t), sample())
	light := NewBuilder(options(t))
	if err := light.ReadArchive(bytes.NewReader(tgz), nil); err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(Options{Version: "1", TLS: 2, QUIC: 1})
	b.Merge(light, 0.4)
	e := entryOf(t, written(t, b), tlsTwo)
	curl, bad := e.Processes[0], e.Processes[1]
	if curl.Name == "bad \"x\"" {
		curl, bad = bad, curl
	}
	// 3 of 4 messages are curl's, 2 to port 443: 1.2 and 0.8 of them count.
	if e.Total != 2 || curl.Count != 1 || curl.Ports["443"] != 1 || curl.Ports["8443"] != 1 || bad.Count != 1 || !bad.Malware ||
		!bad.Attributes["remote_access_tool"] || curl.SHA256 != curlSHA {
		t.Errorf("%+v %+v", curl, bad)
	}
	b = NewBuilder(Options{Version: "1", TLS: 2, QUIC: 1})
	b.Merge(light, 10)
	b.Merge(light, 1)
	if e := entryOf(t, written(t, b), tlsTwo); e.Total != 44 || e.Processes[0].Systems[debian] != 22 {
		t.Errorf("%+v", e)
	}
	if got := files(t, written(t, b)); got["pyasn.db"] != subnetList || got["doh-watchlist.txt"] != "dns.example\n" {
		t.Errorf("%q", got)
	}
}

// pmercury's database has no types, ports or names of servers.
func TestPmercury(t *testing.T) {
	const text = `{"str_repr": "(0303)(13011302)((0000)(0023)(000a00040002001d)(0015))", "first_seen": "2020-01-01", "last_seen": "2020-01-02", "max_implementation_date": "2018-08", "min_implementation_date": "2003-06", "total_count": 5, "process_info": [` +
		`{"process": "curl", "sha256": "AA", "sha256s": ["AA", "BB"], "application_category": "network", "count": 4, "classes_ip_as": {"64496": 4}, "classes_hostname_domains": {"example.com": 3, "None": 1}, "classes_port_applications": {"https": 3, "email": 1}, "os_info": {"(A)(B)(1)": 4}}, ` +
		`{"process": "wget", "sha256": "CC", "count": 1, "classes_ip_as": {}, "classes_hostname_domains": {}, "classes_port_applications": {}, "os_info": {}}]}` + "\n" +
		`{"str_repr": "(0303)(13011302)(((", "total_count": 1, "process_info": []}` + "\n" + "not JSON\n"
	b := NewBuilder(Options{Version: "1", TLS: 2, QUIC: 1})
	if err := b.ReadArchive(strings.NewReader(text), nil); err != nil {
		t.Fatal(err)
	}
	if b.Labelled != 1 || b.Format != 1 || b.Foreign != 1 {
		t.Errorf("%d labelled, %d of another format, %d foreign", b.Labelled, b.Format, b.Foreign)
	}
	tgz := written(t, b)
	got := files(t, tgz)["fingerprint_db.json"]
	want := `{"str_repr":"` + tlsTwo + `","fp_type":"tls","total_count":5,"process_info":[` +
		`{"process":"curl","count":4,"sha256":"AA","malware":false,"os_info":{"(A)(B)(1)":4},"classes_hostname_domains":{"example.com":3,"missing.alt":1},` +
		`"classes_hostname_sni":{},"classes_port_port":{"443":3},"classes_ip_as":{"64496":4},"classes_ip_ip":{}},` +
		`{"process":"wget","count":1,"sha256":"CC","malware":false,"os_info":{},"classes_hostname_domains":{},"classes_hostname_sni":{},"classes_port_port":{},"classes_ip_as":{},"classes_ip_ip":{}}]}` + "\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	m, err := fingerprintdb.Load(bytes.NewReader(tgz), fingerprintdb.LoadOptions{Report: func(n fingerprintdb.Notice) { t.Error(n) }})
	if err != nil || m.Disabled() != "" {
		t.Error(err, m.Disabled())
	}
}

// The records of Cisco's own tools are labelled in a member of their own.
func TestGroundTruth(t *testing.T) {
	line := labelled(tlsFull, "192.0.2.1", 443, `"ground_truth":{"process_name":"curl","parent_name":"bash","process_hash":"AA"},`, "")
	without := labelled(tlsFull, "192.0.2.1", 443, `"ground_truth":{"parent_name":"bash"},`, "")
	b, tgz := build(t, options(t), []string{line, line, without})
	if b.Records != 3 || b.Labelled != 2 {
		t.Errorf("%d records, %d labelled", b.Records, b.Labelled)
	}
	e := entryOf(t, tgz, tlsTwo)
	if p := e.Processes[0]; len(e.Processes) != 1 || p.Name != "curl" || p.Count != 2 || p.SHA256 != "AA" || p.Addrs["192.0.2.1"] != 2 {
		t.Errorf("%+v", p)
	}
}
