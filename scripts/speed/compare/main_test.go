//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTypical(t *testing.T) {
	u := typical([]usage{
		{user: 5, system: 5, wall: 1, memory: 10},
		{user: 1, system: 1, wall: 30, memory: 30},
		{user: 1, system: 2, wall: 20, memory: 20},
	})
	if want := (usage{user: 1, system: 2, wall: 20, memory: 30}); u != want {
		t.Errorf("got %+v, want %+v", u, want)
	}
}

// The programs get the options that are for them, and what they need shows.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	script := func(name, body string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("#!/bin/sh\necho \"$@\" >> "+filepath.Join(dir, name+".args")+"\n"+body), 0o777); err != nil {
			t.Fatal(err)
		}
		return file
	}
	capture := filepath.Join(dir, "x.pcap")
	if err := os.WriteFile(capture, make([]byte, 2e6), 0o666); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c := &comparison{
		reference: program{"reference", script("slow", "sleep 0.1\n"), []string{"--metadata"}},
		ours:      program{"ours", script("fast", ""), []string{"--metadata", "-t1"}},
		runs:      3,
	}
	if err := compare(&out, c, []string{capture}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x.pcap", "2.0", "reference", "ours / reference"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	for name, want := range map[string]string{"slow": "-r " + capture + " -f /dev/null --metadata\n", "fast": "-r " + capture + " -f /dev/null --metadata -t1\n"} {
		got, err := os.ReadFile(filepath.Join(dir, name+".args"))
		if err != nil || string(got) != strings.Repeat(want, 3) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	u, err := c.reference.run(capture)
	if err != nil || u.wall < 100*time.Millisecond || u.memory == 0 {
		t.Errorf("%+v, %v", u, err)
	}
	failing := program{"failing", script("failing", "echo why >&2; exit 3\n"), nil}
	if _, err := failing.run(capture); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("%v", err)
	}
}

// The table has a row for each program, set of options and number of threads.
func TestTable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho \"$@\" >> "+file+".args\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	capture := filepath.Join(dir, "x.pcap")
	if err := os.WriteFile(capture, make([]byte, 100), 0o666); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c := &comparison{reference: program{"reference", file, []string{"-t", "9"}}, ours: program{"ours", file, nil}, runs: 1}
	if err := table(&out, c, []string{capture}, optionSets("a.tgz"), []int{1, 2}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 1+3*3 {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
	for _, want := range []string{"none", "metadata", "analysis", "reference", "wall to 1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	got, err := os.ReadFile(file + ".args")
	if err != nil {
		t.Fatal(err)
	}
	run := "-r " + capture + " -f /dev/null"
	want := []string{run + " -t 9", run + " -t 1", run + " -t 2"}
	for _, line := range []string{"--metadata --dns-json --certs-json --reassembly", "-a --resources a.tgz"} {
		want = append(want, run+" "+line+" -t 9", run+" "+line+" -t 1", run+" "+line+" -t 2")
	}
	if strings.TrimSpace(string(got)) != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestCounts(t *testing.T) {
	if got, err := counts("1,2,16"); err != nil || !slices.Equal(got, []int{1, 2, 16}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "0", "1,", "x"} {
		if _, err := counts(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
