package schema

import (
	"fmt"
	"slices"
	"strings"

	"merctools/lib/proto"
)

// DuckDB returns a statement that makes a table function in DuckDB:
// read_records(file) reads lines of records, with a column for each member.
// Objects whose members aren't all known, and members that have values of
// several types, are JSON.
//
// It is not a table, since COPY takes no record that lacks a member.
func DuckDB() []byte { return duckDB(Fields()) }

// NormalDuckDB is the same for normalized records.
func NormalDuckDB() []byte { return duckDB(NormalFields()) }

func duckDB(fields []proto.Field) []byte {
	var b strings.Builder
	b.WriteString("CREATE OR REPLACE MACRO read_records(file) AS TABLE\n" +
		"SELECT * FROM read_json(file, format = 'newline_delimited', maximum_object_size = 1048576, columns = {\n")
	for i, c := range duckColumns(fields) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "  %s: '%s'", quoted(c.name), strings.ReplaceAll(c.kind, "'", "''"))
	}
	b.WriteString("\n});\n")
	return []byte(b.String())
}

type column struct{ name, kind string }

// duckColumns are the members of an object. Their names don't differ by case
// only.
func duckColumns(fields []proto.Field) []column {
	return columnsOf(fields, func(f *proto.Field) string { return duckType(f, f.Type) }, strings.EqualFold, duckJSON)
}

// columnsOf are the members of an object, each of which kind gives a type. One
// that has several types has the type mixed.
func columnsOf(fields []proto.Field, kind func(*proto.Field) string, same func(a, b string) bool, mixed string) []column {
	var columns []column
	for i := range fields {
		k := kind(&fields[i])
		j := slices.IndexFunc(columns, func(c column) bool { return same(c.name, fields[i].Name) })
		switch {
		case j < 0:
			columns = append(columns, column{fields[i].Name, k})
		case columns[j].kind != k:
			columns[j].kind = mixed
		}
	}
	return columns
}

const duckJSON = "JSON"

// duckType is the type of a column, or of its elements.
func duckType(f *proto.Field, t proto.Type) string {
	switch t {
	case proto.Time:
		return "TIMESTAMPTZ"
	case proto.Uint:
		return "UBIGINT"
	case proto.Int:
		return "BIGINT"
	case proto.Float:
		return "DOUBLE"
	case proto.Bool:
		return "BOOLEAN"
	case proto.Null:
		return duckJSON
	case proto.Array:
		if f.Open {
			return duckJSON
		}
		return duckType(f, f.Elem) + "[]"
	case proto.Object:
		if lists := listsByName(f); lists != nil {
			return "MAP(VARCHAR, " + duckType(lists, lists.Type) + ")"
		}
		if f.Open || len(f.Fields) == 0 || hasAnyName(f.Fields) {
			return duckJSON
		}
		var parts []string
		for _, c := range duckColumns(f.Fields) {
			parts = append(parts, quoted(c.name)+" "+c.kind)
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	}
	return "VARCHAR"
}

// hasAnyName reports whether an object has members whose names come from
// packets.
func hasAnyName(fields []proto.Field) bool {
	return slices.ContainsFunc(fields, func(f proto.Field) bool { return f.Name == "*" })
}

// listsByName returns one of an object's members, where all of them are lists of
// strings, and have names from packets; nil otherwise.
func listsByName(f *proto.Field) *proto.Field {
	if f.Open || !hasAnyName(f.Fields) {
		return nil
	}
	for i := range f.Fields {
		if g := &f.Fields[i]; g.Type != proto.Array || g.Open || kind(g.Elem) != proto.String {
			return nil
		}
	}
	return &f.Fields[0]
}

// quoted is a name as SQL has it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
