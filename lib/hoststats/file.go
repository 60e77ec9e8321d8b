package hoststats

import (
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"merctools/lib/internal/atomicfile"
)

// Extension is what names of files end with.
const Extension = ".json.gz"

// Files writes reports to files, compressed with gzip. A file gets its name
// when it is complete, and replaces what had the name before.
type Files struct {
	name   string
	header Header
	source *Aggregator
	number uint64
	now    func() time.Time
}

// NewFiles returns Files that take the reports of an Aggregator. Their names
// are made of the given one. It returns an error where no file of such a name
// can be made.
func NewFiles(name string, source *Aggregator, header Header) (*Files, error) {
	file, err := atomicfile.Create(name+Extension, atomicfile.Mode)
	if err != nil {
		return nil, err
	}
	return &Files{name: name, header: header, source: source, now: time.Now}, file.Discard()
}

// Rotate writes a file with what was observed since the last one, even if
// that is nothing. The name tells its number in hexadecimal, counted from 0,
// and the local time: NAME-1f-2024-02-29-23-59-59.json.gz. Rotate and Close
// must not be called at the same time.
func (f *Files) Rotate() (*Report, error) {
	name := f.name + "-" + strconv.FormatUint(f.number, 16) + "-" + f.now().Local().Format("2006-01-02-15-04-05")
	f.number++
	return f.write(name + Extension)
}

// Close writes the last file. If there was none before, its name is
// NAME.json.gz.
func (f *Files) Close() (*Report, error) {
	if f.number > 0 {
		return f.Rotate()
	}
	return f.write(f.name + Extension)
}

// write takes a report and writes it. Where that fails, the report is lost,
// but no part of it is left behind.
func (f *Files) write(name string) (*Report, error) {
	r := f.source.Take()
	file, err := atomicfile.CreateNew(name, atomicfile.Mode)
	if err != nil {
		return r, err
	}
	z := gzip.NewWriter(file)
	if err := errors.Join(r.Write(z, &f.header), z.Close()); err != nil {
		return r, errors.Join(err, file.Discard())
	}
	if err := file.Commit(); err != nil {
		return r, errors.Join(err, os.Remove(file.Name()))
	}
	return r, nil
}
