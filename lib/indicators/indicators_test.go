package indicators

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merctools/lib/record"
)

// load reads lists that have these texts, named 0, 1 and so on.
func load(t testing.TB, texts ...string) (*Set, []string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	var names, notices []string
	for i, text := range texts {
		name := fmt.Sprint(i)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	s, err := Load(names, func(n string) { notices = append(notices, n) })
	return s, notices, err
}

// written is what a record says of hits.
func written(s *Set, h *Hits) string {
	var w record.Writer
	s.Write(&w, h)
	return string(w.Bytes())
}

// values are the indicators of hits.
func values(s *Set, h *Hits) (list []string) {
	for _, hit := range h.list {
		list = append(list, string(s.bytes(s.entries[hit.entry].value)))
	}
	return list
}

const (
	md5Text    = "00112233445566778899aabbccddeeff"
	sha1Text   = "00112233445566778899aabbccddeeff00112233"
	sha256Text = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	ja4Text    = "t13d1516h2_0123456789ab_ba9876543210"
)

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string // kind, value, line, text
		notices    []string
	}{
		{"plain", "\xef\xbb\xbf# list\n\n192.0.2.1 # one\n2001:DB8::1\n198.51.100.0/24\n192.0.2.7/32\n10.1.2.3/8\nExample.COM.\n*.example.net\t# below\n.example.org\r\n" +
			strings.ToUpper(md5Text) + "\n" + sha1Text + "\n" + sha256Text + "\n" + ja4Text + "\ntls/1/(0303)*\nhttp/(474554)()()\nua: Bad Agent/1.0\nua:Worse*\n" +
			"https://user@Example.com:8443/Path?q=1#top\nno indicator\nname\n1.2.3.4.5\n300.1.2.3\n",
			[]string{
				"0 192.0.2.1 3 one", "0 2001:db8::1 4 ", "1 198.51.100.0/24 5 ", "0 192.0.2.7 6 ", "1 10.0.0.0/8 7 ", "2 example.com 8 ", "3 *.example.net 9 below", "4 .example.org 10 ",
				"6 " + md5Text + " 11 ", "10 " + sha1Text + " 12 ", "11 " + sha256Text + " 13 ", "7 " + ja4Text + " 14 ", "9 tls/1/(0303)* 15 ", "8 http/(474554)()() 16 ",
				"12 Bad Agent/1.0 17 ", "13 Worse* 18 ", "5 example.com/Path?q=1 19 ",
			}, []string{"0: 4 lines skipped that are not indicators, the first is line 20"}},
		{"abuse.ch, JA3", "################\n# some title, with a comma\n#\n# ja3_md5,Firstseen,Lastseen,Listingreason\n" + md5Text + ",2020-01-01 00:00:00,2021-01-01 00:00:00,Some Malware\nx,y\n",
			[]string{"6 " + md5Text + " 5 Some Malware"}, []string{"0: 1 lines skipped that are not indicators, the first is line 6"}},
		{"abuse.ch, certificates", "# Listingdate,SHA1,Listingreason\n2020-01-01 00:00:00," + sha1Text + ",Some C&C\n", []string{"10 " + sha1Text + " 2 Some C&C"}, nil},
		{"abuse.ch, addresses", "# title\n\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\n\"2020-01-01 00:00:00\",\"192.0.2.9\",\"443\",\"online\",\"2020-01-02\",\"Some\"\n# END\n",
			[]string{"0 192.0.2.9 3 Some"}, nil},
		{"MISP", "uuid,event_id,category,type,value,comment,to_ids,date\n" +
			"\"a\",1,\"Network activity\",\"ip-dst\",\"192.0.2.8\",\"a \"\"quoted\"\"\ncomment\",1,20200101\n" +
			"\"b\",1,\"Network activity\",\"domain|ip\",\"bad.example|192.0.2.10\",\"\",1,20200101\n" +
			"\"c\",1,\"Payload delivery\",\"md5\",\"" + md5Text + "\",\"\",1,20200101\n" +
			"\"d\",1,\"Network activity\",\"domain\",\"not.used.example\",\"\",0,20200101\n" +
			"\"e\",1,\"Network activity\",\"ja3-fingerprint-md5\",\"" + md5Text + "\",\"\",1,20200101\n" +
			"\"f\",1,\"Network activity\",\"ip-src|port\",\"2001:db8::2|80\",\"\",1,20200101\n" +
			"\"g\",1,\"Network activity\",\"x509-fingerprint-sha256\",\"" + sha256Text + "\",\"\",1,20200101\n" +
			"\"h\",1,\"Network activity\",\"user-agent\",\"Bad, Agent\",\"\",1,20200101\n",
			[]string{"0 192.0.2.8 2 a \"quoted\"\ncomment", "2 bad.example 4 ", "0 192.0.2.10 4 ", "6 " + md5Text + " 7 ", "0 2001:db8::2 8 ", "11 " + sha256Text + " 9 ", "12 Bad, Agent 10 "},
			[]string{"0: 1 indicators skipped that records have nothing to match with, such as md5 in line 5"}},
		{"Zeek", "#separator \\x09\n#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n" +
			"192.0.2.3\tIntel::ADDR\tsource\tdescription\n198.51.100.0/25\tIntel::SUBNET\tsource\t-\nbad.example\tIntel::DOMAIN\tsource\t\nbad.example/x\tIntel::URL\ts\td\n" +
			sha1Text + "\tIntel::CERT_HASH\ts\td\n" + md5Text + "\tIntel::FILE_HASH\ts\td\nAgent 1\tIntel::SOFTWARE\ts\td\na@b.example\tIntel::EMAIL\ts\td\nx\tIntel::ADDR\ts\td\n\n",
			[]string{"0 192.0.2.3 3 description", "1 198.51.100.0/25 4 source", "2 bad.example 5 ", "5 bad.example/x 6 d", "10 " + sha1Text + " 7 d", "12 Agent 1 9 d"},
			[]string{"0: 1 lines skipped that are not indicators, the first is line 11", "0: 2 indicators skipped that records have nothing to match with, such as Intel::FILE_HASH in line 8"}},
		{"STIX", `{"type":"bundle","id":"bundle--1",
"objects":[{"type":"identity","name":"x"},
{"type":"indicator","name":"n","pattern_type":"stix","pattern":"[ipv4-addr:value = '192.0.2.4' OR domain-name:value='it\\'s.example'] OR [ domain-name:value = 'bad.example' ]"},

{"type":"indicator","pattern":"[x509-certificate:hashes.'SHA-1' = '` + sha1Text + `']"},
{"type":"indicator","pattern":"[network-traffic:extensions.'tls-ext'.ja3 = '` + md5Text + `']","description":"d"},
{"type":"indicator","pattern":"[ipv6-addr:value = '2001:db8::/32'] FOLLOWEDBY [domain-name:value = 'a.example']"},
{"type":"indicator","pattern":"[domain-name:value = 'old.example']","valid_until":"2020-01-01T00:00:00Z"},
{"type":"indicator","pattern":"[domain-name:value = 'taken.example']","revoked":true},
{"type":"indicator","pattern":"[file:name = 'x']"}]}`,
			[]string{"0 192.0.2.4 3 n", "2 bad.example 3 n", "10 " + sha1Text + " 5 ", "6 " + md5Text + " 6 d"},
			[]string{"0: 1 lines skipped that are not indicators, the first is line 3", "0: 2 indicators skipped that records have nothing to match with, such as a pattern with more than alternatives in line 7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, notices, err := load(t, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range s.entries {
				got = append(got, fmt.Sprintf("%d %s %d %s", e.kind, s.bytes(e.value), e.line, s.bytes(e.about)))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got\n%q, want\n%q", got, tt.want)
			}
			if !slices.Equal(notices, tt.notices) {
				t.Errorf("notices %q, want %q", notices, tt.notices)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	for text, want := range map[string]string{
		"<html>\n<body>\n":                         "line 1 is not an indicator",
		`{"a":1}`:                                  "not a STIX bundle",
		`{"objects":[{"type":"indicator",`:         "not JSON",
		strings.Repeat("x", 2*maxLine) + "\n":      "more than 1 MiB",
		"#fields\tindicator\tindicator_type\nx\ty": "",
	} {
		_, _, err := load(t, text)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := Load([]string{filepath.Join(t.TempDir(), "none")}, nil); err == nil {
		t.Error("there is no such file")
	}
}

func TestLookup(t *testing.T) {
	s, _, err := load(t,
		"192.0.2.1 # a\n192.0.2.1 # again\n192.0.2.0/24\n192.0.0.0/16\n2001:db8::/32\n2001::/20\nexample.com\n*.example.com\n.example.org\n.deep.example.com\n"+
			md5Text+"\n"+ja4Text+"\n"+sha1Text+"\ntls/*\ntls/(0303)*\ntls/(0303)(1301)*\ntls/(0304)*\ntls/(0303)()\nua:curl/8.0\nua:cu*\nua:curl/9*\nhttp://a.example/x?y\n198.51.100.0/24\n",
		"192.0.2.1 # b\n192.0.2.0/24 # b\n")
	if err != nil {
		t.Fatal(err)
	}
	name := func(n string) func(*Hits) {
		text := []byte(n)
		return func(h *Hits) { s.Name(h, text, "server_name") }
	}
	host := func(n string) func(*Hits) {
		text := []byte(n)
		return func(h *Hits) { s.Host(h, text, "server_name") }
	}
	// Bytes beyond ASCII that make a name of 255 bytes longer in a record.
	long := strings.Repeat(strings.Repeat("\ufffd", 60)+".", 3)
	addr := func(a string) func(*Hits) { return func(h *Hits) { s.Address(h, netip.MustParseAddr(a), "src_ip") } }
	for what, tt := range map[string]struct {
		do   func(*Hits)
		want []string
	}{
		"address":          {addr("192.0.2.1"), []string{"192.0.2.1", "192.0.2.1", "192.0.2.0/24", "192.0.2.0/24"}},
		"mapped":           {addr("::ffff:192.0.2.1"), []string{"192.0.2.1", "192.0.2.1", "192.0.2.0/24", "192.0.2.0/24"}},
		"larger network":   {addr("192.0.9.1"), []string{"192.0.0.0/16"}},
		"IPv6":             {addr("2001:db8:1::"), []string{"2001:db8::/32"}},
		"IPv6, larger":     {addr("2001:0fff::"), []string{"2001::/20"}},
		"other address":    {addr("203.0.113.1"), nil},
		"other IPv6":       {addr("2002::"), nil},
		"name":             {name("Example.COM"), []string{"example.com"}},
		"root and port":    {host("example.com.:443"), []string{"example.com"}},
		"port":             {host("example.com:443"), []string{"example.com"}},
		"below":            {name("a.B.example.com."), []string{"*.example.com"}},
		"colon":            {name("example.com:1.example.org"), []string{".example.org"}},
		"long":             {name(long + "example.com"), []string{"*.example.com"}},
		"long, itself":     {name(long + "example.org"), []string{".example.org"}},
		"long label":       {name(strings.Repeat("x", 300) + ".example.org"), []string{".example.org"}},
		"too long label":   {name(strings.Repeat("x", 300)), nil},
		"twice":            {name("x.deep.example.com"), []string{".deep.example.com", "*.example.com"}},
		"itself":           {name("example.org"), []string{".example.org"}},
		"below itself":     {name("a.example.org"), []string{".example.org"}},
		"no label":         {name("anexample.org"), nil},
		"single label":     {name("localhost"), nil},
		"address as name":  {host("198.51.100.7:80"), []string{"198.51.100.0/24"}},
		"IPv6 as name":     {host("[2001:db8::1]:80"), []string{"2001:db8::/32"}},
		"ja3":              {func(h *Hits) { s.Fingerprint(h, "ja3", []byte(md5Text)) }, []string{md5Text}},
		"ja4":              {func(h *Hits) { s.Fingerprint(h, "ja4", []byte(ja4Text)) }, []string{ja4Text}},
		"prefixes":         {func(h *Hits) { s.NPF(h, []byte("tls/(0303)(1301)(x)")) }, []string{"tls/(0303)(1301)*", "tls/(0303)*", "tls/*"}},
		"exact and prefix": {func(h *Hits) { s.NPF(h, []byte("tls/(0303)()")) }, []string{"tls/(0303)()", "tls/(0303)*", "tls/*"}},
		"another prefix":   {func(h *Hits) { s.NPF(h, []byte("tls/(0305)")) }, []string{"tls/*"}},
		"no prefix":        {func(h *Hits) { s.NPF(h, []byte("quic/(0305)")) }, nil},
		"agent":            {func(h *Hits) { s.UserAgent(h, []byte("curl/8.0")) }, []string{"curl/8.0", "cu*"}},
		"url":              {func(h *Hits) { s.URL(h, []byte("A.example:80"), []byte("/x?y"), "url") }, []string{"a.example/x?y"}},
		"certificate": {func(h *Hits) {
			s.Certificate(h, SHA1, []byte("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x00\x11\x22\x33"))
		}, []string{sha1Text}},
		"other certificate": {func(h *Hits) { s.Certificate(h, SHA256, make([]byte, 32)) }, nil},
	} {
		var h Hits
		tt.do(&h)
		if got := values(s, &h); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", what, got, tt.want)
		}
		if n := testing.AllocsPerRun(10, func() { h.Reset(); tt.do(&h) }); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	var h Hits
	addr("192.0.2.1")(&h)
	want := `"indicators":[{"value":"192.0.2.1","kind":"address","in":"src_ip","list":"0","line":1,"text":"a"},` +
		`{"value":"192.0.2.1","kind":"address","in":"src_ip","list":"1","line":1,"text":"b"},{"value":"192.0.2.0/24","kind":"network","in":"src_ip","list":"0","line":3},` +
		`{"value":"192.0.2.0/24","kind":"network","in":"src_ip","list":"1","line":2,"text":"b"}]`
	if got := written(s, &h); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestMany compares what is found with a map, for so many that the table grows.
func TestMany(t *testing.T) {
	var b strings.Builder
	known := map[string]bool{}
	for i := range 20000 {
		a := fmt.Sprintf("10.%d.%d.%d", i%7, i*31%251, i*17%253)
		known[a] = true
		fmt.Fprintf(&b, "%s\nh%d.example\n", a, i)
	}
	s, _, err := load(t, b.String())
	if err != nil {
		t.Fatal(err)
	}
	if want := len(known) + 20000; s.Len() != want {
		t.Errorf("%d indicators, want %d", s.Len(), want)
	}
	var h Hits
	for i := range 1 << 16 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 8 & 7), byte(i >> 4), byte(i)})
		h.Reset()
		if s.Address(&h, a, ""); (h.Len() == 1) != known[a.String()] {
			t.Fatalf("%v: %d hits", a, h.Len())
		}
	}
	for i := range 40000 {
		h.Reset()
		if s.Name(&h, fmt.Appendf(nil, "h%d.example", i), ""); (h.Len() == 1) != (i < 20000) {
			t.Fatalf("name %d: %d hits", i, h.Len())
		}
	}
}

// FuzzLoad reads lists, and looks up what is in them.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"192.0.2.1 # x\n*.example.com\nua:x*\ntls/(*\n", "#fields\tindicator\tindicator_type\nx\tIntel::SOFTWARE\n", "type,value\ndomain,a.example\n",
		`{"objects":[{"type":"indicator","pattern":"[a:b='c' OR url:value = 'http://x/y']"}]}`, "# ja3_md5,Listingreason\n" + md5Text + ",\"x\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := newBuilder()
		if err := b.read(strings.NewReader(text), "x"); err != nil {
			return
		}
		s := b.finish()
		for i := range s.entries {
			e := &s.entries[i]
			key := slices.Clone(s.key(e))
			var h Hits
			switch e.kind {
			case Address:
				s.Address(&h, netip.MustParseAddr(string(key)), "")
			case Domain:
				s.Name(&h, key, "")
			case NPF, NPFPrefix:
				s.NPF(&h, key)
			case UserAgent, UserAgentPrefix:
				s.UserAgent(&h, key)
			case MD5, JA4:
				s.Fingerprint(&h, "x", key)
			default:
				continue
			}
			if h.Len() == 0 {
				t.Fatalf("%q of kind %d isn't found", key, e.kind)
			}
			_ = written(s, &h)
		}
	})
}
