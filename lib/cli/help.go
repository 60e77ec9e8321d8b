package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// groups are those of flags, in the order of the help. Flags without a group
// come before them.
var groups = []string{"Input:", "What to record:", "What to keep:", "Analysis:", "Statistics:", "Report:", "Output:", "Capture:", "Running:", groupInformation}

// groupInformation is the group of flags that print something and exit.
const groupInformation = "Information:"

// brief is the tag with the text of a flag for -h, where the one for --help is
// too long.
const brief = "brief"

// help prints the help: all of it for --help, what fits a screen for -h.
func (c *Command) help(options kong.HelpOptions, ctx *kong.Context) error {
	if !slices.Contains(ctx.Args, "--help") {
		return c.shortHelp(ctx.Stdout, ctx.Model)
	}
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	for _, text := range []string{c.commands(), c.Details, c.examples()} {
		if text == "" {
			continue
		}
		if _, err := fmt.Fprintf(ctx.Stdout, "\n%s", text); err != nil {
			return err
		}
	}
	return nil
}

func (c *Command) examples() string {
	if c.Examples == "" {
		return ""
	}
	return "Examples:\n" + c.Examples
}

// shortHelp prints some flags and the examples.
func (c *Command) shortHelp(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s%s\n\n%s\n", app.Name, app.Summary(), c.Summary)
	if len(c.ShortHelp) > 0 {
		b.WriteByte('\n')
	}
	for _, flag := range c.ShortHelp {
		i := slices.IndexFunc(app.Flags, func(f *kong.Flag) bool { return f.Name == flag })
		f := app.Flags[i]
		name := "    --" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", --" + f.Name
		}
		if !f.IsBool() {
			name += "=" + f.FormatPlaceHolder()
		}
		fmt.Fprintf(&b, "  %-27s %s\n", name, cmp.Or(f.Tag.Get(brief), f.Help))
	}
	for _, text := range []string{c.commands(), c.examples()} {
		if text != "" {
			b.WriteString("\n" + text)
		}
	}
	fmt.Fprintf(&b, "\n%s --help explains all options.\n", app.Name)
	_, err := io.WriteString(w, b.String())
	return err
}

// commands lists the subcommands.
func (c *Command) commands() string {
	if len(c.Subcommands) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Commands, each with a --help of its own:\n")
	for _, sub := range c.Subcommands {
		fmt.Fprintf(&b, "  %-27s %s\n", c.Name+" "+sub.Name, sub.Brief)
	}
	return b.String()
}

// arrange gives the flag for help its text and group, and orders all flags by
// their groups.
func arrange(k *kong.Kong) error {
	k.Model.HelpFlag.Help = "print this help and exit; -h prints a shorter one"
	k.Model.HelpFlag.Group = &kong.Group{Key: groupInformation, Title: groupInformation}
	place := func(f *kong.Flag) int {
		if f.Group == nil {
			return -1
		}
		return slices.Index(groups, f.Group.Key)
	}
	slices.SortStableFunc(k.Model.Flags, func(a, b *kong.Flag) int { return cmp.Compare(place(a), place(b)) })
	return nil
}

// versionLine says which build of a command this is.
func versionLine(name string) string {
	return fmt.Sprintf("%s %s, commit %s, %s", name, Version, commit(), runtime.Version())
}
