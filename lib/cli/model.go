package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/geoip"
)

// ArchiveFlags say which resource archive to use.
type ArchiveFlags struct {
	Resources    string `group:"Analysis:" placeholder:"FILE" brief:"use another resource archive" help:"resource archive to use instead of the built-in one"`
	ResourcesKey string `group:"Analysis:" placeholder:"FILE" help:"file with the key of an encrypted archive: 16 bytes, or 32 hexadecimal digits; if the archive's name ends in .enc, the environment variable MERCTOOLS_RESOURCES_KEY can hold the digits instead"`
}

// keyVariable is the environment variable that has the key of archives whose
// names end in .enc.
const keyVariable = "MERCTOOLS_RESOURCES_KEY"

// keyLen is how many bytes a key has (AES-128).
const keyLen = 16

// Key returns the key of the archive, or nil where it is not encrypted.
func (f *ArchiveFlags) Key() ([]byte, error) {
	if f.ResourcesKey != "" {
		text, err := readSmall(f.ResourcesKey)
		if err != nil {
			return nil, err
		}
		key, ok := parseKey(text)
		if !ok {
			return nil, fmt.Errorf("%s: neither %d bytes nor %d hexadecimal digits", f.ResourcesKey, keyLen, 2*keyLen)
		}
		return key, nil
	}
	if !strings.HasSuffix(f.Resources, ".enc") {
		return nil, nil
	}
	text, ok := os.LookupEnv(keyVariable)
	if !ok {
		return nil, fmt.Errorf("%s: the archive is encrypted: give its key in a file (--resources-key) or in %s", f.Resources, keyVariable)
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != keyLen {
		return nil, fmt.Errorf("%s: not %d hexadecimal digits", keyVariable, 2*keyLen)
	}
	return key, nil
}

// readSmall reads what can be a key.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4*keyLen))
}

// parseKey reads a key as it is, or as hexadecimal digits that may be the
// first ones of a line.
func parseKey(text []byte) ([]byte, bool) {
	if len(text) == keyLen {
		return text, true
	}
	key, err := hex.DecodeString(strings.TrimRight(string(text), "\r\n"))
	return key, err == nil && len(key) == keyLen
}

// Open opens the archive. It returns what to call it in messages, and its key.
func (f *ArchiveFlags) Open() (r io.ReadCloser, called string, key []byte, err error) {
	if key, err = f.Key(); err != nil {
		return nil, "", nil, err
	}
	r, called, err = builtin.Open(f.Resources)
	return r, called, key, err
}

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
