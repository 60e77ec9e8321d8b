package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// The tests of the Python package pass with the library: with the first Python
// in PATH, and with the system's, which may have pandas and pyarrow.
func TestPython(t *testing.T) {
	first, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	pythons := []string{first}
	const system = "/usr/bin/python3"
	if _, err := os.Stat(system); err == nil && first != system {
		pythons = append(pythons, system)
	}
	host(t) // builds the library
	captures, err := filepath.Abs(captures)
	if err != nil {
		t.Fatal(err)
	}
	for _, python := range pythons {
		cmd := exec.Command(python, "-m", "unittest", "discover", "-s", "tests")
		cmd.Dir = "../../python"
		cmd.Env = append(os.Environ(), "MERCURY_LIBMERC="+build.dir+"/libmerc.so", "CAPTURES="+captures, "PYTHONPATH=.", "PYTHONDONTWRITEBYTECODE=1")
		out, err := cmd.CombinedOutput()
		ran := regexp.MustCompile(`\nRan (\d\d) tests `).FindSubmatch(out)
		if err != nil || ran == nil {
			t.Errorf("%s: %v\n%s", python, err, out)
		}
	}
}

// A wheel can be installed, and has the library in it.
func TestWheel(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	host(t)
	dir := t.TempDir()
	out, err := exec.Command(python, "../../python/wheel.py", build.dir+"/libmerc.so", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wheels, _ := filepath.Glob(dir + "/*.whl")
	if len(wheels) != 1 {
		t.Fatalf("%q", wheels)
	}
	// Without pip: a wheel is an archive of what is to be installed.
	unpack := exec.Command(python, "-m", "zipfile", "-e", wheels[0], dir+"/site")
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(python, "-m", "mercury", "-r", captures+"dns.pcap", "-w")
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir+"/site", "MERCURY_LIBMERC=")
	out, err = cmd.CombinedOutput()
	if err != nil || !regexp.MustCompile(`(?m)^dns\.query\.question\[0\]\.name: example\.com\.$`).Match(out) {
		t.Errorf("%v: %s", err, out)
	}
}
