package cli

import (
	"fmt"
	"strings"
)

// zshCompletion writes completions for zsh.
func zshCompletion(list []*completion) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n# Completions of %[1]s for zsh, made by %[1]s --generate=zsh.\n\n", list[0].name)
	if len(list) > 1 {
		b.WriteString("if ((CURRENT > 2)); then\n\tcase $words[2] in\n")
		for _, sub := range list[1:] {
			fmt.Fprintf(&b, "\t%s)\n\t\tshift words\n\t\t((CURRENT--))\n%s\t\treturn\n\t\t;;\n", sub.subcommand(), zshArguments(sub, "\t\t", nil))
		}
		b.WriteString("\tesac\nfi\n\n")
	}
	b.WriteString(zshArguments(list[0], "", list))
	return b.String()
}

// zshArguments calls _arguments.
func zshArguments(c *completion, indent string, list []*completion) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s_arguments -s -S", indent)
	line := func(spec string) {
		fmt.Fprintf(&b, " \\\n%s\t'%s'", indent, strings.ReplaceAll(spec, "'", `'\''`))
	}
	for i := range c.flags {
		f := &c.flags[i]
		for _, s := range f.spellings() {
			spec := s
			if f.many {
				spec = "*" + s
			} else if len(f.spellings()) > 1 {
				spec = "(" + strings.Join(f.spellings(), " ") + ")" + s
			}
			long := strings.HasPrefix(s, "--")
			switch {
			case !f.takes:
			case long && f.attached:
				spec += "=-"
			case long:
				spec += "="
			case f.attached:
				spec += "-"
			default:
				spec += "+"
			}
			spec += "[" + strings.NewReplacer("[", "(", "]", ")").Replace(f.help) + "]"
			if f.takes {
				if f.attached {
					spec += ":"
				}
				spec += ":" + f.what + ":" + zshAction(&f.valueCompletion)
			}
			line(spec)
		}
	}
	if len(list) > 1 {
		var subs []string
		for _, sub := range list[1:] {
			subs = append(subs, fmt.Sprintf(`%s\:"%s"`, sub.subcommand(), sub.brief))
		}
		line(`1: :_alternative "commands:command:((` + strings.ReplaceAll(strings.Join(subs, " "), `"`, `\"`) + `))" "files:file:_files"`)
		line("*:file:_files")
	} else if c.args.words != nil {
		line("1:list:" + zshAction(&c.args))
		line("*:file:_files")
	} else if action := zshAction(&c.args); action != " " {
		line("*:argument:" + action)
	}
	b.WriteString("\n")
	return b.String()
}

func zshAction(v *valueCompletion) string {
	switch {
	case v.list:
		return "_sequence compadd - " + strings.Join(v.words, " ")
	case v.words != nil:
		return "(" + strings.Join(v.words, " ") + ")"
	}
	switch v.kind {
	case "files":
		return "_files"
	case "directories":
		return "_files -/"
	case "users":
		return "_users"
	case "interfaces":
		return "_net_interfaces"
	}
	return " "
}
