package explain

import (
	"bytes"
	"fmt"
	"strings"
)

// width is how long lines of text get where they can be broken.
const width = 80

// Text is the explanation for people, in lines that end with a line feed.
func (e *Explanation) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s.\n\n", e.Fingerprint, e.Summary)
	writeTable(&b, e.Parts)
	if len(e.AlsoKnownAs) > 0 {
		b.WriteString("\nif the message was whole, also:\n")
		for _, p := range e.AlsoKnownAs {
			fmt.Fprintf(&b, "  %s  %s\n", p.Name, p.Text)
		}
	}
	return b.Bytes()
}

// writeTable writes the outermost parts: a line each, or a list below it.
func writeTable(b *bytes.Buffer, parts []Part) {
	for _, p := range parts {
		switch {
		case p.Parts == nil && p.Code == "" && p.Text == "":
			fmt.Fprintf(b, "%s: (empty)\n", p.Name)
		case p.Parts == nil:
			fmt.Fprintf(b, "%s: %s\n", p.Name, p.value())
		case !hasCodes(p.Parts): // names only
			writeWrapped(b, p.Name+":", names(p.Parts), "  ")
		default:
			fmt.Fprintf(b, "%s:\n", p.Name)
			wide := codeWidth(p.Parts)
			for _, q := range p.Parts {
				q.writeLine(b, wide)
			}
		}
	}
}

// value is a part without its name: its words, and the code behind them.
func (p *Part) value() string {
	switch {
	case p.Text == "":
		return p.Code
	case p.Code == "" || p.Code == p.Text, p.Code == digits([]byte(p.Text)):
		return p.Text
	}
	return p.Text + " (" + p.Code + ")"
}

// maxCode is the length of the longest code that is shown in the first column.
const maxCode = 16

// codeWidth is how wide the column with codes is; 0 where codes are the names
// themselves, in hexadecimal digits.
func codeWidth(parts []Part) (n int) {
	for _, p := range parts {
		if len(p.Code) > maxCode {
			return 0
		}
		n = max(n, len(p.Code))
	}
	return n
}

func hasCodes(parts []Part) bool {
	for _, p := range parts {
		if p.Code != "" {
			return true
		}
	}
	return false
}

// writeLine writes an element of a list.
func (p *Part) writeLine(b *bytes.Buffer, wide int) {
	head := "  "
	if wide > 0 {
		head += fmt.Sprintf("%-*s  ", wide, p.Code)
	}
	indent := strings.Repeat(" ", len(head)+2)
	head += p.name()
	switch {
	case p.Parts != nil:
		writeWrapped(b, head+":", names(p.Parts), indent)
	case p.Text != "":
		fmt.Fprintf(b, "%s: %s\n", head, p.Text)
	default:
		fmt.Fprintf(b, "%s\n", head)
	}
}

// name is the name, or what stands for it.
func (p *Part) name() string {
	if p.Name == "" {
		return "unknown"
	}
	return p.Name
}

// names are the names of parts; the code where there is none.
func names(parts []Part) (list []string) {
	for _, p := range parts {
		if p.Name == "" {
			list = append(list, "0x"+p.Code)
			continue
		}
		list = append(list, p.Name)
	}
	return list
}

// writeWrapped writes a list with commas; further lines are indented.
func writeWrapped(b *bytes.Buffer, head string, list []string, indent string) {
	line := head
	for i, word := range list {
		if i < len(list)-1 {
			word += ","
		}
		if len(line)+1+len(word) > width && len(line) > len(indent) {
			fmt.Fprintf(b, "%s\n", line)
			line = indent + word
			continue
		}
		line += " " + word
	}
	fmt.Fprintf(b, "%s\n", line)
}
