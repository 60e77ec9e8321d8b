package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring/testnet"
)

var micro = pcap.PCAPFormat{SnapLen: pcap.DefaultSnapLen, Link: 1}

// manyFlows is a capture of datagrams, each of a flow of its own.
func manyFlows(n int) []byte {
	b := micro.AppendHeader(nil)
	for i := range n {
		frame := testnet.UDP(1, 2, uint16(1+i), 53000, []byte("first data"))
		b = micro.AppendPacket(b, int64(1e9+i*1000), frame, len(frame))
	}
	return b
}

// mercury runs the command in a directory.
func mercury(t *testing.T, dir string, stdin, stdout any, args ...string) (status int, stderr string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env, cmd.Dir = testnet.Environ(), dir
	if f, ok := stdin.(*os.File); ok {
		cmd.Stdin = f
	}
	switch out := stdout.(type) {
	case *os.File:
		cmd.Stdout = out
	case *bytes.Buffer:
		cmd.Stdout = out
	}
	var text bytes.Buffer
	cmd.Stderr = &text
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), text.String()
}

// put writes files and returns what is in the directory then.
func put(t *testing.T, dir string, content map[string][]byte) {
	t.Helper()
	for name, b := range content {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func directory(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, err := os.ReadFile(name)
			all[d.Name()] = string(b)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// An output that is read is refused, whatever it is called, and nothing is
// changed.
func TestOutputIsInput(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string][]byte{"a.pcap": manyFlows(10), "s.json.gz": manyFlows(1), "m.cfg": nil})
	if err := os.Link(filepath.Join(dir, "a.pcap"), filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.pcap", filepath.Join(dir, "soft")); err != nil {
		t.Fatal(err)
	}
	open := func(flag int) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, "a.pcap"), flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	before := directory(t, dir)
	for _, test := range []struct {
		stdin, stdout *os.File
		args          string
	}{
		{nil, nil, "-r a.pcap -w a.pcap"},
		{nil, nil, "-r a.pcap -f a.pcap"},
		{nil, nil, "-r a.pcap -f ./a.pcap"},
		{nil, nil, "-r a.pcap -w hard"},
		{nil, nil, "-r hard -w soft"},
		{nil, nil, "-r soft -f a.pcap -p 3"},
		{nil, nil, "-r a.pcap -f out --quarantine hard"},
		{nil, nil, "-r s.json.gz -f out -a --stats s"},
		{nil, nil, "-r a.pcap --config m.cfg -f m.cfg"},
		{open(os.O_RDONLY), nil, "-w a.pcap"},
		{open(os.O_RDONLY), nil, "-w soft -stls"},
		{nil, open(os.O_WRONLY | os.O_APPEND), "-r a.pcap"},
		{nil, open(os.O_WRONLY), "-r hard -w -"},
		{nil, open(os.O_WRONLY), "-r hard -f /dev/stdout"},
		{open(os.O_RDONLY), open(os.O_WRONLY | os.O_APPEND), ""},
	} {
		status, stderr := mercury(t, dir, test.stdin, test.stdout, strings.Fields(test.args)...)
		if status != 1 || !strings.HasSuffix(stderr, "nothing was written\n") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d: %s", test.args, status, stderr)
		}
		if now := directory(t, dir); !reflect.DeepEqual(now, before) {
			t.Fatalf("%s: files have changed", test.args)
		}
	}
	if status, stderr := mercury(t, dir, nil, nil, "-r", "a.pcap", "-f", "out", "--quarantine", "./out"); status != 1 || !strings.Contains(stderr, "two outputs") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// What was read before an error is written, but a file that exists is not
// replaced by less.
func TestFailedOutput(t *testing.T) {
	whole := manyFlows(10)
	cut := whole[:len(whole)-1]
	for _, args := range [][]string{append(firstData, "-f", "out"), {"-w", "out"}, append(firstData, "-t", "1", "-f", "out")} {
		dir := t.TempDir()
		put(t, dir, map[string][]byte{"whole": whole, "cut": cut})
		run := func(in string, want int) string {
			t.Helper()
			status, stderr := mercury(t, dir, nil, nil, append(args, "-r", in)...)
			if status != want {
				t.Fatalf("%v: status %d: %s", args, status, stderr)
			}
			return stderr
		}
		run("cut", 1)
		nine := directory(t, dir)["out"]
		run("whole", 0)
		ten := directory(t, dir)["out"]
		if len(nine) == 0 || !strings.HasPrefix(ten, nine) || len(ten)-len(nine) < 50 {
			t.Fatalf("%v: %d bytes of a capture that is cut off, %d of a whole one", args, len(nine), len(ten))
		}
		stderr := run("cut", 1)
		if !strings.Contains(stderr, "mercury: out is left as it was; the incomplete output is in ") || !strings.Contains(stderr, "out.partial\n") {
			t.Errorf("%v: %s", args, stderr)
		}
		all := directory(t, dir)
		if len(all) != 4 || all["out"] != ten || all["out.partial"] != nine {
			t.Errorf("%v: %d files, %d bytes, %d of the partial one", args, len(all), len(all["out"]), len(all["out.partial"]))
		}
		run("missing", 1)
		if all := directory(t, dir); all["out"] != ten {
			t.Errorf("%v: a capture that is missing has replaced the output", args)
		}
	}
}

// "-" is standard output.
func TestDash(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string][]byte{"in": manyFlows(10)})
	var want, got, packets bytes.Buffer
	mercury(t, dir, nil, &want, append(firstData, "-r", "in")...)
	mercury(t, dir, nil, &got, append(firstData, "-r", "in", "-f", "-")...)
	if want.Len() == 0 || got.String() != want.String() {
		t.Errorf("-f -: %d bytes, want %d", got.Len(), want.Len())
	}
	mercury(t, dir, nil, &packets, "-r", "in", "-w", "-")
	if !bytes.Equal(packets.Bytes(), manyFlows(10)) {
		t.Errorf("-w -: %d bytes", packets.Len())
	}
	if all := directory(t, dir); len(all) != 1 {
		t.Errorf("%d files", len(all))
	}
}

// A file that standard output is redirected to, to be appended to, keeps what it
// has, under each name of standard output.
func TestAppend(t *testing.T) {
	for _, name := range []string{"-", "/dev/stdout"} {
		dir := t.TempDir()
		put(t, dir, map[string][]byte{"in": manyFlows(3), "out": []byte("old\n")})
		f, err := os.OpenFile(filepath.Join(dir, "out"), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if status, stderr := mercury(t, dir, nil, f, append(firstData, "-r", "in", "-f", name)...); status != 0 {
			t.Fatal(stderr)
		}
		if out := directory(t, dir)["out"]; !strings.HasPrefix(out, "old\n") || strings.Count(out, "\n") != 4 {
			t.Errorf("%s: %q", name, out)
		}
	}
}

// A capture in nanoseconds stays one.
func TestNanoseconds(t *testing.T) {
	nano := micro
	nano.Nano = true
	frame := testnet.UDP(1, 2, 3, 4, []byte("data"))
	for _, format := range []pcap.PCAPFormat{micro, nano} {
		in := format.AppendPacket(format.AppendHeader(nil), 1234567891234567891, frame, len(frame))
		dir := t.TempDir()
		put(t, dir, map[string][]byte{"in": in})
		for _, args := range [][]string{{"-w", "out"}, {"-w", "out", "-t", "1"}, {"-w", "out", "-l", "5"}} {
			if status, stderr := mercury(t, dir, nil, nil, append(args, "-r", "in")...); status != 0 {
				t.Fatal(stderr)
			}
			for name, b := range directory(t, dir) {
				if !bytes.Equal([]byte(b), in) {
					t.Errorf("%v: %s has another %x", args, name, b)
				}
			}
		}
	}
}
