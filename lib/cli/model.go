package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"merctools/lib/fingerprintdb"
	"merctools/lib/geoip"
)

// ModelFlags are the flags about what messages are classified with, and what
// is known of addresses.
type ModelFlags struct {
	ArchiveFlags
	ASNDB string `name:"asn-db" group:"Analysis:" placeholder:"FILE" help:"MaxMind DB that maps addresses to autonomous systems, used instead of the resource archive's"`
	GeoDB string `name:"geo-db" group:"Analysis:" placeholder:"FILE" brief:"add countries or autonomous systems of addresses" help:"MaxMind DB that maps addresses to countries or autonomous systems; adds src_geo and dst_geo to records"`

	open  [2]database // in the order in which they were opened
	early *archive    // that is open already
}

// An archive is an open one that was not read yet.
type archive struct {
	r    io.ReadCloser
	name string // in messages
	key  []byte
}

// OpenArchive opens the archive that Model is to read, while privileges are
// there that it may take.
func (f *ModelFlags) OpenArchive() error {
	r, name, key, err := f.Open()
	if err == nil {
		f.early = &archive{r, name, key}
	}
	return err
}

// A database is an open one.
type database struct {
	*geoip.DB
	name string
}

// Files are the files that the flags name; some names may be empty.
func (f *ModelFlags) Files() []string {
	return []string{f.Resources, f.ResourcesKey, f.ASNDB, f.GeoDB}
}

// Model opens the resource archive, which is loaded when it is first needed.
// What is wrong with it, but does not keep it from being used, goes to
// standard error.
func (f *ModelFlags) Model(env *Env, minimizeRAM, verbose bool) (*fingerprintdb.Model, error) {
	options := fingerprintdb.LoadOptions{MinimizeRAM: minimizeRAM}
	if f.ASNDB != "" {
		db, err := f.database(f.ASNDB)
		if err != nil {
			return nil, err
		}
		options.ASNs = db
	}
	if f.early == nil {
		if err := f.OpenArchive(); err != nil {
			return nil, err
		}
	}
	r, name, key := f.early.r, f.early.name, f.early.key
	options.Key, options.Name, options.Verbose = key, name, verbose
	options.Report = func(n fingerprintdb.Notice) {
		fmt.Fprintf(env.Stderr, "%s: %s\n", Printable(filepath.Base(name)), Printable(n.String()))
	}
	if verbose {
		options.Loaded = func(version string) {
			fmt.Fprintf(env.Stderr, "resources: %s, version %s\n", Printable(name), Printable(version))
		}
	}
	m, err := fingerprintdb.Open(r, options)
	if err != nil {
		return nil, err
	}
	if file, ok := r.(*os.File); ok && loadsAtOnce(file) {
		if err := m.Load(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// smallArchive is the size, in bytes, of archives that take less time to load
// than a user could notice. What is wrong with one is reported even if nothing
// is classified.
const smallArchive = 1 << 20

// loadsAtOnce reports whether an archive is loaded before it is needed: a
// small one, or one that is not a file, since what writes it may wait.
func loadsAtOnce(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && (!info.Mode().IsRegular() || info.Size() <= smallArchive)
}

// Places opens the database of --geo-db; without one, it returns nil.
func (f *ModelFlags) Places() (geoip.Places, error) {
	if f.GeoDB == "" {
		return nil, nil
	}
	return f.database(f.GeoDB)
}

// database opens a database, once.
func (f *ModelFlags) database(name string) (*geoip.DB, error) {
	i := 0
	for ; f.open[i].DB != nil; i++ {
		if f.open[i].name == name {
			return f.open[i].DB, nil
		}
	}
	db, err := geoip.Open(name)
	if err != nil {
		return nil, err
	}
	f.open[i] = database{db, name}
	return db, nil
}

// Damage returns an error where a database turned out to be damaged, so that
// records may lack what it should have told. Databases stay open for as long
// as the process runs.
func (f *ModelFlags) Damage() error {
	var all []error
	for _, d := range f.open {
		if d.DB == nil {
			continue
		}
		if err := d.Err(); err != nil {
			all = append(all, fmt.Errorf("%s: %w", d.name, err))
		}
	}
	return errors.Join(all...)
}
