package registry

import (
	"slices"
	"testing"
)

// TestSelectorDocs checks that each selector has a text that speaks of it
// alone, and that no text is for something else.
func TestSelectorDocs(t *testing.T) {
	texts := map[string]string{}
	for _, name := range Selectors() {
		doc := SelectorDoc(name)
		if other, ok := texts[doc]; ok || doc == "" || len(doc) > 80 {
			t.Errorf("%s: %q, as of %q", name, doc, other)
		}
		texts[doc] = name
	}
	if doc := SelectorDoc("nonsense"); doc != "" {
		t.Errorf("nonsense: %q", doc)
	}
	for _, p := range All {
		var names []string
		for i := range p.Messages {
			names = append(names, p.Messages[i].Select...)
		}
		for name := range p.Selectors {
			if !slices.Contains(names, name) {
				t.Errorf("%s: a text for %s, which is no selector of it", p.Name, name)
			}
		}
	}
}

// tcp.message is accepted, and selects nothing.
func TestAcceptedSelectors(t *testing.T) {
	const name = "tcp.message"
	if !slices.Contains(Selectors(), name) {
		t.Errorf("%s is not accepted", name)
	}
	for _, p := range All {
		for i := range p.Messages {
			if slices.Contains(p.Messages[i].Select, name) {
				t.Errorf("%s selects %s", name, p.Name)
			}
		}
	}
}
