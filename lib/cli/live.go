package cli

import (
	"errors"
	"sync/atomic"
	"syscall"

	"merctools/lib/capture/ring"
	"merctools/lib/engine"
	"merctools/lib/output"
	"merctools/lib/pipeline"
)

// Live processes the packets of a group's rings, one worker for each, until a
// signal ends the capture. It writes records, or, where the output is one of
// packets, those that have a record or, if all is set, every packet. In the end
// it closes the output and writes what was counted. Records that could not be
// written are an error.
func (j *Job) Live(signals Signals, group *ring.Group, out *output.Output, all bool) error {
	// What workers must know of each other's flows they share. They ask in
	// the order in which they happen to process packets.
	if m := j.Config.Model; m != nil {
		// The first packet must not wait.
		if err := m.Load(); err != nil {
			return err
		}
	}
	_, workers, err := j.newWorkers(len(group.Rings()), j.newHistory())
	if err != nil {
		return err
	}
	var sources []pipeline.Source
	var sinks []pipeline.Sink
	for i, r := range group.Rings() {
		sources = append(sources, r)
		sinks = append(sinks, j.tapped(sink(out)))
		if all && out.Packets() {
			workers[i] = everything{}
		}
	}
	var gone atomic.Bool
	if out.IsStdout() {
		j.Env.WhenReaderGone(func() {
			gone.Store(true)
			group.Stop()
		})
	}
	more := func(dropped uint64, counters func() engine.Stats) func() []string {
		return func() []string { return append(counts(out.Lost()+dropped, out), limits(counters())...) }
	}
	session := Session{Env: j.Env, Signals: signals, Group: group, Output: out, Verbose: j.Verbose, Reopen: true, More: more(0, j.Published)}
	err = session.Run(func() error {
		err := pipeline.Live(sources, workers, sinks, group.Stop)
		if err == nil {
			err = j.Summary.writeLive(group, sinks[0].Records, j.counters())
		}
		return errors.Join(err, out.Close(err), j.closeQuarantine())
	})
	if gone.Load() || errors.Is(err, syscall.EPIPE) && out.IsStdout() {
		return nil
	}
	if errors.Is(err, syscall.EPIPE) {
		// Of a named pipe nobody knows, as a shell does of its own, that the
		// reader is gone: the end is no quiet one.
		err = errors.New(err.Error())
	}
	if dropped := (*droppedError)(nil); errors.As(err, &dropped) {
		session.More = more(dropped.count, j.Published)
		session.Counters()
		return err
	}
	session.More = more(0, j.counters)
	session.Counters()
	return errors.Join(err, out.Failure())
}

// everything is a worker that keeps all packets. It is the only one, so it lacks what
// is called where there are several.
type everything struct{ pipeline.Worker }

func (everything) Packet(dst []byte, _ uint16, _ []byte, _ int64) []byte { return dst }
func (everything) Kept() bool                                            { return true }
func (everything) Deferred() *engine.Deferred                            { return nil }
func (everything) WantsOrigin() bool                                     { return false }
