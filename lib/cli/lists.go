package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"merctools/lib/cryptopolicy"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

// A Selectors is a comma-separated list of selectors. Lists that are given
// one after the other add up.
type Selectors string

// Decode implements kong.MapperValue.
func (s *Selectors) Decode(ctx *kong.DecodeContext) error {
	var more Selectors
	if err := ctx.Scan.PopValueInto("list", &more); err != nil {
		return err
	}
	if *s != "" && more != "" {
		*s += ","
	}
	*s += more
	return nil
}

// Valid implements bareValue.
func (s Selectors) Valid(word string) bool {
	_, err := s.parse(word)
	return word != "" && err == nil
}

// Selection is what the list selects.
func (s Selectors) Selection() (proto.Selection, error) { return s.parse(string(s)) }

func (Selectors) parse(list string) (proto.Selection, error) {
	return proto.ParseSelection(list, registry.Selectors())
}

// selectHead is what the list of selectors begins with.
const selectHead = "Selectors for --select, a comma-separated list:"

// SelectHelp lists the selectors with what they select.
func SelectHelp() string {
	var b strings.Builder
	b.WriteString(selectHead + "\n")
	for _, name := range registry.Selectors() {
		fmt.Fprintf(&b, "  %-22s  %s\n", name, registry.SelectorDoc(name))
	}
	b.WriteString("Names are also known without underscores, such as tls.clienthello.\n")
	return b.String()
}

// A Policies is a comma-separated list of cryptographic policies.
type Policies string

// Valid implements bareValue.
func (Policies) Valid(word string) bool {
	_, err := cryptopolicy.Parse(word)
	return word != "" && err == nil
}

// list yields the names in a comma-separated list.
func list(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range strings.SplitSeq(s, ",") {
			if name = strings.TrimSpace(name); name != "" && !yield(name) {
				return
			}
		}
	}
}
