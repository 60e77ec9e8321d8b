// Package mmdb looks up addresses in MaxMind DB files: which autonomous system
// they belong to, and in which country they are used.
package mmdb

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"

	"merctools/lib/analysis"
)

// cacheSize is the number of decoded records that are kept, a power of two.
const cacheSize = 1 << 14

// A DB is an open file. Any number of goroutines may use it at once.
//
// Records are decoded once and then kept, each in the place that its offset in
// the file assigns to it, until another one needs the place.
type DB struct {
	reader *maxminddb.Reader
	cache  [cacheSize]atomic.Pointer[entry]
}

type entry struct {
	offset uintptr
	place  analysis.Place
}

// Open opens a file. The file must not change while it is open.
func Open(name string) (*DB, error) {
	r, err := maxminddb.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &DB{reader: r}, nil
}

// FromBytes uses the content of a file, which must not change.
func FromBytes(b []byte) (*DB, error) {
	r, err := maxminddb.OpenBytes(b)
	if err != nil {
		return nil, fmt.Errorf("mmdb: %w", err)
	}
	return &DB{reader: r}, nil
}

// Close closes the file. No lookup may follow.
func (d *DB) Close() error { return d.reader.Close() }

// Type is the type of database that the file says it is, such as
// GeoLite2-ASN.
func (d *DB) Type() string { return d.reader.Metadata.DatabaseType }

// ASN implements analysis.ASNs.
func (d *DB) ASN(a netip.Addr) uint32 { return d.Place(a).ASN }

// Place implements analysis.Places.
func (d *DB) Place(a netip.Addr) analysis.Place {
	r := d.reader.Lookup(a.Unmap())
	if !r.Found() {
		return analysis.Place{}
	}
	slot := &d.cache[uint64(r.Offset())*0x9e3779b97f4a7c15>>(64-14)]
	if e := slot.Load(); e != nil && e.offset == r.Offset() {
		return e.place
	}
	e := &entry{r.Offset(), decode(r)}
	slot.Store(e)
	return e.place
}

// decode reads a record. Providers differ in how they name and nest things.
func decode(r maxminddb.Result) (p analysis.Place) {
	for _, path := range [][]any{
		{"country", "iso_code"}, {"country_code"}, {"country"}, {"registered_country", "iso_code"},
	} {
		var s string
		if r.DecodePath(&s, path...) == nil && isCode(s) {
			p.Country = strings.Clone(s)
			break
		}
	}
	for _, name := range []string{"autonomous_system_number", "asn", "as_number"} {
		var n uint32
		if r.DecodePath(&n, name) == nil && n != 0 {
			p.ASN = n
			break
		}
		var s string
		if r.DecodePath(&s, name) == nil && s != "" {
			v, err := strconv.ParseUint(strings.TrimPrefix(s, "AS"), 10, 32)
			if err == nil && v != 0 {
				p.ASN = uint32(v)
				break
			}
		}
	}
	return p
}

// isCode says whether s is two capital letters.
func isCode(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
