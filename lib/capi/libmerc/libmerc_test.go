package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"merctools/lib/capi"
	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
)

const captures = "../../../testdata/captures/"

var build struct {
	once sync.Once
	dir  string
	err  error
	out  []byte
}

// host returns a command that runs testdata/host.c with the library. The test is
// skipped where there is no C compiler.
func host(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the library is tested on Linux only")
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler (cc)")
	}
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "libmerc"); build.err != nil {
			return
		}
		script, err := filepath.Abs("../../../scripts/build-libmerc")
		if err != nil {
			build.err = err
			return
		}
		if build.out, build.err = exec.Command(script, build.dir).CombinedOutput(); build.err != nil {
			return
		}
		build.out, build.err = exec.Command(cc, "-O2", "-Wall", "-Wextra", "-Werror", "-I", build.dir, "-o", build.dir+"/host",
			"testdata/host.c", build.dir+"/libmerc.so", "-lpthread").CombinedOutput()
	})
	if build.err != nil {
		t.Fatalf("%v: %s", build.err, build.out)
	}
	cmd := exec.Command(build.dir+"/host", args...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+build.dir)
	return cmd
}

func TestMain(m *testing.M) {
	code := m.Run()
	if build.dir != "" {
		os.RemoveAll(build.dir)
	}
	os.Exit(code)
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := host(t, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("host %q: %v\n%s", args, err, stderr.Bytes())
	}
	return string(out)
}

// records are those of a capture by the library in Go, and how many different
// observations it counts.
func records(t *testing.T, name string) (lines string, entries int) {
	t.Helper()
	builtIn := ""
	l, err := capi.Open(&capi.Settings{Analysis: true, Resources: &builtIn, ReportOS: true, Stats: true, Metadata: true, DNSJSON: true, CertsJSON: true, Filter: "all"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.NewProcessor()
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for data, at := range packets(t, name) {
		out = p.WriteRecord(out, 1, data, at)
	}
	return string(out), l.Entries()
}

func TestRecords(t *testing.T) {
	for _, name := range []string{"tls13.pcap", "http.pcap", "dns.pcap", "quic.pcap"} {
		lines, entries := records(t, captures+name)
		want := lines + fmt.Sprintf("entries %d\n", entries)
		if got := output(t, "json", captures+name); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		if strings.Count(lines, `"analysis":`) == 0 && name != "dns.pcap" {
			t.Errorf("%s: nothing was classified", name)
		}
	}
}

func TestAnalyses(t *testing.T) {
	stats := filepath.Join(t.TempDir(), "stats.json.gz")
	cmd := host(t, "analyze", captures+"tls13.pcap")
	cmd.Env = append(cmd.Env, "STATS="+stats)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" name=www.example.com agent=- process=openssl,", " malware=0,0.000", " alpn=3,h2"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	f, err := os.Open(stats)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || !strings.HasPrefix(string(text), `{"src_ip":"192.0.2.1", "libmerc_init_time" : "`) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestContexts(t *testing.T) {
	out := output(t, "fdc", captures+"http.pcap")
	for line := range strings.Lines(out) {
		if line != "0\n" && !strings.HasPrefix(line, "bf6776657273696f6e02") {
			t.Errorf("%s", line)
		}
	}
	if !strings.Contains(out, "00ff http/(474554)(485454502f312e31)") {
		t.Errorf("no analysis in %s", out)
	}
	cmd := host(t, "fdc", captures+"tls13.pcap")
	cmd.Env = append(cmd.Env, "FILTER=tls;reassembly")
	reassembled, err := cmd.Output()
	if err != nil || !strings.Contains(string(reassembled), "-3\n") || !strings.Contains(string(reassembled), "01ff tls/") {
		t.Errorf("%v: no message of several packets in %s", err, reassembled)
	}
}

// Over a million packets, in one thread and in several, memory does not grow,
// and each thread gets the same.
func TestLoad(t *testing.T) {
	var one uint64
	for _, threads := range []int{1, 4} {
		rounds := 20_000
		out := output(t, "load", captures+"tls13.pcap", fmt.Sprint(rounds/threads), fmt.Sprint(threads))
		var packets, before, after, heap, sum uint64
		var cpu float64
		if _, err := fmt.Sscanf(out, "packets %d cpu %f rss_before %d rss_after %d heap %d sum %d", &packets, &cpu, &before, &after, &heap, &sum); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		t.Logf("%s", out)
		if packets < 1_000_000 || after > before+8<<10 || heap > 4<<10 {
			t.Errorf("%d packets: resident memory grew from %d to %d KiB, memory of C by %d bytes", packets, before, after, heap)
		}
		if one == 0 {
			one = sum
		} else if sum != one {
			t.Errorf("%d threads: sum %d, want %d", threads, sum, one)
		}
	}
}

// What a program does wrong is an error that it is told of, and does not end it.
func TestErrors(t *testing.T) {
	const want = `3: mercury_init: no configuration
3: mercury_packet_processor_construct: no context
3: mercury_init: open /nonexistent/resources.tgz: no such file or directory
3: mercury_packet_processor_construct: quic-trial-decryption allows one packet processor only, and there is one
3: merctools_records_close: internal error: it is used after it was given up
3: merctools_records_stop: internal error: it is used after it was given up
messages 6, dropped 1, version 2.18.0 02120000, license 1
2.18.0
`
	if got := output(t, "errors", captures+"http.pcap"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Signals do to the program what they would do without the library, and its own
// handlers are called.
func TestSignals(t *testing.T) {
	for name, want := range map[string]string{
		"INT": "signal: interrupt", "TERM": "signal: terminated", "SEGV": "signal: segmentation fault", "FPE": "signal: floating point exception",
		"ABRT": "signal: aborted", "ownINT": "exit status 42", "ownTERM": "exit status 42", "ownSEGV": "exit status 42",
	} {
		cmd := host(t, "signal", name)
		cmd.Env = append(cmd.Env, "GOTRACEBACK=none")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if state := fmt.Sprint(strings.TrimSuffix(fmt.Sprint(err), " (core dumped)")); state != want || stderr.Len() > 0 {
			t.Errorf("%s: %v, want %s\n%s", name, err, want, stderr.Bytes())
		}
		if strings.HasPrefix(name, "own") != strings.HasPrefix(string(out), "handled ") {
			t.Errorf("%s: %q", name, out)
		}
	}
	out, err := host(t, "pipe").Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Error() != "signal: broken pipe" {
		t.Errorf("%v: %s", err, out)
	}
}

// The header is one for C++ programs, too, and can be included twice.
func TestHeader(t *testing.T) {
	cxx, err := exec.LookPath("c++")
	if err != nil {
		t.Skip("there is no C++ compiler (c++)")
	}
	file := filepath.Join(t.TempDir(), "header.cc")
	text := "#include \"libmerc.h\"\n#include \"libmerc.h\"\n" +
		"int main() { libmerc_config c; c.do_analysis = true; attribute_context a; return mercury_finalize(nullptr) + 1 + (int)a.attributes_len + c.do_stats; }\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cxx, "-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I.", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// packets yields the packets of a capture and their times.
func packets(t *testing.T, name string) func(yield func([]byte, int64) bool) {
	return func(yield func([]byte, int64) bool) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := pcap.Open(f, name)
		if err != nil {
			t.Fatal(err)
		}
		var b capture.Batch
		for {
			err := r.ReadBatch(&b)
			for i := range b.Packets {
				if !yield(b.Bytes(i), b.Packets[i].Time) {
					return
				}
			}
			switch err {
			case nil:
			case io.EOF:
				return
			default:
				t.Fatal(err)
			}
		}
	}
}
