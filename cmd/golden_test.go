package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merctools/lib/cli"
	to "merctools/lib/output"
)

// optionSets are the sets of options that there are answers for, by the ending
// of the file's name.
var optionSets = map[string]cli.Records{
	".default.jsonl": {},
	".jsonl":         {Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true},
}

// TestGolden compares the records of the captures with those that they are
// known to have. With -update it writes them instead: read them before they
// are believed.
func TestGolden(t *testing.T) {
	all := ownCaptures(t)
	// Originals first: with -update, they write what the others read.
	slices.SortStableFunc(all, func(a, b string) int {
		switch {
		case isOriginal(a) == isOriginal(b):
			return 0
		case isOriginal(a):
			return -1
		}
		return 1
	})
	for _, capture := range all {
		for ending, options := range optionSets {
			t.Run(filepath.Base(capture)+ending, func(t *testing.T) {
				answers := answersName(capture) + ending
				got, err := records(options, 2, capture)
				if err != nil {
					t.Fatal(err)
				}
				if *update && isOriginal(capture) {
					if err := os.WriteFile(answers, got, 0o666); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(answers)
				if err != nil {
					t.Fatal(err)
				}
				if line, a, b := firstDifference(got, want); line > 0 {
					t.Errorf("line %d:\ngot  %s\nwant %s", line, a, b)
				}
			})
		}
	}
}

// answersName is the name that a capture's answers begin with. Those made
// from another one, as dns-bigendian.pcap and http.pcap.gz are, have the
// answers of that.
func answersName(capture string) string {
	dir, name := filepath.Split(capture)
	return dir + name[:strings.IndexAny(name, ".-")]
}

// isOriginal reports whether a capture is not made from another one.
func isOriginal(capture string) bool {
	ending := strings.TrimPrefix(capture, answersName(capture))
	return ending == ".pcap" || ending == ".pcapng"
}

// ownCaptures are the captures in testdata.
func ownCaptures(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(captures, "*.pcap*"))
	if err != nil || len(all) < 40 {
		t.Fatalf("%d captures in %s: %v", len(all), captures, err)
	}
	return all
}

// records are the records of a capture.
func records(flags cli.Records, threads int, capture string) ([]byte, error) {
	config, err := flags.Config()
	if err != nil {
		return nil, err
	}
	in := cli.NewInput(nil, capture)
	defer in.Close()
	var out bytes.Buffer
	sink, err := to.New(to.Config{Stdout: &out})
	if err != nil {
		return nil, err
	}
	job := cli.Job{Env: &cli.Env{}, Config: config, Threads: threads}
	err = job.Run(in, sink, false)
	return out.Bytes(), err
}

// firstDifference is the first line in which two texts differ, counted from
// 1, or 0 where they do not.
func firstDifference(got, want []byte) (line int, a, b []byte) {
	for line = 1; len(got) > 0 || len(want) > 0; line++ {
		a, got, _ = bytes.Cut(got, []byte("\n"))
		b, want, _ = bytes.Cut(want, []byte("\n"))
		if !bytes.Equal(a, b) {
			return line, a, b
		}
	}
	return 0, nil, nil
}
