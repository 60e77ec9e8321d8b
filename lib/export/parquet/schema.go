package parquet

import (
	"reflect"

	"github.com/parquet-go/parquet-go"

	"merctools/lib/export"
	"merctools/lib/record"
)

// table is the schema of a file. All columns are optional.
func table(columns []export.Column) parquet.Node {
	g := group{Group: parquet.Group{}}
	for _, c := range columns {
		n := leaf(c.Type)
		if c.List {
			n = parquet.List(parquet.Optional(n))
		}
		n = parquet.Optional(n)
		g.Group[c.Name] = n
		g.fields = append(g.fields, field{n, c.Name})
	}
	return g
}

// leaf is a column of simple values.
func leaf(t record.Type) parquet.Node {
	switch t {
	case record.Uint:
		return parquet.Encoded(parquet.Uint(64), &parquet.RLEDictionary)
	case record.Int:
		return parquet.Encoded(parquet.Int(64), &parquet.RLEDictionary)
	case record.Float:
		return parquet.Leaf(parquet.DoubleType)
	case record.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case record.Object:
		return parquet.JSON()
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

// A group is one whose fields keep their order.
type group struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the fields in the order of the table.
func (g group) Fields() []parquet.Field { return g.fields }

type field struct {
	parquet.Node
	name string
}

// Name is the name of the column.
func (f field) Name() string { return f.name }

// Value is that of a row that is a map. Rows are written by columns instead.
func (f field) Value(row reflect.Value) reflect.Value {
	return row.MapIndex(reflect.ValueOf(f.name))
}
