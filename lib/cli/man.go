package cli

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// A manPage is written in the man macros of roff, man(7).
type manPage struct {
	strings.Builder
	begun bool   // the section has text
	group string // of the last flag
}

// pages are what man pages refer to each other.
var pages = []string{"mercury(1)", "merc-capture(1)", "merc-fp(1)", "merc-select(1)", "merc-analyze(1)", "merc-bus(1)", "mercury.cfg(5)"}

// manPage is the man page of a command.
func (c *Command) manPage(app *kong.Application) string {
	var m manPage
	page := strings.ReplaceAll(app.Name, " ", "-")
	m.title(page, 1, "User Commands", lowerFirst(strings.TrimSuffix(c.Summary, ".")))
	m.section("SYNOPSIS")
	fmt.Fprintf(&m, ".B %s\n[\\fIOPTION\\fR]...", roff(app.Name))
	for _, a := range app.Positional {
		text := `\fI` + roff(strings.ToUpper(a.Name)) + `\fR`
		if !a.Required {
			text = "[" + text + "]"
		}
		if a.IsCumulative() {
			text += "..."
		}
		m.WriteString(" " + text)
	}
	m.WriteString("\n")
	// Selectors are what options refer to, and come behind them.
	selectors := strings.HasPrefix(c.Details, selectHead)
	m.section("DESCRIPTION")
	m.paragraph(c.Summary)
	if !selectors {
		m.details(c.Details)
	}
	if len(app.Positional) > 0 {
		m.section("ARGUMENTS")
		for _, a := range app.Positional {
			m.item(`\fI`+roff(strings.ToUpper(a.Name))+`\fR`, sentence(a.Help))
		}
	}
	m.section("OPTIONS")
	for _, f := range shown(app) {
		m.subsection(f)
		m.item(flagForms(f), sentence(f.Help))
	}
	if selectors {
		m.section("SELECTORS")
		m.details(c.Details)
	}
	if len(c.Subcommands) > 0 {
		m.section("COMMANDS")
		for _, sub := range c.Subcommands {
			m.item(`\fB`+roff(app.Name+" "+sub.Name)+`\fR`, sentence(sub.Brief)+" See "+page+"-"+sub.Name+"(1).")
		}
	}
	m.section("EXIT STATUS")
	m.item("0", "All went well, or the reader of standard output went away.")
	m.item("1", "The command could not do all of its work. Standard error has a line for each reason.")
	m.item("2", "The command line is wrong.")
	if slices.ContainsFunc(app.Flags, func(f *kong.Flag) bool { return f.Name == "resources-key" }) {
		m.section("ENVIRONMENT")
		m.item(`\fB`+keyVariable+`\fR`, "The key of a resource archive whose name ends in .enc, as 32 hexadecimal digits.")
	}
	if c.ConfigFile {
		m.section("FILES")
		m.item(`\fI/etc/mercury/mercury.cfg\fR`, "The configuration file of the service; see mercury.cfg(5).")
	}
	if c.Examples != "" {
		m.section("EXAMPLES")
		m.example(c.Examples)
	}
	m.seeAlso(page + "(1)")
	return m.String()
}

// configPage is the man page of the configuration file.
func (c *Command) configPage(app *kong.Application) string {
	var m manPage
	m.title("mercury.cfg", 5, "File Formats", "configuration file of mercury")
	m.section("DESCRIPTION")
	m.paragraph("With --config, mercury(1) reads options from a file. Each line is a key, or a key, \"=\" and a value. " +
		"Space does not count, and lines that begin with \"#\" are comments. Invalid lines are skipped with a warning " +
		"that gives the line number. If a key is there several times, the last one counts; of lists, the first.")
	m.paragraph("Keys have the names of mercury's options, and the command line overrides them. A key without a value " +
		"stands alone on its line.")
	m.section("KEYS")
	keys := configKeys(app)
	for _, f := range shown(app) {
		for _, name := range keysFor(keys, f) {
			m.subsection(f)
			head, text := `\fB`+roff(name)+`\fR`, sentence(f.Help)
			switch k := keys[name]; {
			case k.alone == "false":
				text = "Not: " + lowerFirst(text)
			case k.alone != "":
			case f.IsBool():
				head, text = head+` = 0|1`, "With 1: "+lowerFirst(text)
			default:
				head += ` = \fI` + roff(f.FormatPlaceHolder()) + `\fR`
			}
			m.item(head, text)
		}
	}
	m.section("SELECTORS")
	m.details(c.Details)
	m.section("FILES")
	m.item(`\fI/etc/mercury/mercury.cfg\fR`, "The configuration file of the service, with comments on each key.")
	m.section("EXAMPLES")
	m.example("  capture = eth0\n  threads = cpu\n  directory = /var/lib/mercury\n  fingerprint = metadata.json\n  limit = 1000000\n  metadata\n  deep\n")
	m.seeAlso("mercury.cfg(5)")
	return m.String()
}

// keysFor are the keys that set a flag.
func keysFor(keys map[string]configKey, f *kong.Flag) (names []string) {
	for name, k := range keys {
		if k.flag == f {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m *manPage) title(page string, section int, kind, summary string) {
	fmt.Fprintf(m, ".TH %s %d %q %q %q\n.SH NAME\n%s \\-\n%s\n", roff(strings.ToUpper(page)), section, buildDate(), "merctools "+Version, kind, roff(page), running(summary))
}

func (m *manPage) section(name string) {
	fmt.Fprintf(m, ".SH %s\n", roff(name))
	m.begun = false
}

// subsection begins the group of a flag, where it is another one than the last
// flag's.
func (m *manPage) subsection(f *kong.Flag) {
	if f.Group != nil && f.Group.Key != m.group {
		m.group = f.Group.Key
		fmt.Fprintf(m, ".SS %s\n", roff(strings.TrimSuffix(m.group, ":")))
	}
}

// paragraph writes text that roff fills.
func (m *manPage) paragraph(text string) {
	if m.begun {
		m.WriteString(".PP\n")
	}
	m.begun = true
	m.WriteString(running(text) + "\n")
}

// item writes a head, which is in roff, and the text beside it.
func (m *manPage) item(head, text string) {
	m.begun = true
	fmt.Fprintf(m, ".TP\n%s\n%s\n", head, running(text))
}

// example writes indented lines as they are.
func (m *manPage) example(lines string) {
	m.WriteString(".nf\n")
	for line := range strings.Lines(lines) {
		m.WriteString(guard(roff(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  "))) + "\n")
	}
	m.WriteString(".fi\n")
}

// details writes the long part of the help: paragraphs, and lists. An item of a
// list is indented by two spaces, and its text stands behind two more, and on
// lines that are indented further.
func (m *manPage) details(text string) {
	head, words := "", "" // what the item or paragraph has so far
	flush := func() {
		switch {
		case head != "":
			m.item(`\fB`+roff(head)+`\fR`, sentence(strings.TrimSpace(words)))
		case words != "":
			m.paragraph(words)
		}
		head, words = "", ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		item, indented := strings.CutPrefix(line, "  ")
		switch {
		case line == "":
			flush()
		case strings.HasPrefix(item, "  "):
			words += " " + item
		case indented:
			flush()
			head, words, _ = strings.Cut(item, "  ")
		default:
			if head != "" {
				flush()
			}
			words += " " + line
		}
	}
	flush()
}

func (m *manPage) seeAlso(page string) {
	m.section("SEE ALSO")
	var others []string
	for _, p := range pages {
		if p != page {
			name, section, _ := strings.Cut(p, "(")
			others = append(others, `.BR `+roff(name)+` (`+section)
		}
	}
	m.WriteString(strings.Join(others, " ,\n") + "\n")
}

// flagForms are the forms of a flag, with its value.
func flagForms(f *kong.Flag) string {
	name := "--" + f.Name
	if f.Tag.Negatable != "" {
		name = "--[no-]" + f.Name
	}
	text := `\fB` + roff(name) + `\fR`
	if f.Short != 0 {
		text = `\fB` + roff("-"+string(f.Short)) + `\fR, ` + text
	}
	switch {
	case f.IsBool():
	case f.Tag.Has(bare):
		text += `[=\fI` + roff(f.FormatPlaceHolder()) + `\fR]`
	default:
		text += `=\fI` + roff(f.FormatPlaceHolder()) + `\fR`
	}
	return text
}

// roffEscapes are characters that roff would take for something else, or
// typographers for another character.
var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// roff is text with its characters written for roff, in ASCII.
func roff(text string) string {
	var b strings.Builder
	for _, r := range roffEscapes.Replace(text) {
		if r > '~' {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// option finds names of options, and of man pages with their section.
var option = regexp.MustCompile(`--[a-z][a-z0-9-]*|\b[a-z.-]+\([15]\)`)

// running is text that roff fills, with options in bold, in lines that are not
// too long.
func running(text string) string {
	const width = 80
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		word = emphasize(word)
		if column > 0 && column+1+len(word) > width {
			b.WriteByte('\n')
			column = 0
		}
		if column == 0 {
			word = guard(word)
		} else {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// emphasize sets options and names of pages in a word in bold.
func emphasize(word string) string {
	at := option.FindStringIndex(word)
	if at == nil {
		return inText(word)
	}
	name, section, isPage := strings.Cut(word[at[0]:at[1]], "(")
	text := inText(word[:at[0]]) + `\fB` + roff(name) + `\fR`
	if isPage {
		text += "(" + section
	}
	return text + inText(word[at[1]:])
}

// inText is text in which hyphens are hyphens.
func inText(s string) string { return strings.ReplaceAll(roff(s), `\-`, "-") }

// guard keeps a line from being taken for a request.
func guard(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// sentence makes a sentence of a flag's help.
func sentence(help string) string {
	if help == "" {
		return ""
	}
	if word, _, _ := strings.Cut(help, " "); strings.ToLower(word) == word {
		help = strings.ToUpper(help[:1]) + help[1:]
	}
	return help + "."
}

// lowerFirst is text with a small first letter, if only that one is large.
func lowerFirst(s string) string {
	if len(s) > 1 && strings.ToLower(s[1:2]) == s[1:2] {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// buildDate is the day of the commit that the command was built from, or else of
// the version.
func buildDate() string {
	day, _, _ := strings.Cut(buildSetting("vcs.time"), "T")
	return cmp.Or(day, released)
}
