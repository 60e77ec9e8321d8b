package fingerprintdb

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"merctools/lib/fingerprintdb/archive"
)

// A Model is what a resource archive says, in the form in which it is looked
// up. It doesn't change after it was loaded; any number of goroutines may use
// it at once.
type Model struct {
	version  string
	disabled string
	db       *database
	known    map[digest]struct{} // fingerprints that are seen often
	subnets  *prefixTable
	asns     ASNs
	doh      *watchlist // nil if there is none
	domains  *domainMap // nil if there is none
}

// LoadOptions say what to take from a resource archive.
type LoadOptions struct {
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
	// missing.
	Report func(Notice)
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

// Load reads a resource archive. An error means that it can't be read at all;
// what is bad or missing within it is reported and otherwise passed over. If
// what is missing is essential the model is disabled.
func Load(r io.Reader, o LoadOptions) (*Model, error) {
	a, err := archive.NewReader(r, o.Key, o.Limits)
	if err != nil {
		return nil, err
	}
	l := &loader{
		options: &o,
		archive: a,
		seen:    make(map[string]bool),
		model: &Model{
			known:   make(map[digest]struct{}),
			subnets: &prefixTable{},
			asns:    o.ASNs,
		},
	}
	if err := l.files(); err != nil {
		return nil, err
	}
	l.finish()
	return l.model, nil
}

// A loader reads the files of an archive in the order in which they come.
type loader struct {
	options *LoadOptions
	archive *archive.Reader
	model   *Model
	seen    map[string]bool // files
	full    *database
	lite    *database

	file    string
	number  int
	notices int
}

func (l *loader) files() error {
	any := false
	for !l.complete() {
		name, err := l.archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		any = true
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
	}
	if !any {
		return ErrEmpty
	}
	return nil
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
	return l.options.Lite && strings.Contains(l.model.version, qualifierDual)
}

func (l *loader) one(name string) error {
	m := l.model
	defer func() { l.seen[name] = true }()
	switch name {
	case FileVersion:
		return l.lines(l.versionLine)
	case FileDatabase:
		if l.seen[FileVersion] && (l.wantsLite() || l.isLegacy()) {
			break
		}
		l.full = newDatabase()
		return l.readDatabase(l.full)
	case FileLite:
		if !l.options.Lite || l.seen[FileVersion] && !l.wantsLite() {
			break
		}
		l.lite = newDatabase()
		return l.readDatabase(l.lite)
	case FilePrevalence:
		return l.lines(l.prevalenceLine)
	case FileSubnets:
		if l.options.ASNs != nil {
			break
		}
		return l.lines(func(text []byte) error { return m.subnets.line(text, l.options.MinimizeRAM) })
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
		if err := read(line); err != nil {
			l.warn("%v", err)
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
	if len(l.model.version)+len(text) > maxVersionBytes {
		return errors.New("line too long")
	}
	l.model.version += string(text)
	return nil
}

func (l *loader) prevalenceLine(text []byte) error {
	if text[0] == '(' {
		text = append([]byte("tls/"), text...)
	}
	if len(l.model.known) == maxKnown {
		return errKnown
	}
	l.model.known[digestOf(text)] = struct{}{}
	return nil
}

func (l *loader) readDatabase(db *database) error {
	r := &databaseReader{
		db:          db,
		minimizeRAM: l.options.MinimizeRAM,
		systems:     l.options.Systems,
		warn:        l.warn,
	}
	err := l.lines(r.line)
	db.compact()
	return err
}

func (l *loader) isLegacy() bool {
	for _, q := range []string{qualifierDual, qualifierLite, qualifierFull} {
		if strings.Contains(l.model.version, q) {
			return false
		}
	}
	return true
}

// finish decides which database counts and whether the model is of use.
func (l *loader) finish() {
	m := l.model
	if m.db = l.full; l.wantsLite() {
		m.db = l.lite
	}
	legacy := l.seen[FileVersion] && l.isLegacy()
	if m.db == nil || legacy {
		m.db = newDatabase()
	}
	if m.asns == nil {
		m.asns = m.subnets
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
func (m *Model) Version() string { return m.version }

// Disabled says why the model gives no answers. It is empty if it does.
func (m *Model) Disabled() string { return m.disabled }

// Formats are the formats of TLS and QUIC fingerprints that the model has.
// Observations must have fingerprints of the same.
func (m *Model) Formats() (tls, quic int) {
	return m.db.formatOf("tls"), m.db.formatOf("quic")
}
