package annotate_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"merctools/lib/annotate"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/indicators"
)

// withIndicators is an Annotator that looks for what a list names.
func withIndicators(tb testing.TB, list string) *annotate.Annotator {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "list")
	if err := os.WriteFile(name, []byte(list), 0o600); err != nil {
		tb.Fatal(err)
	}
	s, err := indicators.Load([]string{name}, func(n string) { tb.Error(n) })
	if err != nil {
		tb.Fatal(err)
	}
	m, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	a := annotate.New(m, nil, nil)
	var current atomic.Pointer[indicators.Set]
	current.Store(s)
	a.Indicators(&current)
	return a
}

// TestIndicators checks where in a record indicators are found, and where they
// are written.
func TestIndicators(t *testing.T) {
	const (
		flow = `"src_ip":"192.0.2.1","dst_ip":"198.51.100.2","protocol":6,"src_port":1,"dst_port":443,"event_start":1}`
		md5  = "00112233445566778899aabbccddeeff"
		ja4  = "t13d1516h2_0123456789ab_ba9876543210"
	)
	der := []byte("not DER, but what is hashed")
	query := base64.StdEncoding.EncodeToString([]byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03BAD\x07example\x00\x00\x01\x00\x01"))
	for _, tt := range []struct {
		name, list, line string
		want             []string // value, kind and where
	}{
		{"source", "192.0.2.1", `{"x":{},` + flow, []string{"192.0.2.1 address src_ip"}},
		{"destination", "198.51.100.0/24", `{"x":{},` + flow, []string{"198.51.100.0/24 network dst_ip"}},
		{"neither", "198.51.100.3", `{"x":{},` + flow, nil},
		{"server name", "*.example", `{"fingerprints":{"tls":"tls/(0303)"},"tls":{"client":{"server_name":"Bad.example"}},` + flow, []string{"*.example domain server_name"}},
		{"host", "bad.example", `{"fingerprints":{"http":"http/(00)"},"http":{"request":{"host":"bad.example:80"}},` + flow, []string{"bad.example domain server_name"}},
		{"URL", "http://bad.example/x", `{"fingerprints":{"http":"http/(00)"},"http":{"request":{"uri":"/x","host":"bad.example:80"}},` + flow, []string{"bad.example/x url url"}},
		{"hidden names", "bad.example\nua:curl*", `{"fingerprints":{"http":"http/(00)"},"http":{"request":{}},"context":{"server_name":"bad.example","user_agent":"curl/1"},` + flow,
			[]string{"bad.example domain server_name", "curl* user_agent user_agent"}},
		{"NPF", "http/(0*", `{"fingerprints":{"http":"http/(00)"},"http":{},` + flow, []string{"http/(0* npf fingerprint"}},
		{"others", md5 + "\n" + ja4, `{"fingerprints":{"http":"http/(00)","ja4":"` + ja4 + `","ja3":"` + md5 + `"},"http":{},` + flow,
			[]string{ja4 + " ja4 ja4", md5 + " ja3 ja3"}},
		{"others alone", md5, `{"fingerprints":{"hassh":"` + md5 + `"},"ssh":{},` + flow, []string{md5 + " hassh hassh"}},
		{"certificate", fmt.Sprintf("%x", sha1.Sum(der)), `{"tls":{"server":{"certs":[{"base64":"AAAA"},{"base64":"` + base64.StdEncoding.EncodeToString(der) + `"}]}},` + flow,
			[]string{fmt.Sprintf("%x", sha1.Sum(der)) + " certificate certificate"}},
		{"DNS", "bad.example", `{"dns":{"base64":"` + query + `"},` + flow, []string{"bad.example domain query"}},
		{"DNS, cut off", "bad.example", `{"dns":{"base64":"` + query[:24] + `"},` + flow, nil},
		{"DNS, JSON", "bad.example\n*.other.example\n203.0.113.0/24\n2001:db8::1", `{"dns":{"response":{"question":[{"name":"bad.example.","type":"A"}],` +
			`"answer":[{"name":"bad.example.","ipv4_addr":"203.0.113.9"},{"name":"bad.example.","ip6_addr": "2001:db8::1"}],"authority":[{"name":"x.other.example.","mname":"a"}]}},` + flow,
			[]string{"bad.example domain query", "*.other.example domain authority", "203.0.113.0/24 network answer", "2001:db8::1 address answer"}},
		{"DNS, quotes in a value", "bad.example", `{"mdns":{"query":{"question":[{"name":"\"name\":\"bad.example","type":"A"}]}},` + flow, nil},
		{"old hits", "203.0.113.1", `{"x":{},"indicators":[{"value":"old"}],` + flow, nil},
		{"no addresses", "192.0.2.1", `{"arp":{},"event_start":1}`, nil},
	} {
		a := withIndicators(t, tt.list)
		var d annotate.Deferred
		out, ok := a.Append(nil, []byte(tt.line), 0, &d)
		var r struct {
			Indicators []struct{ Value, Kind, In string }
		}
		if err := json.Unmarshal(out, &r); err != nil || !ok {
			t.Errorf("%s: %v: %s", tt.name, err, out)
		}
		var got []string
		for _, i := range r.Indicators {
			got = append(got, i.Value+" "+i.Kind+" "+i.In)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if len(tt.want) > 0 && strings.Contains(tt.line, `"src_ip"`) && !bytes.Contains(out, []byte(`}],"src_ip":`)) {
			t.Errorf("%s: in another place: %s", tt.name, out)
		}
	}
}

// What an Annotator remembers of earlier records does not change its answers,
// also when the lists change.
func TestMisses(t *testing.T) {
	dns := func(message string) string {
		return `{"dns":{"base64":"` + base64.StdEncoding.EncodeToString([]byte(message)) + `"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","event_start":1}`
	}
	const header = "\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	long := "\x3f" + strings.Repeat("a", 63)
	cert := func(der string) string {
		return `{"tls":{"server":{"certs":[{"base64":"` + base64.StdEncoding.EncodeToString([]byte(der)) + `"}]}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","event_start":1}`
	}
	host := func(name string) string {
		return `{"fingerprints":{"http":"http/(00)"},"http":{"request":{"host":"` + name + `"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","event_start":1}`
	}
	flow := func(src, dst string) string {
		return `{"x":{},"src_ip":"` + src + `","dst_ip":"` + dst + `","event_start":1}`
	}
	lines := []string{
		flow("192.0.2.1", "192.0.2.2"), flow("192.0.2.2", "192.0.2.1"), flow("192.0.2.1", "192.0.2.22"), flow("192.0.2.12", "192.0.2.2"), flow("192.0.2.1", "192.0.2.3"),
		`{"dst_ip":"192.0.2.3","src_ip":"192.0.2.1","event_start":1}`, `{"src_ip":"2001:db8::1", "dst_ip":"2001:db8::3","event_start":1}`,
		dns("\x00\x01" + header + "\x04good\x07example\x00\x00\x01\x00\x01"), dns("\x00\x02" + header + "\x03bad\x07example\x00\x00\x01\x00\x01"),
		// The same in the first 60 bytes, and another name.
		dns("\x00\x03" + header + long + "\x04good\x07example\x00\x00\x01\x00\x01"), dns("\x00\x04" + header + long + "\x03bad\x07example\x00\x00\x01\x00\x01"),
		// A name that goes on in the identifier, which is no part of what is remembered.
		dns("\x00\x00" + header + "\x03bad\xc0\x00\x00\x01\x00\x01"), dns("\x01x" + header + "\x03bad\xc0\x00\x00\x01\x00\x01"),
		dns("\x00\x05\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\x03bad\x07example\x00"),
		cert("good"), cert("bad"), host("good.example"), host("bad.example"), host("Bad.Example:80"),
	}
	const first, second = "192.0.2.3\n2001:db8::3\n*.bad.example\nbad.example\n", "192.0.2.2\ngood.example\n*.good.example\n"
	list := first + fmt.Sprintf("%x\n", sha1.Sum([]byte("bad")))
	a := withIndicators(t, "192.0.2.255")
	hits := 0
	check := func(list string) {
		t.Helper()
		for range 2 {
			for _, line := range lines {
				var d annotate.Deferred
				got, _ := a.Append(nil, []byte(line), 0, &d)
				want, _ := withIndicators(t, list).Append(nil, []byte(line), 0, &d)
				// The name of the list differs.
				if g, w := nameless(got), nameless(want); g != w {
					t.Errorf("%s:\ngot  %s\nwant %s", line, g, w)
				}
				hits += bytes.Count(got, []byte(`"indicators"`))
			}
		}
	}
	var current atomic.Pointer[indicators.Set]
	load := func(list string) {
		name := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(name, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := indicators.Load([]string{name}, func(n string) { t.Error(n) })
		if err != nil {
			t.Fatal(err)
		}
		current.Store(s)
	}
	load(list)
	a.Indicators(&current)
	check(list)
	before := hits
	load(second)
	check(second)
	if before < 16 || hits < before+16 {
		t.Errorf("%d hits, then %d", before, hits-before)
	}
}

var listName = regexp.MustCompile(`"list":"[^"]*"`)

func nameless(record []byte) string { return listName.ReplaceAllString(string(record), "") }

// Records without a hit cost no allocation.
func TestIndicatorsNoAllocations(t *testing.T) {
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
	a := withIndicators(t, "203.0.113.77\n203.0.113.128/28\nbad.invalid\n*.worse.invalid\nhttp://bad.invalid/x\n"+
		strings.Repeat("0", 32)+"\n"+strings.Repeat("0", 40)+"\n"+strings.Repeat("0", 64)+"\nnone/(00)*\nua:none*\n")
	var out []byte
	var d annotate.Deferred
	n := 1.0
	for pass := 0; n != 0 && pass < 20; pass++ { // buffers grow in the first ones
		n = testing.AllocsPerRun(1, func() {
			for i, line := range lines {
				if out, _ = a.Append(out[:0], line, uint64(i), &d); bytes.Contains(out, []byte(`"indicators"`)) {
					t.Fatalf("a hit: %s", out)
				}
			}
		})
	}
	if n != 0 {
		t.Errorf("%v allocations for %d lines", n, len(lines))
	}
}
