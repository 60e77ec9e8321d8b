package cmd

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/cli"
	to "merctools/lib/output"
)

// TestThreads checks that the output is the same for any number of threads,
// on the project's captures and on all that are below the directory that the
// environment variable MERC_CAPTURES names.
func TestThreads(t *testing.T) {
	files := ownCaptures(t)
	if dir := os.Getenv("MERC_CAPTURES"); dir != "" {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sets := map[string]cli.Records{
		"full":        optionSets[".jsonl"],
		"deep":        {Deep: true, Metadata: true, DNSJSON: true},
		"nonselected": {Select: "none", NonselectedTCPData: true, NonselectedUDPData: true},
		"assessments": {Metadata: true, Reassembly: true, RawFeatures: "all", CryptoAssess: "default", ExposedCreds: true,
			Behavior: true, QUICTrialDecryption: true, NonselectedUDPData: true},
	}
	for _, file := range files {
		for name, options := range sets {
			want, wantErr := records(options, 1, file)
			got, gotErr := records(options, 4, file)
			if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
				t.Errorf("%s, %s: error %v with 4 threads, %v with one", file, name, gotErr, wantErr)
			}
			if line, a, b := firstDifference(got, want); line > 0 {
				t.Errorf("%s, %s: line %d:\nfour %s\none  %s", file, name, line, a, b)
			}
		}
	}
	t.Logf("%d captures", len(files))
}

// TestThreadsPackets is the same for the packets that a selection keeps.
func TestThreadsPackets(t *testing.T) {
	flags := cli.Records{Select: "tls,dns,http.request", Reassembly: true}
	config, err := flags.Config()
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, file := range ownCaptures(t) {
		var outs [2]bytes.Buffer
		for i, threads := range []int{1, 4} {
			in := cli.NewInput(nil, file)
			out, err := to.New(to.Config{Stdout: &outs[i], Packets: true})
			if err != nil {
				t.Fatal(err)
			}
			job := cli.Job{Env: &cli.Env{}, Config: config, Threads: threads}
			if err := job.Run(in, out, false); err != nil && !strings.Contains(err.Error(), "link type") {
				t.Errorf("%s: %v", file, err)
			}
			in.Close()
		}
		if !bytes.Equal(outs[0].Bytes(), outs[1].Bytes()) {
			t.Errorf("%s: other packets with 4 threads than with one", file)
		}
		kept += outs[0].Len()
	}
	if kept < 10000 {
		t.Errorf("only %d bytes of packets kept", kept)
	}
}
