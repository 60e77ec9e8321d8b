package cmd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture/ring/testnet"
)

// probing are the commands, built so that they try what a sandbox forbids as
// soon as they are in it (lib/cli/probe_linux.go).
var probing = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(bin, "probing")
	build := exec.Command("go", "build", "-ldflags=-s", "-tags=sandboxprobe", "-o", dir+"/", "./...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %v\n%s", err, out)
	}
	return dir, nil
})

// forbidden are what a command that is in a sandbox can't do, whatever it
// reads and writes.
var forbidden = []string{"read", "read another", "write", "list", "local socket", "socket", "packets", "listen", "exec", "replace", "kill", "trace"}

// A sandboxed is what tests of commands in the sandbox need.
type sandboxed struct {
	dir     string // of commands that probe it
	capture string // a file
	packets []byte // what is in it
	work    string // a directory to write to
	file    string // of records of the capture, in it
	records []byte // what is in it
}

func newSandboxed(t *testing.T) (s sandboxed) {
	t.Helper()
	dir, err := probing()
	if err != nil {
		t.Fatal(err)
	}
	s.dir, s.work = dir, t.TempDir()
	if err := os.Chmod(s.work, 0o777); err != nil {
		t.Fatal(err)
	}
	if s.capture, err = filepath.Abs(filepath.Join(captures, "tls13.pcap")); err != nil {
		t.Fatal(err)
	}
	if s.packets, err = os.ReadFile(s.capture); err != nil {
		t.Fatal(err)
	}
	if s.records, err = exec.Command(command("merc-fp"), s.capture).Output(); err != nil {
		t.Fatal(err)
	}
	s.file = filepath.Join(s.work, "records")
	if err := os.WriteFile(s.file, s.records, 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// command is a command that probes the sandbox, and its name for that.
func (s *sandboxed) command(line string) (c *exec.Cmd, name string) {
	args := strings.Fields(line)
	name = args[0]
	if len(args) > 1 && slices.Contains([]string{"label", "build", "lookup", "cert"}, args[1]) {
		name += " " + args[1]
	}
	return exec.Command(filepath.Join(s.dir, args[0]), args[1:]...), name
}

func TestSandbox(t *testing.T) {
	s := newSandboxed(t)
	capture, work := s.capture, s.work
	const labelledRecord = `{"src_process":{"name":"x"},"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":443,"event_start":1.5}` + "\n"
	truth := filepath.Join(work, "truth")
	if err := os.WriteFile(truth, []byte(labelledRecord), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args  string
		stdin []byte
	}{
		{"merc-fp", s.packets},
		{"merc-fp " + capture, nil},
		{"merc-fp --metadata " + capture + " " + capture, nil}, // is opened again
		{"merc-fp --quarantine=" + work + "/q.pcap " + capture, nil},
		{"merc-select tls " + capture, nil},
		{"merc-select tls", s.records},
		{"merc-analyze", s.records},
		{"merc-analyze --stats=" + work + "/stats", s.records},
		{"merc-analyze --resources-info", nil},
		{"merc-analyze lookup tls/(0303)(13011302)((0000))", nil},
		{"merc-analyze label --process=x", s.records},
		{"merc-analyze label", s.records},
		{"merc-analyze label " + s.file + " " + s.file, nil},
		{"merc-analyze build -o " + work + "/x.tgz " + truth, nil},
		{"merc-analyze build", []byte(labelledRecord)},
		{"merc-analyze cert", s.records},
		{"merc-analyze cert --common-factors " + s.file, nil},
		{"merc-fp --explain=tls/(0303)(13011302)((0000))", nil},
		{"merc-fp --explain=-", s.records},
		{"mercury -a -r " + capture, nil},
		{"mercury -a -r " + capture + " -f " + work + "/out.json", nil},
		{"mercury -r " + capture + " -p 3 -w " + work + "/out.pcap", nil},
	}
	for _, tt := range tests {
		c, name := s.command(tt.args)
		c.Stdin = bytes.NewReader(tt.stdin)
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		if err := c.Run(); err != nil {
			t.Errorf("%s: %v\n%s", tt.args, err, stderr.Bytes())
			continue
		}
		checkProbe(t, tt.args, name, stderr.String(), forbidden)
		if strings.HasPrefix(tt.args, "merc-analyze label") && !strings.Contains(tt.args, "--process") {
			// What looks at sockets may read what is in /proc, and does not see
			// the records.
			checkProbe(t, tt.args, "merc-analyze label, sockets", stderr.String(), slices.DeleteFunc(slices.Clone(forbidden), func(what string) bool { return strings.HasPrefix(what, "read") || what == "list" }))
		}
		args := strings.Fields(tt.args)
		plain := exec.Command(command(args[0]), append(args[1:], "--no-sandbox")...)
		plain.Stdin = bytes.NewReader(tt.stdin)
		want, err := plain.Output()
		if err != nil || !bytes.Equal(stdout.Bytes(), want) || len(want) == 0 && !strings.Contains(tt.args, work) && strings.Contains(tt.args, capture) {
			t.Errorf("%s: %v, %d bytes in the sandbox, %d without it", tt.args, err, stdout.Len(), len(want))
		}
	}
}

// TestSandboxBus looks at commands that talk to servers: they can connect, look up
// names and read what that takes, and nothing else.
func TestSandboxBus(t *testing.T) {
	dir, err := probing()
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	const nobody = "nats://127.0.0.1:1/records" // refuses
	may := map[string]bool{"socket": true}
	if target, err := filepath.EvalSymlinks("/etc/resolv.conf"); err == nil && filepath.Dir(target) == "/etc" {
		may["read"], may["list"] = true, true // see lib/internal/sandbox
	}
	denied := slices.DeleteFunc(slices.Clone(forbidden), func(what string) bool { return may[what] })
	for _, tt := range []struct{ args, state string }{
		{"put -v " + nobody, "no new privileges, no capabilities, "},
		{"put -v --metrics=0 " + nobody, "no new privileges, no capabilities, "},
		{"put -v --spool=" + work + " " + nobody, "no new privileges, no capabilities, "},
		{"get -v " + nobody, "no new privileges, no capabilities, "},
		{"sink -v " + nobody + " file://" + work + "/records", "no new privileges, no capabilities, "},
		{"sink -v " + nobody + " clickhouse://127.0.0.1:1/records", "no new privileges, no capabilities, "},
	} {
		c := exec.Command(filepath.Join(dir, "merc-bus"), strings.Fields(tt.args)...)
		out, err := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "refused") && !strings.Contains(string(out), "no servers available") {
			t.Errorf("%s: %v\n%s", tt.args, err, out)
		}
		if !strings.Contains(string(out), tt.state) {
			t.Errorf("%s: %q is not in %s", tt.args, tt.state, out)
		}
		checkProbe(t, tt.args, "merc-bus "+strings.Fields(tt.args)[0], string(out), denied)
	}
	// A filter may need anything, but gets no privileges.
	filter := "cat /proc/self/status >&2"
	c := exec.Command(filepath.Join(dir, "merc-bus"), "work", "-v", nobody, nobody+"2", "--", "sh", "-c", filter)
	out, _ := c.CombinedOutput()
	if !strings.Contains(string(out), "sandbox: user ") || !strings.Contains(string(out), "no new privileges, no capabilities\n") {
		t.Errorf("work: %s", out)
	}
}

// checkProbe reads what a command wrote that tried what it must not do.
func checkProbe(t *testing.T, what, process, log string, forbidden []string) {
	t.Helper()
	for _, name := range forbidden {
		_, answer, found := strings.Cut("\n"+log, "\n"+process+": probe "+name+": ")
		answer, _, _ = strings.Cut(answer, "\n")
		if !found || answer == "allowed" || !strings.Contains(answer, "operation not permitted") && !strings.Contains(answer, "permission denied") {
			t.Errorf("%s: %s: %q", what, name, answer)
		}
	}
}

// TestSandboxStatus asks the kernel about all threads of filters that have
// begun: root or not, of files or of standard input, none has a capability that
// it does not need for its files, and none can get one.
func TestSandboxStatus(t *testing.T) {
	s := newSandboxed(t)
	capture := s.capture
	const none = "0000000000000000"
	tests := []struct {
		args string
		caps string // permitted and effective, as root
	}{
		{"merc-fp " + capture, none},
		{"merc-fp " + capture + " " + capture, "0000000000000004"}, // it is opened again
		{"merc-fp --quarantine=" + s.work + "/q.pcap " + capture, none},
		{"merc-fp", none},
		{"merc-select tls " + capture, none},
		{"merc-select tls", none},
		{"merc-analyze " + s.file, none},
		{"merc-analyze", none},
		{"merc-analyze label " + s.file, none},
		{"merc-analyze label", none},
		{"mercury -r " + capture, none},
		{"mercury -a -r " + capture + " -f " + s.work + "/out.json", none},
	}
	for _, tt := range tests {
		c, name := s.command(tt.args)
		c.Env = append(os.Environ(), "MERCTOOLS_PROBE_STOP="+name)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			c.Wait() // what it makes of nothing, or was killed, does not matter
			close(ended)
		}()
		if stopped(t, tt.args, c.Process.Pid, ended) {
			checkStatus(t, tt.args, c.Process.Pid, tt.caps, "")
			_ = c.Process.Signal(syscall.SIGCONT)
		}
		in.Close()
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Errorf("%s: does not end", tt.args)
			_ = c.Process.Kill()
			<-ended
		}
	}
}

// stopped waits until a process stops itself.
func stopped(t *testing.T, what string, pid int, ended <-chan struct{}) bool {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		select {
		case <-ended:
			t.Errorf("%s: ends and does not stop", what)
			return false
		case <-time.After(2 * time.Millisecond):
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err == nil && bytes.Contains(status, []byte("State:\tT")) {
			return true
		}
	}
	t.Errorf("%s: does not stop", what)
	return false
}

// checkStatus looks at all threads of a process. What runs no program may have
// any bounding set.
func checkStatus(t *testing.T, what string, pid int, caps, bounding string) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) == 0 {
		t.Error(what, tasks, err)
	}
	if os.Getuid() != 0 {
		caps = "0000000000000000"
	}
	wanted := []string{"NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t" + caps, "CapPrm:\t" + caps, "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000"}
	if os.Getuid() == 0 && bounding != "" {
		wanted = append(wanted, "CapBnd:\t"+bounding)
	}
	for _, name := range tasks {
		status, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that has ended
		}
		for _, want := range wanted {
			if !bytes.Contains(status, []byte("\n"+want+"\n")) {
				t.Errorf("%s: %s: %q is not in %s", what, name, want, status)
			}
		}
	}
}

// TestSandboxLive looks at commands that capture: what they can't do, and what
// the kernel says of them.
func TestSandboxLive(t *testing.T) {
	dir, err := probing()
	if err != nil {
		t.Fatal(err)
	}
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	// The directories of t.TempDir are root's alone.
	work, err := os.MkdirTemp("", "merctools")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o777); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(work, "out")
	if err := os.Mkdir(out, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(out, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"merc-capture b",
		"mercury -c b -b 0.005 -t 2 -v -u nobody",
		"mercury -c b -b 0.005 -v -u nobody --metrics=0 -l 10 -d " + out + " -f out.json --quarantine=q.pcap",
	} {
		words := strings.Fields(args)
		c := exec.Command(filepath.Join(dir, words[0]), words[1:]...)
		var log lockedBuffer
		c.Stderr = &log
		n.Do(func() { err = c.Start() })
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); !strings.Contains(log.String(), "probe root") && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
		checkProbe(t, args, words[0], log.String(), forbidden)
		if !strings.Contains(log.String(), "probe root: operation not permitted") {
			t.Errorf("%s: %s", args, log.String())
		}
		checkStatus(t, args, c.Process.Pid, "0000000000000000", "0000000000000000")
		if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid)); err != nil || bytes.Contains(status, []byte("\nUid:\t0\t")) {
			t.Errorf("%s: root: %s (%v)", args, status, err)
		}
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", args, err, log.String())
		}
	}
}

// A lockedBuffer is written by one goroutine while another reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A named pipe, which is opened when its turn comes, can be read in the sandbox.
func TestNamedPipes(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile(filepath.Join(captures, "http.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	records := output(t, capture, "merc-fp")
	labelled := output(t, records, "merc-analyze", "label", "--process=x")
	archive := output(t, labelled, "merc-analyze", "build")
	for _, tt := range []struct {
		args string
		in   []byte
	}{
		{"merc-fp", capture},
		{"merc-select http", capture},
		{"merc-select http", records},
		{"merc-analyze", records},
		{"merc-analyze build --archive-version=x", labelled},
		{"merc-analyze build --archive-version=x", archive},
	} {
		args := strings.Fields(tt.args)
		dir := t.TempDir()
		file, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
		if err := os.WriteFile(file, tt.in, 0o600); err != nil {
			t.Fatal(err)
		}
		want := output(t, nil, args[0], append(args[1:], file)...)
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		written := make(chan error, 1)
		go func() { written <- os.WriteFile(pipe, tt.in, 0o600) }()
		if got := output(t, nil, args[0], append(args[1:], pipe)...); !bytes.Equal(got, want) {
			t.Errorf("%s: other output", tt.args)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	}
}

// A device can be read in the sandbox, also behind the name of standard input.
func TestDevices(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, name := range []string{os.DevNull, "/dev/stdin"} {
		c := exec.Command(command("merc-analyze"), name)
		c.Stdin = null
		if text, err := c.CombinedOutput(); err != nil || len(text) > 0 {
			t.Errorf("%s: %v: %s", name, err, text)
		}
	}
}
