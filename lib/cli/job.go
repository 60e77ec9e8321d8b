package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
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

	workers    []*engine.Worker
	quarantine quarantine
}

// Records writes the records of all packets.
func (j *Job) Records(in pipeline.Source, out io.Writer) error {
	return j.run(in, pipeline.Sink{Records: func(b []byte) error {
		_, err := out.Write(b)
		return err
	}})
}

// Packets writes the packets that have a record, or are part of a message
// that has one. What was written is flushed batch by batch.
func (j *Job) Packets(in pipeline.Source, out *PacketFile) error {
	return j.run(in, pipeline.Sink{Packet: out.Add, Flush: out.Flush})
}

func (j *Job) run(in pipeline.Source, sink pipeline.Sink) error {
	threads := max(j.Threads, 1)
	if j.Stats != nil && threads > 1 {
		j.Stats.Sequence()
		sink.Processed = j.Stats.Advance
	}
	// One worker can answer at once what depends on other flows; of several,
	// none knows what comes before.
	history := fingerprintdb.NewHistory()
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
	begin := time.Now()
	err = errors.Join(pipeline.Run(in, workers, e.Decoder(), sink), j.quarantine.close())
	if j.Verbose {
		j.summary(time.Since(begin))
	}
	return err
}

func (j *Job) newWorkers(n int, history *fingerprintdb.History) (*engine.Engine, []pipeline.Worker, error) {
	if j.Stats != nil {
		j.Config.Observe = func() engine.Observer { return j.Stats.NewCollector() }
	}
	if j.Quarantine != "" {
		j.quarantine.name, j.quarantine.env = j.Quarantine, j.Env
		j.Config.Quarantine = j.quarantine.add
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
	return e, workers, nil
}

// summary writes what was done to standard error.
func (j *Job) summary(took time.Duration) {
	var s engine.Stats
	for _, w := range j.workers {
		s.Add(w.Counters())
	}
	sec := took.Seconds()
	fmt.Fprintf(j.Env.Stderr, "packets: %d (%.4g per second), bytes: %d (%.4g per second), records: %d, seconds: %.3f\n",
		s.Packets, float64(s.Packets)/sec, s.Bytes, float64(s.Bytes)/sec, s.Records, sec)
	for _, line := range limits(s) {
		fmt.Fprintln(j.Env.Stderr, line)
	}
}

// limits tells of limits that were reached.
func limits(s engine.Stats) []string {
	if s.Evicted+s.Expired+s.Panics == 0 {
		return nil
	}
	return []string{fmt.Sprintf("reassemblies that timed out: %d, flows and reassemblies dropped at the limit: %d, packets given up: %d",
		s.Expired, s.Evicted, s.Panics)}
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
