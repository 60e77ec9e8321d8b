package schema

import (
	"slices"

	"merctools/lib/engine"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// Fields returns the members that a record can have: those of all protocols,
// and those around them.
func Fields() []proto.Field { return merge(append(registry.Fields(), around()...)) }

// NormalFields returns those of normalized records.
func NormalFields() []proto.Field { return merge(record.NormalFields(Fields())) }

// around are the members that no protocol declares.
func around() []record.Field {
	return slices.Insert(envelope.Fields(), 1, engine.Fields...)
}

// merge makes one of all objects, or arrays of objects, that have the same
// name, under the description that comes first, and drops what is there twice.
// Values of different types stay apart.
func merge(fields []proto.Field) []proto.Field {
	var merged []proto.Field
	for _, f := range fields {
		i := slices.IndexFunc(merged, func(m proto.Field) bool { return m.Name == f.Name && m.Type == f.Type && m.Elem == f.Elem })
		if i < 0 {
			f.Fields = slices.Clone(f.Fields)
			merged = append(merged, f)
			continue
		}
		m := &merged[i]
		m.Fields = append(m.Fields, f.Fields...)
		m.Open = m.Open || f.Open
		if m.When != f.When {
			m.When = ""
		}
	}
	for i := range merged {
		merged[i].Fields = merge(merged[i].Fields)
	}
	return merged
}
