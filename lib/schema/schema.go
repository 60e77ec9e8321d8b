package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"merctools/lib/proto"
)

// Schema returns the JSON Schema of a record as indented text. What it says
// is strict: an object has no members beside those that are declared.
func Schema() []byte { return schemaOf(Fields(), "What was found in a packet, as a line of JSON.") }

// NormalSchema is the same for normalized records.
func NormalSchema() []byte {
	return schemaOf(NormalFields(), "What was found in a packet, as a line of JSON in normal form.")
}

func schemaOf(fields []proto.Field, doc string) []byte {
	s := schema{uses: map[string]int{}, names: map[string]string{}}
	s.count(fields)
	record := s.object(fields, false)
	defs := s.definitions()
	top := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "Record"},
		{"description", doc},
	}
	top = append(top, record...)
	flow := []string{"src_ip", "dst_ip", "protocol", "src_port", "dst_port"}
	var together object
	for _, name := range flow {
		together = append(together, member{name, slices.DeleteFunc(slices.Clone(flow), func(n string) bool { return n == name })})
	}
	top = append(top, member{"required", []string{"event_start"}}, member{"dependentRequired", together}, member{"$defs", defs})
	return encode(top)
}

// An object is a JSON object whose members have an order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		panic(err) // all of it is strings, lists and objects
	}
	return b.Bytes()
}

// A schema is made of definitions where objects of the same kind are in
// several places.
type schema struct {
	uses  map[string]int    // by what an object is like
	names map[string]string // of definitions, likewise
	defs  []definition
}

type definition struct {
	name string
	body object
}

// minShared is the number of members from which on an object that is in
// several places has a definition of its own.
const minShared = 3

// likeness is the same for objects that have the same members.
func likeness(fields []proto.Field, open bool) string { return fmt.Sprintf("%v %t", fields, open) }

func (s *schema) count(fields []proto.Field) {
	for i := range fields {
		if f := &fields[i]; len(f.Fields) > 0 {
			s.uses[likeness(f.Fields, f.Open)]++
			s.count(f.Fields)
		}
	}
}

// object describes an object with the given members.
func (s *schema) object(fields []proto.Field, open bool) object {
	properties := object{}
	var others any = open
	for i := range fields {
		f := &fields[i]
		if slices.ContainsFunc(fields[:i], func(g proto.Field) bool { return g.Name == f.Name }) {
			continue
		}
		var choices []object
		for j := i; j < len(fields); j++ {
			if fields[j].Name == f.Name {
				choices = append(choices, s.field(&fields[j]))
			}
		}
		value := choices[0]
		if len(choices) > 1 {
			value = object{{"anyOf", choices}}
		}
		if f.Name == "*" {
			others = value
		} else {
			properties = append(properties, member{f.Name, value})
		}
	}
	return object{{"type", "object"}, {"properties", properties}, {"additionalProperties", others}}
}

// field describes a member.
func (s *schema) field(f *proto.Field) object {
	doc := f.Doc
	if f.When != "" {
		doc += " (with " + f.When + ")"
	}
	if f.Secret {
		doc += " (may be masked, with --mask-secrets)"
	}
	return append(object{{"description", doc}}, s.value(f, f.Type)...)
}

func (s *schema) value(f *proto.Field, t proto.Type) object {
	switch t {
	case proto.Hex:
		if f.Secret {
			return object{{"type", "string"}, {"pattern", "^([0-9a-f]*|masked:[0-9]+(:[0-9a-f]{16})?)$"}}
		}
		return object{{"type", "string"}, {"pattern", "^[0-9a-f]*$"}}
	case proto.Base64:
		if f.Secret {
			return object{{"type", "string"}}
		}
		return object{{"type", "string"}, {"contentEncoding", "base64"}}
	case proto.Time:
		return object{{"type", "string"}, {"format", "date-time"}}
	case proto.Uint:
		return object{{"type", "integer"}, {"minimum", 0}}
	case proto.Int:
		return object{{"type", "integer"}}
	case proto.Float:
		return object{{"type", "number"}}
	case proto.Bool:
		return object{{"type", "boolean"}}
	case proto.Null:
		return object{{"type", "null"}}
	case proto.Array:
		if f.Open {
			return object{{"type", "array"}}
		}
		return object{{"type", "array"}, {"items", s.value(f, f.Elem)}}
	case proto.Object:
		return s.shared(f)
	}
	return object{{"type", "string"}}
}

// shared describes an object in place, or refers to its definition.
func (s *schema) shared(f *proto.Field) object {
	kind := likeness(f.Fields, f.Open)
	if s.uses[kind] < 2 || len(f.Fields) < minShared {
		return s.object(f.Fields, f.Open)
	}
	name, ok := s.names[kind]
	if !ok {
		name = f.Name
		for n := 2; slices.ContainsFunc(s.defs, func(d definition) bool { return d.name == name }); n++ {
			name = fmt.Sprintf("%s_%d", f.Name, n)
		}
		s.names[kind] = name
		i := len(s.defs)
		s.defs = append(s.defs, definition{name: name})
		s.defs[i].body = s.object(f.Fields, f.Open)
	}
	return object{{"$ref", "#/$defs/" + name}}
}

func (s *schema) definitions() object {
	defs := object{}
	for _, d := range s.defs {
		defs = append(defs, member{d.name, d.body})
	}
	return defs
}
