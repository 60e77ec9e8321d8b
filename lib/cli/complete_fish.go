package cli

import (
	"fmt"
	"strings"
)

// fishCompletion writes completions for fish.
func fishCompletion(list []*completion) string {
	var b strings.Builder
	name := list[0].name
	fmt.Fprintf(&b, "# Completions of %s for fish, made by %[1]s --generate=fish.\n\n", name)
	condition := ""
	if len(list) > 1 {
		condition = fmt.Sprintf(" -n 'not __fish_seen_subcommand_from %s'", strings.Join(subcommands(list), " "))
		for _, sub := range list[1:] {
			fmt.Fprintf(&b, "complete -c %s%s -a %s -d %s\n", name, condition, sub.subcommand(), fishQuote(sub.brief))
		}
	}
	for i, c := range list {
		if i > 0 {
			condition = fmt.Sprintf(" -n '__fish_seen_subcommand_from %s'", c.subcommand())
		}
		if action := fishAction(&c.args); action != "" && c.args.kind != "files" {
			fmt.Fprintf(&b, "complete -c %s%s%s\n", name, condition, action)
		}
		for i := range c.flags {
			f := &c.flags[i]
			fmt.Fprintf(&b, "complete -c %s%s -l %s", name, condition, f.name)
			if f.short != "" {
				fmt.Fprintf(&b, " -s %s", f.short)
			}
			switch {
			case !f.takes:
				b.WriteString(" -f")
			case f.attached:
				b.WriteString(" -f" + fishAction(&f.valueCompletion))
			case f.kind == "files":
				b.WriteString(" -r -F")
			default:
				b.WriteString(" -x" + fishAction(&f.valueCompletion))
			}
			fmt.Fprintf(&b, " -d %s\n", fishQuote(f.help))
			if f.no {
				fmt.Fprintf(&b, "complete -c %s%s -l no-%s -f -d %s\n", name, condition, f.name, fishQuote("not: "+f.help))
			}
		}
	}
	return b.String()
}

func fishAction(v *valueCompletion) string {
	words := strings.Join(v.words, " ")
	switch {
	case v.list:
		return fmt.Sprintf(` -a "(__fish_complete_list , 'string split \" \" \"%s\"')"`, words)
	case v.words != nil:
		return fmt.Sprintf(" -a '%s'", words)
	}
	switch v.kind {
	case "directories":
		return " -a '(__fish_complete_directories)'"
	case "users":
		return " -a '(__fish_complete_users)'"
	case "interfaces":
		return " -a 'any (__fish_print_interfaces)'"
	}
	return ""
}

// fishQuote puts text in single quotes.
func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
