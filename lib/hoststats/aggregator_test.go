package hoststats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"merctools/lib/flow"
	"merctools/lib/npf"
)

var header = Header{
	Start:           time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC),
	Version:         "1.2.3",
	ResourceVersion: `2024.02; "full"`,
	Build:           7,
	Commit:          "abc",
}

const headerText = `"libmerc_init_time" : "2024-02-29T23:59:58Z","libmerc_version": "1.2.3",` +
	` "resource_version" : "2024.02; \"full\"", "build_number" : "7", "git_commit_id": "abc"`

// flowOf is the key of a flow between addresses with ports.
func flowOf(src, dst string) *flow.Key {
	s, d := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	k := &flow.Key{SrcPort: s.Port(), DstPort: d.Port(), Protocol: 6, Version: 4}
	if s.Addr().Is6() {
		k.Version, k.Src, k.Dst = 6, s.Addr().As16(), d.Addr().As16()
		return k
	}
	copy(k.Src[:], s.Addr().AsSlice())
	copy(k.Dst[:], d.Addr().AsSlice())
	return k
}

// text is what a report writes; that its lines are JSON is checked.
func text(t testing.TB, r *Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Write(&out, &header); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out.Bytes()) {
		if !json.Valid(line) {
			t.Errorf("no JSON: %s", line)
		}
	}
	return out.String()
}

// brief is text without the header.
func brief(t testing.TB, r *Report) string {
	t.Helper()
	return strings.ReplaceAll(text(t, r), ", "+headerText, "")
}

func TestReport(t *testing.T) {
	a := New(0)
	c := a.NewCollector()
	web := flowOf("10.0.0.1:40000", "192.0.2.1:443")
	six := flowOf("[2001:db8::1]:40000", "[2001:db8::2]:443")
	c.Client(npf.TLS, []byte("tls/1/(a)"), web, []byte("example.com"), nil)
	c.ObjectID(six, []byte("1.3.6.1.4.1.8072.3.2.10"))
	c.Client(npf.HTTP, []byte("http/(b)"), web, []byte("example.com"), []byte("curl/8"))
	c.Client(npf.TLS, []byte("tls/1/(a)"), flowOf("10.0.0.1:40001", "192.0.2.1:443"), []byte("example.com"), nil)
	c.Client(npf.TLS, []byte("tls/1/(a)"), web, []byte("example.org"), nil)
	c.Client(npf.HTTP, []byte("http/(b)"), web, []byte("example.com"), []byte("wget/1"))
	c.Client(npf.QUIC, []byte("quic/(c)"), six, nil, nil)
	c.CertificateName(web, []byte("device.local"))
	c.CertificateName(web, []byte("other.local"))
	c.CertificateName(web, []byte("device.local"))
	c.ObjectID(web, []byte("sysObjectID"))
	c.ObjectID(flowOf("192.0.2.9:161", "10.0.0.1:5000"), []byte("1.3"))
	want := `{"src_ip":"10.0.0.1", ` + headerText + `, "device_info":{` +
		`"cert_labels":[{"common_name":"device.local","count":2},{"common_name":"other.local","count":1}],` +
		`"snmp_labels":[{"oid":"sysObjectID","count":1}]}, "fingerprints":[` +
		`{"str_repr":"tls/1/(a)", "sessions": [{"dest_info":[` +
		`{"dst":"(example.com)(192.0.2.1)(443)","count":2},{"dst":"(example.org)(192.0.2.1)(443)","count":1}]}]},` +
		`{"str_repr":"http/(b)", "sessions": [` +
		`{"user_agent":"curl/8", "dest_info":[{"dst":"(example.com)(192.0.2.1)(443)","count":1}]},` +
		`{"user_agent":"wget/1", "dest_info":[{"dst":"(example.com)(192.0.2.1)(443)","count":1}]}]}]}` + "\n" +
		`{"src_ip":"2001:db8::1", ` + headerText + `, "device_info":{"snmp_labels":[{"oid":"1.3.6.1.4.1.8072.3.2.10","count":1}]}, "fingerprints":[` +
		`{"str_repr":"quic/(c)", "sessions": [{"dest_info":[{"dst":"()(2001:db8::2)(443)","count":1}]}]}]}` + "\n" +
		`{"src_ip":"192.0.2.9", ` + headerText + `, "device_info":{"snmp_labels":[{"oid":"1.3","count":1}]}, "fingerprints":[]}` + "\n"
	if got := text(t, a.Take()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if r := a.Take(); r.Entries() != 0 || text(t, r) != "" {
		t.Errorf("the second report has %d entries of the first", r.Entries())
	}
	c.ObjectID(web, []byte("1.2"))
	if got, want := brief(t, a.Take()), `{"src_ip":"10.0.0.1", "device_info":{"snmp_labels":[{"oid":"1.2","count":1}]}, "fingerprints":[]}`+"\n"; got != want {
		t.Errorf("the third report: got %s, want %s", got, want)
	}
}

// Numbers in hexadecimal are in the order of their text: 0 1 10 11 2 … f.
func TestOrder(t *testing.T) {
	a := New(0)
	c := a.NewCollector()
	for i := range 0x12 {
		c.ObjectID(flowOf(fmt.Sprintf("10.0.0.%d:161", i), "10.0.1.1:5000"), []byte("1.3"))
	}
	for i := range 0x12 { // numbers from 1 on: 1.3 has 0
		c.ObjectID(flowOf("10.0.0.0:161", "10.0.1.1:5000"), fmt.Appendf(nil, "1.4.%d", i))
	}
	got := brief(t, a.Take())
	var hosts []string
	for line := range strings.Lines(got) {
		host, _, _ := strings.Cut(strings.TrimPrefix(line, `{"src_ip":"10.0.0.`), `"`)
		hosts = append(hosts, host)
	}
	if got, want := strings.Join(hosts, " "), "0 1 16 17 2 3 4 5 6 7 8 9 10 11 12 13 14 15"; got != want {
		t.Errorf("hosts: got %s, want %s", got, want)
	}
	first, _, _ := strings.Cut(got, "\n")
	list := `"snmp_labels":[{"oid":"1.3","count":1},{"oid":"1.4.0","count":1},{"oid":"1.4.15","count":1},{"oid":"1.4.16","count":1},{"oid":"1.4.17","count":1},{"oid":"1.4.1",`
	if !strings.Contains(first, list) {
		t.Errorf("got %s, want it to hold %s", first, list)
	}
}

func TestClient(t *testing.T) {
	const one = `{"src_ip":"10.0.0.1", "fingerprints":[{"str_repr":"f", "sessions": [{"dest_info":[{"dst":"(s)(192.0.2.1)(443)","count":1}]}]}]}` + "\n"
	const reversed = `{"src_ip":"192.0.2.1", "fingerprints":[{"str_repr":"f", "sessions": [{"dest_info":[{"dst":"(s)(10.0.0.1)(40000)","count":1}]}]}]}` + "\n"
	for typ, want := range map[npf.Type]string{
		npf.TLS: one, npf.QUIC: one, npf.HTTP: one, npf.STUN: one, npf.SSH: one, npf.SSHInit: one, npf.SSHServer: one, npf.SSHInitServer: one,
		npf.Tofsee: reversed,
		npf.None:   "", npf.TLSServer: "", npf.HTTPServer: "", npf.SSHKex: "", npf.SSHKexServer: "", npf.DTLS: "", npf.TCP: "", npf.OpenVPN: "",
	} {
		a := New(0)
		a.NewCollector().Client(typ, []byte("f"), flowOf("10.0.0.1:40000", "192.0.2.1:443"), []byte("s"), nil)
		if got := brief(t, a.Take()); got != want {
			t.Errorf("%s: got %s, want %s", typ, got, want)
		}
	}
}

func TestCertificateName(t *testing.T) {
	for src, observed := range map[string]bool{
		"10.0.0.1:443": true, "172.16.0.1:443": true, "172.32.0.1:443": false, "192.168.0.1:443": true, "192.0.2.1:443": false, "169.254.0.1:443": false,
		"[fc00::1]:443": true, "[fdff::1]:443": true, "[fe80::1]:443": false, "[2001:db8::1]:443": false, "[::ffff:10.0.0.1]:443": false,
	} {
		a := New(0)
		dst := "10.0.0.2:40000"
		if src[0] == '[' {
			dst = "[fc00::2]:40000"
		}
		c := a.NewCollector()
		c.CertificateName(flowOf(src, dst), []byte("x"))
		c.CertificateName(flowOf(src, dst), nil)
		want := 0
		if observed {
			want = 1
		}
		if got := a.Take().Entries(); got != want {
			t.Errorf("%s: %d entries, want %d", src, got, want)
		}
	}
}

func TestObjectID(t *testing.T) {
	for _, n := range []int{0, 1, 255, 256, 5000} {
		a := New(0)
		a.NewCollector().ObjectID(flowOf("192.0.2.1:161", "10.0.0.2:5000"), bytes.Repeat([]byte("1"), n))
		want := ""
		if n > 0 {
			want = `{"src_ip":"192.0.2.1", "device_info":{"snmp_labels":[{"oid":"` + strings.Repeat("1", min(n, 255)) + `","count":1}]}, "fingerprints":[]}` + "\n"
		}
		if got := brief(t, a.Take()); got != want {
			t.Errorf("%d bytes: got %s", n, got)
		}
	}
}

func TestLimit(t *testing.T) {
	a := New(2)
	c := a.NewCollector()
	k := flowOf("10.0.0.1:161", "10.0.0.2:5000")
	for _, oid := range []string{"1.1", "1.2", "1.3", "1.1", "1.3", "1.2", "1.2"} {
		c.ObjectID(k, []byte(oid))
	}
	for range 2 { // the limit is that of each report
		r := a.Take()
		want := `{"src_ip":"10.0.0.1", "device_info":{"snmp_labels":[{"oid":"1.1","count":2},{"oid":"1.2","count":3}]}, "fingerprints":[]}` + "\n"
		if got := brief(t, r); got != want || r.Dropped != 2 {
			t.Errorf("got %s, %d dropped, want %s, 2 dropped", got, r.Dropped, want)
		}
		for _, oid := range []string{"1.1", "1.2", "1.2", "1.4", "1.2", "1.5", "1.1"} {
			c.ObjectID(k, []byte(oid))
		}
	}
}

// event is something to observe, for tests that observe the same things in
// several ways.
type event struct {
	key   *flow.Key
	name  string
	agent string
}

func (e *event) observe(c *Collector) {
	c.Client(npf.TLS, []byte("tls/1/("+e.agent+")"), e.key, []byte(e.name), []byte(e.agent))
	if len(e.name)%2 == 0 {
		c.ObjectID(e.key, []byte(e.name))
	}
}

func events(n int) []event {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 3, 400)
	all := make([]event, n)
	for i := range all {
		v := zipf.Uint64()
		all[i] = event{
			flowOf(fmt.Sprintf("10.0.%d.%d:%d", v%7, v%11, 1024+r.IntN(5000)), fmt.Sprintf("192.0.2.%d:443", v%3)),
			fmt.Sprintf("host%d.example", v), fmt.Sprint(v % 5),
		}
	}
	return all
}

// The report does not depend on how many collectors there are, nor on how
// fast each of them is.
func TestCollectors(t *testing.T) {
	const batch = 100
	all := events(20000)
	for _, limit := range []int{0, 1, 17, 300, 100000} {
		alone := New(limit)
		c := alone.NewCollector()
		for i := range all {
			all[i].observe(c)
		}
		r := alone.Take()
		want, dropped := text(t, r), r.Dropped
		if limit > 0 && limit < 400 && r.Entries() != limit {
			t.Errorf("limit %d: %d entries", limit, r.Entries())
		}

		for _, n := range []int{1, 4} {
			a := New(limit)
			a.Sequence()
			var done [len("1234")]chan struct{} // one value for each batch
			var running sync.WaitGroup
			for w := range n {
				c := a.NewCollector()
				done[w] = make(chan struct{}, len(all)/batch)
				running.Go(func() {
					for i := range all {
						if int(all[i].key.SrcPort)%n == w {
							c.Packet(uint64(i))
							all[i].observe(c)
						}
						if i%batch == batch-1 {
							done[w] <- struct{}{}
						}
					}
				})
			}
			for i := range len(all) / batch {
				for w := range n {
					<-done[w]
				}
				a.Advance(uint64(i+1) * batch)
			}
			running.Wait()
			r := a.Take()
			if got := text(t, r); got != want || r.Dropped != dropped {
				t.Errorf("limit %d, %d collectors: another report than from one (%d entries, %d dropped, want %d)", limit, n, r.Entries(), r.Dropped, dropped)
			}
		}
	}
}

// Whatever is observed while reports are taken is in one of them, and a table
// that is full does not grow.
func TestTakeMeanwhile(t *testing.T) {
	const workers, limit = 4, 50
	all := events(20000)
	for _, ordered := range []bool{false, true} {
		a := New(limit)
		if ordered {
			a.Sequence()
		}
		var running sync.WaitGroup
		for w := range workers {
			c := a.NewCollector()
			running.Go(func() {
				for i := w; i < len(all); i += workers {
					c.Packet(uint64(i))
					all[i].observe(c)
					if ordered && i%64 == 0 {
						a.Advance(uint64(i) / 2)
					}
				}
			})
		}
		var total uint64
		take := func() {
			r := a.Take()
			total += r.Dropped
			for i := range r.rows {
				total += r.rows[i].count
			}
			if r.Entries() > limit {
				t.Errorf("a report has %d entries, more than %d", r.Entries(), limit)
			}
		}
		for range 50 {
			take()
			time.Sleep(100 * time.Microsecond)
		}
		running.Wait()
		take()
		want := uint64(0)
		for i := range all {
			want++
			if len(all[i].name)%2 == 0 {
				want++
			}
		}
		if total != want {
			t.Errorf("ordered %v: %d observations in the reports, want %d", ordered, total, want)
		}
	}
}

func TestAllocations(t *testing.T) {
	k := flowOf("10.0.0.1:40000", "192.0.2.1:443")
	fingerprint, name, agent, other := []byte("tls/1/(a)"), []byte("example.com"), []byte("curl/8"), []byte("other")
	for _, limit := range []int{0, 2} {
		c := New(limit).NewCollector()
		observe := func() {
			c.Packet(1)
			c.Client(npf.TLS, fingerprint, k, name, agent)
			c.CertificateName(k, name)
			if limit > 0 { // dropped
				c.ObjectID(k, other)
				c.Client(npf.TLS, fingerprint, k, other, other)
			}
		}
		observe()
		if n := testing.AllocsPerRun(100, observe); n != 0 {
			t.Errorf("limit %d: %v allocations", limit, n)
		}
	}
}

func BenchmarkClient(b *testing.B) {
	k := flowOf("10.0.0.1:40000", "192.0.2.1:443")
	c := New(0).NewCollector()
	fingerprint := bytes.Repeat([]byte("(c02c)"), 100)
	name, agent := []byte("www.example.com"), []byte("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	for b.Loop() {
		c.Client(npf.TLS, fingerprint, k, name, agent)
	}
}
