package cli

import (
	"io"
	"os"

	"merctools/lib/capfile"
)

// Input reads captures one after the other, as if they were one.
type Input struct {
	names  []string
	file   *os.File
	reader *capfile.Reader
}

// NewInput returns an Input for the named files. "-" is standard input, and
// so is no name at all.
func NewInput(names ...string) *Input {
	if len(names) == 0 {
		names = []string{"-"}
	}
	return &Input{names: names}
}

// ReadBatch implements pipeline.Source.
func (in *Input) ReadBatch(b *capfile.Batch) error {
	for {
		if in.reader == nil {
			if len(in.names) == 0 {
				return io.EOF
			}
			if err := in.open(in.names[0]); err != nil {
				return err
			}
			in.names = in.names[1:]
		}
		err := in.reader.ReadBatch(b)
		if err != io.EOF { // a cut-off capture is an error of its own
			return err
		}
		in.Close()
	}
}

func (in *Input) open(name string) error {
	if name == "-" {
		in.file, name = os.Stdin, "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		in.file = f
	}
	r, err := capfile.Open(in.file, name)
	if err != nil {
		return err
	}
	in.reader = r
	return nil
}

// Close closes the present file.
func (in *Input) Close() {
	if in.reader != nil {
		in.reader.Close()
		in.reader = nil
	}
	if in.file != nil && in.file != os.Stdin {
		in.file.Close()
	}
	in.file = nil
}
