package fingerprintdb

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"merctools/lib/fingerprintdb/archive"
)

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
	case FileFamilies, FileWatchlist:
		return l.lines(m.listReader(name, l.options.MinimizeRAM))
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
	case FileDomains:
		err := l.lines(m.listReader(name, l.options.MinimizeRAM))
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

// bareDatabase loads an archive that is a database alone.
func (l *loader) bareDatabase() error {
	l.full = l.newDatabase()
	for _, f := range []string{FileVersion, FileDatabase} {
		l.seen[f] = true
	}
	l.contents.version = bareVersion
	return l.readDatabase(l.full)
}

// bareVersion is the version of an archive that is a database alone.
const bareVersion = "unknown; " + qualifierFull
