package fingerprintdb

import (
	"fmt"
	"strings"
	"testing"

	"merctools/lib/npf"
)

const familyList = `{"family":"chromium","weight":1000}
{"family":"openssl","weight":50}
{"family":"scanner","weight":0.5}
{"agent":"curl/","family":"curl","score":0.97}
{"agent":"Edg/","family":"chromium","process":"msedge","imitated":true,"score":0.95}
{"agent":"Chrome/","family":"chromium","process":"chrome","imitated":true,"score":0.95}
{"fp_type":"tls","listed":0.9,"margin":0.05,"weight":10,"nearest":[[0,0.8],[0.2,0.7]]}
{"fp_type":"http","listed":0.9,"margin":0,"nearest":[[0.2,0.6]]}
`

// withFamilies are the files of an archive with families.
func withFamilies(list string, lines ...string) []file {
	files := resources(lines...)
	return append([]file{files[0], {"families.json", list}}, files[1:]...)
}

// member makes a process of a family.
func member(name, family string, count int, fields ...string) string {
	return strings.Replace(processObject(name, count, false, fields...), `{`, fmt.Sprintf(`{"family":%q,`, family), 1)
}

const (
	chromeHello  = "tls/2/(0303)(130113021303c02bc02f)[(0000)(000a00080006001d00170018)(000b00020100)(0017)(ff01)]"
	chromeNear   = "tls/2/(0303)(130113021303c02bc02f)[(0000)(000a00080006001d00170018)(000b00020100)(0017)(001b0003020002)(ff01)]"
	opensslHello = "tls/2/(0303)(130213031301c02cc030009f)[(0000)(000a000c000a001d0017001e00190018)(000b000403000102)(0016)(0017)]"
	sharedHello  = "tls/2/(0303)(1301)[(0000)(0017)(ff01)]"
	plainRequest = "http/(474554)(485454502f312e31)((486f7374)(557365722d4167656e74)(4163636570743a202a2f2a))"
)

func familyLines() []string {
	return []string{
		entryLine("tls", chromeHello, 40, "",
			member("chrome", "chromium", 30, `"kinds":{"real":10,"emulated":20}`, `"classes_hostname_sni":{}`),
			member("opera", "chromium", 10, `"classes_hostname_sni":{"opera.example":9}`)),
		entryLine("tls", opensslHello, 10, "", member("curl", "openssl", 10)),
		entryLine("tls", sharedHello, 1000, "", member("nmap", "scanner", 990), member("curl", "openssl", 10)),
		entryLine("http", plainRequest, 100, "",
			member("dirb", "curl", 90, `"classes_user_agent":{"Mozilla/4.0 (dirb)":90}`),
			member("curl", "curl", 5, `"classes_user_agent":{"curl/7.1":5}`),
			member("python3", "python", 5)),
	}
}

func TestFamilies(t *testing.T) {
	m, notices := load(t, LoadOptions{}, withFamilies(familyList, familyLines()...)...)
	if len(notices) > 0 {
		t.Fatalf("notices: %q", notices)
	}
	for _, c := range []struct {
		name, want string
		s          Observation
	}{
		{"one family: its name, with the calibrated score", `{"process":"chromium","score":0.900000,"malware":0,"p_malware":0.000000,"attributes":[]}`,
			Observation{Type: npf.TLS, Fingerprint: []byte(chromeHello)}},
		{"a destination tells a program apart", `{"process":"opera","score":0.90`,
			Observation{Type: npf.TLS, Fingerprint: []byte(chromeHello), ServerName: []byte("opera.example")}},
		{"how common a client is outweighs how often it ran", `{"process":"openssl","score":0.891089`,
			Observation{Type: npf.TLS, Fingerprint: []byte(sharedHello)}},
		{"a user agent names another version of a program", `{"process":"curl","score":0.97`,
			Observation{Type: npf.HTTP, Fingerprint: []byte(plainRequest), UserAgent: []byte("curl/8.5.0")}},
		{"a user agent that only one program sends", `{"process":"dirb","score":0.89`,
			Observation{Type: npf.HTTP, Fingerprint: []byte(plainRequest), UserAgent: []byte("Mozilla/4.0 (dirb)")}},
		{"a browser's user agent, and the first rule counts", `{"process":"msedge","score":0.95`,
			Observation{Type: npf.HTTP, Fingerprint: []byte(plainRequest), UserAgent: []byte("Mozilla/5.0 Chrome/99 Edg/99")}},
		{"an unlisted fingerprint with a user agent", `{"process":"curl","score":0.970000,"status":"unlabeled_fingerprint"`,
			Observation{Type: npf.HTTP, Fingerprint: []byte("http/(474554)(485454502f312e31)((486f7374))"), UserAgent: []byte("curl/8.5.0")}},
		{"near one family", `{"process":"chromium","score":0.700000,"status":"unlabeled_fingerprint","attributes":[]}`,
			Observation{Type: npf.TLS, Fingerprint: []byte(chromeNear)}},
		{"near none", `{"status":"randomized_fingerprint","attributes":[]}`,
			Observation{Type: npf.TLS, Fingerprint: []byte("tls/2/(0303)(1304130513061307)[(0000)(000d)(0010)(0033)]")}},
		{"too little to say", `{"status":"randomized_fingerprint","attributes":[]}`,
			Observation{Type: npf.TLS, Fingerprint: []byte("tls/2/(0303)(1301)[(0000)(0017)]")}},
	} {
		if got := answer(t, m, NewHistory(), c.s); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s:\n%s\nwant %s", c.name, got, c.want)
		}
	}
}

// Where two families are near, there is no answer.
func TestTwoFamiliesNear(t *testing.T) {
	other := strings.Replace(chromeHello, "(ff01)", "(ff03)", 1)
	m, _ := load(t, LoadOptions{}, withFamilies(familyList, append(familyLines(), entryLine("tls", other, 10, "", member("x", "openssl", 10)))...)...)
	unlisted := strings.Replace(chromeHello, "(ff01)", "(001b0003020002)", 1)
	got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(unlisted)})
	if got != `{"status":"randomized_fingerprint","attributes":[]}` {
		t.Error(got)
	}
}

// A program sends GREASE always or never: one that has it is not taken for one
// that hasn't, but isn't named either where another family's is as near.
func TestNearestGREASE(t *testing.T) {
	greased := func(fp string) string { return strings.Replace(fp, "(1301", "(0a0a1301", 1) }
	withChromium := familyLines()
	withOpenSSL := append(familyLines(), entryLine("tls", greased(chromeHello), 10, "", member("x", "openssl", 10)))
	for _, c := range []struct {
		name, fp string
		lines    []string
		named    bool
	}{
		{"neither has it", chromeNear, withChromium, true},
		{"the nearest has none", greased(chromeNear), withChromium, false},
		{"another family's has it, as near", chromeNear, withOpenSSL, false},
		{"both have it, and another family's hasn't, as near", greased(chromeNear), withOpenSSL, false},
	} {
		m, _ := load(t, LoadOptions{}, withFamilies(familyList, c.lines...)...)
		got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(c.fp)})
		if named := strings.HasPrefix(got, `{"process":`); named != c.named {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// A fingerprint of which more parts than the archive allows are none of the
// nearest family's gets no answer, however near it is.
func TestUnknownParts(t *testing.T) {
	newSuites := strings.Replace(chromeHello, "c02f)", "c02fc030)", 1)
	newSuitesAndGroups := strings.Replace(newSuites, "(000a00080006", "(000a000a0008001e", 1)
	othersExtension := strings.Replace(newSuites, "(0017)", "(0016)(0017)", 1) // openssl has it
	for _, c := range []struct {
		steps string
		named []bool // of the three above
	}{
		{"[[0.3,0.7]]", []bool{true, true, true}},
		{"[[0.3,0.7,2]]", []bool{true, true, true}},
		{"[[0.3,0.7,1]]", []bool{true, false, false}},
		{"[[0.3,0.7,0]]", []bool{false, false, false}},
		{"[[0.001,0.8,2],[0.3,0.7,1]]", []bool{true, false, false}},
		{"[[0.2,0.8,0],[0.3,0.7,2]]", []bool{true, true, true}},
	} {
		list := strings.Replace(familyList, "[[0,0.8],[0.2,0.7]]", c.steps, 1)
		m, notices := load(t, LoadOptions{}, withFamilies(list, familyLines()...)...)
		if len(notices) > 0 {
			t.Fatalf("%s: %q", c.steps, notices)
		}
		for i, fp := range []string{newSuites, newSuitesAndGroups, othersExtension} {
			got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fp)})
			if named := strings.HasPrefix(got, `{"process":"chromium"`); named != c.named[i] {
				t.Errorf("%s, %s: %s", c.steps, fp, got)
			}
		}
	}
}

// Without families.json an archive answers as the reference does.
func TestNoFamilies(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(familyLines()...)...)
	for fp, want := range map[string]string{
		chromeHello: `{"process":"chrome","score":0.7`,
		sharedHello: `{"process":"nmap","score":0.9`,
		chromeNear:  `{"status":"randomized_fingerprint"`,
	} {
		if got := answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fp)}); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", fp, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	m, _ := load(t, LoadOptions{}, withFamilies(familyList, familyLines()...)...)
	a := NewAnalyzer(m)
	a.Explain = true
	for fp, want := range map[string]string{
		chromeHello: `{"process":"chromium","score":0.900000,"malware":0,"p_malware":0.000000,"attributes":[],"explanation":{` +
			`"observations":{"real":10,"emulated":20,"unknown":10},` +
			`"candidates":[{"process":"chrome","family":"chromium","score":0.750000},{"process":"opera","family":"chromium","score":0.250000}]}}`,
		chromeNear: `{"process":"chromium","score":0.700000,"status":"unlabeled_fingerprint","attributes":[],"explanation":{` +
			`"nearest":{"family":"chromium","distance":0.073000,"second":"openssl","second_distance":0.566000}}}`,
	} {
		var r Result
		a.Analyze(&Observation{Type: npf.TLS, Fingerprint: []byte(fp), Key: key("10.0.0.9", "192.0.2.7")}, &r)
		if got := written(t, &r); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", fp, got, want)
		}
	}
}

func TestFamilyLines(t *testing.T) {
	for _, c := range [][2]string{
		{`{`, "not JSON"},
		{`[]`, "not a JSON object"},
		{`{"name":"x"}`, "neither a family"},
		{`{"family":"x","weight":0}`, "weight"},
		{`{"agent":"x","family":"y"}`, "score"},
		{`{"fp_type":"dhcp","listed":1,"margin":0}`, "not supported"},
		{`{"fp_type":"tls","listed":2,"margin":0}`, "from 0 to 1"},
		{`{"fp_type":"tls","listed":1,"margin":0,"nearest":[[0.1,1],[0.1,1]]}`, "must grow"},
		{`{"fp_type":"tls","listed":1,"margin":0,"nearest":[[0.1]]}`, "must grow"},
		{`{"fp_type":"tls","listed":1,"margin":0,"nearest":[[0.1,1,0.5]]}`, "a count"},
		{`{"fp_type":"tls","listed":1,"margin":0,"nearest":[[0.1,1,-1]]}`, "a count"},
		{`{"fp_type":"tls","listed":1,"margin":0,"nearest":[[0.1,1,1,1]]}`, "a count"},
	} {
		_, notices := load(t, LoadOptions{}, withFamilies(c[0]+"\n", familyLines()...)...)
		if len(notices) != 1 || !strings.HasPrefix(notices[0], "families.json:1: ") || !strings.Contains(notices[0], c[1]) {
			t.Errorf("%s: %q", c[0], notices)
		}
	}
}

// Any number of unlisted fingerprints is answered without allocation, whether
// they are remembered or not.
func TestNearestAllocs(t *testing.T) {
	m, _ := load(t, LoadOptions{}, withFamilies(familyList, familyLines()...)...)
	a := NewAnalyzer(m)
	k := key("10.0.0.9", "192.0.2.7")
	var list [][]byte
	for i := range 300 {
		list = append(list, fmt.Appendf(nil, "tls/2/(0303)(130113021303c02bc02f%04x)[(0000)(000a00080006001d00170018)(000b00020100)(0017)(ff01)]", i))
	}
	var r Result
	i := 0
	if n := testing.AllocsPerRun(300, func() {
		r.Reset()
		a.Analyze(&Observation{Type: npf.TLS, Fingerprint: list[i%len(list)], Key: k}, &r)
		i++
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if name, _, _ := r.Process(); name != "chromium" {
		t.Errorf("%q", name)
	}
}
