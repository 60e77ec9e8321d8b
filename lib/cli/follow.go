package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"merctools/lib/capture/pcap"
)

// followTime is how often to look whether a file that is followed has grown.
const followTime = 100 * time.Millisecond

// A growing file is read on as it grows, until a context is done.
type growing struct {
	ctx    context.Context
	file   *os.File
	offset int64
}

// Read implements io.Reader. It waits at the end of the file.
func (g *growing) Read(p []byte) (int, error) {
	for {
		n, err := g.file.Read(p)
		g.offset += int64(n)
		if n > 0 || err != io.EOF && err != nil {
			return n, err
		}
		if info, err := g.file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < g.offset {
			return 0, fmt.Errorf("truncated to %d bytes, of which %d were read", info.Size(), g.offset)
		}
		select {
		case <-g.ctx.Done():
			return 0, io.EOF
		case <-time.After(followTime):
		}
	}
}

// Follow has the input, which is one file, read on as that grows, until ctx is
// done: that is its end then, not an error, even within a packet. notice gets
// what is left of that.
func (in *Input) Follow(ctx context.Context, notice func(string)) {
	in.follow, in.notice = ctx, notice
}

// following returns what a file is read by.
func (in *Input) following(f *os.File) io.Reader {
	if in.follow == nil {
		return f
	}
	return &growing{ctx: in.follow, file: f}
}

// endsWithin reports whether an error is only that a file that was followed ends
// within a packet, which its writer has not written to its end.
func (in *Input) endsWithin(err error) bool {
	if in.follow == nil || in.follow.Err() == nil {
		return false
	}
	e := (*pcap.Error)(nil)
	if !errors.As(err, &e) || !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	in.notice(e.Error() + ": its writer was not done")
	return true
}
