package hoststats

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// extension is what names of files end with.
const extension = ".json.gz"

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
	file, err := create(name + extension)
	if err != nil {
		return nil, err
	}
	file.Close()
	return &Files{name: name, header: header, source: source, now: time.Now}, os.Remove(file.Name())
}

// Rotate writes a file with what was observed since the last one, even if
// that is nothing. The name tells its number in hexadecimal, counted from 0,
// and the local time: NAME-1f-2024-02-29-23-59-59.json.gz. Rotate and Close
// must not be called at the same time.
func (f *Files) Rotate() (*Report, error) {
	name := f.name + "-" + strconv.FormatUint(f.number, 16) + "-" + f.now().Local().Format("2006-01-02-15-04-05")
	f.number++
	return f.write(name + extension)
}

// Close writes the last file. If there was none before, its name is
// NAME.json.gz.
func (f *Files) Close() (*Report, error) {
	if f.number > 0 {
		return f.Rotate()
	}
	return f.write(f.name + extension)
}

// write takes a report and writes it. Where that fails, the report is lost,
// but no part of it is left behind.
func (f *Files) write(name string) (*Report, error) {
	r := f.source.Take()
	file, err := create(name)
	if err != nil {
		return r, err
	}
	z := gzip.NewWriter(file)
	err = errors.Join(r.Write(z, &f.header), z.Close(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return r, err
}

// create opens a hidden file that will be called name when it is complete. It
// is in the same directory, so that renaming works.
func create(name string) (*os.File, error) {
	dir, base := filepath.Split(name)
	hidden := dir + "." + base + ".part"
	// What a crash left there is not continued, nor is a link followed.
	if err := os.Remove(hidden); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask
}
