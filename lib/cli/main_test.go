package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// runCommand runs a command with Records and Common flags.
func runCommand(run func() error, args ...string) (code int, flags *testFlags, stdout, stderr string) {
	flags = &testFlags{run: run}
	var out, errs strings.Builder
	c := &Command{Name: "test", Summary: "Tests.", Details: "The details.\n", Runner: flags}
	code = c.Main(context.Background(), &Env{Stdout: &out, Stderr: &errs}, args, "the license\n")
	return code, flags, out.String(), errs.String()
}

type testFlags struct {
	Common
	Records
	Files []string `arg:"" optional:""`

	run func() error
}

func (f *testFlags) Run(context.Context, *Env) error { return f.run() }

// quiet is for what has nothing to say, or nothing that is tested.
var quiet = &Env{Name: "test", Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}

// The first argument may be the name of a subcommand, whose messages begin
// with both names.
func TestSubcommands(t *testing.T) {
	var ran []string
	command := func(name string, err error) *Command {
		return &Command{Name: name, Runner: &testFlags{run: func() error { ran = append(ran, name); return err }}}
	}
	c := command("test", nil)
	c.Subcommands = []*Command{command("one", nil), command("two", errors.New("odd"))}
	for _, test := range []struct{ args, ran, stderr string }{
		{"", "test", ""},
		{"one", "one", ""},
		{"two -v", "two", "test two: odd\n"},
		{"-v one", "test", ""},
		{"-- one", "test", ""},
		{"two --nonsense", "", "test two: unknown flag --nonsense (see test two --help)\n"},
	} {
		ran = nil
		var stderr strings.Builder
		c.Main(t.Context(), &Env{Stdout: io.Discard, Stderr: &stderr}, strings.Fields(test.args), "")
		if strings.Join(ran, " ") != test.ran || stderr.String() != test.stderr {
			t.Errorf("%q: %q runs, %q", test.args, ran, stderr.String())
		}
	}
}

// Names of files may have any bytes.
func TestNamesOfFiles(t *testing.T) {
	const name = "b\xfcro.pcap"
	code, flags, _, stderr := runCommand(func() error { return nil }, "--mask-key="+name, name)
	if code != 0 || flags.MaskKey != name || !slices.Equal(flags.Files, []string{name}) {
		t.Errorf("%d, %q, %q, %s", code, flags.MaskKey, flags.Files, stderr)
	}
}

func TestMainExitCodes(t *testing.T) {
	_, missing := os.Open("missing")
	tests := []struct {
		name   string
		err    error
		code   int
		stderr string
	}{
		{"success", nil, 0, ""},
		{"failure", errors.New("it broke"), 1, "test: it broke\n"},
		{"missing file", missing, 1, "test: open missing: no such file or directory\n"},
		{"more than one", errors.Join(errors.New("one"), errors.New("two")), 1, "test: one\ntest: two\n"},
		{"usage", Usagef("%q is odd", "x"), 2, "test: \"x\" is odd (see test --help)\n"},
		{"wrapped usage", fmt.Errorf("flag: %w", Usagef("odd")), 2, "test: flag: odd (see test --help)\n"},
		{"reader gone", &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, 0, ""},
		{"reader gone, and more", errors.Join(errors.New("cut off"), syscall.EPIPE), 0, ""},
	}
	for _, test := range tests {
		code, _, stdout, stderr := runCommand(func() error { return test.err })
		if code != test.code || stderr != test.stderr || stdout != "" {
			t.Errorf("%s: status %d, %q, %q; want %d and %q", test.name, code, stdout, stderr, test.code, test.stderr)
		}
	}
}

// notRun fails the test: what does not make sense, or asks for no work, must
// not begin any.
func notRun(t *testing.T) func() error {
	return func() error {
		t.Error("the command runs")
		return nil
	}
}

func TestMainInformation(t *testing.T) {
	tests := []struct{ arg, want string }{
		{"--help", "Usage: test"},
		{"--help", "The details."},
		{"-h", "test --help explains all options."},
		{"--version", "test " + Version + ", commit "},
		{"--license", "the license\n"},
	}
	for _, test := range tests {
		code, _, stdout, stderr := runCommand(notRun(t), test.arg)
		if code != 0 || !strings.Contains(stdout, test.want) || stderr != "" {
			t.Errorf("%s: status %d, %q, %q", test.arg, code, stdout, stderr)
		}
	}
}

func TestMainUsage(t *testing.T) {
	for _, args := range [][]string{{"--unknown"}, {"-x"}, {"--http-body-max=x"}, {"--metadata=maybe"}, {"--format"}} {
		code, _, stdout, stderr := runCommand(notRun(t), args...)
		if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "(see test --help)\n") {
			t.Errorf("%q: status %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

func TestOptionalValues(t *testing.T) {
	tests := []struct {
		args           string
		selectors, pol string
		files          []string
	}{
		{"", "", "", nil},
		{"-s", "all", "", nil},
		{"--select", "all", "", nil},
		{"-sdns,tls", "dns,tls", "", nil},
		{"--select=dns", "dns", "", nil},
		{"-s file", "all", "", []string{"file"}},
		{"--select -v file", "all", "", []string{"file"}},
		{"--crypto-assess", "", "default", nil},
		{"--crypto-assess=quantum_safe -sdns", "dns", "quantum_safe", nil},
		{"-- -s", "", "", []string{"-s"}},
		{"-sdns -- -sdns", "dns", "", []string{"-sdns"}},
		{"-sdns --select=tls,http -sssh", "dns,tls,http,ssh", "", nil},
		{"-s nonsense", "all", "", []string{"nonsense"}},
		{"--crypto-assess dns", "", "default", []string{"dns"}},
	}
	for _, test := range tests {
		code, flags, _, stderr := runCommand(func() error { return nil }, strings.Fields(test.args)...)
		if code != 0 || string(flags.Select) != test.selectors || string(flags.CryptoAssess) != test.pol || !slices.Equal(flags.Files, test.files) {
			t.Errorf("%q: status %d, %s%+v", test.args, code, stderr, flags)
		}
	}
}

// A value behind a space would be taken for the name of a file, unless there
// is one.
func TestMisplacedValues(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("dns", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ args, stderr string }{
		{"-s tls file", "test: -s tls: the value must follow without a space: --select=tls (see test --help)\n"},
		{"--select tls.client_hello,http", "test: --select tls.client_hello,http: the value must follow without a space: --select=tls.client_hello,http (see test --help)\n"},
		{"--crypto-assess quantum_safe x", "test: --crypto-assess quantum_safe: the value must follow without a space: --crypto-assess=quantum_safe (see test --help)\n"},
		{"--select dns", ""},
		{"--select -- tls", ""},
	}
	for _, test := range tests {
		ran := false
		code, _, _, stderr := runCommand(func() error { ran = true; return nil }, strings.Fields(test.args)...)
		if ran != (test.stderr == "") || ran != (code == 0) || stderr != test.stderr {
			t.Errorf("%q: status %d, %q", test.args, code, stderr)
		}
	}
}
