package fingerprintdb

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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

func newLoader(o *LoadOptions, a *archive.Reader, first string) *loader {
	return &loader{
		options: o,
		archive: a,
		first:   first,
		seen:    make(map[string]bool),
		contents: &contents{
			subnets: &subnetTable{},
			asns:    o.ASNs,
		},
	}
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

// A loader reads the files of an archive in the order in which they come.
type loader struct {
	options    *LoadOptions
	archive    *archive.Reader
	first      string // file that the archive is at, when loading begins
	contents   *contents
	seen       map[string]bool // files
	full       *database
	lite       *database
	background sync.WaitGroup // what is made of files that have been read
	tables     []byte         // of a snapshot, whose archive has no database; nil without one

	file    string
	number  int
	notices int
}

func (l *loader) files() error {
	if l.archive.Bare() {
		return l.bareDatabase()
	}
	name, err := l.first, error(nil)
	for ; err == nil; name, err = l.archive.Next() {
		if l.seen[name] {
			continue // only the first one of a name counts
		}
		l.file, l.number, l.notices = name, 0, 0
		if err := l.one(name); err != nil {
			return fmt.Errorf("%s:%d: %w", l.file, l.number, err)
		}
		if more := l.notices - maxNotices; more > 0 {
			l.say(Notice{File: name, Text: fmt.Sprintf("%d more lines like these", more)})
		}
		if l.complete() {
			return nil
		}
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// complete says whether nothing that comes later in the archive is needed.
func (l *loader) complete() bool {
	for _, f := range []string{FileVersion, FileDatabase, FilePrevalence, FileSubnets, FileWatchlist, FileDomains} {
		if !l.seen[f] {
			return false
		}
	}
	return l.seen[FileLite] || !l.wantsLite()
}

// wantsLite says whether the lite database is the one to use. An archive that
// is not dual has a single one, which may be called full or lite.
func (l *loader) wantsLite() bool {
	return l.options.Lite && strings.Contains(l.contents.version, qualifierDual)
}

func (l *loader) one(name string) error {
	m := l.contents
	defer func() { l.seen[name] = true }()
	switch name {
	case FileVersion:
		return l.lines(l.versionLine)
	case FileFamilies:
		m.families = newFamilies()
		var d document
		return l.lines(func(text []byte) error { return m.families.line(&d, text) })
	case FileDatabase:
		if l.seen[FileVersion] && (l.wantsLite() || l.isLegacy()) {
			break
		}
		l.full = l.newDatabase()
		return l.readDatabase(l.full)
	case FileLite:
		if !l.options.Lite || l.seen[FileVersion] && !l.wantsLite() {
			break
		}
		l.lite = l.newDatabase()
		return l.readDatabase(l.lite)
	case FilePrevalence:
		m.known.expect(int(min(l.archive.Size()/bytesExpected, mostExpected)))
		return readLines(l, prevalenceLine, m.known.add)
	case FileSubnets:
		if l.options.ASNs != nil {
			break
		}
		m.subnets.expect(l.archive.Size())
		err := readLines(l, func(text []byte) (subnet, error) { return readSubnet(text, l.options.MinimizeRAM) }, m.subnets.add)
		l.background.Go(m.subnets.done)
		return err
	case FileWatchlist:
		m.doh = newWatchlist()
		return l.lines(m.doh.line)
	case FileDomains:
		m.domains = newDomainMap()
		var d document
		err := l.lines(func(text []byte) error { return m.domains.line(&d, text, l.options.MinimizeRAM) })
		m.domains.done()
		return err
	}
	return nil
}

// lines calls read for each line. What read returns concerns that line only.
func (l *loader) lines(read func([]byte) error) error {
	var bad badLines
	for {
		line, number, err := l.archive.Line()
		l.number = number
		switch {
		case err == io.EOF:
			return nil
		case err == archive.ErrLongLine:
			l.warn("%v", err)
			continue
		case err != nil:
			return err
		}
		err = read(line)
		if err != nil {
			l.warn("%v", err)
		}
		if err := bad.count(err != nil); err != nil {
			return err
		}
	}
}

func (l *loader) warn(format string, args ...any) {
	if l.notices++; l.notices > maxNotices {
		return
	}
	l.say(Notice{l.file, l.number, fmt.Sprintf(format, args...)})
}

func (l *loader) say(n Notice) {
	if l.options.Report != nil {
		l.options.Report(n)
	}
}

func (l *loader) versionLine(text []byte) error {
	if len(l.contents.version)+len(text) > maxVersionBytes {
		return errors.New("line too long")
	}
	l.contents.version += string(text)
	return nil
}

func (l *loader) isLegacy() bool {
	if isEarlier(l.contents.version) {
		return false
	}
	for _, q := range []string{qualifierDual, qualifierLite, qualifierFull} {
		if strings.Contains(l.contents.version, q) {
			return false
		}
	}
	return true
}

// isEarlier reports whether a version is only a date, such as 2021.03.19: Cisco's
// archives had no qualifier before 2022, and were full.
func isEarlier(version string) bool {
	_, err := time.Parse("2006.01.02", strings.TrimSpace(version))
	return err == nil
}

// finish decides which database counts and whether the model is of use.
func (l *loader) finish() {
	m := l.contents
	if m.db = l.full; l.wantsLite() {
		m.db = l.lite
	}
	legacy := l.seen[FileVersion] && l.isLegacy()
	if m.db == nil || legacy {
		m.db = newDatabase()
	}
	if m.families != nil {
		m.nearest = newNearestIndexes(m.families)
		for _, name := range m.db.familyNames {
			m.answers = append(m.answers, alone(name))
		}
	}
	m.tls, m.quic = m.db.formatOf("tls"), m.db.formatOf("quic")
	if m.asns == nil {
		m.asns = m.subnets
	}
	if l.archive.Bare() {
		return
	}
	lost := []struct{ file, what string }{
		{FileVersion, "the model can't be used"},
		{FileDatabase, "the model can't be used: no process is known"},
		{FilePrevalence, "the model can't be used: it isn't known which fingerprints are common"},
		{FileSubnets, "the model can't be used: addresses have no autonomous system"},
		{FileWatchlist, "encrypted DNS is not recognized"},
		{FileDomains, "domain faking is not recognized"},
	}
	for i, f := range lost {
		if l.seen[f.file] || f.file == FileSubnets && l.options.ASNs != nil {
			continue
		}
		l.say(Notice{File: f.file, Text: "missing; " + f.what})
		if i < 4 && m.disabled == "" {
			m.disabled = f.file + " is missing"
		}
	}
	if l.wantsLite() && !l.seen[FileLite] {
		l.say(Notice{File: FileLite, Text: "missing; no process is known"})
	}
	switch {
	case m.disabled != "":
	case isEarlier(m.version):
		l.say(Notice{File: FileVersion, Text: fmt.Sprintf("%q has no qualifier; the archive is taken for a full one", m.version)})
	case strings.Count(m.version, ";") != 1:
		m.disabled = fmt.Sprintf("VERSION %q has not one qualifier after a semicolon", m.version)
	case legacy:
		m.disabled = fmt.Sprintf("VERSION %q is of the old kind, without full, lite, or dual", m.version)
	}
	if m.disabled != "" {
		l.say(Notice{Text: "analysis is off: " + m.disabled})
	}
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
