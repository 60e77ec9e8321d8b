package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/fingerprintdb/builtin"
)

// The built-in archive loads without complaint, and has what its VERSION says.
func TestDefaultArchive(t *testing.T) {
	const most = 2 << 20 // bytes: it is in several commands
	if n := len(builtin.Default()); n > most {
		t.Errorf("the archive has %d bytes", n)
	}
	m, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{
		Systems: true,
		Report:  func(n fingerprintdb.Notice) { t.Errorf("notice: %v", n) },
	})
	if err != nil || m.Disabled() != "" {
		t.Fatal(err, m.Disabled())
	}
	if tls, quic := m.Formats(); tls != 2 || quic != 1 {
		t.Errorf("formats tls/%d, quic/%d", tls, quic)
	}
	info, err := fingerprintdb.ReadInfo(bytes.NewReader(builtin.Default()), nil, archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, kind := range []string{"tls/2", "quic/1", "http", "ssh"} {
		if info.Fingerprints[kind] == 0 {
			t.Errorf("no fingerprints of %s", kind)
		}
		total += info.Fingerprints[kind]
	}
	claim := regexp.MustCompile(`^laboratory \d{4}-\d\d-\d\d: (\d+) processes and (\d+) fingerprints; 2\.0\.full$`)
	said := claim.FindStringSubmatch(info.Version)
	if said == nil || said[1] != fmt.Sprint(info.Processes) || said[2] != fmt.Sprint(total) {
		t.Errorf("%q, but there are %d processes and %d fingerprints", info.Version, info.Processes, total)
	}
	if info.Processes < 60 || total < 150 {
		t.Errorf("only %d processes and %d fingerprints", info.Processes, total)
	}
	if info.Malware != 0 {
		t.Errorf("%d processes are malware", info.Malware)
	}
}

// defaultArchive is a file with the built-in archive, for commands that are not
// to use one that is installed here.
func defaultArchive(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "default.tgz")
	if err := os.WriteFile(name, builtin.Default(), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// pipe is the output of commands of a shell in which $A is the archive and $C a
// capture.
func pipe(t *testing.T, archive, capture, command string) []byte {
	t.Helper()
	c := exec.Command("sh", "-c", command)
	c.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "A="+archive, "C="+capture)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %s: %v %s", capture, command, err, &stderr)
	}
	return out
}

// With the built-in archive merc-fp and merc-analyze write what mercury writes.
func TestDefaultArchivePipes(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell for a pipe")
	}
	archive := defaultArchive(t)
	named := 0
	for _, capture := range ownCaptures(t) {
		if !isOriginal(capture) {
			continue
		}
		for _, options := range []string{"", "--metadata --reassembly"} {
			fused := pipe(t, archive, capture, `mercury --analysis --resources="$A" -r "$C" `+options)
			parts := pipe(t, archive, capture, `merc-fp `+options+` "$C" | merc-analyze --resources="$A"`)
			if line, a, b := firstDifference(parts, fused); line > 0 {
				t.Errorf("%s %s: line %d:\npipe    %s\nmercury %s", capture, options, line, a, b)
			}
			named += bytes.Count(fused, []byte(`"analysis":{"process":`))
		}
	}
	if named < 100 {
		t.Errorf("only %d processes", named)
	}
}

// The processes of these clients are known from how the captures were made. What
// says too little has none.
var clients = map[string][]struct {
	what    string // part of the record
	process string
	records int
}{
	"http.pcap": {
		{`"src_port":35824,`, "curl", 1}, // GET
		{`"src_port":35844,`, "curl", 1}, // HEAD
		{`"src_port":35896,`, "curl", 1}, // PUT
		{`"src_port":35900,`, "curl", 1}, // CONNECT
		{`"user_agent":"Wget/`, "wget", 1},
	},
	"tls13.pcap": {
		{`"src_port":43096,`, "openssl", 1},
		{`"src_port":43104,`, "openssl", 1},
		{`"src_port":39652,`, "openssl", 1}, // curl
		{`"src_port":39666,`, "gnutls", 1},  // wget
	},
	"tls12.pcap": {
		{`"src_port":43056,`, "openssl", 1},
	},
	"stun.pcap": {
		{`"src_port":48570,`, "", 1}, // a bare request says nothing
	},
	"ssh.pcap": {
		{`"src_port":37570,`, "openssh", 1}, // ssh-keyscan
		{`"src_port":37540,`, "ssh", 1},
		{`"src_port":39156,`, "ssh", 1},
		{`"src_port":60588,`, "ssh", 1},
	},
}

// The built-in archive names the right processes, or the families of those that
// can't be told apart.
func TestDefaultArchiveProcesses(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell for a pipe")
	}
	archive := defaultArchive(t)
	for capture, list := range clients {
		name := filepath.Join(captures, capture)
		out := pipe(t, archive, name, `merc-fp --reassembly "$C" | merc-analyze --resources="$A"`)
		for _, c := range list {
			found := 0
			for line := range strings.Lines(string(out)) {
				var r struct {
					Analysis struct{ Process string }
				}
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(line, c.what) || !strings.Contains(line, `"analysis":`) {
					continue
				}
				found++
				if r.Analysis.Process != c.process {
					t.Errorf("%s: %q, want %s: %s", capture, r.Analysis.Process, c.process, line)
				}
			}
			if found != c.records {
				t.Errorf("%s: %d records have %s, want %d", capture, found, c.what, c.records)
			}
		}
	}
}

// Without --resources, the built-in archive is used.
func TestDefaultArchiveIsDefault(t *testing.T) {
	if _, err := os.Stat(builtin.Installed); err == nil {
		t.Skip(builtin.Installed + " is used here in place of the built-in archive")
	}
	archive := defaultArchive(t)
	capture := filepath.Join(captures, "tls13.pcap")
	for _, c := range [][2]string{
		{`merc-fp "$C" | merc-analyze`, `merc-fp "$C" | merc-analyze --resources="$A"`},
		{`mercury --analysis -r "$C"`, `mercury --analysis --resources="$A" -r "$C"`},
	} {
		got, want := pipe(t, archive, capture, c[0]), pipe(t, archive, capture, c[1])
		if line, a, b := firstDifference(got, want); line > 0 {
			t.Errorf("%s: line %d:\ngot  %s\nwant %s", c[0], line, a, b)
		}
		if !bytes.Contains(got, []byte(`"process":"openssl"`)) {
			t.Errorf("%s does not know openssl", c[0])
		}
	}
	info := string(pipe(t, archive, capture, `merc-analyze --resources-info`))
	if !strings.HasPrefix(info, "archive: "+builtin.BuiltIn+"\n") {
		t.Errorf("%s", info)
	}
}

// With --explain, analyses have an explanation more, and are otherwise the same.
func TestExplain(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell for a pipe")
	}
	archive := defaultArchive(t)
	capture := filepath.Join(captures, "tls13.pcap")
	plain := pipe(t, archive, capture, `merc-fp "$C" | merc-analyze --resources="$A"`)
	explained := pipe(t, archive, capture, `merc-fp "$C" | merc-analyze --explain -t 2 --resources="$A"`)
	fused := pipe(t, archive, capture, `mercury -a --explain --resources="$A" -r "$C"`)
	if line, a, b := firstDifference(explained, fused); line > 0 {
		t.Errorf("line %d:\nmerc-analyze %s\nmercury      %s", line, a, b)
	}
	for _, part := range []string{`"observations":{"`, `"candidates":[{"process":"`, `"nearest":{"family":"`} {
		if !bytes.Contains(explained, []byte(part)) {
			t.Errorf("no %s", part)
		}
	}
	member := regexp.MustCompile(`,"explanation":\{("observations":\{[^}]*\},"candidates":\[[^]]*\],?)?("nearest":\{[^}]*\})?\}`)
	if line, a, b := firstDifference(member.ReplaceAll(explained, nil), plain); line > 0 {
		t.Errorf("line %d:\nexplained %s\nplain     %s", line, a, b)
	}
}
