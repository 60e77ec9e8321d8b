package fingerprintdb

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/flow"
	"merctools/lib/npf"
)

var anyEntry = entryLine("tls", fpOne, 10, "", processObject("a", 10, false))

// labels says which processes a model knows by their fingerprints.
func labels(t testing.TB, m *Model, fingerprints ...string) string {
	t.Helper()
	var out []string
	for _, fp := range fingerprints {
		typ := npf.TLS
		if name, _, _ := strings.Cut(fp, "/"); name != "tls" {
			typ = classifiable[name]
		}
		var r Result
		NewAnalyzer(m).Analyze(&Observation{Type: typ, Fingerprint: []byte(fp), Key: &flow.Key{}}, &r)
		name, _, _ := r.Process()
		out = append(out, name)
	}
	return strings.Join(out, ",")
}

func TestOrderOfFiles(t *testing.T) {
	files := resources(anyEntry)
	for i := range 50 {
		m, notices := load(t, LoadOptions{}, files...)
		if len(notices) > 0 || m.Disabled() != "" || labels(t, m, fpOne) != "a" || m.Version() != "2025.01.02; 2.0.full" {
			t.Errorf("%v: %q, %q", files, notices, m.Disabled())
		}
		// Another order each time.
		j := i % len(files)
		files = append(append(slices.Clone(files[j:]), files[:j]...), file{})[:len(files)]
		slices.Reverse(files[i%3:])
	}
}

func TestWhichDatabase(t *testing.T) {
	named := func(s string) string { return entryLine("tls", fpOne, 10, "", processObject(s, 10, false)) }
	with := func(version string, lite bool) []file {
		f := resources(named("main"))
		f[0].text = version
		if lite {
			f = append(f, file{"fingerprint_db_lite.json", named("lite")})
		}
		return f
	}
	tests := []struct {
		version  string
		hasLite  bool
		wantLite bool
		want     string
		disabled string
	}{
		{"x; 2.0.full", false, false, "main", ""},
		{"x; 2.0.full", false, true, "main", ""},
		{"x; 2.0.full", true, true, "main", ""},
		{"x; 2.0.lite", false, true, "main", ""},
		{"x; 2.0.dual", true, false, "main", ""},
		{"x; 2.0.dual", true, true, "lite", ""},
		{"x; 2.0.dual", false, true, "", ""},
		{"x; 2.0", false, false, "", "old kind"},
		{"x", false, false, "", "not one qualifier"},
		{"2021.03.19", false, false, "main", ""},
		{"2021.03.19", true, true, "main", ""},
		{"2021.13.19", false, false, "", "not one qualifier"},
		{"x; 2.0.full; y", false, false, "", "not one qualifier"},
		{"", false, false, "", "not one qualifier"},
	}
	for _, tt := range tests {
		files := with(tt.version, tt.hasLite)
		for range files {
			files = append(files[1:], files[0])
			m, _ := load(t, LoadOptions{Lite: tt.wantLite}, files...)
			if got := labels(t, m, fpOne); got != tt.want {
				t.Errorf("%+v, %s first: %q", tt, files[0].name, got)
			}
			if !strings.Contains(m.Disabled(), tt.disabled) || (m.Disabled() == "") != (tt.disabled == "") {
				t.Errorf("%+v, %s first: %q", tt, files[0].name, m.Disabled())
			}
		}
	}
	if _, notices := load(t, LoadOptions{Lite: true}, with("x; dual", false)...); len(notices) != 1 ||
		!strings.Contains(notices[0], "fingerprint_db_lite.json: missing") {
		t.Errorf("%q", notices)
	}
}

func TestMissingFiles(t *testing.T) {
	all := resources(anyEntry)
	for i, want := range []struct{ notice, disabled string }{
		{"VERSION: missing; ", "VERSION is missing"},
		{"fingerprint_db.json: missing; ", "fingerprint_db.json is missing"},
		{"fp_prevalence_tls.txt: missing; ", "fp_prevalence_tls.txt is missing"},
		{"pyasn.db: missing; ", "pyasn.db is missing"},
		{"doh-watchlist.txt: missing; encrypted DNS", ""},
		{"domain-mappings.db: missing; domain faking", ""},
	} {
		m, notices := load(t, LoadOptions{}, slices.Delete(slices.Clone(all), i, i+1)...)
		if m.Disabled() != want.disabled || len(notices) == 0 || !strings.HasPrefix(notices[0], want.notice) {
			t.Errorf("without %s: %q, %q", all[i].name, m.Disabled(), notices)
		}
		if (len(notices) == 2) != (want.disabled != "") {
			t.Errorf("without %s: %q", all[i].name, notices)
		}
		var r Result
		s := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), ServerName: []byte("bank.example"), Key: key("10.0.0.1", "192.0.2.53")}
		if NewAnalyzer(m).Analyze(&s, &r) != (want.disabled == "") {
			t.Errorf("without %s: analyzed", all[i].name)
		}
		if want.disabled == "" && !r.Has(encryptedDNS) != (i == 4) && !r.Has(domainFaking) != (i == 5) {
			t.Errorf("without %s: attributes", all[i].name)
		}
	}
	// Networks may come from elsewhere.
	m, notices := load(t, LoadOptions{ASNs: constantASN(64512)}, slices.Delete(slices.Clone(all), 3, 4)...)
	if m.Disabled() != "" || len(notices) != 0 {
		t.Errorf("%q, %q", m.Disabled(), notices)
	}
}

type constantASN uint32

func (c constantASN) ASN(netip.Addr) uint32 { return uint32(c) }

func TestOtherASNs(t *testing.T) {
	line := entryLine("tls", fpOne, 10, unitWeights, processObject("a", 5, false, `"classes_ip_as":{"64512":9}`), processObject("b", 5, false))
	m, _ := load(t, LoadOptions{ASNs: constantASN(64512)}, resources(line)...)
	if got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}); !strings.Contains(got, "0.989011") {
		t.Error(got)
	}
}

func TestMinimizeRAM(t *testing.T) {
	line := entryLine("tls", fpOne, 10, unitWeights,
		processObject("a", 5, false, `"classes_ip_ip":{"192.0.2.7":9,"2001:db8::7":9}`, `"classes_ip_as":{"64501":9}`), processObject("b", 5, false))
	line2 := entryLine("tls", "tls/(0303)(1301)()", 10, "", strings.ReplaceAll(processObject("c", 10, false), `,"classes_ip_ip":{}`, ""))
	m, notices := load(t, LoadOptions{MinimizeRAM: true}, resources(line, line2)...)
	if len(notices) > 0 {
		t.Errorf("%q", notices)
	}
	for _, dst := range []string{"192.0.2.7", "2001:db8::7"} {
		got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), Key: key("10.0.0.1", dst)})
		if !strings.Contains(got, `"score":0.500000`) {
			t.Errorf("%s: %s", dst, got)
		}
	}
	if got := labels(t, m, "tls/(0303)(1301)()"); got != "c" {
		t.Error(got)
	}
}

func TestFormats(t *testing.T) {
	line := func(typ, fp string) string { return entryLine(typ, fp, 10, "", processObject(fp, 10, false)) }
	tests := []struct {
		name      string
		lines     []string
		tls, quic int
		known     string
		notices   int
	}{
		{"none", nil, 0, 0, "", 0},
		{"0", []string{line("tls", "tls/(00)"), line("quic", "quic/(00)")}, 0, 0, "tls/(00) quic/(00)", 0},
		{"1 and 2", []string{line("quic", "quic/1/(00)"), line("tls", "tls/2/(00)")}, 2, 1, "tls/2/(00) quic/1/(00)", 0},
		{"others left out", []string{line("tls", "tls/1/(00)"), line("tls", "tls/(01)"), line("tls", "tls/1/(02)"), line("tls", "tls/randomized")},
			1, 0, "tls/1/(00) tls/1/(02)", 2},
		{"old form", []string{line("tls", "(00)"), line("tls", "randomized"), line("tls", "tls/(01)")}, 0, 0, "tls/(00) tls/(01)", 0},
		{"without type", []string{strings.Replace(line("tls", "tls/1/(00)"), `"fp_type"`, `"x"`, 1)}, 0, 0, "tls/1/(00)", 0},
		{"randomized first", []string{line("tls", "tls/1/randomized"), line("tls", "tls/1/(00)")}, 1, 0, "tls/1/(00)", 0},
		{"randomized without format first", []string{line("tls", "tls/randomized"), line("tls", "tls/1/(00)")}, 0, 0, "", 1},
		{"a bad line counts", []string{line("tls", "quic/1/(00)"), line("tls", "tls/1/(00)"), line("tls", "tls/(01)")}, 0, 0, "tls/(01)", 2},
		{"other types", []string{line("http", "http/(00)"), line("stun", "stun/1/(00)"), line("ssh", "ssh/(00)"), line("tofsee", "tofsee/1/generic")},
			0, 0, "http/(00) stun/1/(00) ssh/(00) tofsee/1/generic", 0},
		{"of no use", []string{line("dtls", "dtls/(00)"), line("tcp", "tcp/1/(00)"), line("", "tls/(00)")}, 0, 0, "", 3},
		{"wrong type", []string{line("quic", "tls/(00)"), line("tls", "http/(00)"), line("tls", "x"), line("tls", "tls/x"), line("tls", "tls/"), line("tls", "")}, 0, 0, "", 6},
		{"too long", []string{line("tls", "tls/("+strings.Repeat("0", npf.MaxLen)+")")}, 0, 0, "", 1},
	}
	for _, tt := range tests {
		m, notices := load(t, LoadOptions{}, resources(tt.lines...)...)
		tls, quic := m.Formats()
		if tls != tt.tls || quic != tt.quic || len(notices) != tt.notices {
			t.Errorf("%s: formats %d and %d, %q", tt.name, tls, quic, notices)
		}
		for _, fp := range strings.Fields(tt.known) {
			if labels(t, m, fp) == "" {
				t.Errorf("%s: %s is not known", tt.name, fp)
			}
		}
		if n := len(m.contents().db.entries); n != len(strings.Fields(tt.known)) && !strings.Contains(strings.Join(tt.lines, ""), "randomized") {
			t.Errorf("%s: %d entries", tt.name, n)
		}
	}
}

func TestSeveralFingerprints(t *testing.T) {
	line := strings.Replace(entryLine("tls", "tls/(00)", 10, "", processObject("a", 10, false)), `"fp_type"`, `"str_repr_array":["tls/(01)",7,"tls/(00)","tls/(02)"],"fp_type"`, 1)
	more := strings.Replace(entryLine("tls", "tls/(03)", 10, "", processObject("b", 10, false)), `"str_repr":"tls/(03)"`, `"str_repr_array":["tls/(03)","quic/(04)","tls/(05)"]`, 1)
	m, notices := load(t, LoadOptions{}, resources(line, more, entryLine("tls", "tls/(02)", 10, "", processObject("c", 10, false)))...)
	if got := labels(t, m, "tls/(00)", "tls/(01)", "tls/(02)", "tls/(03)", "tls/(04)", "tls/(05)"); got != "a,a,a,b,," {
		t.Error(got)
	}
	want := []string{
		"fingerprint_db.json:1: duplicate fingerprint",
		`fingerprint_db.json:2: the fingerprint is not one of type "tls"`,
		"fingerprint_db.json:3: duplicate fingerprint",
	}
	if !slices.Equal(notices, want) || len(m.contents().db.entries) != 2 {
		t.Errorf("%q, %d entries", notices, len(m.contents().db.entries))
	}
}

// What is wrong with a line is said, and the lines around it count.
func TestBadLines(t *testing.T) {
	good := processObject("a", 10, false)
	tests := []struct{ line, want string }{
		{"x", "not JSON"},
		{"[]", "not a JSON object"},
		{strings.Repeat(`{"a":`, 100), "nested too deeply"},
		{"{}", "no process_info"},
		{`{"process_info":{}}`, "no process_info"},
		{entryLine("tls", "tls/(00)", 10, ""), "process_info is empty"},
		{entryLine("tls", "tls/(00)", 0, "", good), "no total_count"},
		{entryLine("tls", "tls/(00)", -10, "", good), "no total_count"},
		{strings.Replace(entryLine("tls", "tls/(00)", 10, "", good), `:10`, `:1e1`, 1), "no total_count"},
		{entryLine("tls", "tls/(00)", 10, "", "7"), "not an object"},
		{entryLine("tls", "tls/(00)", 10, "", `{}`), "no classes_hostname_domains"},
		{entryLine("tls", "tls/(00)", 10, "", processObject("a", 0, false)), "no count, or it is 0"},
		{entryLine("tls", "tls/(00)", 10, "", processObject("a", -1, false)), "no count, or it is 0"},
		{entryLine("tls", "tls/(00)", 10, "", strings.Replace(good, `"process"`, `"x"`, 1)), "no name"},
		{entryLine("tls", "tls/(00)", 10, "", strings.Replace(good, `"a"`, `7`, 1)), "no name"},
		{entryLine("tls", "tls/(00)", 10, "", processObject("a", 10, false, `"classes_port_port":[]`)), "classes_port_port is not an object"},
		{entryLine("tls", "tls/(00)", 10, "", processObject("a", 10, false, `"classes_ip_as":{"1":-1}`)), "classes_ip_as holds something that is not a count"},
		{entryLine("tls", "tls/(00)", 10, "", processObject("a", 10, false, `"classes_ip_ip":{"192.0.2.1":"1"}`)), "classes_ip_ip holds something that is not a count"},
		{entryLine("tls", "tls/(00)", 10, "", processObject("a", 10, false, `"classes_user_agent":7`)), "classes_user_agent is not an object"},
		{entryLine("tls", "tls/(00)", 10, "", strings.Replace(good, `"classes_ip_ip"`, `"x"`, 1)), "no classes_ip_ip"},
		{entryLine("tls", "tls/(00)", 10, `,"feature_weights":[]`, good), "not an object"},
		{entryLine("tls", "tls/(00)", 10, `,"feature_weights":{"as":1.0}`, good), "has 1 members, not 6"},
		{entryLine("tls", "tls/(00)", 10, strings.Replace(unitWeights, "ua", "x", 1), good), "ua is missing"},
		{entryLine("tls", "tls/(00)", 10, strings.Replace(unitWeights, "1.0", "-1.0", 1), good), "as is missing or not a number"},
		{entryLine("tls", "tls/(00)", 10, strings.Replace(unitWeights, "1.0", "1e400", 1), good), "as is missing or not a number"},
		{entryLine("tls", "tls/(00)", 10, strings.Replace(unitWeights, "1.0", "null", 1), good), "as is missing or not a number"},
		{entryLine("tls", "tls/(00)", 10, strings.Replace(unitWeights, "1.0", "NaN", 1), good), "not JSON"},
		{strings.Replace(entryLine("tls", "tls/(00)", 10, "", good), `"str_repr"`, `"x"`, 1), "no fingerprint"},
		{entryLine("tls", "tls/(00)", 10, "", strings.Repeat(good+",", maxProcesses)+good), "more than 65535 processes"},
	}
	for _, tt := range tests {
		m, notices := load(t, LoadOptions{}, resources(anyEntry, tt.line, entryLine("tls", "tls/(01)", 10, "", good))...)
		if len(notices) != 1 || !strings.HasPrefix(notices[0], "fingerprint_db.json:2: ") || !strings.Contains(notices[0], tt.want) {
			t.Errorf("%.200s: %q, not %q", tt.line, notices, tt.want)
		}
		if labels(t, m, fpOne, "tls/(00)", "tls/(01)") != "a,,a" {
			t.Errorf("%.200s: %s", tt.line, labels(t, m, fpOne, "tls/(00)", "tls/(01)"))
		}
	}
	// These are passed over within a line that counts.
	for _, tt := range []struct{ fields, want string }{
		{`"classes_hostname_sni":{"a.b":-1},"classes_hostname_domains":{"a.b":"x"}`, ""},
		{`"classes_hostname_sni":7,"classes_hostname_domains":null`, ""},
		{`"classes_port_port":{"http":1}`, `"http" is not a number up to 65535`},
		{`"classes_port_port":{"65536":1}`, `"65536" is not a number`},
		{`"classes_ip_as":{"99999999999999999999":1}`, "is not a number up to 4294967295"},
		{`"classes_ip_ip":{"host":1}`, `"host" is not an address`},
	} {
		m, notices := load(t, LoadOptions{}, resources(entryLine("tls", fpOne, 10, "", processObject("a", 10, false, tt.fields)))...)
		if labels(t, m, fpOne) != "a" || (tt.want == "") != (len(notices) == 0) || len(notices) > 0 && !strings.Contains(notices[0], tt.want) {
			t.Errorf("%s: %q", tt.fields, notices)
		}
	}
	// The other files.
	for name, want := range map[string]string{
		"pyasn.db": "not a network", "doh-watchlist.txt": "neither an address", "domain-mappings.db": "not JSON",
	} {
		files := resources(anyEntry)
		for i := range files {
			if files[i].name == name {
				files[i].text = "\n@\n" + files[i].text
			}
		}
		_, notices := load(t, LoadOptions{}, files...)
		if len(notices) != 1 || !strings.HasPrefix(notices[0], name+":2: "+want) {
			t.Errorf("%s: %q", name, notices)
		}
	}
}

func TestAttributeNames(t *testing.T) {
	attrs := func(fp, s string) string {
		return entryLine("tls", fp, 10, "", processObject(fp, 10, false, `"attributes":`+s))
	}
	m, notices := load(t, LoadOptions{}, resources(
		attrs("tls/(00)", `{"a":true,"b\"c":true,"faketls":true}`),
		attrs("tls/(01)", `{"b\"c":true,"d":true,"a":"true","encrypted_dns":true,"faketls":true}`))...)
	if len(notices) != 1 || notices[0] != `fingerprint_db.json:2: unknown attribute "d"` {
		t.Errorf("%q", notices)
	}
	h := NewHistory()
	for fp, want := range map[string]string{
		"tls/(00)": `[{"name":"a","probability_score":1.000000},{"name":"b\"c","probability_score":1.000000},{"name":"faketls","probability_score":1.000000}]}`,
		"tls/(01)": `[{"name":"encrypted_dns","probability_score":1.000000},{"name":"faketls","probability_score":1.000000},{"name":"b\"c","probability_score":1.000000}]}`,
	} {
		if got := answer(t, m, h, Observation{Type: npf.TLS, Fingerprint: []byte(fp)}); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", fp, got)
		}
	}
	// No more than there is room for.
	_, notices = load(t, LoadOptions{}, resources(attrs(fpOne, `{"1":true,"2":true,"3":true,"4":true,"5":true,"6":true,"7":true,"8":false}`))...)
	if len(notices) != 2 || !strings.Contains(notices[0], `unknown attribute "7"`) {
		t.Errorf("%q", notices)
	}
	// An empty object says that there are none.
	_, notices = load(t, LoadOptions{}, resources(attrs("tls/(00)", `{}`), attrs("tls/(01)", `{"a":true}`))...)
	if len(notices) != 1 || !strings.Contains(notices[0], `unknown attribute "a"`) {
		t.Errorf("%q", notices)
	}
}

func TestNotices(t *testing.T) {
	files := with(resources(anyEntry), "pyasn.db", strings.Repeat("@\n", 100))
	_, notices := load(t, LoadOptions{}, files...)
	if len(notices) != maxNotices+1 || notices[0] != "pyasn.db:1: not a network (address/length)" || notices[maxNotices] != "pyasn.db: 80 more lines like these" {
		t.Errorf("%q", notices)
	}
	if got := (Notice{Text: "x"}).String(); got != "x" {
		t.Error(got)
	}
	// Nobody need listen.
	if _, err := Load(bytes.NewReader(tarball(files...)), LoadOptions{}); err != nil {
		t.Error(err)
	}
}

func TestLoadFails(t *testing.T) {
	good := tarball(resources(anyEntry)...)
	for name, tt := range map[string]struct {
		b    []byte
		o    LoadOptions
		want error
	}{
		"empty archive": {tarball(), LoadOptions{}, archive.ErrFormat},
		"empty, gzip":   {compressed(tarball()), LoadOptions{}, ErrEmpty},
		"no archive":    {[]byte(strings.Repeat("text", 1000)), LoadOptions{}, archive.ErrFormat},
		"nothing":       {nil, LoadOptions{}, archive.ErrFormat},
		"truncated":     {good[:1600], LoadOptions{}, io.ErrUnexpectedEOF},
		"truncated gz":  {compressed(good)[:200], LoadOptions{}, io.ErrUnexpectedEOF},
		"too large":     {good, LoadOptions{Limits: archive.Limits{Bytes: 200}}, archive.ErrTooLarge},
		"bad key":       {good, LoadOptions{Key: []byte("short")}, archive.ErrKey},
	} {
		m, err := Load(bytes.NewReader(tt.b), tt.o)
		if !errors.Is(err, tt.want) || m != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A file in which something goes wrong is named.
	_, err := Load(bytes.NewReader(good[:1600]), LoadOptions{})
	if err == nil || !strings.HasPrefix(err.Error(), "fingerprint_db.json:") {
		t.Error(err)
	}
	// Long lines are passed over.
	long := with(resources(anyEntry), "fingerprint_db.json", strings.Repeat(" ", 1<<20)+"\n"+anyEntry+"\n")
	m, notices := load(t, LoadOptions{Limits: archive.Limits{Line: 500_000}}, long...)
	if len(notices) != 1 || notices[0] != "fingerprint_db.json:1: line too long" || labels(t, m, fpOne) != "a" {
		t.Errorf("%q", notices)
	}
	// So is a VERSION that is none.
	m, notices = load(t, LoadOptions{}, with(resources(anyEntry), "VERSION", "1; full"+strings.Repeat("x", 5000)+"\n2; full\n")...)
	if m.Version() != "2; full" || len(notices) != 1 {
		t.Errorf("%q, %q", m.Version(), notices)
	}
}

func TestIgnoredFiles(t *testing.T) {
	files := resources(anyEntry)
	files = append([]file{{"README", "x"}, {"VERSION", "1; full"}, {"dir/pyasn.db", "@"}}, files...)
	m, notices := load(t, LoadOptions{}, files...)
	if m.Version() != "1; full" || len(notices) > 0 || m.Disabled() != "" {
		t.Errorf("%q, %q", m.Version(), notices)
	}
}

// FuzzLoad gives a file of an archive any content.
func FuzzLoad(f *testing.F) {
	for i, r := range resources(twoProcesses(unitWeights), anyEntry) {
		f.Add(uint8(i), []byte(r.text))
	}
	f.Add(uint8(1), []byte(entryLine("tls", "tls/randomized", 10, "", processObject(genericProcess, 10, true, `"attributes":{"x":true}`, `"os_info":{"y":1}`))))
	f.Add(uint8(1), []byte(entryLine("quic", "quic/1/(00)", 10, `,"str_repr_array":["quic/1/(01)"]`, processObject("é", 10, true))))
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		files := resources(anyEntry)
		files[int(which)%len(files)].text = string(text)
		m, err := Load(bytes.NewReader(tarball(files...)), LoadOptions{Systems: true, Report: func(n Notice) { _ = n.String() }})
		if err != nil {
			t.Fatal(err)
		}
		h := NewHistory()
		for _, fp := range []string{fpOne, "tls/(0303)(9999)()", "tls/1/(0303)(9999)()"} {
			answer(t, m, h, Observation{Type: npf.TLS, Fingerprint: []byte(fp), ServerName: []byte("www.example.com")})
		}
		table := &m.contents().db.fingerprints
		for _, offset := range table.offsets {
			fp := table.read(offset)
			for name, typ := range classifiable {
				if bytes.HasPrefix(fp, []byte(name+"/")) {
					answer(t, m, h, Observation{Type: typ, Fingerprint: fp, ServerName: text, UserAgent: text, Key: key("10.0.0.1", "2001:db8::1")})
				}
			}
		}
	})
}

// FuzzAnalyze asks about any flow.
func FuzzAnalyze(f *testing.F) {
	m, _ := load(f, LoadOptions{}, resources(twoProcesses(unitWeights), entryLine("tls", "tls/randomized", 10, "", processObject("r", 10, true)),
		entryLine("stun", "stun/1/(00)", 10, "", processObject("s", 10, false)))...)
	f.Add(uint8(npf.TLS), []byte(fpOne), []byte("www.example.com"), []byte("x"), uint8(4), []byte{192, 0, 2, 7})
	f.Add(uint8(npf.STUN), []byte("stun/1/(00)"), []byte{}, []byte("\xff\x00é"), uint8(6), []byte{0x20, 1, 0xd, 0xb8})
	f.Add(uint8(npf.TLS), []byte("tls/(0303)(1"), []byte("[::1]:80"), []byte{}, uint8(0), []byte{})
	a, h := NewAnalyzer(m), NewHistory()
	f.Fuzz(func(t *testing.T, typ uint8, fp, name, agent []byte, version uint8, addr []byte) {
		k := flow.Key{Version: version}
		copy(k.Dst[:], addr)
		var r Result
		a.Analyze(&Observation{Type: npf.Type(typ), Fingerprint: fp, Key: &k, ServerName: name, UserAgent: agent}, &r)
		r.SetNonce(&k, name)
		h.Resolve(&r)
		written(t, &r)
		a.Analyze(&Observation{Type: npf.Type(typ), Fingerprint: fp}, &r)
	})
}
