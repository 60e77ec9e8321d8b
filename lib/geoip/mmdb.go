// Package geoip looks up addresses in MaxMind DB files: which autonomous system
// they belong to, and in which country they are used.
package geoip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// cacheSize is the number of decoded records that are kept.
const (
	cacheBits = 14
	cacheSize = 1 << cacheBits
)

// A DB is an open file. Any number of goroutines may use it at once.
//
// Records are decoded once and then kept, each in the place that its offset in
// the file assigns to it, until another one needs the place.
type DB struct {
	reader *maxminddb.Reader
	cache  [cacheSize]atomic.Pointer[entry]
	failed atomic.Pointer[error] // of the first lookup that did
}

type entry struct {
	offset uintptr
	place  Place
}

// Open opens a file. The file must not change while it is open.
func Open(name string) (*DB, error) {
	err := hasMetadata(name)
	var d *DB
	if err == nil {
		d, err = check(maxminddb.Open(name))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

// What the metadata begins with, and how long it can be, which is the last
// thing in a file (MaxMind DB File Format Specification 2.0).
const (
	metadataMark = "\xab\xcd\xefMaxMind.com"
	metadataLen  = 128 << 10
)

// hasMetadata looks for the metadata where it must be. Otherwise all of a
// file that is something else would be searched for it.
func hasMetadata(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return cause(err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w (not a file)", ErrFormat)
	}
	end := make([]byte, min(info.Size(), metadataLen+int64(len(metadataMark))))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil && err != io.EOF {
		return cause(err)
	}
	if !bytes.Contains(end, []byte(metadataMark)) {
		return ErrFormat
	}
	return nil
}

// cause is an error without the name of the file.
func cause(err error) error {
	var access *fs.PathError
	if errors.As(err, &access) {
		return access.Err
	}
	return err
}

// FromBytes uses the content of a file, which must not change.
func FromBytes(b []byte) (*DB, error) {
	d, err := check(maxminddb.OpenBytes(b))
	if err != nil {
		return nil, fmt.Errorf("geoip: %w", err)
	}
	return d, nil
}

// ErrFormat is in the errors about what is no database of a kind that can be
// read.
var ErrFormat = errors.New("not a MaxMind DB file, or cut off")

// check looks at what a file says of itself. Its tree is not gone through,
// which would take as long as reading all of the file: see Err.
func check(r *maxminddb.Reader, err error) (*DB, error) {
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrFormat, err)
	}
	m := &r.Metadata
	switch {
	case m.BinaryFormatMajorVersion != 2:
		err = fmt.Errorf("%w (version %d of the format)", ErrFormat, m.BinaryFormatMajorVersion)
	case m.NodeCount == 0:
		err = fmt.Errorf("%w (nothing in it)", ErrFormat)
	case m.RecordSize != 24 && m.RecordSize != 28 && m.RecordSize != 32:
		err = fmt.Errorf("%w (records of %d bits)", ErrFormat, m.RecordSize)
	case m.IPVersion != 4 && m.IPVersion != 6:
		err = fmt.Errorf("%w (for version %d of IP)", ErrFormat, m.IPVersion)
	default:
		return &DB{reader: r}, nil
	}
	return nil, errors.Join(err, r.Close())
}

// Err returns what kept the first lookup from being answered that failed: then
// the file is damaged. An address that is not in the file is no failure.
func (d *DB) Err() error {
	if err := d.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Close closes the file. No lookup may follow.
func (d *DB) Close() error { return d.reader.Close() }

// Type is the type of database that the file says it is, such as
// GeoLite2-ASN.
func (d *DB) Type() string { return d.reader.Metadata.DatabaseType }

// ASN is the number of the autonomous system that an address belongs to, or 0.
func (d *DB) ASN(a netip.Addr) uint32 { return d.Place(a).ASN }

// Place implements Places.
func (d *DB) Place(a netip.Addr) Place {
	a = a.Unmap()
	if !a.IsValid() || d.reader.Metadata.IPVersion == 4 && a.Is6() {
		return Place{}
	}
	r := d.reader.Lookup(a)
	if !r.Found() {
		d.fail(a, r.Err())
		return Place{}
	}
	slot := &d.cache[uint64(r.Offset())*0x9e3779b97f4a7c15>>(64-cacheBits)]
	if e := slot.Load(); e != nil && e.offset == r.Offset() {
		return e.place
	}
	place, err := decode(r)
	d.fail(a, err)
	slot.Store(&entry{r.Offset(), place})
	return place
}

func (d *DB) fail(a netip.Addr, err error) {
	if err != nil && d.failed.Load() == nil {
		d.note(fmt.Errorf("damaged: %v: %w", a, err))
	}
}

func (d *DB) note(err error) { d.failed.CompareAndSwap(nil, &err) }

// decode reads a record. Providers differ in how they name and nest things,
// so that a value of another type is none, but not an error.
func decode(r maxminddb.Result) (p Place, err error) {
	read := func(v any, path ...any) bool {
		e := r.DecodePath(v, path...)
		var bad maxminddb.InvalidDatabaseError
		if err == nil && errors.As(e, &bad) {
			err = e
		}
		return e == nil
	}
	for _, path := range [][]any{
		{"country", "iso_code"}, {"country_code"}, {"country"}, {"registered_country", "iso_code"},
	} {
		var s string
		if read(&s, path...) && isCode(s) {
			p.Country = strings.Clone(s)
			break
		}
	}
	for _, name := range []string{"autonomous_system_number", "asn", "as_number"} {
		var n uint32
		if read(&n, name) && n != 0 {
			p.ASN = n
			break
		}
		var s string
		if read(&s, name) && s != "" {
			v, err := strconv.ParseUint(strings.TrimPrefix(s, "AS"), 10, 32)
			if err == nil && v != 0 {
				p.ASN = uint32(v)
				break
			}
		}
	}
	return p, err
}

// isCode says whether s is two capital letters.
func isCode(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
