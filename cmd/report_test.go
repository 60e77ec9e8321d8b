package cmd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reportRun runs a command, and fails the test if it writes to standard error.
func reportRun(t *testing.T, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(command(name), args...)
	var out, log bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(stdin), &out, &log
	if err := c.Run(); err != nil || log.Len() > 0 {
		t.Fatalf("%v: %v\n%s", c.Args, err, log.Bytes())
	}
	return out.Bytes()
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A report is the same for a pipe and for one process, for one thread and for
// two; and it leaves records as they are without it.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	for _, options := range [][]string{{}, {"--deep", "--metadata", "--certs-json", "--dns-json", "--exposed-creds"}, {"--add=all", "--fingerprints=all"}, {"--add=size"}} {
		for _, names := range [][]string{{"tls12.pcap", "http.pcap", "ssh.pcap", "dns.pcap", "ldap.pcap"}, {"mixed.pcapng"}, {"quic.pcap"}} {
			var files, inputs []string
			for _, n := range names {
				files = append(files, filepath.Join(captures, n))
				inputs = append(inputs, "-r", filepath.Join(captures, n))
			}
			one, pipe := filepath.Join(dir, "one.html"), filepath.Join(dir, "pipe.html")
			oneBOM, pipeBOM := filepath.Join(dir, "one.json"), filepath.Join(dir, "pipe.json")
			args := append(append([]string{"-a", "-t1"}, options...), inputs...)
			plain := reportRun(t, nil, "mercury", args...)
			with := reportRun(t, nil, "mercury", append(args, "--report", one, "--cbom", oneBOM)...)
			if !bytes.Equal(plain, with) {
				line, a, b := firstDifference(with, plain)
				t.Errorf("%v %v: records differ in line %d:\n%s\n%s", options, names, line, a, b)
			}
			var rich []string // options with --add=report, which is given once
			for _, o := range append([]string{"--add="}, options...) {
				if list, ok := strings.CutPrefix(o, "--add="); ok {
					o = "--add=report," + list
				}
				rich = append(rich, o)
			}
			records := reportRun(t, nil, "merc-fp", append(append([]string{"-t1"}, rich...), files...)...)
			out := reportRun(t, records, "merc-analyze", "-t1", "--report", pipe, "--cbom", pipeBOM)
			if analyzed := reportRun(t, records, "merc-analyze", "-t1"); !bytes.Equal(out, analyzed) {
				t.Errorf("%v %v: merc-analyze writes other records with a report", options, names)
			}
			if readFile(t, one) != readFile(t, pipe) || readFile(t, oneBOM) != readFile(t, pipeBOM) {
				t.Errorf("%v %v: a pipe has another report than one process", options, names)
			}
			reportRun(t, records, "merc-analyze", "-t2", "--report", pipe)
			if readFile(t, one) != readFile(t, pipe) {
				t.Errorf("%v %v: two threads of merc-analyze make another report", options, names)
			}
			args[1] = "-t2"
			reportRun(t, nil, "mercury", append(args, "--report", pipe)...)
			if readFile(t, one) != readFile(t, pipe) {
				t.Errorf("%v %v: two threads of mercury make another report", options, names)
			}
		}
	}
}

// What keeps a capture from being whole is in the report of a pipe, too.
func TestReportOfCutCapture(t *testing.T) {
	dir := t.TempDir()
	data := readFile(t, filepath.Join(captures, "dns.pcap"))
	capture, page := filepath.Join(dir, "cut.pcap"), filepath.Join(dir, "report.html")
	if err := os.WriteFile(capture, []byte(data[:1000]), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(command("merc-fp"), "--add=report", capture)
	records, err := c.Output()
	if err == nil {
		t.Fatal("merc-fp does not tell that the capture is cut off")
	}
	reportRun(t, records, "merc-analyze", "--report", page)
	if text := readFile(t, page); !strings.Contains(text, "offset 921: packet record cut off") {
		t.Error("the report does not tell that the capture is cut off")
	}
}

// A report never replaces an input, and is no part of a run without records.
func TestReportFlags(t *testing.T) {
	dir := t.TempDir()
	capture := filepath.Join(captures, "dns.pcap")
	for _, tt := range []struct {
		command string
		args    []string
		want    string
	}{
		{"mercury", []string{"-r", capture, "--report", capture}, "dns.pcap"},
		{"mercury", []string{"-r", capture, "-w", filepath.Join(dir, "x.pcap"), "--report", filepath.Join(dir, "x")}, "--write"},
		{"mercury", []string{"-r", capture, "--report-time=1"}, "--report-time"},
		{"merc-analyze", []string{"--report", filepath.Join(dir, "no", "x.html")}, "no such file"},
		{"merc-analyze", []string{"--report", filepath.Join(dir, "a"), "--cbom", filepath.Join(dir, "a")}, "two outputs"},
	} {
		c := exec.Command(command(tt.command), tt.args...)
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), tt.want) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%v: %v, %s", c.Args, err, out)
		}
	}
}
