package schema

import (
	"fmt"

	"merctools/lib/export"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// Columns returns the columns that paths such as tls.client.server_name lead
// to, with their types. A path that no record can have anything at is an error.
//
// What is in an array, or an array itself, is a list. Objects, and members that
// have values of several types, are JSON, whose type is record.Object.
func Columns(paths []string) ([]export.Column, error) { return columns(Fields(), paths) }

// NormalColumns is the same for normalized records.
func NormalColumns(paths []string) ([]export.Column, error) { return columns(NormalFields(), paths) }

func columns(fields []proto.Field, paths []string) ([]export.Column, error) {
	var list []export.Column
	for _, text := range paths {
		path, err := record.ParsePath(text)
		if err != nil {
			return nil, err
		}
		c := export.Column{Name: text, Path: path}
		if !lead(&c, fields, path, false, new(bool)) {
			return nil, fmt.Errorf("%q: records have no such member (merc-fp --schema lists them)", text)
		}
		list = append(list, c)
	}
	return list, nil
}

// lead follows a path, and takes the types of what it leads to for the column.
// known says that it has one already. It returns whether there is something.
func lead(c *export.Column, fields []proto.Field, path record.Path, inList bool, known *bool) (found bool) {
	take := func(t record.Type, list bool) {
		found = true
		if *known && t != c.Type || t == record.Null {
			t = record.Object
		}
		c.Type, c.List, *known = t, c.List || list, true
	}
	for i := range fields {
		f := &fields[i]
		if f.Name != path[0] && f.Name != "*" {
			continue
		}
		array := f.Type == record.Array
		objects := f.Type == record.Object || array && f.Elem == record.Object
		list := inList || array
		switch {
		case len(path) > 1 && objects && lead(c, f.Fields, path[1:], list, known):
			found = true
		case len(path) > 1 && (f.Open || f.Type == record.Object && len(f.Fields) == 0):
			take(record.Object, list)
		case len(path) > 1:
		case array && !f.Open && f.Elem != record.Array:
			take(kind(f.Elem), true)
		case array:
			take(record.Object, true)
		default:
			take(kind(f.Type), list)
		}
	}
	return found
}

// kind makes one type of all that are text.
func kind(t record.Type) record.Type {
	switch t {
	case record.String, record.Text, record.Hex, record.Base64, record.Address, record.Time:
		return record.String
	}
	return t
}
