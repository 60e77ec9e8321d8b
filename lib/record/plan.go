package record

import (
	"fmt"
	"slices"
)

// A Plan says which members of records change when they are normalized. Many
// Normalizers may use it at once.
type Plan struct{ root *node }

// NewPlan returns a Plan for records with some members. Those that have the
// same name must have the same form.
func NewPlan(fields []Field) *Plan {
	p := &Plan{root: &node{}}
	p.root.add(fields)
	p.root.settle()
	return p
}

// A node is a member that changes, or in which something does.
type node struct {
	name string
	form Form
	role Role
	key  string // what it begins with in a normalized record: name and colon
	text string // the same for text in its place

	index  int     // among the members of what it is in
	kids   []*node // shorter names first
	first  []uint8 // by length: the first kid whose name is as long or longer
	any    *node   // for all other names; nil where there is none
	merges bool
}

// maxMerged is how many members objects that are merged can have.
const maxMerged = 64

func keyOf(name string) string { return `"` + name + `":` }

// add adds members of an object.
func (k *node) add(fields []Field) {
	for i := range fields {
		f := &fields[i]
		c := k.find(f.Name)
		if c == nil {
			c = &node{name: f.Name, form: f.Form, role: f.Role, key: keyOf(f.Name), text: keyOf(f.Name + textSuffix)}
			if f.As != "" {
				c.key, c.text = keyOf(f.As), keyOf(f.As+textSuffix)
			}
			if f.Name == "*" {
				k.any = c
			} else {
				k.kids = append(k.kids, c)
			}
		}
		if c.form != f.Form || c.role != f.Role {
			panic(fmt.Sprintf("record: %s has two forms", f.Name))
		}
		c.add(f.Fields)
	}
}

func (k *node) find(name string) *node {
	if name == "*" {
		return k.any
	}
	for _, c := range k.kids {
		if c.name == name {
			return c
		}
	}
	return nil
}

// settle removes members in which nothing changes, and prepares for looking
// them up. It reports whether anything changes.
func (k *node) settle() bool {
	k.merges = k.form == Merged || k.form == Joined
	keep := k.merges || k.form == Unwrapped
	k.kids = slices.DeleteFunc(k.kids, func(c *node) bool { return !c.settle() && !keep })
	if k.any != nil && !k.any.settle() && !keep {
		k.any = nil
	}
	slices.SortStableFunc(k.kids, func(a, b *node) int { return len(a.name) - len(b.name) })
	for i, c := range k.kids {
		c.index = i
		for len(k.first) <= len(c.name) {
			k.first = append(k.first, uint8(i))
		}
	}
	k.first = append(k.first, uint8(len(k.kids)))
	if k.merges && len(k.kids) > maxMerged || len(k.kids) > 255 {
		panic(fmt.Sprintf("record: %s has too many members", k.name))
	}
	return k.form != Same || k.key != keyOf(k.name) && k.name != "" || len(k.kids) > 0 || k.any != nil
}

// kid returns the member with a name, or nil where nothing changes in it.
func (k *node) kid(name []byte) *node {
	if n := len(name); n+1 < len(k.first) {
		for i := k.first[n]; i < k.first[n+1]; i++ {
			if c := k.kids[i]; c.name == string(name) {
				return c
			}
		}
	}
	return k.any
}
