package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
)

// Input reads captures one after the other, as if they were one. One that
// can't be read, or not to its end, does not keep the next from being read.
type Input struct {
	// AnyLink says that packets of all link types are wanted as they are.
	// Otherwise those that can't be read are an error in the end.
	AnyLink bool

	// ToFile says that what is made of the input goes to a file, so that progress
	// may be shown where standard output is a terminal.
	ToFile bool

	// Filter selects the packets that are wanted; nil selects all.
	Filter *PacketFilter

	// Rounds is how often the captures are read, all of them in each round;
	// 0 is once.
	Rounds int

	stdin  io.Reader
	piped  bool     // one of the captures is stdin
	round  int      // rounds before the present one
	names  []string // read in each round
	next   int      // the one that comes next
	name   string   // of the one that is being read
	file   *os.File
	reader *pcap.Reader
	errs   []error // of captures that were given up, or have packets that were

	follow context.Context // where it is not nil, the file is read until it is done
	notice func(string)    // with follow

	opened  opened      // captures that are open already
	skipped unsupported // packets of the present capture

	at position
}

// NewInput returns an Input for the named files. "-" is stdin, and so is no
// name at all.
func NewInput(stdin io.Reader, names ...string) *Input {
	names = Names(names)
	return &Input{stdin: stdin, piped: slices.Contains(names, "-"), names: names}
}

// size is how many bytes the files have that are still to be read, or 0 where
// that is not known, as for a pipe.
func (in *Input) size() int64 {
	var size int64
	for _, name := range in.names[in.next:] {
		info, err := os.Stat(name)
		if name == "-" || err == nil && !info.Mode().IsRegular() {
			return 0
		}
		if err == nil {
			size += info.Size()
		}
	}
	return size * int64(max(in.Rounds, 1))
}

// ReadBatch implements pipeline.Source. After the last capture it returns
// io.EOF, or what was wrong with any of them.
func (in *Input) ReadBatch(b *capture.Batch) error {
	for {
		if in.reader == nil {
			if in.next == len(in.names) && in.next > 0 && in.round+1 < in.Rounds {
				in.round++
				in.next = 0
			}
			if in.next == len(in.names) {
				if err := errors.Join(in.errs...); err != nil {
					return err
				}
				return io.EOF
			}
			name := in.names[in.next]
			in.next++
			if err := in.open(name); err != nil {
				in.giveUp(name, err)
				continue
			}
		}
		switch err := in.reader.ReadBatch(b); err {
		case nil:
			in.at.packets.Add(uint64(len(b.Packets)))
			if in.name == "-" {
				b.File = "" // nobody could find it
			}
			if in.Filter != nil {
				in.Filter.keep(b)
			}
			if !in.AnyLink {
				in.skipped.count(b.Packets)
			}
			return nil
		case io.EOF:
		default: // a cut-off capture is an error of its own
			if !in.endsWithin(err) {
				in.giveUp(in.name, err)
			}
		}
		in.Close()
	}
}

// giveUp notes an error, and does not read the same capture again, which
// would only give the same error.
func (in *Input) giveUp(name string, err error) {
	in.errs = append(in.errs, err)
	rest := make([]string, 0, len(in.names))
	next := in.next
	for i, s := range in.names {
		if s != name {
			rest = append(rest, s)
		} else if i < in.next {
			next--
		}
	}
	in.names, in.next = rest, next
	in.Close()
}

func (in *Input) open(name string) error {
	from := in.stdin
	in.name = name
	if name != "-" {
		f, err := in.opened.open(name)
		if err != nil {
			return err
		}
		in.file, from = f, in.following(f)
		in.at.file.Store(f)
	}
	head := headReader{Reader: from}
	r, err := pcap.Open(&head, called(name))
	if err != nil && head.isJSON() {
		return fmt.Errorf("%s: this is JSON, not a capture: merc-select and merc-analyze read records", called(name))
	}
	if err != nil {
		return err
	}
	if in.file != nil {
		r.Parallel(in.file)
	}
	in.reader = r
	return nil
}

// Reserve implements pipeline.Loader.
func (in *Input) Reserve(b *capture.Batch, ahead int) {
	if in.reader != nil {
		in.reader.Reserve(b, ahead)
	} else {
		b.Reserve(nil, 0)
	}
}

// Close closes the present file.
func (in *Input) Close() {
	if in.reader != nil {
		in.errs = append(in.errs, in.skipped.end(called(in.name))...)
		if in.Filter != nil {
			in.errs = append(in.errs, in.Filter.end(called(in.name))...)
		}
		in.reader.Close()
		in.reader = nil
	}
	if in.file != nil {
		in.at.endFile()
		in.file.Close()
	}
	in.file = nil
}

// called is what messages call a capture.
func called(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}
