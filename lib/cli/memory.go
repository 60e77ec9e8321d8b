package cli

import (
	"merctools/lib/capture/ring"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/report"
)

// MemoryFlags has the flag that bounds what is kept of several packets.
type MemoryFlags struct {
	Memory Size `group:"Running:" placeholder:"SIZE" brief:"bound the memory of flows, streams and the like" help:"use at most SIZE, such as 256M, for everything that is kept from packet to packet: flows, streams, fragments, connections, fingerprints, statistics and the report; the oldest is dropped to make room, and counted"`
}

// A Budget says how many bytes state of several packets may take. 0 stands for
// bounds that each kind of it has of its own.
type Budget struct {
	Worker     int // engine.Config.Memory
	History    int // what fingerprints were seen
	Statistics int // of hosts
	Report     int
}

// Parts of the memory. A report takes a quarter, statistics half of what is left
// then, and the history of fingerprints a sixteenth of what is left then; workers
// share the rest.
const (
	reportPart  = 4
	statsPart   = 2
	historyPart = 16
)

// mostMemory is how much can be had: all of this host's, and 64 GiB where that is
// not known. Some tables are made as a whole, and the program would end where they
// can't be.
func mostMemory() Size {
	if all := ring.MemoryFraction(1); all > 0 {
		return Size(all)
	}
	return 64 << 30
}

// Divide says how the memory is divided among what is wanted: workers with a
// configuration, an analysis of fingerprints, statistics, and a report. It
// returns a UsageError where there is too little.
func (f *MemoryFlags) Divide(cfg *engine.Config, workers int, analysis, statistics, paper bool) (b Budget, err error) {
	if f.Memory == 0 {
		return b, nil
	}
	rest := int(min(f.Memory, mostMemory()))
	take := func(wanted bool, part, most int) (n int) {
		if wanted {
			n = min(rest/part, most)
			rest -= n
		}
		return n
	}
	b.Report = take(paper, reportPart, report.MaxMemory)
	b.Statistics = take(statistics, statsPart, rest)
	b.History = take(analysis, historyPart, rest)
	b.Worker = rest / max(workers, 1)
	least := cfg.LeastMemory()
	if b.Worker >= least && (!analysis || b.History >= fingerprintdb.LeastHistory) {
		return b, nil
	}
	need := least * max(workers, 1)
	if analysis {
		need = max(need+need/(historyPart-1)+1, historyPart*fingerprintdb.LeastHistory)
	}
	if statistics {
		need *= statsPart
	}
	if paper {
		need = need * reportPart / (reportPart - 1)
	}
	return b, Usagef("--memory: %d bytes are less than the %dM that %d threads need with these options", int64(f.Memory), need>>20+1, max(workers, 1))
}
