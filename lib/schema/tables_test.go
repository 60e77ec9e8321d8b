package schema

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
)

func TestDuckTypes(t *testing.T) {
	for _, tt := range []struct {
		field proto.Field
		want  string
	}{
		{record.F("a", record.Uint, ""), "UBIGINT"},
		{record.F("a", record.Hex, ""), "VARCHAR"},
		{record.F("a", record.Float, ""), "DOUBLE"},
		{record.L("a", record.Int, ""), "BIGINT[]"},
		{record.O("a", "", record.F("b", record.Bool, ""), record.F(`c"d`, record.Address, "")), `STRUCT("b" BOOLEAN, "c""d" VARCHAR)`},
		{record.A("a", "", record.F("b", record.Text, "")), `STRUCT("b" VARCHAR)[]`},
		{record.O("a", "", record.F("*", record.Text, "")), "JSON"},
		{record.O("a", "", record.F("b", record.Text, "")).AndMore(), "JSON"},
		{record.O("a", ""), "JSON"},
		{record.O("a", "", record.F("b", record.Text, ""), record.F("b", record.Uint, ""), record.F("B", record.Text, "")), `STRUCT("b" JSON)`},
	} {
		if got := duckType(&tt.field, tt.field.Type); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.field, got, tt.want)
		}
	}
}

// The statement has a column for each member, once.
func TestDuckDB(t *testing.T) {
	text := string(DuckDB())
	if strings.Count(text, "(") != strings.Count(text, ")") || !strings.HasPrefix(text, "CREATE OR REPLACE MACRO read_records(file) ") || !strings.HasSuffix(text, "\n});\n") {
		t.Errorf("not a statement: %.200s", text)
	}
	for _, f := range Fields() {
		if n := strings.Count(text, "\n  "+quoted(f.Name)+": '"); n != 1 && f.Name != "*" {
			t.Errorf("%d columns %s", n, f.Name)
		}
	}
	for _, column := range []string{"\n  \"src_ip\": 'VARCHAR',", "\n  \"dst_port\": 'UBIGINT',", "\n  \"event_start\": 'DOUBLE'", "\n  \"tls\": 'STRUCT("} {
		if !strings.Contains(text, column) {
			t.Errorf("no %q", column)
		}
	}
}
