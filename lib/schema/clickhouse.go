package schema

import (
	"fmt"
	"slices"
	"strings"

	"merctools/lib/proto"
)

// ClickHouse returns a statement that makes a table of records in ClickHouse,
// which takes lines of records in the format JSONEachRow.
//
// Objects are tuples, so that their members are columns of their own. Those with
// very many members, and elements of arrays with many, are text in JSON: each
// column of a MergeTree table is a file or more in each of its parts. So are
// objects whose members aren't all known, and members that have values of
// several types.
//
// The column event_time is event_start as a time, with its six decimals. It is
// part of the key, and so are the addresses: these can't be null. They are empty
// where a record has none.
func ClickHouse() []byte { return ClickHouseTable("records", "MergeTree", nil, nil) }

// ClickHouseTable is the same with a table's name, its engine, more columns at
// its beginning, each with its name and type, and more columns of its key.
func ClickHouseTable(name, engine string, columns, key []string) []byte {
	return clickHouse(table{name, engine, columns, key}, Fields(), "Float64", "event_time",
		"`event_time` DateTime64(6, 'UTC') MATERIALIZED fromUnixTimestamp64Micro(toInt64(round(event_start * 1000000)), 'UTC')")
}

// NormalClickHouse is the same for normalized records. Their event_start is a
// time and takes the place of event_time. Other times are text, since those of
// certificates may be beyond what DateTime64 can hold.
func NormalClickHouse() []byte {
	return clickHouse(table{name: "records", engine: "MergeTree"}, NormalFields(), "DateTime64(6, 'UTC')", "event_start")
}

// A table is what tables differ in beside their columns for records.
type table struct {
	name, engine string
	columns, key []string // before those for records; behind the rest of the key
}

// clickHouse makes a table in which event_start has the type start; when is the
// column with the time of a record, and further are definitions of more columns.
func clickHouse(t table, fields []proto.Field, start, when string, further ...string) []byte {
	columns := slices.Clone(t.columns)
	for _, c := range clickHouseColumns(fields) {
		switch c.name {
		case "*":
			continue
		case "src_ip", "dst_ip":
			c.kind = "String"
		case "time_iso":
			c.kind = "Nullable(DateTime64(9, 'UTC'))"
		case "event_start":
			c.kind = start
		}
		columns = append(columns, backquoted(c.name)+" "+c.kind)
	}
	columns = append(columns, further...)
	key := append([]string{"toStartOfHour(" + when + ")", "src_ip", "dst_ip", when}, t.key...)
	return fmt.Appendf(nil, "CREATE TABLE IF NOT EXISTS %s (\n  %s\n) ENGINE = %s()\nPARTITION BY toDate(%s)\nORDER BY (%s);\n",
		t.name, strings.Join(columns, ",\n  "), t.engine, when, strings.Join(key, ", "))
}

// Limits of what has columns of its own.
const (
	maxTuple   = 64 // values in an object
	maxElement = 12 // values in an element of an array
)

// clickHouseColumns are the members of an object.
func clickHouseColumns(fields []proto.Field) []column {
	return columnsOf(fields, clickHouseType, func(a, b string) bool { return a == b }, clickHouseJSON)
}

// clickHouseJSON is text, or null.
const clickHouseJSON = "Nullable(String)"

// clickHouseType is the type of a column.
func clickHouseType(f *proto.Field) string {
	switch t := clickHouseScalar(f.Type); {
	case t != "":
		return "Nullable(" + t + ")"
	case f.Type == proto.Object && inColumns(f, maxTuple):
		return tuple(f.Fields)
	case f.Type == proto.Object && listsByName(f) != nil:
		return "Map(String, Array(Nullable(String)))"
	case f.Type != proto.Array:
		return clickHouseJSON
	}
	switch t := clickHouseScalar(f.Elem); {
	case f.Open:
		return "Array(" + clickHouseJSON + ")"
	case t != "":
		return "Array(Nullable(" + t + "))"
	case f.Elem == proto.Object && inColumns(f, maxElement):
		return "Array(" + tuple(f.Fields) + ")"
	}
	return "Array(" + clickHouseJSON + ")"
}

func tuple(fields []proto.Field) string {
	var parts []string
	for _, c := range clickHouseColumns(fields) {
		parts = append(parts, backquoted(c.name)+" "+c.kind)
	}
	return "Tuple(" + strings.Join(parts, ", ") + ")"
}

// clickHouseScalar is the type of a simple value; empty for any other. There is
// UInt8 for true and false, since older versions have no other type for them.
func clickHouseScalar(t proto.Type) string {
	switch t {
	case proto.Uint:
		return "UInt64"
	case proto.Int:
		return "Int64"
	case proto.Float:
		return "Float64"
	case proto.Bool:
		return "UInt8"
	case proto.Null, proto.Array, proto.Object:
		return ""
	}
	return "String"
}

// inColumns reports whether the members of objects become columns: they are
// known, and not too many.
func inColumns(f *proto.Field, most int) bool {
	return !f.Open && len(f.Fields) > 0 && !hasAnyName(f.Fields) && countColumns(f.Fields) <= most
}

// countColumns is how many columns the members of an object have.
func countColumns(fields []proto.Field) (n int) {
	for i := range fields {
		f := &fields[i]
		if objects := f.Type == proto.Object && inColumns(f, maxTuple) || f.Type == proto.Array && f.Elem == proto.Object && inColumns(f, maxElement); objects {
			n += countColumns(f.Fields)
		} else {
			n++
		}
	}
	return n
}

// backquoted is a name as ClickHouse has it.
func backquoted(name string) string {
	for _, c := range []string{`\`, "`"} {
		name = strings.ReplaceAll(name, c, `\`+c)
	}
	return "`" + name + "`"
}
