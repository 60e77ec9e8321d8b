package cli

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/output"
	"merctools/lib/packet"
	"merctools/lib/pipeline"
)

// A Job is a run of the engine over captures.
type Job struct {
	Env        *Env // gets the summary and notices
	Config     engine.Config
	Threads    int
	Verbose    bool
	Stats      *Statistics // counts what is observed; may be nil
	Quarantine string      // file for packets that a parser failed on; may be empty
	History    int         // bytes that fingerprintdb.History may take; 0: as many as it likes

	// Summary, if not nil, has its line written behind the records.
	Summary *CaptureSummary
	// Tap, if not nil, returns what records go through on their way to next;
	// in live capture there is one for each thread.
	Tap func(next func([]byte) error) func([]byte) error

	reader     *packet.Reader // of headers
	history    *fingerprintdb.History
	workers    []*engine.Worker
	running    atomic.Pointer[[]*engine.Worker] // for Published
	quarantine *output.Quarantine               // nil without a file for it
}

// Run processes the packets of a source and closes the output. It writes
// records, or, where the output is one of packets, those that have a record or
// are part of a message that has one or, if all is set, every packet.
func (j *Job) Run(in pipeline.Source, out *output.Output, all bool) error {
	j.Env.OnInterrupt(func() { _ = out.Abandon() }) // nobody is left to tell
	var err error
	if all && out.Packets() {
		err = pipeline.Run(in, []pipeline.Worker{everything{}}, nil, sink(out))
	} else {
		err = j.run(in, j.tapped(sink(out)))
	}
	return errors.Join(err, out.Close(err))
}

// tapped is a sink whose records go through the tap.
func (j *Job) tapped(s pipeline.Sink) pipeline.Sink {
	if j.Tap != nil && s.Records != nil {
		s.Records = j.Tap(s.Records)
	}
	return s
}

// sink is what a worker hands its results to.
func sink(out *output.Output) pipeline.Sink {
	if !out.Packets() {
		return pipeline.Sink{Records: out.Records}
	}
	s := out.Stream()
	return pipeline.Sink{Packet: s.Packet, Flush: s.Flush}
}

func (j *Job) run(in pipeline.Source, sink pipeline.Sink) error {
	threads := max(j.Threads, 1)
	if j.Stats != nil && threads > 1 {
		j.Stats.Sequence()
		sink.Processed = j.Stats.Advance
	}
	// One worker can answer at once what depends on other flows; of several,
	// none knows what comes before.
	history := j.newHistory()
	workerHistory := history
	if threads > 1 {
		workerHistory, sink.History = nil, history
	}
	if j.Config.Model != nil {
		sink = checked(sink, j.Config.Model)
	}
	e, workers, err := j.newWorkers(threads, workerHistory)
	if err != nil {
		return err
	}
	spareForThreads(threads)
	begin := time.Now()
	j.reader = e.NewReader()
	in = j.Summary.source(in)
	err = errors.Join(pipeline.Run(in, workers, j.reader, sink), j.closeQuarantine())
	err = errors.Join(err, j.Summary.write(sink.Records, j.counters()))
	if j.Verbose {
		j.summary(time.Since(begin))
	}
	return err
}

// newHistory returns what workers know of each other's flows.
func (j *Job) newHistory() *fingerprintdb.History {
	j.history = fingerprintdb.NewHistoryWithin(j.History)
	return j.history
}

func (j *Job) newWorkers(n int, history *fingerprintdb.History) (*engine.Engine, []pipeline.Worker, error) {
	if j.Stats != nil {
		j.Config.Observe = func() engine.Observer { return j.Stats.NewCollector() }
	}
	if j.Quarantine != "" {
		j.quarantine = output.NewQuarantine(j.Quarantine, j.Env.Notice)
		j.Config.Quarantine = j.quarantine.Add
	}
	e, err := engine.New(j.Config)
	if err != nil {
		return nil, nil, err
	}
	var workers []pipeline.Worker
	for range n {
		w := e.NewWorker(history)
		j.workers = append(j.workers, w)
		workers = append(workers, w)
	}
	j.running.Store(&j.workers)
	return e, workers, nil
}

// summary writes what was done to standard error.
func (j *Job) summary(took time.Duration) {
	s := j.counters()
	sec := took.Seconds()
	fmt.Fprintf(j.Env.Stderr, "packets: %d (%.4g per second), bytes: %d (%.4g per second), records: %d, seconds: %.3f\n",
		s.Packets, float64(s.Packets)/sec, s.Bytes, float64(s.Bytes)/sec, s.Records, sec)
	for _, line := range limits(s) {
		fmt.Fprintln(j.Env.Stderr, line)
	}
}

// counters are the counts of all workers, which must have ended.
func (j *Job) counters() (s engine.Stats) {
	for _, w := range j.workers {
		s.Add(w.Counters())
	}
	if j.reader != nil {
		s.AddReader(j.reader)
	}
	j.addShared(&s)
	return s
}

// addShared adds counts of what workers share.
func (j *Job) addShared(s *engine.Stats) {
	if j.history != nil {
		k := &s.States[engine.StateFingerprints]
		k.Begun, k.Evicted = j.history.Sightings()
	}
	if j.Stats != nil {
		k := &s.States[engine.StateObservations]
		k.Begun, k.Evicted = j.Stats.Counts()
	}
}

// Published are the counts of all workers while they run.
func (j *Job) Published() (s engine.Stats) {
	if workers := j.running.Load(); workers != nil {
		for _, w := range *workers {
			s.Add(w.Published())
		}
		j.addShared(&s)
	}
	return s
}

// closeQuarantine ends the file of packets that a parser failed on.
func (j *Job) closeQuarantine() error {
	if j.quarantine == nil {
		return nil
	}
	return j.quarantine.Close()
}

// limits tells of limits that were reached.
func limits(s engine.Stats) []string {
	var lines []string
	if s.Shortened > 0 {
		lines = append(lines, fmt.Sprintf("records that were shortened: %d", s.Shortened))
	}
	if s.Evicted+s.Expired+s.Panics > 0 {
		lines = append(lines, fmt.Sprintf("reassemblies that timed out: %d, flows and reassemblies dropped at the limit: %d, packets given up: %d",
			s.Expired, s.Evicted, s.Panics))
	}
	if f := s.States[engine.StateFragments]; f.Expired+f.Evicted+s.FragmentOverlaps > 0 {
		lines = append(lines, fmt.Sprintf("packets in fragments that timed out: %d, dropped at the limit: %d, fragments that overlap: %d",
			f.Expired, f.Evicted, s.FragmentOverlaps))
	}
	for k := range s.States {
		if c := s.States[k]; c.Begun > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d, timed out: %d, dropped at the limit: %d, incomplete messages: %d",
				engine.StateKind(k), c.Begun, c.Expired, c.Evicted, c.Incomplete))
		}
	}
	return lines
}

// checked is a sink that takes nothing once loading the archive has failed,
// since what workers then write lacks its analysis.
func checked(sink pipeline.Sink, m *fingerprintdb.Model) pipeline.Sink {
	if records := sink.Records; records != nil {
		sink.Records = func(b []byte) error {
			if err := m.Err(); err != nil {
				return err
			}
			return records(b)
		}
	}
	if packet := sink.Packet; packet != nil {
		sink.Packet = func(p *capture.Packet, data []byte) error {
			if err := m.Err(); err != nil {
				return err
			}
			return packet(p, data)
		}
	}
	return sink
}
