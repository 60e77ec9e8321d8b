package schema

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
)

func TestColumns(t *testing.T) {
	fields := []proto.Field{
		record.F("port", record.Uint, ""),
		record.F("name", record.Hex, ""),
		record.L("list", record.Address, ""),
		record.F("mixed", record.Text, ""), record.F("mixed", record.Uint, ""),
		record.F("same", record.Text, ""), record.F("same", record.Hex, ""),
		record.F("nothing", record.Null, ""),
		record.O("o", "", record.F("x", record.Bool, ""), record.A("a", "", record.F("y", record.Float, ""), record.L("z", record.Int, ""))),
		record.O("any", "", record.F("*", record.Text, "")),
		record.O("open", "").AndMore(),
		{Name: "openlist", Type: record.Array, Open: true},
		{Name: "lists", Type: record.Array, Elem: record.Array},
	}
	for _, tt := range []struct {
		path string
		kind record.Type
		list bool
	}{
		{"port", record.Uint, false},
		{"name", record.String, false},
		{"list", record.String, true},
		{"mixed", record.Object, false},
		{"same", record.String, false},
		{"nothing", record.Object, false},
		{"o", record.Object, false},
		{"o.x", record.Bool, false},
		{"o.a", record.Object, true},
		{"o.a.y", record.Float, true},
		{"o.a.z", record.Int, true},
		{"any.thing", record.String, false},
		{"open.what.ever", record.Object, false},
		{"openlist", record.Object, true},
		{"openlist.x", record.Object, true},
		{"lists", record.Object, true},
	} {
		c, err := columns(fields, []string{tt.path})
		if err != nil || c[0].Name != tt.path || c[0].Type != tt.kind || c[0].List != tt.list {
			t.Errorf("%s: %+v, %v", tt.path, c, err)
		}
	}
	for _, path := range []string{"", "none", "o.none", "port.x", "o.a.none", "list.x", "o..x"} {
		if c, err := columns(fields, []string{"port", path}); err == nil {
			t.Errorf("%q leads to %+v", path, c)
		}
	}
}

// The columns that users ask for most have the types that they expect.
func TestColumnsOfRecords(t *testing.T) {
	for path, want := range map[string]struct {
		kind record.Type
		list bool
	}{
		"src_ip": {record.String, false}, "dst_port": {record.Uint, false}, "event_start": {record.Float, false},
		"tls.client.server_name": {record.String, false}, "tls.client": {record.Object, false},
		"dns.query.question.name": {record.String, true}, "dns.response.answer.ttl": {record.Uint, true},
		"fingerprints.ja4": {record.String, false}, "analysis.score": {record.Float, false},
		"indicators.value": {record.String, true}, "vlan": {record.Uint, true}, "tls_params.post_quantum": {record.Bool, false},
	} {
		c, err := Columns([]string{path})
		if err != nil || c[0].Type != want.kind || c[0].List != want.list {
			t.Errorf("%s: %+v, %v", path, c, err)
		}
	}
}
