package main

import (
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/npf"
)

func TestClues(t *testing.T) {
	c, err := readClues(knownTable)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		kind, text string
		typ        npf.Type
		want       string // nothing for no clue
	}{
		{"browser", "Mozilla/5.0 (X11; Linux x86_64; rv:89.0) Gecko/20100101 Firefox/89.0", npf.TLS, "firefox"},
		{"browser", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.10240", npf.HTTP, "wininet"},
		{"browser", "Mozilla/5.0 (Macintosh) AppleWebKit/602.4.8 (KHTML, like Gecko) Version/10.0.3 Safari/602.4.8", npf.QUIC, "apple"},
		{"browser", "curl/8.5.0", npf.HTTP, ""},
		{"agent", "Apache-HttpClient/UNAVAILABLE (java 1.4)", npf.HTTP, "apache httpclient or android"},
		{"agent", "curl/8.5.0", npf.TLS, ""},
		{"system", "Mozilla/5.0 (Linux; Android 9; Nokia 2.2)", npf.TLS, "android or okhttp"},
		{"server", "detectportal.firefox.com", npf.TLS, "firefox"},
		{"server", "notdetectportal.firefox.com", npf.TLS, ""},
		{"alpn", "h3-T051", npf.QUIC, "chromium"},
		{"process", "Chrome.exe", npf.TLS, "chromium"},
		{"process", "chrome.exe.evil", npf.TLS, ""},
	} {
		var got families
		if clue := c.find(x.kind, x.text); clue != nil {
			got = clue.families[x.typ]
		}
		if got.String() != x.want {
			t.Errorf("%s %q tells %q of %s, not %q", x.kind, x.text, got, x.typ, x.want)
		}
	}
	for _, bad := range []string{"agent\tx", "agent\t(\ttls=x", "agent\tx\tnothing"} {
		if _, err := readClues(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Archives of others count where nearly all whom they know are of a family, and
// most are known.
func TestArchives(t *testing.T) {
	c, err := readClues(knownTable)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		counts map[string]uint64
		want   string
	}{
		{map[string]uint64{"chrome.exe": 90, "Google Chrome": 9, "firefox": 1}, "chromium"},
		{map[string]uint64{"chrome.exe": 90, "firefox": 10}, ""},
		{map[string]uint64{"chrome.exe": 9}, ""},
		{map[string]uint64{"chrome.exe": 40, "an unknown program": 60}, ""},
		{map[string]uint64{"chrome.exe": 40, "HD-Player.exe": 60}, ""},
		{map[string]uint64{"HD-Player.exe": 60}, ""},
	} {
		a := make(archives)
		for name, n := range x.counts {
			a.add("tls/x", []*fingerprintdb.Process{{Name: name, Count: n}}, c)
		}
		if got := a.family("tls/x").String(); got != x.want {
			t.Errorf("%v: %q, not %q", x.counts, got, x.want)
		}
	}
}

func TestParameter(t *testing.T) {
	const list = "010480010000" + "7129" + "06" + "4368726f6d65" + "0304ffff0000"
	if got := parameter(list, userAgentParameter); got != "Chrome" {
		t.Errorf("%q", got)
	}
	for i := range list {
		parameter(list[:i], 0xffff)
	}
	if got := parameter("712906aa", userAgentParameter); got != "" {
		t.Errorf("of a cut one: %q", got)
	}
}

// What a host's browser is, its other messages may be, too.
func TestTraffic(t *testing.T) {
	const records = `{"capture":"a.pcap"}
{"fingerprints":{"http":"http/(474554)(485454502f312e31)((486f7374)(557365722d4167656e74))"},"http":{"request":{"user_agent":"Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/89.0","host":"a.example"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":80,"event_start":1.5}
{"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},"tls":{"client":{"server_name":"b.a.example"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":2,"dst_port":443,"event_start":1.5}
{"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},"tls":{"client":{"server_name":"other.test"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":3,"dst_port":443,"event_start":1.5}
{"capture":"b.pcap"}
{"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},"tls":{"client":{"server_name":"other.test"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":3,"dst_port":443,"event_start":1.5}
`
	var out strings.Builder
	if err := countTraffic(strings.NewReader(records), &out, "../../../lib/fingerprintdb/builtin/default.tgz", nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| tls | 0.0 % of 3 | 0.0 % of 2 |",
		"| http | user agent | 1 | 1 | 100.0 % | 0 | 0 (0.0 %) | 1 |",
		"| tls | domain | 1 | 0 | - | 0 | 0 (-) | 1 |",
		"| tls | host | 1 | 0 | - | 0 | 0 (-) | 0 |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing from\n%s", want, out.String())
		}
	}
}

// What is emulated is compared with what ran, in another format too.
func TestConfirm(t *testing.T) {
	record := func(fp, kind, family string) *sample {
		return &sample{
			line:  []byte(`{"fingerprints":{"tls":"` + fp + `"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":443,"event_start":1.5}`),
			label: label{Name: "p", Version: "1", Library: "l", Family: family, Kind: kind},
		}
	}
	var out strings.Builder
	err := confirm(&out, []*sample{
		record("tls/(0303)(1301)((0000)(0017))", "emulated", "a"),
		record("tls/(0303)(1302)()", "emulated", "a"),
		record("tls/(0303)(1303)()", "emulated", "a"),
		record("tls/2/(0303)(1301)[(0000)(0017)]", "real", "a"),
		record("tls/(0303)(1302)()", "measured", "b"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "| tls | p | 1 | l | 3 | 1 | 1 | 0 | 0 |\n"; !strings.HasSuffix(out.String(), want) {
		t.Error(out.String())
	}
}
