package cli

import (
	"fmt"
	"strings"
)

// bashCompletion writes completions for bash 4 and up. They need no library.
func bashCompletion(list []*completion) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Completions of %s for bash, made by %[1]s --generate=bash.\n\n", list[0].name)
	b.WriteString(bashHelpers)
	for i := len(list) - 1; i >= 0; i-- { // subcommands first
		var subs []*completion
		if i == 0 {
			subs = list
		}
		bashFunction(&b, list[i], subs)
	}
	fmt.Fprintf(&b, "complete -F %s %s\n", list[0].function(), list[0].name)
	return b.String()
}

// Bash breaks words at "=", so that the value of --flag=value is a word of its
// own.
const bashHelpers = `# __merc_words WORDS: complete with one of them.
__merc_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# __merc_list WORDS: complete the last element of a list with commas.
__merc_list() {
	local before=
	[[ $cur == *,* ]] && before=${cur%,*},
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
	compopt -o nospace 2>/dev/null
}

# __merc_names ACTION: complete with what compgen finds, such as -f for files.
__merc_names() {
	mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
	[[ $1 == -[df] ]] && compopt -o filenames 2>/dev/null
}

# __merc_interfaces: complete with a network interface.
__merc_interfaces() {
	__merc_words "any $(cd /sys/class/net 2>/dev/null && echo *)"
}

`

func bashFunction(b *strings.Builder, c *completion, list []*completion) {
	fmt.Fprintf(b, "%s() {\n", c.function())
	b.WriteString(`	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} flag=
	COMPREPLY=()
`)
	if len(list) > 1 {
		b.WriteString("	if ((COMP_CWORD > 1)); then\n\t\tcase ${COMP_WORDS[1]} in\n")
		for _, sub := range list[1:] {
			fmt.Fprintf(b, "\t\t%s)\n\t\t\t%s\n\t\t\treturn\n\t\t\t;;\n", sub.subcommand(), sub.function())
		}
		b.WriteString("\t\tesac\n\tfi\n")
	}
	b.WriteString(`	if [[ $cur == = ]]; then
		flag=$prev= cur=
	elif [[ $prev == = ]]; then
		flag=${COMP_WORDS[COMP_CWORD - 2]}=
	elif [[ $prev == -* ]]; then
		flag=$prev
	fi
	case $flag in
`)
	var all []string
	for i := range c.flags {
		f := &c.flags[i]
		all = append(all, f.spellings()...)
		if !f.takes {
			continue
		}
		var patterns []string
		for _, s := range f.spellings() {
			if !f.attached {
				patterns = append(patterns, s)
			}
			patterns = append(patterns, s+"=")
		}
		fmt.Fprintf(b, "\t%s)\n%s\t\treturn\n\t\t;;\n", strings.Join(patterns, " | "), bashAction(&f.valueCompletion))
	}
	b.WriteString("	esac\n	if [[ $cur == -* ]]; then\n")
	fmt.Fprintf(b, "\t\t__merc_words '%s'\n\t\treturn\n\tfi\n", strings.Join(all, " "))
	b.WriteString(strings.ReplaceAll(bashAction(&c.args), "\t\t", "\t"))
	if len(list) > 1 {
		fmt.Fprintf(b, "\tif ((COMP_CWORD == 1)); then\n\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n\tfi\n", strings.Join(subcommands(list), " "))
	}
	b.WriteString("}\n\n")
}

// bashAction sets the completions of a value.
func bashAction(v *valueCompletion) string {
	switch {
	case v.list:
		return fmt.Sprintf("\t\t__merc_list '%s'\n", strings.Join(v.words, " "))
	case v.words != nil:
		return fmt.Sprintf("\t\t__merc_words '%s'\n", strings.Join(v.words, " "))
	}
	switch v.kind {
	case "files":
		return "\t\t__merc_names -f\n"
	case "directories":
		return "\t\t__merc_names -d\n"
	case "users":
		return "\t\t__merc_names -u\n"
	case "interfaces":
		return "\t\t__merc_interfaces\n"
	}
	return ""
}
