package schema

import (
	"bytes"
	"fmt"
	"strings"

	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

const introduction = `# Protocols

This file is made from what the protocols declare: run ` + "`go generate ./lib/schema`" + `
after a change.

A packet gives at most one record, that of the message in it. Selectors are
what ` + "`--select`" + ` takes; ` + "`all`" + ` selects everything and ` + "`none`" + ` nothing.

What identifies a message is tried in this order: rules that go before all
else; the first bytes, first against rules of 8, then of 16, then of 4 bytes;
ports; words that begin the payload; the payload's size. Among rules of the
same sort the protocol that comes first below goes first. Bytes are
hexadecimal; ` + "`..`" + ` is a byte that does not count, and of ` + "`00/fc`" + ` only the
bits that are set in ` + "`fc`" + ` do. A port without a side is that of the sender or of
the receiver.

A member's name is written with those of the objects around it; ` + "`[]`" + ` follows
the name of an array, and ` + "`*`" + ` stands for names that come from the packet. Types
are those of JSON, but strings are told apart by what is in them: *text* comes
from the packet (what is not UTF-8 becomes U+FFFD), *hex* is in lower case.
Almost every member is left out where a message lacks it. An option goes for
all members of an object.

`

// README returns the description of all protocols in Markdown.
func README() []byte {
	r := &readme{seen: map[string]string{}}
	r.WriteString(introduction)
	for _, p := range registry.All {
		fmt.Fprintf(r, "- [%s](#%s): %s\n", p.Name, anchor(p.Name), p.Doc)
	}
	r.WriteString("- [around every message](#around-every-message): fingerprints, analysis, addresses, time\n")
	for _, p := range registry.All {
		r.protocol(p)
	}
	r.WriteString("\n## Around every message\n\n")
	r.fields(around())
	return r.Bytes()
}

// anchor is the name by which a heading can be linked to.
func anchor(heading string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == ' ':
			return '-'
		case c == '-' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c
		}
		return -1
	}, strings.ToLower(heading))
}

type readme struct {
	bytes.Buffer
	seen map[string]string // where objects that are written by now stand
}

func (r *readme) protocol(p *proto.Protocol) {
	fmt.Fprintf(r, "\n## %s\n\n%s. Specified in %s.\n\n", p.Name, upper(p.Doc), p.Spec)
	r.WriteString("| message | selectors | identified by | fingerprint |\n|---|---|---|---|\n")
	for i := range p.Messages {
		m := &p.Messages[i]
		var rules, prints []string
		for j := range m.Match {
			rules = append(rules, rule(&m.Match[j]))
		}
		for _, t := range m.Fingerprints {
			prints = append(prints, "`"+t.String()+"`")
		}
		fmt.Fprintf(r, "| %s | %s | %s | %s |\n", m.Name, code(m.Select), strings.Join(rules, "<br>"), strings.Join(prints, ", "))
	}
	r.recognitions(p.Records)
	if len(p.Fields) > 0 {
		r.WriteString("\n")
		r.fields(p.Fields)
	}
}

// recognitions says by what a record is known as one of a selector's.
func (r *readme) recognitions(list []proto.Recognition) {
	for i := 0; i < len(list); {
		selector := list[i].Selector
		var conditions []string
		for ; i < len(list) && list[i].Selector == selector; i++ {
			c := "`" + list[i].With + "`"
			if list[i].Value != "" {
				c += ": `" + list[i].Value + "`"
			}
			if len(list[i].Without) > 0 {
				c += " (but none of " + code(list[i].Without) + ")"
			}
			conditions = append(conditions, c)
		}
		fmt.Fprintf(r, "\nA record is one of `%s` if it has %s.\n", selector, strings.Join(conditions, " or "))
	}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// code writes names as code.
func code(names []string) string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, "`"+n+"`")
	}
	return strings.Join(quoted, ", ")
}

func (r *readme) fields(fields []proto.Field) {
	r.WriteString("| member | type | option | |\n|---|---|---|---|\n")
	r.rows("", fields)
}

// rows writes a row for each member, and those of the objects among them,
// unless the same are written already.
func (r *readme) rows(path string, fields []proto.Field) {
	for i := range fields {
		f := &fields[i]
		name := path + f.Name
		typ, doc := f.Type.String(), f.Doc
		if f.Type == proto.Array {
			name += "[]"
			typ = "array of " + f.Elem.String()
		}
		if f.Open {
			doc += "; and others"
		}
		nested := len(f.Fields) > 0
		if nested {
			kind := likeness(f.Fields, f.Open)
			if first, ok := r.seen[kind]; ok && len(f.Fields) >= minShared {
				doc += fmt.Sprintf("; with the members of `%s`", first)
				nested = false
			} else if !ok {
				r.seen[kind] = name
			}
		}
		option := ""
		if f.When != "" {
			option = options(f.When)
		}
		fmt.Fprintf(r, "| `%s` | %s | %s | %s |\n", name, typ, option, escape(doc))
		if nested {
			r.rows(name+".", f.Fields)
		}
	}
}

// options writes the options in a text as code.
func options(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if strings.HasPrefix(w, "--") {
			bare := strings.TrimRight(w, ",")
			words[i] = "`" + bare + "`" + w[len(bare):]
		}
	}
	return strings.Join(words, " ")
}

// escape keeps a text from ending a cell of a table.
func escape(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
