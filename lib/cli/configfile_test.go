package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// allFlags are flags of every kind.
type allFlags struct {
	Common
	Records
	Capture
	ModelFlags
	StatsFlags
	Read        []string `sep:"none"`
	Write       string
	Fingerprint string
	Interface   string `name:"capture"`
	Directory   string
	Analysis    bool
	Threads     string
	Limit       uint64
	OutputTime  Seconds
	Loop        int
	ConfigFile  kong.ConfigFlag `name:"config"`
}

func keysOf(t testing.TB) map[string]configKey {
	t.Helper()
	parser, err := kong.New(&allFlags{})
	if err != nil {
		t.Fatal(err)
	}
	return configKeys(parser.Model)
}

func TestReadConfig(t *testing.T) {
	const file = `# all there is
read = a b,c.pcap
write=w.pcap
	fingerprint	= out.json
capture = eth0
resources = /r.tgz
directory = /var/d
analysis = 1
buffer = 0.05
threads = cpu
limit = 1000000
output-time = 3600
user = mercury
loop = 2
verbosity = 1

select = dns, tls
dns-json
certs-json
metadata
nonselected-tcp-data
nonselected-udp-data
reassembly
format = tls/1
raw-features = tls
fingerprints = ja3, ja4
add = type, file
community-id-seed = 7
network-behavioral-detections
crypto-assess = default
minimize-ram
quic-trial-decryption
resources-key = /k
asn-db = a.mmdb
geo-db = g.mmdb
exposed-creds
http-headers = all
http-body-max = 12
normalize
mask-secrets
mask-key = /m
record-limit = 64K
quarantine = q.pcap
bpf = 1 6 0  0 1
snaplen = 96
no-promiscuous
wait
stats = s
stats-time = 60
stats-limit = 5`
	keys := keysOf(t)
	got, err := parseConfig(strings.NewReader(file), keys, func(line int, reason string) { t.Errorf("line %d: %s", line, reason) })
	want := map[string]string{
		"read": "ab,c.pcap", "write": "w.pcap", "fingerprint": "out.json", "capture": "eth0", "resources": "/r.tgz",
		"directory": "/var/d", "analysis": "true", "buffer": "0.05", "threads": "cpu", "limit": "1000000",
		"output-time": "3600", "user": "mercury", "loop": "2", "verbose": "true", "select": "dns,tls", "dns-json": "true",
		"certs-json": "true", "metadata": "true", "nonselected-tcp-data": "true", "nonselected-udp-data": "true",
		"reassembly": "true", "format": "tls/1", "raw-features": "tls", "fingerprints": "ja3,ja4", "add": "type,file", "community-id-seed": "7", "network-behavioral-detections": "true",
		"crypto-assess": "default", "minimize-ram": "true", "quic-trial-decryption": "true",
		"resources-key": "/k", "asn-db": "a.mmdb", "geo-db": "g.mmdb",
		"exposed-creds": "true", "http-headers": "all", "http-body-max": "12", "normalize": "true", "mask-secrets": "true", "mask-key": "/m", "record-limit": "64K", "quarantine": "q.pcap", "bpf": "1 6 0  0 1",
		"snaplen": "96", "promiscuous": "false", "wait": "true", "stats": "s", "stats-time": "60", "stats-limit": "5",
	}
	if err != nil || !maps.Equal(joined(got), want) {
		t.Errorf("%v, %v", got, err)
	}
}

// joined has each flag's values in one text.
func joined(values map[string][]string) map[string]string {
	texts := map[string]string{}
	for name, list := range values {
		texts[name] = strings.Join(list, "|")
	}
	return texts
}

// Every flag has a key, but for those that only the command line has.
func TestConfigKeys(t *testing.T) {
	parser, err := kong.New(&allFlags{})
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]bool{}
	for _, key := range configKeys(parser.Model) {
		flags[key.flag.Name] = true
	}
	var without []string
	for _, f := range parser.Model.Flags {
		if !flags[f.Name] {
			without = append(without, f.Name)
		}
	}
	slices.Sort(without)
	if want := []string{"config", "help", "license", "version"}; !slices.Equal(without, want) {
		t.Errorf("flags without a key: %v, want %v", without, want)
	}
}

func TestReadConfigWarns(t *testing.T) {
	const file = `nonsense
metadata = 1
capture
 # a comment

analysis = yes
analysis =
limit = 1k
buffer = half
select=dns
select=tls
verbosity = 0
limit = -1
Metadata
metadata
output-time = soon
read=a
read=b
config = x
verbosity = loud
`
	var warnings []string
	got, err := parseConfig(strings.NewReader(file), keysOf(t), func(line int, reason string) {
		warnings = append(warnings, fmt.Sprintf("%d: %s", line, reason))
	})
	want := []string{
		`1: unknown key "nonsense"`,
		`2: "metadata" takes no value`,
		`3: "capture" needs a value`,
		`6: "yes" is neither 0 nor 1`,
		`7: "" is neither 0 nor 1`,
		`8: "1k" is not a number`,
		`9: "half" is not a number`,
		`11: select is there already`,
		`13: "-1" is not a number`,
		`14: unknown key "Metadata"`,
		`16: "soon" is neither a number of seconds nor a time such as 1h30m`,
		`19: unknown key "config"`,
		`20: "loud" is not a number`,
	}
	if err != nil || !slices.Equal(warnings, want) {
		t.Errorf("%v\n%s", err, strings.Join(warnings, "\n"))
	}
	if !maps.Equal(joined(got), map[string]string{"select": "dns", "verbose": "false", "metadata": "true", "read": "a|b"}) {
		t.Errorf("%v", got)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("capture = eth0\nlimit=5\n#\nmetadata")
	f.Add("=\n==\nanalysis=")
	keys := keysOf(f)
	f.Fuzz(func(t *testing.T, s string) {
		values, _ := parseConfig(strings.NewReader(s), keys, func(line int, reason string) {
			if line < 1 || reason == "" || strings.Contains(reason, "\n") {
				t.Errorf("line %d: %q", line, reason)
			}
		})
		for key := range values {
			if !slices.ContainsFunc(slices.Collect(maps.Values(keys)), func(k configKey) bool { return k.flag.Name == key }) {
				t.Errorf("flag %q", key)
			}
		}
	})
}

// A filter for the kernel, as tcpdump -ddd prints it, is a long line; a longer
// one is named.
func TestReadConfigLongLines(t *testing.T) {
	long := strings.Repeat("0", 100<<10)
	warn := func(line int, reason string) { t.Errorf("line %d: %s", line, reason) }
	values, err := parseConfig(strings.NewReader("bpf = "+long+"\n"), keysOf(t), warn)
	if err != nil || !slices.Equal(values["bpf"], []string{long}) {
		t.Errorf("%d values, %v", len(values), err)
	}
	_, err = parseConfig(strings.NewReader("# first\n"+strings.Repeat("0", maxConfigLine+1)), keysOf(t), warn)
	if err == nil || !strings.HasPrefix(err.Error(), "line 2 is longer") {
		t.Error(err)
	}
}
