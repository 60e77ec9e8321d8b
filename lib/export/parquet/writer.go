// Package parquet writes tables of records as files of Apache Parquet.
//
// A file is written in row groups, which are kept in memory until they are
// complete: at most 32 MiB of values, whatever the file's size.
package parquet

import (
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"merctools/lib/export"
	"merctools/lib/record"
)

// Limits of what is kept in memory, in bytes.
const (
	batchSize      = 256 << 10 // values that are not encoded yet
	rowGroupSize   = 32 << 20  // values of a row group, before they are compressed
	dictionarySize = 1 << 20   // values of a column that are written once; more are written as they are

	// wide is the number of columns from which on row groups and dictionaries are
	// smaller the more columns there are, so that memory does not grow with them.
	wide = 16
)

// share is what a size becomes for a number of columns.
func share(size, columns int) int { return size * wide / max(wide, columns) }

// A Writer writes the rows of records. It is for one goroutine at a time, and
// does not allocate for a row once its buffers have grown.
type Writer struct {
	file    *parquet.GenericWriter[any]
	columns []column
	members map[string][]int // by the first name of their paths, the columns
	rows    uint64
	misfits Misfits
	err     error // of writing; nothing is written behind it
	closed  bool

	batched, grouped int    // bytes of values in the batch, and in the row group
	text             []byte // the batch's strings that are not written as they stand in a record
}

// Misfits are values that were left out because they are not of their column's
// type.
type Misfits struct {
	Count  uint64
	Column string // of the first one
	Row    uint64 // of the first one, from 1
}

// NewWriter returns a Writer of a file with the given columns, whose names must
// differ. The file is not complete before Close.
func NewWriter(w io.Writer, columns []export.Column) (*Writer, error) {
	if len(columns) == 0 {
		return nil, export.ErrNoColumns
	}
	for i := range columns {
		if slices.ContainsFunc(columns[:i], func(c export.Column) bool { return c.Name == columns[i].Name }) {
			return nil, fmt.Errorf("two columns %s", columns[i].Name)
		}
	}
	t := &Writer{members: map[string][]int{}}
	t.file = parquet.NewGenericWriter[any](w, &parquet.WriterConfig{
		Schema:             parquet.NewSchema("record", table(columns)),
		Compression:        &parquet.Zstd,
		DictionaryMaxBytes: int64(share(dictionarySize, len(columns))),
	})
	writers := t.file.ColumnWriters()
	for i := range columns {
		t.columns = append(t.columns, column{Column: columns[i], index: i, out: writers[i]})
		first := columns[i].Path[0]
		t.members[first] = append(t.members[first], i)
	}
	return t, nil
}

// Append adds the row of a record, a line of JSON. A column that the record has
// nothing for is null.
func (w *Writer) Append(line []byte) error {
	if w.err != nil {
		return w.err
	}
	w.rows++
	w.batched += len(w.columns)
	w.find(line)
	for i := range w.columns {
		c := &w.columns[i]
		if c.List {
			w.list(c, c.values)
		} else {
			w.single(c, c.values)
		}
	}
	if w.batched < batchSize {
		return nil
	}
	w.err = w.encode()
	if w.err == nil && w.grouped >= share(rowGroupSize, len(w.columns)) {
		w.grouped = 0
		w.err = w.file.Flush()
	}
	return w.err
}

// find sets the values of all columns. It goes through the record once, however
// many columns there are.
func (w *Writer) find(line []byte) {
	for i := range w.columns {
		w.columns[i].values, w.columns[i].found = w.columns[i].values[:0], false
	}
	var m record.Member
	for scan := record.Scan(line); scan.Next(&m); {
		for _, i := range w.members[string(m.Name)] {
			if c := &w.columns[i]; !c.found {
				c.values, c.found = c.Path[1:].Values(c.values, m.Value), true
			}
		}
	}
}

// encode hands the batch on.
func (w *Writer) encode() error {
	for i := range w.columns {
		c := &w.columns[i]
		if _, err := c.out.WriteRowValues(c.batch); err != nil {
			return err
		}
		c.batch = c.batch[:0]
	}
	w.grouped += w.batched
	w.batched = 0
	w.text = w.text[:0]
	return nil
}

// Close writes what is left, and what makes the file complete. It does not
// close what the file is written to.
func (w *Writer) Close() error {
	if w.err != nil || w.closed {
		return w.err
	}
	w.closed = true
	if w.err = w.encode(); w.err == nil {
		w.err = w.file.Close()
	}
	return w.err
}

// Rows is the number of rows.
func (w *Writer) Rows() uint64 { return w.rows }

// Misfits says which values were left out.
func (w *Writer) Misfits() Misfits { return w.misfits }
