package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

// generate writes what --generate asks for: a man page, that of the
// configuration file, or completions for a shell. scripts/install calls it; the
// help does not speak of it.
func (c *Command) generate(env *Env, form string) error {
	text, err := c.generated(env.Name, form)
	if err != nil {
		return err
	}
	_, err = io.WriteString(env.Stdout, text)
	return err
}

func (c *Command) generated(name, form string) (string, error) {
	app, err := c.model(name)
	if err != nil {
		return "", err
	}
	switch {
	case form == "man":
		return c.manPage(app), nil
	case form == "config-man" && c.ConfigFile:
		return c.configPage(app), nil
	case form != "bash" && form != "zsh" && form != "fish":
		return "", Usagef("--generate: unknown form %q (known: man config-man bash zsh fish)", form)
	}
	list := []*completion{newCompletion(app, c)}
	for _, sub := range c.Subcommands {
		app, err := sub.model(name + " " + sub.Name)
		if err != nil {
			return "", err
		}
		list = append(list, newCompletion(app, sub))
	}
	switch form {
	case "bash":
		return bashCompletion(list), nil
	case "zsh":
		return zshCompletion(list), nil
	}
	return fishCompletion(list), nil
}

// model is what kong knows of a command's flags.
func (c *Command) model(name string) (*kong.Application, error) {
	var done bool
	parser, err := c.parser(&Env{Name: name, Stdout: io.Discard, Stderr: io.Discard}, &done)
	if err != nil {
		return nil, err
	}
	return parser.Model, nil
}

// shown are the flags that are not hidden.
func shown(app *kong.Application) (flags []*kong.Flag) {
	for _, f := range app.Flags {
		if !f.Hidden {
			flags = append(flags, f)
		}
	}
	return flags
}

// A choice is what a flag or an argument can be, where that is known.
type choice struct {
	words []string
	list  bool // several of them, with commas
}

// choices are those of flags that don't list them in a tag, by name; of a flag that
// only one command means in this way, behind the command's name. Arguments are in
// angle brackets.
var choices = map[string]choice{
	"select":               {registry.Selectors(), true},
	"format":               {[]string{"tls", "tls/1", "tls/2", "quic", "quic/1"}, true},
	"add":                  {append(members.Names(), "all"), true},
	"fingerprints":         {append(fingerprints.Names(), "all"), true},
	"raw-features":         {proto.RawProtocols, true},
	"http-headers":         {[]string{"all", "non-sensitive"}, false},
	"fdc":                  {[]string{"1", "2"}, false},
	"crypto-assess":        {[]string{"default", "quantum_safe", "nist_sp_800_52"}, true},
	"merc-fp schema":       {[]string{"jsonschema", "duckdb", "clickhouse"}, false},
	"merc-select <filter>": {registry.Selectors(), true},
	"threads":              {[]string{"cpu"}, false},
}

// choicesOf are those of a flag or argument of a command.
func choicesOf(app *kong.Application, name string, v *kong.Value) choice {
	if v.Enum != "" {
		return choice{words: v.EnumSlice()}
	}
	if c, ok := choices[app.Name+" "+name]; ok {
		return c
	}
	return choices[name]
}

// A completion is what shells complete for a command.
type completion struct {
	name  string // with that of its subcommand
	brief string // of a subcommand
	flags []flagCompletion
	args  valueCompletion // of arguments
}

// A flagCompletion is a flag.
type flagCompletion struct {
	valueCompletion
	name     string // without hyphens
	short    string // without hyphen, or empty
	help     string
	takes    bool // a value
	attached bool // the value may be left out, and must follow without a space
	many     bool // may be given several times
	no       bool // has a form with no-
}

// A valueCompletion says what a value can be: at most one of these.
type valueCompletion struct {
	choice
	kind string // files, directories, interfaces, users, or empty
	what string // in capitals
}

func newCompletion(app *kong.Application, c *Command) *completion {
	comp := &completion{name: app.Name, brief: c.Brief}
	for _, f := range shown(app) {
		comp.flags = append(comp.flags, newFlagCompletion(app, f))
	}
	for _, a := range app.Positional {
		comp.args = valueCompletion{choice: choicesOf(app, "<"+a.Name+">", a), kind: kindOf(a.Name)}
		if comp.args.words != nil { // the arguments behind a choice are files
			break
		}
	}
	return comp
}

func newFlagCompletion(app *kong.Application, f *kong.Flag) flagCompletion {
	fc := flagCompletion{name: f.Name, help: f.Help, takes: !f.IsBool(), attached: f.Tag.Has(bare), no: f.Tag.Negatable != ""}
	if brief := f.Tag.Get(brief); brief != "" {
		fc.help = brief
	}
	if f.Short != 0 {
		fc.short = string(f.Short)
	}
	fc.many = f.IsSlice() || f.Name == "select"
	if fc.takes {
		what := f.FormatPlaceHolder()
		fc.valueCompletion = valueCompletion{choice: choicesOf(app, f.Name, f.Value), what: what}
		if fc.words == nil {
			fc.kind = kindOf(strings.ToLower(what))
		}
	}
	return fc
}

// kindOf is the kind of value that a placeholder stands for.
func kindOf(placeholder string) string {
	switch word, _, _ := strings.Cut(placeholder, ","); word {
	case "file":
		return "files"
	case "dir":
		return "directories"
	case "interface":
		return "interfaces"
	case "user":
		return "users"
	}
	return ""
}

// spellings are the forms of a flag, with hyphens.
func (f *flagCompletion) spellings() (list []string) {
	if f.short != "" {
		list = append(list, "-"+f.short)
	}
	list = append(list, "--"+f.name)
	if f.no {
		list = append(list, "--no-"+f.name)
	}
	return list
}

// function is the command's name as part of a function's.
func (c *completion) function() string {
	return "_" + strings.NewReplacer("-", "_", " ", "_").Replace(c.name)
}

// subcommand is the last word of the name.
func (c *completion) subcommand() string {
	words := strings.Fields(c.name)
	return words[len(words)-1]
}

// subcommands are the names of all but the first.
func subcommands(list []*completion) (names []string) {
	for _, c := range list[1:] {
		names = append(names, c.subcommand())
	}
	slices.Sort(names)
	return names
}
