package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"merctools/lib/cli"
)

// Each key of a configuration file becomes the value of its flag, unless the
// command line has that flag.
func TestConfigKeys(t *testing.T) {
	const config = `read = r.pcap
write = w.pcap
fingerprint = f.json
capture = eth7
resources = r.tgz
directory = /d
analysis = 1
buffer = 0.25
threads = 3
limit = 1000
output-time = 90
user = nobody
loop = 5
verbosity = 1
select = dns, tls
dns-json
certs-json
metadata
nonselected-tcp-data
nonselected-udp-data
reassembly
format = tls/2
raw-features = smb
network-behavioral-detections
crypto-assess = quantum_safe
minimize-ram
quic-trial-decryption
`
	name := filepath.Join(t.TempDir(), "mercury.cfg")
	if err := os.WriteFile(name, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var flags, want command
	c := cli.Command{Runner: &flags, ConfigFile: true}
	env := &cli.Env{Name: "mercury", Stdout: io.Discard, Stderr: t.Output()}
	if done, err := c.Parse(env, []string{"--limit=7", "--config", name, "-t", "2"}); err != nil || done {
		t.Fatal(done, err)
	}
	want.Read, want.Write, want.Fingerprint, want.Interface = []string{"r.pcap"}, "w.pcap", "f.json", "eth7"
	want.Resources, want.Directory, want.Analysis = "r.tgz", "/d", true
	want.Buffer, want.Threads, want.User, want.Loop, want.Verbose = 0.25, "2", "nobody", 5, true
	want.Limit = 7
	if err := want.OutputTime.UnmarshalText([]byte("90s")); err != nil {
		t.Fatal(err)
	}
	want.Select, want.DNSJSON, want.CertsJSON, want.Metadata = "dns,tls", true, true, true
	want.NonselectedTCPData, want.NonselectedUDPData, want.Reassembly = true, true, true
	want.Format, want.RawFeatures, want.Behavior = "tls/2", "smb", true
	want.CryptoAssess, want.MinimizeRAM, want.QUICTrialDecryption = "quantum_safe", true, true
	want.Promiscuous, want.Sandbox = true, true // the defaults of flags that have no keys
	want.ConfigFile = flags.ConfigFile
	if !reflect.DeepEqual(flags, want) {
		t.Errorf("%+v, want %+v", flags, want)
	}
}

// The configuration file that is installed has each key once, in use or
// commented out, below a comment that explains it. Nothing in it is wrong, and
// no flag is missing.
func TestInstalledConfig(t *testing.T) {
	b, err := os.ReadFile("../../scripts/service/mercury.cfg")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder // with each key in use
	seen := map[string]bool{}
	explained := false
	for number, line := range strings.Split(string(b), "\n") {
		switch {
		case line == "":
			explained = false
		case strings.HasPrefix(line, "# "):
			explained = true
		default:
			line = strings.TrimPrefix(line, "#")
			key, _, _ := strings.Cut(line, " ")
			if seen[key] || !explained {
				t.Errorf("line %d: %s is there again, or not explained", number+1, key)
			}
			seen[key] = true
			all.WriteString(line + "\n")
		}
	}
	// What protects a sensor, its disk and those whose secrets it sees is in use.
	for _, line := range []string{"mask-secrets", "record-limit = 64K", "keep-size = 20G"} {
		if !strings.Contains(string(b), "\n"+line+"\n") {
			t.Errorf("%s is not in use", line)
		}
	}
	parser, err := kong.New(&command{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range parser.Model.Flags {
		key := map[string]string{"verbose": "verbosity", "promiscuous": "no-promiscuous", "sandbox": "no-sandbox"}[f.Name]
		if key == "" {
			key = f.Name
		}
		only := slices.Contains([]string{"help", "version", "license", "config"}, f.Name) // on the command line
		if seen[key] == only {
			t.Errorf("key %s of flag --%s: in the file %v", key, f.Name, seen[key])
		}
	}
	for _, text := range []string{string(b), all.String()} {
		name := filepath.Join(t.TempDir(), "mercury.cfg")
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var warnings strings.Builder
		c := cli.Command{Runner: &command{}, ConfigFile: true}
		if _, err := c.Parse(&cli.Env{Name: "mercury", Stdout: io.Discard, Stderr: &warnings}, []string{"--config", name}); err != nil || warnings.Len() > 0 {
			t.Errorf("%v, %s", err, warnings.String())
		}
	}
}
