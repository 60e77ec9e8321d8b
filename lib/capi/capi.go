// Package capi is what libmerc is made of: a library of an engine, a model and
// what is counted, and processors of packets. Package libmerc below it gives it
// to programs in C.
//
// A Library is safe for use by many goroutines. A Processor is for one at a
// time; each thread of a program makes its own.
package capi

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/hoststats"
	"merctools/lib/internal/atomicfile"

	"github.com/klauspost/compress/gzip"
)

// Version is the version of mercury whose interface and records this is: major,
// minor, patch level.
var Version = [3]byte{2, 18, 0}

// VersionString is Version as text.
func VersionString() string { return fmt.Sprintf("%d.%d.%d", Version[0], Version[1], Version[2]) }

// Settings say what a Library does.
type Settings struct {
	DNSJSON, CertsJSON, Metadata bool
	Analysis                     bool // classify messages
	Stats                        bool // count what hosts do
	MaxStats                     int  // entries of the counts; any number if it is 0
	ReportOS                     bool // tell operating systems of processes
	TCPData, UDPData             bool // write first data of unknown protocols

	// Resources is the archive to classify with. Nothing is classified where it
	// is nil; the built-in archive is used where it is empty.
	Resources *string
	Key       []byte // of the archive; nil where it is not encrypted

	// With one of them above 0 the small database of an archive that has two is
	// used.
	ProcessThreshold, DestinationThreshold float32

	// Filter is a list of selectors, or options with semicolons
	// (docs/embedding.md).
	Filter string

	// Log is told of what goes wrong without an error, and, with Verbose, of
	// more. It may be nil.
	Log     func(Level, string)
	Verbose bool
}

// A Level is the severity of a message.
type Level int

// The levels that are used, with the numbers that syslog has for them.
const (
	LevelError   Level = 3
	LevelWarning Level = 4
	LevelInfo    Level = 6
	LevelDebug   Level = 7
)

// A Library is a configuration, with what is loaded and counted for it.
type Library struct {
	engine  *engine.Engine
	model   *fingerprintdb.Model // nil where nothing is classified
	history *fingerprintdb.History
	counts  *hoststats.Aggregator // nil where nothing is counted
	start   time.Time
	log     func(Level, string)

	exclusive bool // there can be one processor only
	taken     atomic.Bool
}

// ErrTaken is returned for a second processor where there can be one only.
var ErrTaken = errors.New("quic-trial-decryption allows one packet processor only, and there is one")

// Open returns a Library. The archive is loaded at once.
func Open(s *Settings) (*Library, error) {
	l := &Library{history: fingerprintdb.NewHistory(), start: time.Now(), log: s.Log}
	if l.log == nil {
		l.log = func(Level, string) {}
	}
	o, err := parseOptions(s, l.log)
	if err != nil {
		return nil, err
	}
	cfg := engine.Config{Options: o.records, Policies: o.policies, ExposedCreds: o.exposedCreds, Behavior: o.behavior}
	l.exclusive = o.records.QUICTrialDecryption
	if o.Analysis {
		if o.Resources == nil {
			l.log(LevelWarning, "no resource archive is given: messages are not classified")
		} else if err := l.load(*o.Resources, o); err != nil {
			return nil, err
		}
		cfg.Model = l.model
	}
	if o.Stats {
		l.counts = hoststats.New(o.MaxStats)
		if l.model != nil {
			cfg.Observe = func() engine.Observer { return l.counts.NewCollector() }
		}
	}
	l.engine, err = engine.New(cfg)
	return l, err
}

// load loads the archive.
func (l *Library) load(name string, o *options) error {
	var r io.ReadCloser
	called := "built-in resources"
	if name == "" {
		r = builtin.NewReader()
	} else {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		r, called = f, name
	}
	m, err := fingerprintdb.Open(r, fingerprintdb.LoadOptions{
		Name:        called,
		Key:         o.Key,
		MinimizeRAM: o.records.MinimizeRAM,
		Lite:        o.ProcessThreshold > 0 || o.DestinationThreshold > 0,
		Systems:     o.ReportOS,
		Verbose:     o.Verbose,
		Report:      func(n fingerprintdb.Notice) { l.log(LevelWarning, called+": "+n.String()) },
	})
	if err != nil {
		return err
	}
	if err := m.Load(); err != nil {
		return err
	}
	if why := m.Disabled(); why != "" {
		l.log(LevelWarning, called+": messages are not classified: "+why)
	}
	l.model = m
	return nil
}

// Classifies reports whether messages are classified.
func (l *Library) Classifies() bool { return l.model != nil && l.model.Disabled() == "" }

// ResourceVersion is the VERSION of the archive; ok is false without one that
// can be used.
func (l *Library) ResourceVersion() (version string, ok bool) {
	if !l.Classifies() {
		return "", false
	}
	return l.model.Version(), true
}

// AttributeNames are the names of all attributes that there can be.
func (l *Library) AttributeNames() []string { return l.model.AttributeNames() }

// Entries is how many different observations were counted since WriteStats.
func (l *Library) Entries() int {
	if l.counts == nil {
		return 0
	}
	return l.counts.Entries()
}

// Counts reports whether the library counts what hosts do.
func (l *Library) Counts() bool { return l.counts != nil }

// WriteStats writes what was counted to a file, compressed with gzip, and begins
// anew. The file is there once it is complete.
func (l *Library) WriteStats(name string) error {
	if l.counts == nil {
		return errors.New("statistics are not counted")
	}
	f, err := atomicfile.Create(name, atomicfile.Mode)
	if err != nil {
		return err
	}
	h := hoststats.Header{Start: l.start, Version: VersionString(), Commit: "unknown"}
	h.ResourceVersion, _ = l.ResourceVersion()
	z := gzip.NewWriter(f)
	err = errors.Join(l.counts.Take().Write(z, &h), z.Close())
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}
