package testnet

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const asCommand = "MERCTOOLS_TEST_AS_COMMAND"

// Environ is an environment that makes a test the command that it tests. The
// test may have been called with sudo, of which the command knows nothing.
func Environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SUDO_") })
	// The race detector would wait for a second at the end of each command.
	return append(env, asCommand+"=1", "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
}

// Main is the TestMain of a command whose tests run the command itself, with
// [Net.Self].
func Main(m *testing.M, main func()) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A Command is a run of a command in a network.
type Command struct {
	t      testing.TB
	cmd    *exec.Cmd
	stderr buffer
	ended  chan error
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Self starts the command that the test is of, with its standard output going
// to stdout. It is killed when the test ends.
func (n *Net) Self(stdout io.Writer, args ...string) *Command {
	n.t.Helper()
	return n.SelfEnv(nil, stdout, args...)
}

// SelfEnv is Self with additional environment variables.
func (n *Net) SelfEnv(env []string, stdout io.Writer, args ...string) *Command {
	n.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	c := &Command{t: n.t, cmd: exec.Command(exe, args...), ended: make(chan error, 1)}
	c.cmd.Env = append(Environ(), env...)
	c.cmd.Stdout, c.cmd.Stderr = stdout, &c.stderr
	n.Start(c.cmd)
	go func() { c.ended <- c.cmd.Wait() }()
	return c
}

// Pid is the number of the process.
func (c *Command) Pid() int { return c.cmd.Process.Pid }

// Stderr is what was written to standard error so far.
func (c *Command) Stderr() string { return c.stderr.String() }

// Signal sends a signal.
func (c *Command) Signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// Ended gets the result when the command has ended.
func (c *Command) Ended() <-chan error { return c.ended }

// Wait waits for the end, which must be a good one, and returns what was
// counted.
func (c *Command) Wait() map[string]int {
	c.t.Helper()
	select {
	case err := <-c.ended:
		if err != nil {
			c.t.Fatalf("%v: %s", err, c.Stderr())
		}
	case <-time.After(patience):
		c.t.Fatalf("does not end: %s", c.Stderr())
	}
	return c.Counts()
}

// WaitFailed waits for the end, which must be with status 1 and the given text
// on standard error, and returns what was counted.
func (c *Command) WaitFailed(text string) map[string]int {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		c.t.Fatalf("does not end: %s", c.Stderr())
	}
	if status := c.cmd.ProcessState.ExitCode(); status != 1 || !strings.Contains(c.Stderr(), text) {
		c.t.Fatalf("status %d, want 1 and %q: %s", status, text, c.Stderr())
	}
	return c.Counts()
}

// Counts are the lines of standard error that are a number and what it counts.
func (c *Command) Counts() map[string]int {
	counts := map[string]int{}
	for _, m := range countLine.FindAllStringSubmatch(c.Stderr(), -1) {
		counts[m[2]], _ = strconv.Atoi(m[1])
	}
	return counts
}

var countLine = regexp.MustCompile(`(?m)^(\d+) (.*)$`)

// Said waits until a text was written to standard error.
func (c *Command) Said(text string) {
	c.t.Helper()
	Until(c.t, "the text "+text, func() bool { return strings.Contains(c.Stderr(), text) })
}

// Counted asks the command to write its counters, again and again, until one
// of them is at least n.
func (c *Command) Counted(what string, n int) {
	c.t.Helper()
	defer func() {
		if c.t.Failed() {
			c.t.Log(c.Stderr())
		}
	}()
	Until(c.t, fmt.Sprintf("%d %s", n, what), func() bool {
		c.Signal(syscall.SIGUSR1)
		time.Sleep(10 * time.Millisecond)
		return c.Counts()[what] >= n
	})
}

// patience is how long to wait for what takes a moment on a machine that has
// nothing else to do.
const patience = 60 * time.Second

// Until waits until ok returns true, for a minute at most.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < patience; {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %s", what)
}
