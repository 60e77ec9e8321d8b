package report

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"merctools/lib/summary"
)

func TestTable(t *testing.T) {
	tb := newTable[int, struct{}](4, 0)
	for i := range 4 {
		for range i + 1 {
			tb.at(i, int64(100-i), 0)
		}
	}
	tb.at(9, 7, 0)
	var keys []int
	for _, e := range tb.sorted(nil) {
		keys = append(keys, e.key)
	}
	if fmt.Sprint(keys) != "[3 2 1 9]" || tb.displaced != 1 || tb.lost != 1 {
		t.Errorf("%v, %d displaced, up to %d", keys, tb.displaced, tb.lost)
	}
	if e := tb.entries[3]; e.first != 97 || e.last != 97 || e.count != 4 {
		t.Errorf("%+v", e)
	}
	bytes := newTable[int, struct{}](100, 50)
	for i := range 50 {
		bytes.at(i, 0, 10)
	}
	if bytes.bytes > 50 || len(bytes.entries) > 5 {
		t.Errorf("%d entries with %d bytes", len(bytes.entries), bytes.bytes)
	}
}

func TestTimeline(t *testing.T) {
	var a, b timeline
	times := []int64{5, 1e9, 7e9, 7e9 + 1, 3600e9, 86400e9 * 30}
	for i := range times {
		a.add(i%2, times[i])
		b.add((len(times)-1-i)%2, times[len(times)-1-i])
	}
	names, totals := []string{"x", "y"}, []uint64{3, 3}
	one, other := a.series(names, totals), b.series(names, totals)
	if fmt.Sprint(one) != fmt.Sprint(other) {
		t.Errorf("the order makes a difference: %v, %v", one, other)
	}
	if one.Bins > maxBins || one.Width != 12*time.Hour || one.Series[0].Total != 3 || one.Series[1].Counts[0] != 2 || one.Series[1].Counts[60] != 1 {
		t.Errorf("%+v", one)
	}
	for i := 1; i < len(widths); i++ {
		if widths[i]%widths[i-1] != 0 {
			t.Errorf("%v does not divide %v", widths[i-1], widths[i])
		}
	}
	var many timeline
	var many2 []string
	for i := range 10 {
		many.add(i, int64(i))
		many2 = append(many2, fmt.Sprint(i))
	}
	if s := many.series(many2, []uint64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).Series; len(s) != maxSeries+1 || s[maxSeries].Total != 4 || s[maxSeries].Name != "other" {
		t.Errorf("%+v", s)
	}
}

func TestReadTime(t *testing.T) {
	for text, want := range map[string]int64{
		"1795457141.005741": 1795457141005741000, "0.000000": 0, "7": 7e9, "-1.5": -1500000000, "1.1234567891": 0, "x": 0, "99999999999": 0, "1e5": 0, "1.x": 0,
		`"2026-11-23T18:05:41.5Z"`: 1795457141500000000, `"x"`: 0, `"0001-01-01T00:00:00Z"`: 0,
	} {
		if got := readTime([]byte(text)); got != want {
			t.Errorf("%s: %d, not %d", text, got, want)
		}
	}
}

func TestDirection(t *testing.T) {
	for _, tt := range []struct {
		members string
		server  bool
	}{
		{`"fingerprints":{"tls":"tls/()"},"src_port":443,"dst_port":50000`, false},
		{`"fingerprints":{"tls_server":"tls_server/()"},"src_port":443,"dst_port":50000`, true},
		{`"fingerprints":{"ja3s":"0","tls_server":"tls_server/()"},"src_port":1,"dst_port":2`, true},
		{`"http":{"response":{}},"src_port":8080,"dst_port":50000`, true},
		{`"http":{"request":{}},"src_port":80,"dst_port":81`, false},
		{`"dns":{"base64":"AAAA"},"src_port":53,"dst_port":50000`, true},
		{`"dns":{"base64":"AAAA"},"src_port":50000,"dst_port":53`, false},
		{`"dns":{"base64":"AAAA"},"dns_header":{"response":true},"src_port":53,"dst_port":53`, true},
		{`"x":{},"src_port":5000,"dst_port":5001`, false},
	} {
		var m message
		if !m.read([]byte(`{` + tt.members + `,"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"event_start":1.000000}`)) {
			t.Fatal(tt.members)
		}
		if got := m.fromServer(); got != tt.server {
			t.Errorf("%s: %v", tt.members, got)
		}
	}
}

func TestFingerprintParts(t *testing.T) {
	fp := []byte("tls/1/(0303)(1301)[(000a000600040a0a11ec)(000d)(002b0009080304030303020301)]")
	if got := string(elementOf(fp, 0)) + " " + string(elementOf(fp, 1)); got != "0303 1301" {
		t.Error(got)
	}
	if got := string(extension(fp, "000a")); got != "00040a0a11ec" {
		t.Error(got)
	}
	if extension(fp, "000d") != nil || extension(fp, "9999") != nil || extension([]byte("(000a"), "000a") != nil || elementOf([]byte("x"), 0) != nil {
		t.Error("something is there that isn't")
	}
	m := message{fpType: []byte("tls"), fp: fp}
	if h := helloOf(&m); !h.offered || h.sharesKnown || h.newest != 0x304 {
		t.Errorf("%+v", h)
	}
	m.fp = []byte("tls/(0301)(0005)()")
	if h := helloOf(&m); h.offered || h.newest != 0x301 || !isOld(h.newest) {
		t.Errorf("%+v", h)
	}
	m.fpType, m.fp = []byte("dtls"), []byte("dtls/(feff)(0005)()")
	if h := helloOf(&m); !isOld(h.newest) || isOld(0xfefd) || isOld(0x304) || isOld(0x303) {
		t.Errorf("%+v", h)
	}
}

func TestWeakness(t *testing.T) {
	for suite, weak := range map[string]bool{
		"TLS_RSA_WITH_RC4_128_MD5": true, "TLS_RSA_WITH_3DES_EDE_CBC_SHA": true, "TLS_DH_anon_WITH_AES_128_CBC_SHA": true, "TLS_RSA_WITH_NULL_SHA": true,
		"TLS_RSA_EXPORT_WITH_DES40_CBC_SHA": true, "TLS_AES_128_GCM_SHA256": false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": false, "TLS_RSA_WITH_DES_CBC_SHA": true,
	} {
		if got := weakness(suite) != ""; got != weak {
			t.Errorf("%s: %q", suite, weakness(suite))
		}
	}
}

// A tap leaves out what it is told, wherever lines are cut.
func TestTap(t *testing.T) {
	const in = `{"fingerprints":{"tls":"tls/()"},"context":{"server_name":"x"},"analysis":{"process":"p","attributes":[],"explanation":{"nearest":{"family":"f","distance":0.5}}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":2,"tls_params":{"ech":false},"size":7,"event_start":1.000000}
{"context":{"a":1},"event_start":2.000000}
no record
{"capture_summary":{"captures":[],"files":0,"total":{"packets":3,"bytes":0}}}
{"size":1,"event_start":3.000000}`
	const out = `{"fingerprints":{"tls":"tls/()"},"analysis":{"process":"p","attributes":[]},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":2,"size":7,"event_start":1.000000}
{"event_start":2.000000}
no record
{"size":1,"event_start":3.000000}`
	for n := 1; n < len(in); n += 13 {
		c := New(MaxMemory)
		var got bytes.Buffer
		tap := NewTap(c, func(b []byte) error { got.Write(b); return nil })
		tap.Drop, tap.DropExplanation, tap.DropSummary = []string{"context", "tls_params"}, true, true
		for rest := []byte(in); len(rest) > 0; {
			k := min(n, len(rest))
			if err := tap.Write(rest[:k]); err != nil {
				t.Fatal(err)
			}
			rest = rest[k:]
		}
		if err := tap.Close(); err != nil {
			t.Fatal(err)
		}
		if got.String() != out {
			t.Fatalf("%d bytes at a time:\n%s", n, got.String())
		}
		if c.records != 3 || c.foreign != 1 || c.captures.Total.Packets != 3 {
			t.Errorf("%d records, %d others", c.records, c.foreign)
		}
	}
}

func TestSummaries(t *testing.T) {
	c := New(MaxMemory)
	for range 3 {
		s := &summary.Summary{Files: 1, Total: summary.Capture{Packets: 5, First: 7, Last: 9}, Captures: []summary.Capture{{Name: "a"}}}
		line, err := s.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Add(line)
	}
	if s := c.captures; s.Total.Packets != 15 || s.Files != 3 || len(s.Captures) != 3 || s.Total.First != 7 {
		t.Errorf("%+v", s)
	}
	for range 2 {
		c.Summarize(&summary.Summary{Live: true, Total: summary.Capture{Packets: 9}})
	}
	if c.captures.Total.Packets != 9 {
		t.Errorf("%+v", c.captures)
	}
}

func TestQuote(t *testing.T) {
	if got := quote("it's \u202e\n\"x\""); strings.ContainsAny(got, "'\n\u202e") || got[0] != '"' {
		t.Error(got)
	}
}

func TestCertificateProblems(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	seen := at("2026-06-01").UnixNano()
	for _, tt := range []struct {
		c    cert
		want string
	}{
		{cert{notBefore: at("2026-01-01"), notAfter: at("2026-12-01"), key: "rsaEncryption", bits: 2048, signature: "sha256WithRSAEncryption"}, "[]"},
		{cert{notAfter: at("2026-05-31")}, "[expired]"},
		{cert{notBefore: at("2026-06-02")}, "[not yet valid]"},
		{cert{selfSigned: true, leaf: true, signature: "sha1WithRSAEncryption"}, "[self-signed]"},
		{cert{selfSigned: true, signature: "sha1WithRSAEncryption"}, "[]"},
		{cert{key: "rsaEncryption", bits: 1024, signature: "md5WithRSAEncryption"}, "[weak key weak signature]"},
		{cert{key: "id-ecPublicKey", bits: 192}, "[weak key]"},
		{cert{key: "id-ecPublicKey", bits: 256}, "[]"},
	} {
		if got := fmt.Sprint(tt.c.problems(seen, seen)); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.c, got, tt.want)
		}
	}
}

// Memory has a bound, whatever comes.
func TestMemory(t *testing.T) {
	c := New(MaxMemory)
	long := strings.Repeat("x", 300)
	var line []byte
	for i := range 20000 {
		line = fmt.Appendf(line[:0], `{"fingerprints":{"tls":"tls/(0301)(%08x)((%s))"},"tls":{"client":{"server_name":"%d.%s"}},"context":{"user_agent":"%d%s"},"analysis":{"process":"%d%s","score":1,"malware":1,"p_malware":1,"attributes":[{"name":"%d"}]},"indicators":[{"value":"%d%s","kind":"domain","in":"x","list":"l"}],"credentials":"password","src_ip":"10.%d.%d.%d","dst_ip":"10.%d.%d.1","protocol":6,"src_port":%d,"dst_port":%d,"event_start":%d.000000}`,
			i, strings.Repeat("0a", 3000), i, long, i, long, i, long, i, i, long, i>>16, i>>8&255, i&255, i&255, i>>8&255, i%60000, 1+i%40000, 1795457141+i)
		c.Add(line)
	}
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	if s.HeapAlloc > 64<<20 {
		t.Errorf("%d MB", s.HeapAlloc>>20)
	}
	t.Logf("%d MB", s.HeapAlloc>>20)
	runtime.KeepAlive(c)
}

func FuzzAdd(f *testing.F) {
	f.Add([]byte(`{"fingerprints":{"tls_server":"tls_server/(0301)(0005)((002b00020304))"},"tls":{"server":{"certs":[{"base64":"MIIB"},{"cert":{"validity":[{"not_before":"2026-11-23 18:09:25Z"}],"subject":[{"common_name":"x"}]}}]}},"tls_params":{"alpn":["h2"],"group":"x"},"src_ip":"192.0.2.2","dst_ip":"192.0.2.1","protocol":6,"src_port":443,"dst_port":43096,"event_start":1795457372.395319}`))
	f.Add([]byte(`{"dns":{"base64":"GXMBIAABAAAAAAAAB2V4YW1wbGUDY29tAAABAAE="},"src_ip":"::1","dst_ip":"::ffff:1.2.3.4","protocol":17,"src_port":42272,"dst_port":53,"event_start":-5.5}`))
	f.Add([]byte(`{"quic":{},"analysis":{"attributes":[{"name":"faketls"}],"explanation":{"nearest":{}}},"indicators":[{}],"ssh_params":{},"dst_ip":"x"}`))
	f.Add([]byte(`{"capture_summary":{"captures":[{"name":"a"}],"total":{}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		c := New(MaxMemory)
		c.Add(line)
		c.Report(Options{Rows: 10, Hosts: 2})
		c.Inventory()
		var got []byte
		tap := NewTap(c, func(b []byte) error { got = append(got, b...); return nil })
		tap.Drop, tap.DropExplanation = []string{"context", "size", "analysis"}, true
		if err := tap.Write(append(bytes.Clone(line), '\n')); err != nil || len(got) > len(line)+1 {
			t.Errorf("%d bytes of %d: %v", len(got), len(line), err)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	lines := [][]byte{
		[]byte(`{"fingerprints":{"tls":"tls/(0303)(130213031301c02cc030009fcca9cca8ccaac02bc02f009e)((0000)(000b000403000102)(000a000c000a001d0017001e00190018)(0023)(0016)(0017)(000d0030002e04030503)(002b0009080304030303020301)(002d00020101)(0033))"},"tls":{"client":{"server_name":"www.example.com"}},"analysis":{"process":"openssl","score":0.980000,"attributes":[]},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":43096,"dst_port":443,"tls_params":{"versions":["TLSv1.3"],"post_quantum_offered":false,"post_quantum_key_share":false,"ech":false},"size":393,"event_start":1795457372.392015}`),
		[]byte(`{"dns":{"base64":"GXMBIAABAAAAAAAAB2V4YW1wbGUDY29tAAABAAE="},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":17,"src_port":42272,"dst_port":53,"event_start":1795457141.005741}`),
		[]byte(`{"fingerprints":{"tcp":"tcp/(40)()(40)(faf0)((020405b4)(04)(08)(01)(03030a))"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":43000,"dst_port":443,"event_start":1795457368.111532}`),
	}
	c := New(MaxMemory)
	b.ReportAllocs()
	for i := range b.N {
		c.Add(lines[i%len(lines)])
	}
}

// Several goroutines collect at once while reports are made.
func TestTogether(t *testing.T) {
	c := New(MaxMemory)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			tap := NewTap(c, func([]byte) error { return nil })
			for k := range 200 {
				line := fmt.Appendf(nil, `{"fingerprints":{"tls":"tls/(0303)(1301)()"},"src_ip":"192.0.2.%d","dst_ip":"198.51.100.1","protocol":6,"src_port":%d,"dst_port":443,"event_start":%d.000000}`+"\n", i, k, k)
				if err := tap.Write(line); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		c.Report(Options{Rows: 10, Hosts: 2})
		c.Inventory()
	}
	all.Wait()
	if c.records != 800 || len(c.hosts.entries) != 5 {
		t.Errorf("%d records of %d hosts", c.records, len(c.hosts.entries))
	}
}
