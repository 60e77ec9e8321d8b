package cli

import (
	"context"
	"io"
	"os"
)

// Open opens a file, or standard input where its name is "-", and returns
// what to call it in messages. A file ends when ctx is done; standard input
// does not, since what comes before this command in a pipe ends it.
func (e *Env) Open(ctx context.Context, name string) (r io.ReadCloser, called string, err error) {
	if name == "-" {
		return stdin{e.Stdin}, "standard input", nil
	}
	f, err := e.opened.open(name)
	if err != nil {
		return nil, "", err
	}
	return file{ctx, f}, name, nil
}

// A stdin is standard input, which stays open.
type stdin struct{ io.Reader }

// Close implements io.Closer.
func (stdin) Close() error { return nil }

// A file can be read until a context is done.
type file struct {
	ctx context.Context
	*os.File
}

// Read implements io.Reader.
func (f file) Read(p []byte) (int, error) {
	if f.ctx.Err() != nil {
		return 0, context.Cause(f.ctx)
	}
	return f.File.Read(p)
}
