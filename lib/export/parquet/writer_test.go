package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"merctools/lib/export"
	"merctools/lib/record"
)

func columns(t testing.TB, specs ...export.Column) []export.Column {
	t.Helper()
	for i := range specs {
		p, err := record.ParsePath(specs[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		specs[i].Path = p
	}
	return specs
}

var all = []export.Column{
	{Name: "tls.client.server_name", Type: record.String},
	{Name: "dst_port", Type: record.Uint},
	{Name: "offset", Type: record.Int},
	{Name: "event_start", Type: record.Float},
	{Name: "ok", Type: record.Bool},
	{Name: "dns", Type: record.Object},
	{Name: "dns.question.name", Type: record.String, List: true},
	{Name: "vlan", Type: record.Uint, List: true},
	{Name: "dns.question", Type: record.Object, List: true},
}

// read returns the rows of a file as text: columns with a space between, null
// as -, lists in brackets.
func read(t *testing.T, file []byte) (header string, rows []string) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var lists []bool
	for _, c := range f.Root().Columns() {
		names = append(names, c.Name())
		lists = append(lists, !c.Leaf())
	}
	for _, g := range f.RowGroups() {
		r := g.Rows()
		for {
			var row [1]parquet.Row
			n, err := r.ReadRows(row[:])
			if n == 1 {
				rows = append(rows, text(row[0], lists))
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(names, " "), rows
}

func text(row parquet.Row, lists []bool) string {
	cells := make([][]string, len(lists))
	for _, v := range row {
		s := v.String()
		if i := v.Column(); lists[i] && v.DefinitionLevel() == emptyList {
			s = "empty"
		} else if v.IsNull() && (!lists[i] || v.DefinitionLevel() == noList) {
			s = "-"
		} else if v.IsNull() {
			s = "null"
		}
		cells[v.Column()] = append(cells[v.Column()], s)
	}
	var parts []string
	for i, c := range cells {
		s := strings.Join(c, ",")
		if lists[i] && s != "-" {
			s = "[" + strings.TrimSuffix(s, "empty") + "]"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func TestRows(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, columns(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ line, want string }{
		{`{"tls":{"client":{"server_name":"a\"b\u00e9"}},"dst_port":443,"offset":-5,"event_start":1.5,"ok":true,"dns":{"question":[{"name":"x."},{"name":"y."}]},"vlan":[7,8]}`,
			`a"bé 443 -5 1.5 true {"question":[{"name":"x."},{"name":"y."}]} [x.,y.] [7,8] [{"name":"x."},{"name":"y."}]`},
		{`{"dst_port":18446744073709551615,"offset":-9223372036854775808,"ok":false,"vlan":[]}`,
			`- -1 -9223372036854775808 - false - - [] -`}, // bits of an unsigned number, which the type says it is
		{`{"tls":{"client":{"server_name":null}},"dst_port":null,"dns":{"question":[{"name":null},{"name":"z."}]},"vlan":[null,1]}`,
			`- - - - - {"question":[{"name":null},{"name":"z."}]} [null,z.] [null,1] [{"name":null},{"name":"z."}]`},
		{`{}`, `- - - - - - - - -`},
		{"{\"tls\":{\"client\":{\"server_name\":\"\xff\\ud800\"}},\"event_start\":1795457141.005741}\n", "\ufffd\ufffd - - 1.795457141005741e+09 - - - - -"},
	} {
		if err := w.Append([]byte(tt.line)); err != nil {
			t.Fatal(err)
		}
		var one bytes.Buffer
		single, err := NewWriter(&one, columns(t, all...))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(single.Append([]byte(tt.line)), single.Close()); err != nil {
			t.Fatal(err)
		}
		if _, rows := read(t, one.Bytes()); len(rows) != 1 || rows[0] != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.line, rows, tt.want)
		}
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	header, rows := read(t, out.Bytes())
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || f.Root().Column("dst_port").Type().String() != "INT(64,false)" || f.Root().Column("offset").Type().String() != "INT(64,true)" {
		t.Errorf("types of %v, %v", f.Root(), err)
	}
	const want = "tls.client.server_name dst_port offset event_start ok dns dns.question.name vlan dns.question"
	if header != want || len(rows) != 5 || w.Rows() != 5 || w.Misfits().Count != 0 {
		t.Errorf("columns %s, %d rows, %+v", header, len(rows), w.Misfits())
	}
}

// Values of another type are null, and counted.
func TestMisfits(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, columns(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{}`,
		`{"dst_port":-1,"offset":"x","event_start":0x1p4,"ok":1,"vlan":["a",1]}`,
		`{"tls":[{"client":{"server_name":"a"}},{"client":{"server_name":"b"}}],"dst_port":1e3,"event_start":inf}`,
		`{"tls":{"client":{"server_name":5}},"dns":[{},{}]}`,
	} {
		if err := w.Append([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if m := w.Misfits(); m != (Misfits{8, "dst_port", 2}) {
		t.Errorf("%+v", m)
	}
	_, rows := read(t, out.Bytes())
	want := []string{"- - - - - - - - -", "- - - - - - - [null,1] -", "- - - - - - - - -", "5 - - - - [{},{}] - - -"}
	if fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("%q", rows)
	}
}

// A long table has row groups of bounded size, and what is in memory until they
// are complete is bounded too. Rows take no allocation.
func TestRowGroups(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, columns(t, export.Column{Name: "n", Type: record.Uint}, export.Column{Name: "s", Type: record.String}, export.Column{Name: "l", Type: record.Uint, List: true}))
	if err != nil {
		t.Fatal(err)
	}
	const rows, length = 5000, 16 << 10
	long := strings.Repeat("x", length)
	for i := range rows {
		if err := w.Append(fmt.Appendf(nil, `{"n":%d,"s":"%d%s","l":[1,2]}`, i, i, long)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.RowGroups()); n < rows*length/(rowGroupSize+batchSize+length) || n > 4 || f.NumRows() != rows {
		t.Errorf("%d row groups with %d rows", n, f.NumRows())
	}
	_, all := read(t, out.Bytes())
	for i, row := range all {
		if want := fmt.Sprintf("%d %d%s [1,2]", i, i, long); row != want {
			t.Fatalf("row %d: %.40q", i, row)
		}
	}
}

type broken struct{ left int }

var errBroken = errors.New("broken")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

// Errors of writing come back, from Close at the latest, and stay.
func TestBrokenOutput(t *testing.T) {
	w, err := NewWriter(&broken{100}, columns(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("closing: %v", err)
	}
	if err := w.Append([]byte("{}")); !errors.Is(err, errBroken) {
		t.Errorf("behind it: %v", err)
	}
}

func TestBadTables(t *testing.T) {
	if _, err := NewWriter(io.Discard, nil); !errors.Is(err, export.ErrNoColumns) {
		t.Errorf("no columns: %v", err)
	}
	if _, err := NewWriter(io.Discard, columns(t, export.Column{Name: "a"}, export.Column{Name: "b"}, export.Column{Name: "a"})); err == nil {
		t.Error("two columns have one name")
	}
}
