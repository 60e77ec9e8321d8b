// Package archive tests the scripts that write the records of many captures:
// archive-records and pipe-captures.
package archive

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "archive")
	if err == nil {
		build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "../../cmd/merc-fp")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	bin = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func run(t *testing.T, in string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	cmd.Stdin = strings.NewReader(in)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, errors.String())
	}
	return string(out)
}

// split writes the packets of a capture to n files.
func split(t *testing.T, capture string, names []string) {
	t.Helper()
	text, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	var packets [][]byte
	for rest := text[24:]; len(rest) > 0; {
		n := 16 + int(binary.LittleEndian.Uint32(rest[8:]))
		packets = append(packets, rest[:n])
		rest = rest[n:]
	}
	for i, name := range names {
		some := packets[i*len(packets)/len(names) : (i+1)*len(packets)/len(names)]
		if err := os.WriteFile(name, append(slices.Clone(text[:24]), bytes.Join(some, nil)...), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const capture = "../../testdata/captures/tls13.pcap"

// Rotated captures give what the whole one gives, also where a message goes over
// the end of one.
func TestArchiveRecords(t *testing.T) {
	for _, tool := range []string{"xargs", "zstd"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s", tool)
		}
	}
	from, to := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(from, "day 1"), 0o777); err != nil {
		t.Fatal(err)
	}
	sets := map[string][]string{
		"day 1/dumpcap.pcap": nil, "tcpdump.pcap": {filepath.Join(from, "tcpdump.pcap")}, "mercury.pcap": nil,
	}
	for i := range 12 {
		sets["day 1/dumpcap.pcap"] = append(sets["day 1/dumpcap.pcap"], filepath.Join(from, "day 1", fmt.Sprintf("dumpcap_%05d_2024022923%04d.pcap", i+1, i)))
		sets["tcpdump.pcap"] = append(sets["tcpdump.pcap"], filepath.Join(from, fmt.Sprintf("tcpdump.pcap%d", i+1)))
		sets["mercury.pcap"] = append(sets["mercury.pcap"], filepath.Join(from, fmt.Sprintf("mercury.pcap-%x-2024022923%04d", i, i)))
	}
	for _, names := range sets {
		split(t, capture, names)
	}
	want := run(t, "", filepath.Join(bin, "merc-fp"), "--reassembly", "--metadata", capture)
	for range 2 { // the second time there is nothing to do
		run(t, "", "../archive-records", "--jobs", "2", from, to, "--reassembly", "--metadata")
		for set := range sets {
			if got := run(t, "", "zstd", "-dc", filepath.Join(to, set+".jsonl.zst")); got != want || got == "" {
				t.Errorf("%s: %d bytes, not %d", set, len(got), len(want))
			}
		}
	}
}

// Names of captures come as lines, as from Spark.
func TestPipeCaptures(t *testing.T) {
	path, err := filepath.Abs(capture)
	if err != nil {
		t.Fatal(err)
	}
	want := run(t, "", filepath.Join(bin, "merc-fp"), "--metadata", capture)
	names := path + "\n\n" + path + "\n"
	copies := 2
	if _, err := exec.LookPath("curl"); err == nil {
		names += "file://" + path + "\n"
		copies++
	} else {
		t.Log("there is no curl: no URL was read")
	}
	if got := run(t, names, "../pipe-captures", "--metadata"); got != strings.Repeat(want, copies) {
		t.Errorf("%d bytes, not %d of %d", len(got), copies, len(want))
	}
	// One that can't be read does not stop the others.
	cmd := exec.Command("../pipe-captures", "--metadata")
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "FETCH=cat {}")
	cmd.Stdin = strings.NewReader("/nowhere.pcap\n" + path + "\n")
	out, err := cmd.Output()
	if err == nil || string(out) != want {
		t.Errorf("%d bytes, not %d, %v", len(out), len(want), err)
	}
}
