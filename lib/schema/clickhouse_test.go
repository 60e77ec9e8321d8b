package schema

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
)

func TestClickHouseTypes(t *testing.T) {
	var many []proto.Field
	for i := range maxTuple + 1 {
		many = append(many, record.F("f"+strings.Repeat("x", i), record.Uint, ""))
	}
	for _, tt := range []struct {
		field proto.Field
		want  string
	}{
		{record.F("a", record.Uint, ""), "Nullable(UInt64)"},
		{record.F("a", record.Int, ""), "Nullable(Int64)"},
		{record.F("a", record.Float, ""), "Nullable(Float64)"},
		{record.F("a", record.Bool, ""), "Nullable(UInt8)"},
		{record.F("a", record.Base64, ""), "Nullable(String)"},
		{record.F("a", record.Null, ""), "Nullable(String)"},
		{record.L("a", record.Uint, ""), "Array(Nullable(UInt64))"},
		{record.O("a", "", record.F("b", record.Bool, ""), record.F("c`d\\", record.Address, "")), "Tuple(`b` Nullable(UInt8), `c\\`d\\\\` Nullable(String))"},
		{record.O("a", "", record.O("b", "", record.F("c", record.Text, ""))), "Tuple(`b` Tuple(`c` Nullable(String)))"},
		{record.A("a", "", record.F("b", record.Text, "")), "Array(Tuple(`b` Nullable(String)))"},
		{record.A("a", "", many[:maxElement+1]...), "Array(Nullable(String))"},
		{record.O("a", "", many[:maxElement+1]...), tuple(many[:maxElement+1])},
		{record.O("a", "", many...), "Nullable(String)"},
		{record.O("a", "", record.F("*", record.Text, "")), "Nullable(String)"},
		{record.O("a", "", record.F("b", record.Text, "")).AndMore(), "Nullable(String)"},
		{record.L("a", record.Uint, "").AndMore(), "Array(Nullable(String))"},
		{record.L("a", record.Array, ""), "Array(Nullable(String))"},
		{record.O("a", ""), "Nullable(String)"},
		{record.O("a", "", record.F("b", record.Text, ""), record.F("b", record.Uint, ""), record.F("B", record.Uint, "")), "Tuple(`b` Nullable(String), `B` Nullable(UInt64))"},
	} {
		if got := clickHouseType(&tt.field); got != tt.want {
			t.Errorf("%+v:\n%s, want\n%s", tt.field, got, tt.want)
		}
	}
}

// typeText reads a type of a column from the beginning of text and returns what
// follows it. ok is false where it is none, or one that ClickHouse does not
// allow: only simple values can be null.
func typeText(text string) (rest string, ok bool) {
	for _, simple := range []string{"UInt64", "Int64", "Float64", "UInt8", "String", "DateTime64(6, 'UTC')", "DateTime64(9, 'UTC')"} {
		if rest, ok := strings.CutPrefix(text, simple); ok {
			return rest, true
		}
	}
	if rest, ok := strings.CutPrefix(text, "Nullable("); ok {
		if strings.HasPrefix(rest, "Tuple(") || strings.HasPrefix(rest, "Array(") || strings.HasPrefix(rest, "Nullable(") {
			return "", false
		}
		if rest, ok = typeText(rest); ok {
			return strings.CutPrefix(rest, ")")
		}
		return "", false
	}
	if rest, ok := strings.CutPrefix(text, "Array("); ok {
		if rest, ok = typeText(rest); ok {
			return strings.CutPrefix(rest, ")")
		}
		return "", false
	}
	rest, ok = strings.CutPrefix(text, "Tuple(`")
	for ok {
		var name string
		if name, rest, ok = strings.Cut(rest, "` "); !ok || name == "" {
			return "", false
		}
		if rest, ok = typeText(rest); !ok {
			return "", false
		}
		if end, done := strings.CutPrefix(rest, ")"); done {
			return end, true
		}
		rest, ok = strings.CutPrefix(rest, ", `")
	}
	return "", false
}

// The statement has a column for each member, once, with a type that the
// grammar of ClickHouse allows, and a key that can't be null.
func TestClickHouse(t *testing.T) {
	text := string(ClickHouse())
	body, ok := strings.CutPrefix(text, "CREATE TABLE IF NOT EXISTS records (\n")
	if !ok {
		t.Fatalf("not a statement: %.100s", text)
	}
	body, end, _ := strings.Cut(body, "\n) ENGINE = MergeTree()\n")
	if end != "PARTITION BY toDate(event_time)\nORDER BY (toStartOfHour(event_time), src_ip, dst_ip, event_time);\n" {
		t.Errorf("ends with %s", end)
	}
	columns := map[string]string{}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		line, more := strings.CutSuffix(strings.TrimPrefix(line, "  `"), ",")
		name, kind, ok := strings.Cut(line, "` ")
		if !ok || more != (i < len(lines)-1) || columns[name] != "" {
			t.Errorf("line %d: %s", i, line)
		}
		kind, _, _ = strings.Cut(kind, " MATERIALIZED ")
		if rest, ok := typeText(kind); !ok || rest != "" {
			t.Errorf("%s: not a type: %s (%.60s)", name, kind, rest)
		}
		columns[name] = kind
	}
	for _, f := range Fields() {
		if columns[f.Name] == "" && f.Name != "*" {
			t.Errorf("no column %s", f.Name)
		}
	}
	for name, want := range map[string]string{
		"src_ip": "String", "dst_ip": "String", "dst_port": "Nullable(UInt64)", "event_start": "Float64",
		"event_time": "DateTime64(6, 'UTC')", "time_iso": "Nullable(DateTime64(9, 'UTC'))", "vlan": "Array(Nullable(UInt64))",
		"mac": "Tuple(`src` Nullable(String), `dst` Nullable(String))",
	} {
		if columns[name] != want {
			t.Errorf("%s: %s, want %s", name, columns[name], want)
		}
	}
	if n := strings.Count(body, "Nullable(") + strings.Count(body, "String"); n > 3000 {
		t.Errorf("too many columns: %d", n)
	}
	// What users query most has columns of its own.
	for _, member := range []string{"`server_name` ", "`user_agent` ", "`ja4` ", "`post_quantum` "} {
		if !strings.Contains(body, member) {
			t.Errorf("no %s", member)
		}
	}
}
