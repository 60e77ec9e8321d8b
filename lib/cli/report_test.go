package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// An error is a line, and errors that were joined are a line each, whatever the
// names in them are.
func TestReport(t *testing.T) {
	file := &fs.PathError{Op: "open", Path: "/none\nmercury: all is fine", Err: fs.ErrNotExist}
	const line = `x: open /none\nmercury: all is fine: file does not exist` + "\n"
	other := errors.New("other")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{file, line},
		{errors.Join(file, nil, other), line + "x: other\n"},
		{errors.Join(other, errors.Join(other, file)), "x: other\nx: other\n" + line},
		{fmt.Errorf("reading %w and %w", other, other), "x: reading other and other\n"},
		{fmt.Errorf("reading: %w", errors.Join(other, other)), `x: reading: other\nother` + "\n"},
	} {
		var said bytes.Buffer
		e := Env{Name: "x", Stderr: &said}
		if status := e.report(tt.err); status != exitFailure || said.String() != tt.want {
			t.Errorf("%q: status %d, %q", tt.err, status, said.String())
		}
	}
}
