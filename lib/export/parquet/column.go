package parquet

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"merctools/lib/export"
	"merctools/lib/record"
)

// A column gathers the values of a batch. Each value has definition and
// repetition levels, which tell what is null, and where rows and lists begin.
type column struct {
	export.Column
	index int
	batch []parquet.Value

	values [][]byte // of the row: views into its record
	found  bool     // the member of the row's record that its path begins with
	out    *parquet.ColumnWriter
}

// Definition levels.
const (
	noValue = 0
	value   = 1

	noList      = 0
	emptyList   = 1
	nullElement = 2
	element     = 3
)

// valueSize is what a value without its text counts for in memory, in bytes.
const valueSize = 8

func (c *column) add(v parquet.Value, repetition, definition int) {
	c.batch = append(c.batch, v.Level(repetition, definition, c.index))
}

// single adds the value of a row.
func (w *Writer) single(c *column, values [][]byte) {
	switch {
	case len(values) == 0:
		c.add(parquet.Value{}, 0, noValue)
		return
	case len(values) > 1 && c.Type == record.Object:
		w.batched += valueSize
		c.add(parquet.ByteArrayValue(w.array(values)), 0, value)
		return
	case len(values) == 1:
		if v, ok := w.value(c, values[0]); ok {
			c.add(v, 0, value)
			return
		}
	default:
		w.misfit(c)
	}
	c.add(parquet.Value{}, 0, noValue)
}

// list adds the values of a row: all elements of arrays, one behind the other.
func (w *Writer) list(c *column, values [][]byte) {
	if len(values) == 0 {
		c.add(parquet.Value{}, 0, noList)
		return
	}
	repetition := 0
	for _, text := range values {
		if len(text) == 0 || text[0] != '[' {
			w.element(c, text, repetition)
			repetition = 1
			continue
		}
		for e := record.ScanArray(text); e.Next(); repetition = 1 {
			w.element(c, e.Value, repetition)
		}
	}
	if repetition == 0 {
		c.add(parquet.Value{}, 0, emptyList)
	}
}

func (w *Writer) element(c *column, text []byte, repetition int) {
	if v, ok := w.value(c, text); ok {
		c.add(v, repetition, element)
	} else {
		w.batched += valueSize
		c.add(parquet.Value{}, repetition, nullElement)
	}
}

// value makes a value of its text in JSON. ok is false where it is null, or not
// of the column's type.
func (w *Writer) value(c *column, text []byte) (v parquet.Value, ok bool) {
	if string(text) == "null" {
		return v, false
	}
	w.batched += valueSize
	switch c.Type {
	case record.Uint:
		if n, err := strconv.ParseUint(view(text), 10, 64); err == nil {
			return parquet.Int64Value(int64(n)), true
		}
	case record.Int:
		if n, err := strconv.ParseInt(view(text), 10, 64); err == nil {
			return parquet.Int64Value(n), true
		}
	case record.Float:
		if len(bytes.Trim(text, "0123456789+-.eE")) == 0 {
			if n, err := strconv.ParseFloat(view(text), 64); err == nil {
				return parquet.DoubleValue(n), true
			}
		}
	case record.Bool:
		if string(text) == "true" || string(text) == "false" {
			return parquet.BooleanValue(text[0] == 't'), true
		}
	case record.Object:
		return parquet.ByteArrayValue(w.keep(text)), true
	default:
		if len(text) > 0 && text[0] == '"' {
			return parquet.ByteArrayValue(w.unescape(record.Quoted(text))), true
		}
		return parquet.ByteArrayValue(w.keep(text)), true
	}
	w.misfit(c)
	return v, false
}

// view is text for as long as a call lasts.
func view(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) }

func (w *Writer) misfit(c *column) {
	if w.misfits.Count++; w.misfits.Count == 1 {
		w.misfits.Column, w.misfits.Row = c.Name, w.rows
	}
}

// room makes room for n bytes of text. What is there already stays where it is:
// values point to it.
func (w *Writer) room(n int) {
	if cap(w.text)-len(w.text) < n {
		w.text = make([]byte, 0, max(2*cap(w.text), 2*n, batchSize))
	}
}

// kept is what stands behind an offset in w.text.
func (w *Writer) kept(from int) []byte {
	text := w.text[from:]
	w.batched += len(text)
	return text
}

// replacement stands for what is not UTF-8, which strings in a file must be.
var replacement = []byte("\ufffd")

// keep copies text.
func (w *Writer) keep(text []byte) []byte {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, replacement)
	}
	w.room(len(text))
	from := len(w.text)
	w.text = append(w.text, text...)
	return w.kept(from)
}

// unescape copies what the escaped text stands for, which is no longer than the
// text.
func (w *Writer) unescape(escaped []byte) []byte {
	w.room(len(escaped))
	from := len(w.text)
	w.text = record.AppendUnescaped(w.text, escaped)
	if text := w.text[from:]; !utf8.Valid(text) {
		text = bytes.ToValidUTF8(slices.Clone(text), replacement)
		w.text = w.text[:from]
		return w.keep(text)
	}
	return w.kept(from)
}

// array copies values as the elements of an array.
func (w *Writer) array(values [][]byte) []byte {
	n := 1
	for _, v := range values {
		n += len(v) + 1
	}
	w.room(n)
	from := len(w.text)
	for i, v := range values {
		w.text = append(append(w.text, "[,"[min(i, 1)]), v...)
	}
	w.text = append(w.text, ']')
	if text := w.text[from:]; !utf8.Valid(text) {
		text = slices.Clone(text)
		w.text = w.text[:from]
		return w.keep(text)
	}
	return w.kept(from)
}
