package cli

import (
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"

	"merctools/lib/indicators"
)

// IndicatorFlags name lists of indicators.
type IndicatorFlags struct {
	Indicators []string `group:"Analysis:" sep:"none" placeholder:"FILE" brief:"add indicators of a list that match" help:"add to records the indicators that match, from a list of addresses, networks, domains, URLs, fingerprints, certificates or user agents: a line each, CSV of abuse.ch or MISP, Zeek's intelligence format or STIX 2.1; may be given several times; SIGHUP reads the lists again"`
}

// Dirs are the directories that the lists are read from again.
func (f *IndicatorFlags) Dirs() []string {
	var dirs []string
	for _, name := range f.Indicators {
		dirs = append(dirs, filepath.Dir(name))
	}
	return dirs
}

// Load reads the lists. The set is nil where none is named. At SIGHUP they are
// read again, until stop is called; a list that can't be read then leaves the
// set as it was.
func (f *IndicatorFlags) Load(env *Env, verbose bool) (current *atomic.Pointer[indicators.Set], stop func(), err error) {
	if len(f.Indicators) == 0 {
		return nil, func() {}, nil
	}
	current = new(atomic.Pointer[indicators.Set])
	load := func() error {
		s, err := indicators.Load(f.Indicators, env.Notice)
		if err != nil {
			return err
		}
		current.Store(s)
		if verbose {
			env.Noticef("%d indicators in %d lists", s.Len(), len(f.Indicators))
		}
		return nil
	}
	if err := load(); err != nil {
		return nil, nil, err
	}
	stop = onReload(func() {
		if err := load(); err != nil {
			env.Noticef("%v; keeping the old indicators", err)
		}
	})
	return current, stop, nil
}

// onReload has f called at SIGHUP, unless that was ignored from the start.
func onReload(f func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	if !notify(signals, reopenSignals) {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-signals:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
		<-ended
	}
}
