package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: what a person types and sees, and what a
// command has.
func terminal(t *testing.T) (person, tty *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("skipped: needs pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return person, tty
}

// A capture or an archive is not written to a terminal.
func TestTerminalOutput(t *testing.T) {
	_, tty := terminal(t)
	for _, args := range [][]string{
		{"merc-select", "dns", filepath.Join(captures, "dns.pcap")},
		{"merc-capture", "lo"},
		{"merc-analyze", "build", filepath.Join(captures, "dns.jsonl")},
	} {
		c := exec.Command(command(args[0]), args[1:]...)
		c.Stdout = tty
		var stderr strings.Builder
		c.Stderr = &stderr
		err := c.Run()
		if c.ProcessState.ExitCode() != 2 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "can't be written to a terminal: ") {
			t.Errorf("%q: %v, %s", args, err, stderr.String())
		}
	}
}

// A command that waits for somebody to type says so, once.
func TestTerminalInput(t *testing.T) {
	const line = `{"dns":{}}`
	for _, args := range [][]string{{"merc-select", "dns"}, {"merc-analyze"}, {"merc-fp"}} {
		person, tty := terminal(t)
		if _, err := person.WriteString(line + "\n" + line + "\n\x04"); err != nil { // end of transmission
			t.Fatal(err)
		}
		c := exec.Command(command(args[0]), args[1:]...)
		c.Stdin = tty
		var stdout, stderr strings.Builder
		c.Stdout, c.Stderr = &stdout, &stderr
		err := c.Run()
		if n := strings.Count(stderr.String(), "waiting for input from the terminal"); n != 1 {
			t.Errorf("%q: %v, %s", args, err, stderr.String())
		}
		if args[0] != "merc-fp" && strings.Count(stdout.String(), line) != 2 {
			t.Errorf("%q: %q", args, stdout.String())
		}
	}
}
