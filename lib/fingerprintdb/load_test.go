package fingerprintdb

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
)

// A watchedFile counts how much is read of it.
type watchedFile struct {
	io.Reader
	read   int
	closed bool
}

func (w *watchedFile) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	w.read += n
	return n, err
}

func (w *watchedFile) Close() error {
	w.closed = true
	return nil
}

// manyLines are lines for fingerprints that differ in a cipher suite.
func manyLines(n int, process string) (lines []string) {
	for i := range n {
		lines = append(lines, entryLine("tls", fmt.Sprintf("tls/(0303)(%04x)()", i), 10, "", processObject(fmt.Sprintf("%s%d", process, i), 10, false,
			`"attributes":{"a":true}`, `"classes_hostname_sni":{"`+strings.Repeat("x", 1000)+`.example":1}`)))
	}
	return lines
}

// An archive is loaded when it is first needed, once.
func TestLoadsWhenNeeded(t *testing.T) {
	file := &watchedFile{Reader: bytes.NewReader(tarball(resources(manyLines(5000, "p")...)...))}
	versions := 0
	m, err := Open(file, LoadOptions{Loaded: func(string) { versions++ }})
	if err != nil {
		t.Fatal(err)
	}
	if file.read > 1<<20 || file.closed {
		t.Errorf("%d bytes are read of an archive that nobody needs yet", file.read)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			a := NewAnalyzer(m)
			for i := range 5000 {
				n := (i + g*1000) % 5000
				var r Result
				a.Analyze(&Observation{Type: npf.TLS, Fingerprint: fmt.Appendf(nil, "tls/(0303)(%04x)()", n)}, &r)
				if name, score, ok := r.Process(); !ok || name != fmt.Sprint("p", n) || score != 1 {
					t.Errorf("%d: %s %f", n, name, score)
					return
				}
			}
		})
	}
	all.Wait()
	if err := m.Err(); err != nil || !file.closed || versions != 1 {
		t.Errorf("%v, closed: %v, loaded %d times", err, file.closed, versions)
	}
}

// An archive whose end is damaged gives no answers, and says why.
func TestLoadFailsLate(t *testing.T) {
	b := compressed(tarball(resources(manyLines(5000, "p")...)...))
	file := &watchedFile{Reader: bytes.NewReader(b[:len(b)-1000])}
	m, err := Open(file, LoadOptions{Name: "r.tgz"})
	if err != nil || m.Err() != nil {
		t.Fatal(err, m.Err())
	}
	var r Result
	if NewAnalyzer(m).Analyze(&Observation{Type: npf.TLS, Fingerprint: []byte("tls/(0303)(0000)()")}, &r) {
		t.Error("analyzed with a damaged archive")
	}
	if err := m.Err(); err == nil || !strings.HasPrefix(err.Error(), "r.tgz: fingerprint_db.json:") || !file.closed {
		t.Errorf("%v", err)
	}
	// One that was closed can't be loaded.
	file = &watchedFile{Reader: bytes.NewReader(b)}
	if m, err = Open(file, LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil || !file.closed || m.Disabled() == "" {
		t.Errorf("%v, %q", err, m.Disabled())
	}
}

// Earlier archives lack names of servers, and a qualifier: that is said once.
func TestEarlierArchives(t *testing.T) {
	files := resources(anyEntry)
	for i := range files {
		if files[i].name == FileVersion {
			files[i].text = "2021.03.19\n"
		}
	}
	if m, notices := load(t, LoadOptions{}, files...); m.Disabled() != "" || labels(t, m, fpOne) != "a" ||
		!slices.Equal(notices, []string{`VERSION: "2021.03.19" has no qualifier; the archive is taken for a full one`}) {
		t.Errorf("%q, %q", m.Disabled(), notices)
	}
	lines := manyLines(30, "p")
	for i := range lines {
		if i%3 == 0 {
			lines[i] = strings.Replace(lines[i], "classes_hostname_sni", "x", 1)
		}
	}
	m, notices := load(t, LoadOptions{}, resources(lines...)...)
	want := []string{"fingerprint_db.json: 10 lines have processes without classes_hostname_sni, which counts as empty"}
	if !slices.Equal(notices, want) {
		t.Errorf("%q", notices)
	}
	if got := labels(t, m, "tls/(0303)(0000)()", "tls/(0303)(0001)()"); got != "p0,p1" {
		t.Error(got)
	}
	_, notices = load(t, LoadOptions{Verbose: true}, resources(lines...)...)
	if len(notices) != 11 || notices[1] != "fingerprint_db.json:4: a process has no classes_hostname_sni" || notices[10] != want[0] {
		t.Errorf("%q", notices)
	}
}

// A database of another program can stand alone, compressed or not.
func TestBareDatabase(t *testing.T) {
	line := func(fp, process, domain string) string {
		return fmt.Sprintf(`{"str_repr": %q, "first_seen": "2020-01-01", "total_count": 10, "process_info": [{"process": %q, "sha256": "AA", "count": 10, "classes_ip_as": {"64500": 10}, "classes_hostname_domains": {%q: 10}, "classes_port_applications": {"https": 10}, "os_info": {"(A)(B)": 10}}]}`, fp, process, domain)
	}
	text := line("(0303)(1301)()", "a", "a.example") + "\n" + line("(0303)(1302)()", "b", "b.example") + "\n"
	for name, b := range map[string][]byte{"text": []byte(text), "gzip": compressed([]byte(text))} {
		m, err := Load(bytes.NewReader(b), LoadOptions{Report: func(n Notice) { t.Errorf("%s: %v", name, n) }})
		if err != nil {
			t.Fatal(err)
		}
		if got := labels(t, m, "tls/(0303)(1301)()", "tls/(0303)(1302)()"); got != "a,b" || m.Disabled() != "" {
			t.Errorf("%s: %s, %s", name, got, m.Disabled())
		}
	}
	if _, err := Load(strings.NewReader(`{"src_ip":"192.0.2.1"}`+"\n"), LoadOptions{}); err == nil {
		t.Error("records are taken for a database")
	}
}

// Joy's databases of 2018 and 2019 have shares in place of counts, and
// fingerprints without extensions have two groups.
func TestShares(t *testing.T) {
	const text = `{"str_repr": "(0303)(1301)", "md5_repr": "00", "source": ["Cisco"], "tls_features": {}, "process_info": [` +
		`{"process": "a", "application_category": "email", "prevalence": 0.6, "sha256": "AA", "os_info": {"(A)(B)": 0.75, "(None)": 0.0}}, {"process": "b", "prevalence": 0.2, "sha256": "BB", "os_info": {}}]}` + "\n" +
		`{"str_repr": "(0303)(1302)((0000))", "process_info": [{"process": "c", "prevalence": 0.0}]}` + "\n" +
		`{"str_repr": "(0303)(1303)((0000))", "process_info": [{"process": "d", "prevalence": 1.5}]}` + "\n" +
		`{"str_repr": "(0303)(1304)((0000))", "process_info": [{"process": "e"}]}` + "\n"
	var notices []string
	m, err := Load(strings.NewReader(text), LoadOptions{Report: func(n Notice) { notices = append(notices, n.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	if got := labels(t, m, "tls/(0303)(1301)()", "tls/(0303)(1302)((0000))"); got != "a,c" || len(notices) != 2 {
		t.Errorf("%s, %q", got, notices)
	}
	// 0.6 of 0.8
	got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte("tls/(0303)(1301)()")})
	if !strings.HasPrefix(got, `{"process":"a","score":0.750000`) {
		t.Error(got)
	}
	var r EntryReader
	var e Entry
	first, _, _ := strings.Cut(text, "\n")
	if err := r.Read([]byte(first), &e); err != nil || e.Fingerprint != "tls/(0303)(1301)()" || e.Total != 8000 ||
		e.Processes[0].Count != 6000 || e.Processes[0].Systems["(A)(B)"] != 4500 || e.Processes[1].Count != 2000 {
		t.Errorf("%+v, %v", e, err)
	}
	// In an archive there are counts.
	_, notices = load(t, LoadOptions{}, resources(first)...)
	if len(notices) != 1 || !strings.Contains(notices[0], "no total_count") {
		t.Errorf("%q", notices)
	}
}

// Lines that are longer than blocks, and too long ones, keep the numbers of
// those after them.
func TestLongLines(t *testing.T) {
	long := strings.Replace(anyEntry, `"total_count"`, `"x":"`+strings.Repeat("x", 3*blockSize)+`","total_count"`, 1)
	lines := []string{"bad", long, strings.Repeat("y", 5*blockSize), "bad", entryLine("tls", "tls/(01)", 10, "", processObject("b", 10, false)), "bad"}
	m, notices := load(t, LoadOptions{Limits: archive.Limits{Line: 4 * blockSize}}, resources(lines...)...)
	var where []string
	for _, n := range notices {
		where = append(where, strings.SplitAfterN(n, " ", 2)[0])
	}
	if got := strings.Join(where, ""); got != "fingerprint_db.json:1: fingerprint_db.json:3: fingerprint_db.json:4: fingerprint_db.json:6: " {
		t.Errorf("%q", notices)
	}
	if got := labels(t, m, fpOne, "tls/(01)"); got != "a,b" {
		t.Error(got)
	}
}
