package fingerprintdb

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"

	"merctools/lib/fingerprintdb/archive"
)

// A Model is a resource archive in the form in which it is looked up. Any
// number of goroutines may use it at once.
//
// Open does little more than to look at the archive's first bytes. The rest is
// loaded when it is first needed, by whoever needs it; others wait. A run that
// classifies nothing never pays for it.
type Model struct {
	source io.Closer // nil once it is loaded
	loader *loader
	once   sync.Once
	loaded *contents
	err    atomic.Pointer[error]
}

// contents are what was loaded. They don't change.
type contents struct {
	version   string
	disabled  string
	db        *database
	tls, quic int       // formats of fingerprints
	known     digestSet // fingerprints that are seen often
	subnets   *subnetTable
	asns      ASNs
	doh       *watchlist // nil if there is none
	domains   *domainMap // nil if there is none
	families  *families  // nil if there are none
	nearest   nearestIndexes
	answers   []*classifier // by the number of a family
}

// LoadOptions say what to take from a resource archive.
type LoadOptions struct {
	// Name is what errors call the archive; it may be empty.
	Name string
	// Key decrypts the archive (AES-128, 16 bytes). It is empty for an
	// archive that isn't encrypted.
	Key []byte
	// MinimizeRAM leaves out IPv6 networks and the addresses of servers.
	MinimizeRAM bool
	// Lite takes fingerprint_db_lite.json from an archive that has both.
	Lite bool
	// Systems keeps the operating systems of processes.
	Systems bool
	// ASNs, if not nil, is used in place of pyasn.db.
	ASNs ASNs
	// Limits bound what the archive may cost.
	Limits archive.Limits
	// Report, if not nil, is told of everything in the archive that is bad or
	// missing. Verbose asks for a notice of each line where otherwise one
	// gives their number.
	Report  func(Notice)
	Verbose bool
	// Loaded, if not nil, is called with the archive's version when all of it
	// has been loaded.
	Loaded func(version string)
}

// A Notice tells what is wrong with an archive.
type Notice struct {
	File string // in the archive; empty if it is about all of it
	Line int    // counted from 1; 0 if it is about the whole file
	Text string
}

// String puts file and line before the text.
func (n Notice) String() string {
	switch {
	case n.File == "":
		return n.Text
	case n.Line == 0:
		return n.File + ": " + n.Text
	}
	return fmt.Sprintf("%s:%d: %s", n.File, n.Line, n.Text)
}

// maxNotices is how many notices there can be for one file of an archive. The
// last one says how many more there would have been.
const maxNotices = 20

// ErrEmpty is returned for an archive without any file.
var ErrEmpty = errors.New("the resource archive is empty")

// Open opens a resource archive, which is a container of files (see package
// archive) or a fingerprint database alone (see archive.Reader.Bare). An error
// means that it is neither. Of a Snapshotter the snapshot is read. The model closes
// r when it is loaded; whoever can't tell whether it will be calls Close.
func Open(r io.ReadCloser, o LoadOptions) (*Model, error) {
	return open(r, r, o)
}

// open is Open where something else is closed than what is read.
func open(r io.Reader, c io.Closer, o LoadOptions) (*Model, error) {
	if l, ok := openSnapshot(r, &o); ok {
		return &Model{source: c, loader: l}, nil
	}
	a, err := archive.NewReader(r, o.Key, o.Limits)
	if err != nil {
		return nil, errors.Join(o.named(err), c.Close())
	}
	first, err := a.Next()
	if err == io.EOF {
		err = ErrEmpty
	}
	if err != nil {
		return nil, errors.Join(o.named(err), c.Close())
	}
	return &Model{source: c, loader: newLoader(&o, a, first)}, nil
}

// named puts the archive's name before an error.
func (o *LoadOptions) named(err error) error {
	if err == nil || o.Name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", o.Name, err)
}

// Load opens a resource archive and loads it at once. It doesn't close r.
func Load(r io.Reader, o LoadOptions) (*Model, error) {
	m, err := open(r, io.NopCloser(r), o)
	if err != nil {
		return nil, err
	}
	if err := m.Load(); err != nil {
		return nil, err
	}
	return m, nil
}

// Load loads the archive, unless that is done. An error means that it can't be
// read to its end; what is bad or missing within it is reported and otherwise
// skipped. If what is missing is essential the model is disabled.
func (m *Model) Load() error {
	m.contents()
	return m.Err()
}

// Err is why the archive could not be loaded: it is nil as long as that was
// not tried. What was written since is not to be used, so that writers of
// records ask before each write.
func (m *Model) Err() error {
	if err := m.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Close closes the archive if it was not loaded; it can't be loaded then.
func (m *Model) Close() (err error) {
	m.once.Do(func() {
		m.loaded = unusable("the archive is closed")
		err = m.source.Close()
	})
	return err
}

func (m *Model) contents() *contents {
	m.once.Do(m.load)
	return m.loaded
}

func (m *Model) load() {
	l := m.loader
	m.loaded = l.contents
	err := l.files()
	l.background.Wait()
	if err == nil && l.tables != nil {
		err = l.readTables()
	}
	err = l.options.named(errors.Join(err, m.source.Close()))
	if err == nil {
		l.finish()
	} else {
		m.loaded = unusable(err.Error())
		m.err.Store(&err)
	}
	loaded := l.options.Loaded
	m.source, m.loader = nil, nil
	if err == nil && loaded != nil {
		loaded(m.loaded.version)
	}
}

// unusable are the contents of a model that gives no answers.
func unusable(why string) *contents {
	return &contents{disabled: why, db: newDatabase(), subnets: &subnetTable{}, asns: &subnetTable{}}
}

// Version is the content of the archive's VERSION.
func (m *Model) Version() string { return m.contents().version }

// Disabled says why the model gives no answers. It is empty if it does.
func (m *Model) Disabled() string { return m.contents().disabled }

// Formats are the formats of TLS and QUIC fingerprints that the model has.
// Observations must have fingerprints of the same.
func (m *Model) Formats() (tls, quic int) {
	c := m.contents()
	return c.tls, c.quic
}

// ASN returns the number of the autonomous system of an address, as the archive
// or LoadOptions.ASNs says; 0 if it is unknown.
func (m *Model) ASN(a netip.Addr) uint32 { return m.contents().asns.ASN(a) }
