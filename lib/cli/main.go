// Package cli is what the commands share: flags, exit codes, input and
// output.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"reflect"
	"slices"
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

// released is the day of that version.
const released = "2026-11-23"

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
	Name      string
	Summary   string   // one sentence
	Brief     string   // of a subcommand: a few words, for the list of them
	Details   string   // the long part of the help
	Examples  string   // for the help: indented lines
	ShortHelp []string // names of the flags that -h shows
	Runner    Runner   // the flags, and what is done with them

	// ConfigFile says that one of the flags, a kong.ConfigFlag, names a
	// configuration file.
	ConfigFile bool

	// Subcommands are run in place of the command when their name is the
	// first argument. Their own names don't have the command's.
	Subcommands []*Command
}

// Common are the flags that every command has.
type Common struct {
	Verbose bool `short:"v" group:"Running:" help:"print a summary to stderr"`
	Version bool `group:"Information:" help:"print the version, the commit and the version of Go, and exit"`
	License bool `group:"Information:" help:"print the license and exit"`
}

func (c *Common) common() *Common { return c }

// Main runs a command with the program's arguments and exits. Errors are one
// line each on standard error. When the reader of standard output goes away, the
// command ends quietly.
func Main(c *Command, license string) {
	// Without this, writing to a closed pipe kills the process.
	signal.Ignore(syscall.SIGPIPE)
	env := &Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, process: true}
	env.Stdout = standardOutput(env)
	if isTerminal(os.Stdin) {
		env.Stdin = &terminalInput{Reader: os.Stdin, env: env}
	}
	spareCollections()
	os.Exit(c.Main(context.Background(), env, os.Args[1:], license))
}

// Main runs a command and returns its exit status. It sets the environment's
// Name.
func (c *Command) Main(ctx context.Context, env *Env, args []string, license string) int {
	env.Name = c.Name
	if len(args) > 0 {
		for _, sub := range c.Subcommands {
			if sub.Name == args[0] {
				c, args = sub, args[1:]
				env.Name += " " + sub.Name
				break
			}
		}
	}
	if len(args) == 1 {
		if form, ok := strings.CutPrefix(args[0], "--generate="); ok {
			return env.report(c.generate(env, form))
		}
	}
	say := func(text string) int {
		_, err := io.WriteString(env.Stdout, text)
		return env.report(err)
	}
	switch done, err := c.Parse(env, args); {
	case err != nil && asks(args, "--version"): // whatever is missing
		return say(versionLine(env.Name) + "\n")
	case err != nil && asks(args, "--license"):
		return say(license)
	case err != nil:
		return env.report(err)
	case done:
		return exitOK
	}
	if f, ok := c.Runner.(interface{ common() *Common }); ok {
		switch common := f.common(); {
		case common.Version:
			return say(versionLine(env.Name) + "\n")
		case common.License:
			return say(license)
		}
	}
	env.widenPipes()
	run := func(ctx context.Context) error { return c.Runner.Run(ctx, env) }
	if l, ok := c.Runner.(Live); ok && l.Live() {
		return env.report(run(ctx))
	}
	return env.report(untilSignal(ctx, env, run))
}

// asks reports whether a flag is among the arguments.
func asks(args []string, flag string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, flag)
}

// Parse sets the flags. done says that the help was asked for, and written.
func (c *Command) Parse(env *Env, args []string) (done bool, err error) {
	parser, err := c.parser(env, &done)
	if err != nil {
		return false, err
	}
	if args, err = complete(parser.Model, args); err != nil {
		return false, err
	}
	line, err := parser.Parse(args)
	var file *fs.PathError
	switch {
	case done:
		return true, nil
	case err == nil:
		if l, ok := c.Runner.(Live); ok && !l.Live() {
			if err := checkLive(env, line); err != nil {
				return false, err
			}
		}
		return false, checkNeeds(env, line)
	case errors.As(err, &file): // a configuration file that can't be read
		return false, err
	}
	return false, Usagef("%v", err)
}

// parser makes what parses the flags. It sets done when the help was written.
func (c *Command) parser(env *Env, done *bool) (parser *kong.Kong, err error) {
	options := []kong.Option{
		kong.Name(env.Name),
		kong.Description(c.Summary),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(int) { *done = true }),
		kong.Help(c.help),
		kong.PostBuild(arrange),
		kong.KindMapper(reflect.String, kong.MapperFunc(decodeString)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	}
	if c.ConfigFile {
		options = append(options, kong.Configuration(func(r io.Reader) (kong.Resolver, error) {
			return readConfig(r, parser.Model, env)
		}))
	}
	parser, err = kong.New(c.Runner, options...)
	return parser, err
}

// decodeString takes text as it is. Kong would put it into JSON and back, where bytes
// that are no UTF-8 are lost: names of files may have any.
func decodeString(ctx *kong.DecodeContext, target reflect.Value) error {
	t, err := ctx.Scan.PopValue("string")
	if err == nil {
		target.SetString(fmt.Sprint(t.Value))
	}
	return err
}

// report writes an error and returns the exit status.
func (e *Env) report(err error) int {
	var usage *UsageError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitOK
	case errors.As(err, &usage):
		e.Noticef("%v (see %s --help)", err, e.Name)
		return exitUsage
	}
	for _, one := range apart(err) {
		e.Notice(one.Error())
	}
	return exitFailure
}

// apart returns the errors that errors.Join has joined. A new line in one of
// them, which may be of the name of a file, makes no other message.
func apart(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	var texts []string
	for _, one := range joined.Unwrap() {
		all = append(all, apart(one)...)
		texts = append(texts, one.Error())
	}
	if err.Error() != strings.Join(texts, "\n") { // it says more than they do
		return []error{err}
	}
	return all
}
