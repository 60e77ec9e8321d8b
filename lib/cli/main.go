// Package cli is what the commands share: flags, exit codes, input and
// output.
package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // the command could not do all of its work
	exitUsage   = 2 // the command line makes no sense
)

// Version is the version of all commands. A build may set it.
var Version = "1.0.0"

// A UsageError says that the command line makes no sense.
type UsageError struct{ Reason string }

// Error is what is wrong with the command line.
func (e *UsageError) Error() string { return e.Reason }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...)}
}

// A Command is one of the commands.
type Command struct {
	Name    string
	Summary string // one line
	Details string // the long part of the help
	Flags   any    // pointer to a struct with kong's tags
	// Optional maps flags whose value may be left out to what they mean
	// then: "--select" and "-s" to "all", say.
	Optional map[string]string
	Options  []kong.Option // more for the parser
	Run      func() error
}

// Common are the flags that every command has.
type Common struct {
	Verbose bool `short:"v" help:"write what was done to standard error"`
	Version bool `help:"write the version and exit"`
	License bool `help:"write the license and exit"`
}

func (c *Common) common() *Common { return c }

// Main runs a command with the program's arguments and exits. Errors are one
// line each on standard error. When the reader of standard output goes away, the
// command ends quietly.
func Main(c *Command, license string) {
	// Without this, writing to a closed pipe kills the process.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(c.main(os.Args[1:], license, os.Stdout, os.Stderr))
}

func (c *Command) main(args []string, license string, stdout, stderr io.Writer) int {
	help := false
	progName = c.Name
	parser, err := kong.New(c.Flags, append([]kong.Option{
		kong.Name(c.Name),
		kong.Description(c.Summary),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { help = true }),
		kong.Help(c.help),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	}, c.Options...)...)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", c.Name, err)
		return exitFailure
	}
	_, err = parser.Parse(c.complete(args))
	if help {
		return exitOK
	}
	var file *fs.PathError
	if errors.As(err, &file) { // a configuration file that can't be read
		return c.report(err, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", c.Name, err, c.Name)
		return exitUsage
	}
	if f, ok := c.Flags.(interface{ common() *Common }); ok {
		switch common := f.common(); {
		case common.Version:
			fmt.Fprintf(stdout, "%s %s\n", c.Name, Version)
			return exitOK
		case common.License:
			fmt.Fprint(stdout, license)
			return exitOK
		}
	}
	return c.report(c.Run(), stderr)
}

func (c *Command) report(err error, stderr io.Writer) int {
	var usage *UsageError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", c.Name, err, c.Name)
		return exitUsage
	}
	for line := range strings.SplitSeq(err.Error(), "\n") { // errors that were joined
		fmt.Fprintf(stderr, "%s: %s\n", c.Name, line)
	}
	return exitFailure
}

func (c *Command) help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if c.Details != "" {
		fmt.Fprintf(ctx.Stdout, "\n%s", c.Details)
	}
	return nil
}

// complete gives flags their value where it may be left out, and writes a
// value that stands right behind a short flag, as in -sdns, in the long form.
func (c *Command) complete(args []string) []string {
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if value, ok := c.Optional[arg]; ok {
			arg = c.long(arg) + "=" + value
		} else if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			if _, ok := c.Optional[arg[:2]]; ok {
				arg = c.long(arg[:2]) + "=" + arg[2:]
			}
		}
		out = append(out, arg)
	}
	return out
}

// long is the long form of a flag in Optional.
func (c *Command) long(flag string) string {
	if strings.HasPrefix(flag, "--") {
		return flag
	}
	for name := range c.Optional {
		if strings.HasPrefix(name, "--"+flag[1:]) {
			return name
		}
	}
	return flag
}
