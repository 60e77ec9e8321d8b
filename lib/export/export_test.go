package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"testing"
)

const line = `{"tls":{"client":{"server_name":"a,\"b\"","alpn":["h2","x"]}},"dns":{"query":{"question":[{"name":"a."},{"name":"b\tc\\"}]}},"src_ip":"192.0.2.1","dst_port":443,"t":null,"o":{"p":1}}` + "\n"

var columns = []string{"src_ip", "dst_port", "tls.client.server_name", "tls.client.alpn", "dns.query.question.name", "none.at.all", "t", "o"}

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		format       Format
		header, want string
	}{
		{CSV, "src_ip,dst_port,tls.client.server_name,tls.client.alpn,dns.query.question.name,none.at.all,t,o\n",
			`192.0.2.1,443,"a,""b""",h2;x,a.;b` + "\t" + `c\,,,"{""p"":1}"` + "\n"},
		{TSV, "src_ip\tdst_port\ttls.client.server_name\ttls.client.alpn\tdns.query.question.name\tnone.at.all\tt\to\n",
			"192.0.2.1\t443\ta,\"b\"\th2;x\ta.;b\\tc\\\\\t\t\t{\"p\":1}\n"},
		{JSON, "", `{"src_ip":"192.0.2.1","dst_port":443,"tls.client.server_name":"a,\"b\"","tls.client.alpn":["h2","x"],"dns.query.question.name":["a.","b\tc\\"],` +
			`"none.at.all":null,"t":null,"o":{"p":1}}` + "\n"},
	} {
		table, err := NewTable(columns, tt.format)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(table.AppendHeader(nil)); got != tt.header {
			t.Errorf("header %q, want %q", got, tt.header)
		}
		got := table.AppendRow(nil, []byte(line))
		if string(got) != tt.want {
			t.Errorf("row\n%q, want\n%q", got, tt.want)
		}
		if n := testing.AllocsPerRun(10, func() { got = table.AppendRow(got[:0], []byte(line)) }); n > 1 { // the conversion of line
			t.Errorf("%v allocations for a row", n)
		}
		switch tt.format {
		case CSV:
			row, err := csv.NewReader(bytes.NewReader(got)).Read()
			if want := []string{"192.0.2.1", "443", `a,"b"`, "h2;x", "a.;b\tc\\", "", "", `{"p":1}`}; err != nil || !slices.Equal(row, want) {
				t.Errorf("read again: %q, %v", row, err)
			}
		case JSON:
			if !json.Valid(got) {
				t.Errorf("not JSON: %s", got)
			}
		}
	}
}

func TestBadTables(t *testing.T) {
	for _, paths := range [][]string{nil, {""}, {"a", "b."}} {
		if _, err := NewTable(paths, CSV); err == nil {
			t.Errorf("%q makes a table", paths)
		}
	}
	if _, err := ParseFormat("xml"); err == nil {
		t.Error("there is a format xml")
	}
}
