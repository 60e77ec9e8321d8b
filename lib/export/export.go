// Package export makes rows of a table from records: in CSV, in text with tabs,
// or as lines of JSON with a member for each column.
package export

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"merctools/lib/record"
)

// A Format is the form of rows.
type Format uint8

// The formats.
const (
	CSV  Format = iota // RFC 4180, with a header and \n at the ends of lines
	TSV                // a tab between columns; \t, \n, \r and \\ for what would break a line
	JSON               // an object a line
)

var formatNames = [...]string{CSV: "csv", TSV: "tsv", JSON: "json"}

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	for f, n := range formatNames {
		if n == name {
			return Format(f), nil
		}
	}
	return 0, fmt.Errorf("unknown format %q (known: %s)", name, strings.Join(formatNames[:], ", "))
}

// A Table makes rows of records. It is for one goroutine at a time, and does
// not allocate once its buffers have grown.
type Table struct {
	format Format
	names  []string
	paths  []record.Path
	values [][]byte
	cell   []byte
}

// ErrNoColumns says that a table has no columns.
var ErrNoColumns = errors.New("no columns")

// NewTable returns a Table with a column for each path, such as dst_port or
// tls.client.server_name.
func NewTable(paths []string, f Format) (*Table, error) {
	t := &Table{format: f}
	for _, text := range paths {
		p, err := record.ParsePath(text)
		if err != nil {
			return nil, err
		}
		t.names = append(t.names, text)
		t.paths = append(t.paths, p)
	}
	if len(t.paths) == 0 {
		return nil, ErrNoColumns
	}
	return t, nil
}

// AppendHeader appends the line with the names of columns. JSON has none.
func (t *Table) AppendHeader(dst []byte) []byte {
	if t.format == JSON {
		return dst
	}
	for i, name := range t.names {
		if i > 0 {
			dst = append(dst, t.separator())
		}
		dst = t.appendCell(dst, []byte(name))
	}
	return append(dst, '\n')
}

func (t *Table) separator() byte {
	if t.format == TSV {
		return '\t'
	}
	return ','
}

// AppendRow appends the row of a record. A column that the record has nothing
// for is empty, or null in JSON. Several values, those of an array, are joined
// by semicolons, or are an array in JSON.
func (t *Table) AppendRow(dst, line []byte) []byte {
	if t.format == JSON {
		return t.appendObject(dst, line)
	}
	for i, p := range t.paths {
		if i > 0 {
			dst = append(dst, t.separator())
		}
		t.cell = t.cell[:0]
		t.values = p.Values(t.values[:0], line)
		for j, v := range t.values {
			if j > 0 {
				t.cell = append(t.cell, ';')
			}
			t.cell = t.appendText(t.cell, v)
		}
		dst = t.appendCell(dst, t.cell)
	}
	return append(dst, '\n')
}

// appendText appends a value as text: an array of simple values as a list,
// objects as JSON.
func (t *Table) appendText(dst, value []byte) []byte {
	switch {
	case len(value) > 0 && value[0] == '"':
		return record.AppendUnescaped(dst, record.Quoted(value))
	case len(value) > 0 && value[0] == '[' && bytes.IndexByte(value, '{') < 0 && bytes.IndexByte(value[1:], '[') < 0:
		n := 0
		for e := record.ScanArray(value); e.Next(); n++ {
			if n > 0 {
				dst = append(dst, ';')
			}
			dst = t.appendText(dst, e.Value)
		}
		return dst
	case string(value) == "null":
		return dst
	}
	return append(dst, value...)
}

func (t *Table) appendCell(dst, text []byte) []byte {
	if t.format == TSV {
		for _, c := range text {
			switch c {
			case '\t':
				dst = append(dst, '\\', 't')
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\\':
				dst = append(dst, '\\', '\\')
			default:
				dst = append(dst, c)
			}
		}
		return dst
	}
	if !bytes.ContainsAny(text, "\",\r\n") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

func (t *Table) appendObject(dst, line []byte) []byte {
	dst = append(dst, '{')
	for i, p := range t.paths {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = record.AppendText(dst, []byte(t.names[i]))
		dst = append(dst, '"', ':')
		switch t.values = p.Values(t.values[:0], line); len(t.values) {
		case 0:
			dst = append(dst, "null"...)
		case 1:
			dst = append(dst, t.values[0]...)
		default:
			for j, v := range t.values {
				dst = append(dst, "[,"[min(j, 1)])
				dst = append(dst, v...)
			}
			dst = append(dst, ']')
		}
	}
	return append(dst, '}', '\n')
}
