package fingerprintdb

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// entryLine makes a line of fingerprint_db.json.
func entryLine(typ, fingerprint string, total int, more string, processes ...string) string {
	return fmt.Sprintf(`{"str_repr":%q,"fp_type":%q,"total_count":%d%s,"process_info":[%s]}`,
		fingerprint, typ, total, more, strings.Join(processes, ","))
}

// processObject makes an element of process_info. Features that fields doesn't
// have are empty.
func processObject(name string, count int, malware bool, fields ...string) string {
	s := fmt.Sprintf(`{"process":%q,"count":%d,"malware":%t`, name, count, malware)
	all := strings.Join(fields, ",")
	for _, m := range countMembers {
		if !strings.Contains(all, m.name) && m.always && m.feature != noFeature {
			s += fmt.Sprintf(`,%q:{}`, m.name)
		}
	}
	if all != "" {
		s += "," + all
	}
	return s + "}"
}

const (
	unitWeights = `,"feature_weights":{"as":1.0,"domain":1.0,"port":1.0,"ip":1.0,"sni":1.0,"ua":1.0}`
	fpOne       = "tls/(0303)(1301)((0000))"
)

// answer analyzes a subject and returns the member analysis.
func answer(t testing.TB, m *Model, h *History, s Observation) string {
	t.Helper()
	if s.Key == nil {
		s.Key = key("10.0.0.9", "192.0.2.7")
	}
	var r Result
	r.Reset()
	NewAnalyzer(m).Analyze(&s, &r)
	h.Resolve(&r)
	return written(t, &r)
}

func written(t testing.TB, r *Result) string {
	t.Helper()
	if !r.Present() {
		return ""
	}
	var w record.Writer
	w.Object()
	r.Write(&w)
	w.EndObject()
	if !json.Valid(w.Bytes()) {
		t.Errorf("not JSON: %s", w.Bytes())
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(w.Bytes()), `{"analysis":`), "}")
}

func ask(t testing.TB, lines []string, s Observation) string {
	t.Helper()
	m, notices := load(t, LoadOptions{}, resources(lines...)...)
	if len(notices) > 0 {
		t.Errorf("notices: %q", notices)
	}
	return answer(t, m, NewHistory(), s)
}

// Two processes, whose odds can be computed by hand. With ten sightings in
// all, a feature with which a process was seen n times multiplies the odds by
// n/10 over 1/100, to the power of its weight.
func twoProcesses(more string) string {
	return entryLine("tls", fpOne, 10, more,
		processObject("good", 6, false,
			`"attributes":{"tunnel":false}`,
			`"classes_port_port":{"443":6}`, `"classes_hostname_sni":{"www.example.com":6}`,
			`"classes_hostname_domains":{"example.com":6}`, `"classes_user_agent":{"None":6}`),
		processObject("bad", 4, true,
			`"attributes":{"tunnel":true}`,
			`"classes_port_port":{"443":4}`, `"classes_ip_as":{"64500":4}`, `"classes_ip_ip":{"192.0.2.7":2}`,
			`"classes_hostname_domains":{"example.com":1}`, `"classes_user_agent":{"None":4}`))
}

func TestClassify(t *testing.T) {
	www := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), ServerName: []byte("www.example.com")}
	other := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), ServerName: []byte("other.test")}
	tests := []struct {
		name string
		line string
		s    Observation
		want string
	}{
		// good: .6 * 60 (port) * 60 (name) * 60 (domain) * 60 (agent) = 7776000
		// bad:  .4 * 40 (port) * 40 (network) * 20 (address) * 10 (domain) * 40 (agent) = 5120000
		{"all features", twoProcesses(unitWeights), www,
			`{"process":"good","score":0.602978,"malware":0,"p_malware":0.397022,"attributes":[]}`},
		// good: .6 * 60 * 60 = 2160; bad: .4 * 40 * 40 * 20 * 40 = 512000
		{"unknown name", twoProcesses(unitWeights), other,
			`{"process":"bad","score":0.995799,"malware":1,"p_malware":0.995799,"attributes":[` +
				`{"name":"encrypted_channel","probability_score":0.995799},{"name":"tunnel","probability_score":0.995799}]}`},
		// good: .6 * 60 * 60 * 60; bad: .4 * 40^2 * 20^.5 * 10 * 40
		{"weights", twoProcesses(`,"feature_weights":{"as":2.0,"domain":1.0,"port":0.0,"ip":0.5,"sni":1,"ua":1.0}`), www,
			`{"process":"bad","score":0.898310,"malware":1,"p_malware":0.898310,"attributes":[` +
				`{"name":"encrypted_channel","probability_score":0.898310},{"name":"tunnel","probability_score":0.898310}]}`},
		// The exponents are .13924, .15590, .00528, .56735, .96941 and 1.
		{"default weights", twoProcesses(""), www, defaultAnswer()},
	}
	for _, tt := range tests {
		if got := ask(t, []string{tt.line}, tt.s); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func defaultAnswer() string {
	good := .6 * math.Pow(60, .00528+.96941+.15590+1)
	bad := .4 * math.Pow(40, .00528+.13924+1) * math.Pow(20, .56735) * math.Pow(10, .15590)
	return fmt.Sprintf(`{"process":"good","score":%.6f,"malware":0,"p_malware":%.6f,"attributes":[]}`, good/(good+bad), bad/(good+bad))
}

// One process has a single feature that the other one hasn't: the odds are 90
// to 1 if it is found, and even if not.
func TestFeatures(t *testing.T) {
	const found, not = "0.989011", "0.500000"
	tests := []struct {
		name    string
		feature string
		s       Observation
		dst     string
		want    string
	}{
		{"port", `"classes_port_port":{"443":9}`, Observation{}, "", found},
		{"other port", `"classes_port_port":{"444":9}`, Observation{}, "", not},
		{"port and more", `"classes_port_port":{"443/tcp":9}`, Observation{}, "", found},
		{"network", `"classes_ip_as":{"64500":9}`, Observation{}, "", found},
		{"other network", `"classes_ip_as":{"64501":9}`, Observation{}, "", not},
		{"IPv6 network", `"classes_ip_as":{"64501":9}`, Observation{}, "2001:db8::7", found},
		{"unknown network", `"classes_ip_as":{"unknown":9}`, Observation{}, "8.8.8.8", found},
		{"network 0", `"classes_ip_as":{"0":9}`, Observation{}, "8.8.8.8", found},
		{"known network", `"classes_ip_as":{"unknown":9}`, Observation{}, "", not},
		{"address", `"classes_ip_ip":{"192.0.2.7":9}`, Observation{}, "", found},
		{"other address", `"classes_ip_ip":{"192.0.2.8":9}`, Observation{}, "", not},
		{"IPv6 address", `"classes_ip_ip":{"2001:db8:0::7":9}`, Observation{}, "2001:db8::7", found},
		{"other IPv6 address", `"classes_ip_ip":{"2001:db8::7":9}`, Observation{}, "2001:db8::8", not},
		{"private address", `"classes_ip_ip":{"192.168.1.1":9}`, Observation{}, "172.16.5.5", found},
		{"local address", `"classes_ip_ip":{"fe80::1":9}`, Observation{}, "fd00::9", found},
		{"user agent", `"classes_user_agent":{"x/1":9}`, Observation{UserAgent: []byte("x/1")}, "", found},
		{"user agent and zero", `"classes_user_agent":{"x/1":9}`, Observation{UserAgent: []byte("x/1\x00y")}, "", found},
		{"other user agent", `"classes_user_agent":{"x/1":9}`, Observation{UserAgent: []byte("x/12")}, "", not},
		{"no user agent", `"classes_user_agent":{"None":9}`, Observation{}, "", found},
		{"user agent None", `"classes_user_agent":{"None":9}`, Observation{UserAgent: []byte("None")}, "", not},
		{"name", `"classes_hostname_sni":{"a.b.example":9}`, Observation{ServerName: []byte("a.b.example")}, "", found},
		{"name with port", `"classes_hostname_sni":{"a.b.example:80":9}`, Observation{ServerName: []byte(" a.b.example.:80")}, "", found},
		{"other name", `"classes_hostname_sni":{"a.b.example":9}`, Observation{ServerName: []byte("b.example")}, "", not},
		{"no name", `"classes_hostname_sni":{"None":9}`, Observation{}, "", found},
		{"address as name", `"classes_hostname_sni":{"10.1.1.1":9}`, Observation{ServerName: []byte("192.168.2.2")}, "", found},
		{"domain", `"classes_hostname_domains":{"b.example":9}`, Observation{ServerName: []byte("x.b.example")}, "", found},
		{"no domain", `"classes_hostname_domains":{"missing.alt":9}`, Observation{}, "", found},
		{"domain of addresses", `"classes_hostname_domains":{"address.alt":9}`, Observation{ServerName: []byte("192.0.2.1")}, "", found},
		{"other domain", `"classes_hostname_domains":{"x.b.example":9}`, Observation{ServerName: []byte("x.b.example")}, "", not},
		{"long name", `"classes_hostname_sni":{"` + strings.Repeat("a.", 127) + `aa":9}`,
			Observation{ServerName: []byte(strings.Repeat("a.", 127) + "aab")}, "", found},
	}
	for _, tt := range tests {
		line := entryLine("tls", fpOne, 10, unitWeights, processObject("a", 5, false, tt.feature), processObject("b", 5, false))
		tt.s.Type, tt.s.Fingerprint = npf.TLS, []byte(fpOne)
		if tt.dst != "" {
			tt.s.Key = key("10.0.0.9", tt.dst)
		}
		want := `{"process":"a","score":` + tt.want + `,"malware":0,"p_malware":0.000000,"attributes":[]}`
		if got := ask(t, []string{line}, tt.s); got != want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	// The same value for another feature, or none where the flow has no
	// address, makes no difference.
	line := entryLine("tls", fpOne, 10, unitWeights,
		processObject("a", 5, false, `"classes_ip_as":{"443":9}`, `"classes_ip_ip":{"0.0.0.0":9,"::":9}`), processObject("b", 5, false))
	s := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), Key: &flow.Key{DstPort: 443}}
	if got := ask(t, []string{line}, s); !strings.Contains(got, not) {
		t.Errorf("no address: %s", got)
	}
	mapped := &flow.Key{Version: 6, Dst: [16]byte{10: 0xff, 11: 0xff, 12: 192, 13: 0, 14: 2, 15: 7}}
	line = entryLine("tls", fpOne, 10, unitWeights,
		processObject("a", 5, false, `"classes_ip_as":{"64500":9}`, `"classes_ip_ip":{"192.0.2.7":9,"::ffff:192.0.2.7":9}`), processObject("b", 5, false))
	s.Key = mapped
	if got := ask(t, []string{line}, s); !strings.Contains(got, not) {
		t.Errorf("mapped address: %s", got)
	}
}

func TestSums(t *testing.T) {
	s := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		// Names with the same normal form: 2 + 3 of 10 make 50 to 1.
		{"names", []string{entryLine("tls", fpOne, 10, unitWeights,
			processObject("a", 5, false, `"classes_hostname_sni":{"None":2,"#":3}`), processObject("b", 5, false))},
			`{"process":"a","score":0.980392`},
		{"names of two processes", []string{entryLine("tls", fpOne, 10, unitWeights,
			processObject("a", 5, false, `"classes_hostname_sni":{"None":4}`), processObject("b", 5, false, `"classes_hostname_sni":{"":1}`))},
			`{"process":"a","score":0.800000`},
		// Values of other features that come to the same multiply: 20 * 30.
		{"networks", []string{entryLine("tls", fpOne, 10, unitWeights,
			processObject("a", 5, false, `"classes_ip_as":{"unknown":2,"0":3}`), processObject("b", 5, false))},
			`{"process":"a","score":0.998336`},
		// A process of which there is little counts for a tenth all the same.
		{"rare", []string{entryLine("tls", fpOne, 1000, unitWeights, processObject("a", 900, false), processObject("b", 1, false))},
			`{"process":"a","score":0.900000`},
		// Never seen there, it is said: that excludes it.
		{"zero", []string{entryLine("tls", fpOne, 10, unitWeights,
			processObject("a", 5, false, `"classes_port_port":{"443":0}`), processObject("b", 5, false))},
			`{"process":"b","score":1.000000`},
		{"all excluded", []string{entryLine("tls", fpOne, 10, unitWeights, processObject("a", 5, false, `"classes_port_port":{"443":0}`))},
			`{"process":"a","score":0.000000`},
		{"equal: the first", []string{entryLine("tls", fpOne, 10, "", processObject("a", 5, false), processObject("b", 5, false))},
			`{"process":"a","score":0.500000`},
	}
	for _, tt := range tests {
		if tt.name == "networks" {
			s.Key = key("10.0.0.9", "8.8.8.8")
		} else {
			s.Key = nil
		}
		if got := ask(t, tt.lines, s); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestGenericProcess(t *testing.T) {
	tests := []struct {
		name      string
		processes []string
		want      string
	}{
		// .6, .3, .1: the generic one is left out, but counts for p_malware.
		{"benign second", []string{
			processObject(genericProcess, 6, false), processObject("a", 3, false, `"attributes":{"x":true}`),
			processObject("b", 1, true, `"attributes":{"x":true}`)},
			`{"process":"a","score":0.750000,"malware":0,"p_malware":0.100000,"attributes":[{"name":"x","probability_score":1.000000}]}`},
		{"malware second", []string{
			processObject(genericProcess, 6, false), processObject("a", 1, false), processObject("b", 3, true)},
			`{"process":"generic dmz process","score":0.600000,"malware":0,"p_malware":0.300000,"attributes":[]}`},
		{"not the first", []string{processObject("a", 6, false), processObject(genericProcess, 4, false)},
			`{"process":"a","score":0.600000,"malware":0,"p_malware":0.000000,"attributes":[]}`},
		{"alone", []string{processObject(genericProcess, 10, false)},
			`{"process":"generic dmz process","score":1.000000,"malware":0,"p_malware":0.000000,"attributes":[]}`},
	}
	for _, tt := range tests {
		line := entryLine("tls", fpOne, 10, "", tt.processes...)
		if got := ask(t, []string{line}, Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	// Without knowledge of malware it is one like any other.
	line := strings.ReplaceAll(entryLine("tls", fpOne, 10, "", processObject(genericProcess, 6, false), processObject("a", 4, false)), `"malware":false,`, "")
	if got := ask(t, []string{line}, Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}); got !=
		`{"process":"generic dmz process","score":0.600000,"attributes":[]}` {
		t.Error(got)
	}
}

func TestNamesAsWritten(t *testing.T) {
	long := strings.Repeat("n", 300)
	tests := []struct{ json, want string }{
		{`plain`, `plain`},
		{`caf\u00e9 <b>`, `café <b>`},
		{`a\"b\\c`, `a\"b\\c`},
		{`tab\there`, `tab\there`},
		{long, long[:255]},
		{long[:254] + `é`, long[:254] + `\ufffd`},
		{`cut\u0000here`, `cut`},
	}
	for _, tt := range tests {
		line := strings.Replace(entryLine("tls", fpOne, 10, "", processObject("NAME", 10, false)), "NAME", tt.json, 1)
		got := ask(t, []string{line}, Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)})
		if want := `{"process":"` + tt.want + `","score":1.000000,"malware":0,"p_malware":0.000000,"attributes":[]}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestSystems(t *testing.T) {
	line := entryLine("tls", fpOne, 10, "",
		processObject("a", 1, false, `"os_info":{"cpe:a":7}`),
		processObject("b", 9, false, `"os_info":{"":3,"cpe:b":1,"cpe:\"c":20000000000,"cpe:d":-1}`))
	m, _ := load(t, LoadOptions{Systems: true}, resources(line)...)
	const want = `{"process":"b","score":0.900000,"malware":0,"p_malware":0.000000,"os_info":{"cpe:b":1,"cpe:\"c":20000000000},"attributes":[]}`
	if got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}); got != want {
		t.Errorf("got %s", got)
	}
}

func TestStatus(t *testing.T) {
	const (
		unlabeled  = `{"status":"unlabeled_fingerprint","attributes":[]}`
		randomized = `{"status":"randomized_fingerprint","attributes":[]}`
		unknown    = `{"status":"unknown","attributes":[]}`
	)
	m, _ := load(t, LoadOptions{}, resources(
		entryLine("tls", fpOne, 10, "", processObject("a", 10, false)),
		entryLine("http", "http/(474554)", 10, "", processObject("b", 10, false)))...)
	h := NewHistory()
	for i, step := range []struct {
		typ  npf.Type
		fp   string
		want string
	}{
		{npf.TLS, fpOne, `{"process":"a","score":1.000000,"malware":0,"p_malware":0.000000,"attributes":[]}`},
		{npf.TLS, "tls/(0303)(1301)()", unlabeled}, // in the prevalence list
		{npf.TLS, "tls/(0303)(1302)()", randomized},
		{npf.TLS, "tls/(0303)(1302)()", unlabeled},
		{npf.TLS, "tls/(0303)(1303)()", randomized},
		{npf.TLS, "tls/(0303)(1302)()", unlabeled},
		{npf.HTTP, "http/(474554)", `{"process":"b","score":1.000000,"malware":0,"p_malware":0.000000,"attributes":[]}`},
		{npf.HTTP, "http/(00)", unlabeled},
		{npf.QUIC, "quic/(00)", unknown}, // the model has none of its type
		{npf.SSH, "ssh/(00)", unknown},
		{npf.STUN, "stun/1/(00)", unknown},
		{npf.Tofsee, "tofsee/1/generic", unknown},
		{npf.TLS, "", ""},
		{npf.TLSServer, "tls_server/()", ""},
		{npf.DTLS, "dtls/()", ""},
		{npf.SSHInit, "ssh_init/()", ""},
		{npf.SSHServer, "ssh_server/()", ""},
		{npf.TCP, "tcp/()", ""},
		{npf.None, "x", ""},
		{200, "x", ""},
	} {
		if got := answer(t, m, h, Observation{Type: step.typ, Fingerprint: []byte(step.fp)}); got != step.want {
			t.Errorf("%d: %s: %s, want %s", i, step.fp, got, step.want)
		}
	}
	// TLS is analyzed even by a model that has no fingerprints of it.
	m, _ = load(t, LoadOptions{}, resources(entryLine("http", "http/(474554)", 10, "", processObject("b", 10, false)))...)
	if got := answer(t, m, h, Observation{Type: npf.TLS, Fingerprint: []byte("tls/(0303)(1304)()")}); got != randomized {
		t.Error(got)
	}
}

func TestRandomized(t *testing.T) {
	for _, tt := range []struct{ stored, fp string }{
		{"tls/randomized", "tls/(0303)(1301)((0000))"},
		{"randomized", "tls/(0303)(1301)((0000))"},
		{"tls/1/randomized", "tls/1/(0303)(1301)[(0000)]"},
	} {
		m, _ := load(t, LoadOptions{}, resources(entryLine("tls", tt.stored, 10, "",
			processObject("scanner", 2, true, `"attributes":{"scan":true}`),
			processObject("proxy", 8, true, `"attributes":{"scan":false}`)))...)
		h := NewHistory()
		s := Observation{Type: npf.TLS, Fingerprint: []byte(tt.fp)}
		const first = `{"process":"proxy","score":0.800000,"malware":1,"p_malware":1.000000,"status":"randomized_fingerprint",` +
			`"attributes":[{"name":"encrypted_channel","probability_score":1.000000}]}`
		if got := answer(t, m, h, s); got != first {
			t.Errorf("%s: first: %s", tt.stored, got)
		}
		if got := answer(t, m, h, s); got != `{"status":"unlabeled_fingerprint","attributes":[]}` {
			t.Errorf("%s: second: %s", tt.stored, got)
		}
	}
	// A process without a name is not shown.
	m, _ := load(t, LoadOptions{}, resources(entryLine("tls", "tls/randomized", 10, "", processObject("", 10, false)))...)
	if got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}); got != `{"status":"randomized_fingerprint","attributes":[]}` {
		t.Error(got)
	}
}

func TestFakeTLS(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(entryLine("tls", fpOne, 10, "", processObject("a", 10, false)))...)
	for fp, want := range map[string]bool{
		"tls/(0303)(1301)(a)":             false,
		"tls/(0303)(9999)(a)":             true,
		"tls/1/(0303)(99998888)[(0000)]":  true,
		"tls/2/(0303)(99991301)[(0000)]":  false,
		"tls/(0303)(9999130100ff)(a)":     false,
		"tls/(0303)()()":                  true,
		"tls/(0303)(0a0a)()":              false,
		"tls/(0303)(0a0a9999)()":          false,
		"tls/(0303)(5600)()":              false,
		"tls/(0303)(c0b6c0ffc107d004)()":  true,
		"tls/(0303)(ffa9)()":              true,
		"tls/(0303)(ffff)()":              true,
		"tls/(0303)(005dffe2cc12cc16)()":  true,
		"tls/(0303)(99)()":                true,
		"tls/":                            true,
		"tls/(0303)(99991)(1301)":         true,
		"tls/(0303)(C02BC02F)((0000)(1))": false,
	} {
		got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fp)})
		if strings.Contains(got, `"faketls","probability_score":1.000000`) != want {
			t.Errorf("%s: %s", fp, got)
		}
	}
	h := NewHistory()
	s := Observation{Type: npf.TLS, Fingerprint: []byte("tls/(0303)(9999)()")}
	answer(t, m, h, s)
	if got := answer(t, m, h, s); got != `{"status":"unlabeled_fingerprint","attributes":[]}` {
		t.Errorf("seen before: %s", got)
	}
}

func TestServerAttributes(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(
		entryLine("tls", fpOne, 10, "", processObject("a", 10, false)),
		entryLine("quic", "quic/(00)", 10, "", processObject("a", 10, false)),
		entryLine("http", "http/(00)", 10, "", processObject("a", 10, false)))...)
	tests := []struct {
		typ       npf.Type
		name, dst string
		want      string
	}{
		{npf.TLS, "dns.example", "8.8.8.8", "encrypted_dns"},
		{npf.TLS, "dns.example:443", "8.8.8.8", ""},
		{npf.TLS, "x.dns.example", "8.8.8.8", ""},
		{npf.TLS, "other.example", "192.0.2.53", "encrypted_dns"},
		{npf.TLS, "", "2001:db8::53", "encrypted_dns"},
		{npf.QUIC, "dns.example", "8.8.8.8", "encrypted_dns"},
		{npf.HTTP, "dns.example", "192.0.2.53", ""},
		{npf.TLS, "bank.example", "8.8.8.8", "domain_faking"},
		{npf.TLS, "www.bank.example", "8.8.8.8", "domain_faking"},
		{npf.TLS, "bank.example", "198.51.100.4", ""},
		{npf.QUIC, "bank.example", "8.8.8.8", "domain_faking"},
		{npf.HTTP, "bank.example", "8.8.8.8", ""},
		{npf.TLS, "bank.example", "192.0.2.53", "encrypted_dns domain_faking"},
	}
	fps := map[npf.Type]string{npf.TLS: fpOne, npf.QUIC: "quic/(00)", npf.HTTP: "http/(00)"}
	for _, tt := range tests {
		want := `{"process":"a","score":1.000000,"malware":0,"p_malware":0.000000,"attributes":[`
		for i, a := range strings.Fields(tt.want) {
			if i > 0 {
				want += ","
			}
			want += `{"name":"` + a + `","probability_score":1.000000}`
		}
		got := answer(t, m, NewHistory(), Observation{Type: tt.typ, Fingerprint: []byte(fps[tt.typ]), ServerName: []byte(tt.name), Key: key("10.0.0.9", tt.dst)})
		if got != want+"]}" {
			t.Errorf("%v %s at %s: %s", tt.typ, tt.name, tt.dst, got)
		}
	}
	// They are there whatever is known of the fingerprint.
	s := Observation{Type: npf.TLS, Fingerprint: []byte("tls/(0303)(1302)()"), ServerName: []byte("dns.example")}
	h := NewHistory()
	for _, status := range []string{"randomized", "unlabeled"} {
		want := `{"status":"` + status + `_fingerprint","attributes":[{"name":"encrypted_dns","probability_score":1.000000}]}`
		if got := answer(t, m, h, s); got != want {
			t.Error(got)
		}
	}
	s.Key = &flow.Key{}
	answer(t, m, h, s)
}

func TestSTUNSoftware(t *testing.T) {
	long := strings.Repeat("s", 511)
	line := entryLine("stun", "stun/1/(00)", 10, unitWeights,
		processObject("a", 5, false, `"classes_user_agent":{"caf\\u00e9 1":9,"None":1,"a\\\"b":9,"`+long+`":9}`), processObject("b", 5, false))
	for software, want := range map[string]string{
		"café 1":                 "0.989011",
		`a"b`:                    "0.989011",
		"":                       "0.909091",
		"other":                  "0.500000",
		"caf\xe9 1":              "0.909091", // not UTF-8
		long:                     "0.989011",
		long + "s":               "0.909091",
		strings.Repeat("é", 100): "0.909091",
		`\ufffd`:                 "0.500000",
	} {
		got := ask(t, []string{line}, Observation{Type: npf.STUN, Fingerprint: []byte("stun/1/(00)"), UserAgent: []byte(software)})
		if !strings.HasPrefix(got, `{"process":"a","score":`+want) {
			t.Errorf("%q: %s", software, got)
		}
	}
}

// Attributes that are set by others need no model.
func TestSetAttributes(t *testing.T) {
	var r Result
	if got := written(t, &r); got != "" || r.Pending() {
		t.Errorf("empty: %s", got)
	}
	for a := range encryptedDNS {
		r.Reset()
		r.Set(a)
		if got := written(t, &r); got != `{"status":"unknown","attributes":[{"name":"`+a.String()+`","probability_score":1.000000}]}` || !r.Has(a) {
			t.Error(got)
		}
		if b, ok := AttributeByName([]byte(a.String())); !ok || a != b {
			t.Errorf("%v is not found by its name", a)
		}
	}
	for _, name := range []string{"", "faketls", "encrypted_dns", "malware"} {
		if a, ok := AttributeByName([]byte(name)); ok {
			t.Errorf("%q is %v", name, a)
		}
	}
	if s := Attribute(99).String(); s != "" {
		t.Error(s)
	}
	r.Reset()
	r.Set(99)
	if r.Present() {
		t.Error("no such attribute, but present")
	}

	// With a model they come in the order of their numbers.
	m, _ := load(t, LoadOptions{}, resources(entryLine("tls", fpOne, 10, "", processObject("a", 10, true, `"attributes":{"x":true}`)))...)
	r.Reset()
	r.Set(NotSP80052)
	r.Set(PlaintextToken)
	s := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), Key: key("10.0.0.9", "8.8.8.8"), ServerName: []byte("bank.example")}
	if !NewAnalyzer(m).Analyze(&s, &r) {
		t.Error("not analyzed")
	}
	r.Set(ResidentialProxy)
	const want = `{"process":"a","score":1.000000,"malware":1,"p_malware":1.000000,"attributes":[` +
		`{"name":"residential_proxy","probability_score":1.000000},` +
		`{"name":"exposed_credentials_token","probability_score":1.000000},` +
		`{"name":"nist_sp_800_52_2_non_conformant","probability_score":1.000000},` +
		`{"name":"encrypted_channel","probability_score":1.000000},` +
		`{"name":"domain_faking","probability_score":1.000000},` +
		`{"name":"x","probability_score":1.000000}]}`
	if got := written(t, &r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if name, score, ok := r.Process(); name != "a" || score != 1 || !ok || r.Status() != Labeled {
		t.Error(name, score, ok, r.Status())
	}
	r.Reset()
	if _, _, ok := r.Process(); ok || r.Status() != NoInfo {
		t.Error("a process of nothing")
	}
}

// A result may be copied and answered elsewhere.
func TestDeferred(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(entryLine("tls", "tls/randomized", 10, "", processObject("a", 10, false)))...)
	a, h := NewAnalyzer(m), NewHistory()
	var kept []Result
	for _, fp := range []string{"tls/(0303)(1301)((01))", "tls/(0303)(1301)((02))", "tls/(0303)(1301)((01))"} {
		var r Result
		b := []byte(fp)
		a.Analyze(&Observation{Type: npf.TLS, Fingerprint: b, Key: key("10.0.0.9", "8.8.8.8")}, &r)
		clear(b)
		if !r.Pending() {
			t.Fatal("not pending")
		}
		r.Set(PlaintextToken)
		kept = append(kept, r)
	}
	for i := range kept {
		h.Resolve(&kept[i])
		h.Resolve(&kept[i]) // no more than once
	}
	const token = `"attributes":[{"name":"exposed_credentials_token","probability_score":1.000000}]}`
	for i, want := range []string{
		`{"process":"a","score":1.000000,"malware":0,"p_malware":0.000000,"status":"randomized_fingerprint",` + token,
		`{"process":"a","score":1.000000,"malware":0,"p_malware":0.000000,"status":"randomized_fingerprint",` + token,
		`{"status":"unlabeled_fingerprint",` + token,
	} {
		if got := written(t, &kept[i]); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
}

func TestNoModel(t *testing.T) {
	disabled, _ := load(t, LoadOptions{}, file{"VERSION", "1"})
	for _, m := range []*Model{nil, disabled} {
		var r Result
		if NewAnalyzer(m).Analyze(&Observation{Type: npf.TLS, Fingerprint: []byte(fpOne)}, &r) || r.Present() {
			t.Error("analyzed without a model")
		}
	}
}

func TestNoAllocation(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(twoProcesses(""),
		entryLine("tls", "tls/randomized", 10, "", processObject("a", 10, false)),
		entryLine("stun", "stun/1/(00)", 10, "", processObject("a", 10, false)))...)
	a, h := NewAnalyzer(m), NewHistory()
	w := record.NewWriter(make([]byte, 0, 4096))
	v4, v6 := key("10.0.0.9", "192.0.2.7"), key("2001:db8::1", "2001:db8::2")
	observations := []Observation{
		{Type: npf.TLS, Fingerprint: []byte(fpOne), Key: v4, ServerName: []byte("www.example.com")},
		{Type: npf.TLS, Fingerprint: []byte(fpOne), Key: v6, ServerName: []byte(strings.Repeat("[2001:db8::1]", 100))},
		{Type: npf.TLS, Fingerprint: []byte("tls/(0303)(9999)()"), Key: v4, UserAgent: []byte(strings.Repeat("x", 10000))},
		{Type: npf.STUN, Fingerprint: []byte("stun/1/(00)"), Key: v6, UserAgent: []byte(strings.Repeat("\x01", 80))},
		{Type: npf.HTTP, Fingerprint: []byte("http/()"), Key: v4},
	}
	var r Result
	var nonce [32]byte
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		w.Object()
		for i := range observations {
			r.Reset()
			a.Analyze(&observations[i], &r)
			r.SetNonce(v4, nonce[:])
			h.Resolve(&r)
			r.Write(w)
		}
		w.EndObject()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestConcurrent(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(twoProcesses(unitWeights))...)
	s := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), ServerName: []byte("www.example.com")}
	want := answer(t, m, NewHistory(), s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got := answer(t, m, NewHistory(), s); got != want {
					t.Error(got)
					return
				}
			}
		})
	}
	wg.Wait()
}
