//go:build unix

package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Faults, and the tests that make them. What was finished is not lost, nothing
// half-written is taken for whole, messages say what happened and what was lost,
// and counters add up.
//
//	disk full, and free again            output.TestDiskFullAndFree, TestDiskFull; mercury.TestLiveDiskFull, TestReplayDiskFull, TestLivePacketsDiskFull
//	read-only directory                  output.TestReadOnly
//	directory removed, and made again    output.TestDirectoryRemoved, mercury.TestLiveDirectoryRemade
//	ulimit -n                            output.TestNoDescriptors, mercury.TestLiveFewDescriptors, TestFewDescriptors
//	ulimit -v, ulimit -d                 TestLittleMemory, TestHostileArchives
//	storms of signals (EINTR)            TestSignalStorm; of SIGHUP: mercury.TestLiveHangupStorm
//	clock steps                          output.TestClockSteps
//	capture truncated, or growing        TestTruncatedWhileRead, TestFollowTruncated, TestFollow
//	standard input closed                TestClosedInput
//	standard output slow, gone, closed   mercury.TestSlowReader, TestStalledReader, merc-capture.TestReaderGone, TestClosedOutput
//	readers of a named pipe              mercury.TestLivePipeReaders
//	kill -9 during a rotation            output.TestKilled
//	two processes in one directory       output.TestTwoProcesses
//	interface down, up                   ring.TestDownAndUp, TestDownAtFirst
//	interface removed, made again        ring.TestRemoved, TestRemovedAndBack, mercury.TestLiveRemoved, TestLiveWait
//	interface renamed; MTU changed       ring.TestRenamed, TestMTUChanged
//	memory of rings refused              ring.TestTooMuchMemory

// underLimit returns a command that a shell runs with a limit, such as "-n 16".
func underLimit(t *testing.T, limit, name string, args ...string) *exec.Cmd {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to set the limit with")
	}
	return exec.Command(sh, append([]string{"-c", "ulimit " + limit + ` && exec "$0" "$@"`, command(name)}, args...)...)
}

// Signals that nobody waits for, thousands of them, interrupt system calls. They
// change nothing of the output.
func TestSignalStorm(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 300
	run := func(storm bool) string {
		c := exec.Command(command("merc-fp"), "-t", "2")
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out, said bytes.Buffer
		c.Stdout, c.Stderr = &out, &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 0; storm; i++ {
				select {
				case <-stop:
					return
				default:
				}
				_ = c.Process.Signal([]os.Signal{syscall.SIGWINCH, syscall.SIGURG, syscall.SIGCONT, syscall.SIGCHLD}[i%4])
				if i%50 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
		if _, err := in.Write(capture[:24]); err != nil {
			t.Error(err)
		}
		for i := range rounds {
			if _, err := in.Write(capture[24:]); err != nil {
				t.Error(err)
				break
			}
			if i%50 == 0 {
				time.Sleep(5 * time.Millisecond)
			}
		}
		in.Close()
		err = c.Wait()
		close(stop)
		<-stopped
		if err != nil || said.Len() > 0 {
			t.Errorf("%v: %s", err, said.Bytes())
		}
		return out.String()
	}
	calm, storm := run(false), run(true)
	if calm != storm || strings.Count(calm, "\n") < rounds {
		t.Errorf("%d bytes, %d with signals", len(calm), len(storm))
	}
}

// wholeOrNone reports an error where a command that failed has left a part of a
// record under the name of its output.
func wholeOrNone(t *testing.T, what, out string) {
	t.Helper()
	text, err := os.ReadFile(out)
	if err == nil && len(text) > 0 && !bytes.HasSuffix(text, []byte("}\n")) {
		t.Errorf("%s: the file ends in %.200q", what, text[max(len(text)-200, 0):])
	}
}

// With fewer file descriptors than a command needs it ends with an error that says
// so; with a few more it does all of its work. Go's runtime itself needs 8.
func TestFewDescriptors(t *testing.T) {
	t.Parallel()
	want, err := exec.Command(command("mercury"), "-r", filepath.Join(captures, "dhcp.pcap")).Output()
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for limit := 5; limit <= 16; limit++ {
		what := fmt.Sprintf("-n %d", limit)
		out := filepath.Join(t.TempDir(), "out.json")
		c := underLimit(t, what, "mercury", "-r", filepath.Join(captures, "dhcp.pcap"), "-f", out, "-t", "2")
		said, err := c.CombinedOutput()
		wholeOrNone(t, what, out)
		switch {
		case err == nil:
			done++
			if text, err := os.ReadFile(out); err != nil || !bytes.Equal(text, want) {
				t.Errorf("%s: %v: %.200s", what, err, text)
			}
		case limit >= 8 && (bytes.Count(said, []byte("\n")) > 2 || !bytes.Contains(said, []byte("too many open files"))):
			t.Errorf("%s: %v: %.500s", what, err, said)
		}
	}
	if done == 0 {
		t.Error("16 descriptors are not enough")
	}
}

// With too little memory for a process it fails, and what it has written is not
// taken for whole.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	done := 0
	for _, kib := range []int{100_000, 300_000, 600_000, 1_200_000, 4_000_000} {
		out := filepath.Join(t.TempDir(), "out.json")
		c := underLimit(t, fmt.Sprintf("-v %d", kib), "mercury", "-r", filepath.Join(captures, "dhcp.pcap"), "-f", out, "-t", "2")
		said, err := c.CombinedOutput()
		text, missing := os.ReadFile(out)
		if err == nil {
			done++
			if missing != nil || !bytes.HasSuffix(text, []byte("}\n")) {
				t.Errorf("-v %d: %v: %.200s", kib, missing, text)
			}
			continue
		}
		wholeOrNone(t, fmt.Sprintf("-v %d", kib), out)
		if len(said) == 0 {
			t.Errorf("-v %d: %v, and nothing is said", kib, err)
		}
	}
	if done == 0 {
		t.Error("4 GB are not enough")
	}
}

// Go's runtime opens /dev/null in place of standard streams that are closed.
// Input is empty then, which is no capture.
func TestClosedInput(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to close it with")
	}
	for _, tt := range []struct {
		args   []string
		status int
	}{
		{[]string{"merc-fp"}, 1}, {[]string{"mercury"}, 1}, {[]string{"merc-select", "tls"}, 0}, {[]string{"merc-analyze"}, 0},
	} {
		c := exec.Command(sh, append([]string{"-c", `exec "$0" "$@" <&-`, command(tt.args[0])}, tt.args[1:]...)...)
		var out, said bytes.Buffer
		c.Stdout, c.Stderr = &out, &said
		if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Fatal(err)
		}
		if c.ProcessState.ExitCode() != tt.status || out.Len() > 0 {
			t.Errorf("%q: status %d, %q: %s", tt.args, c.ProcessState.ExitCode(), out.Bytes(), said.Bytes())
		}
		if tt.status != 0 && (strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "standard input: not a capture file")) {
			t.Errorf("%q: %s", tt.args, said.Bytes())
		}
	}
}

// Where standard output is closed, records go nowhere, and not into files that are
// opened in its place. Whoever loses something by that is told, once.
func TestClosedOutput(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to close it with")
	}
	text, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	capture, records, out := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "in.json"), filepath.Join(dir, "out.json")
	lines, err := exec.Command(command("merc-fp"), filepath.Join(captures, "dhcp.pcap")).Output()
	if err != nil || bytes.Count(lines, []byte("\n")) < 2 {
		t.Fatal(err, len(lines))
	}
	for name, text := range map[string][]byte{capture: text, records: lines} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const lost = ": standard output is closed, or /dev/null: what is written to it is lost\n"
	for _, tt := range []struct {
		name, sub string
		args      []string
		lost      bool
	}{
		{"merc-fp", "", []string{capture}, true},
		{"merc-fp", "", []string{"--version"}, true},
		{"mercury", "", []string{"-r", capture}, true},
		{"mercury", "", []string{"-r", capture, "-f", "/dev/stdout"}, true},
		{"mercury", "", []string{"-r", capture, "-w", "-"}, true},
		{"mercury", "", []string{"-r", capture, "-f", out}, false},
		{"mercury", "", []string{"--help"}, true},
		{"merc-select", "", []string{"dhcp", capture}, true},
		{"merc-select", "", []string{"dhcp", records}, true},
		{"merc-select", "", []string{"tls", records}, false}, // there are none
		{"merc-analyze", "", []string{records}, true},
		{"merc-analyze", "", []string{"--resources-info"}, true},
		{"merc-analyze", " label", []string{"label", "--process=x", records}, true},
		{"merc-analyze", " label", []string{"label", records}, true},
		{"merc-capture", "", []string{"--license"}, true},
		{"merc-bus", "", []string{"--help"}, true},
	} {
		for _, to := range []string{">&-", ">/dev/null", ">&- <&-"} {
			c := exec.Command(sh, append([]string{"-c", `exec "$0" "$@" ` + to, command(tt.name)}, tt.args...)...)
			want := ""
			if tt.lost && to != ">/dev/null" {
				want = tt.name + tt.sub + lost
			}
			said, err := c.CombinedOutput()
			if len(tt.args) > 1 && tt.args[0] == "label" && tt.args[1] == records {
				// It also says that the records are old, and what it could not see.
				said = bytes.Join(slices.DeleteFunc(bytes.SplitAfter(said, []byte("\n")), func(line []byte) bool { return !bytes.HasSuffix(line, []byte(lost)) }), nil)
			}
			if err != nil || string(said) != want {
				t.Errorf("%s %q %s: %v: %q", tt.name, tt.args, to, err, said)
			}
			if now, err := os.ReadFile(capture); err != nil || !bytes.Equal(now, text) {
				t.Errorf("%s %q %s: %v: the capture has changed", tt.name, tt.args, to, err)
			}
		}
	}
	want, err := exec.Command(command("mercury"), "-r", capture).Output()
	if got, errFile := os.ReadFile(out); err != nil || errFile != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %v: %.200s", err, errFile, got)
	}
}
