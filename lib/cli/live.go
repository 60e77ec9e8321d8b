package cli

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"

	"merctools/lib/capture/ring"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/pipeline"
)

// Live processes the packets of a group's rings, one worker for each, until a
// signal ends the capture. It writes records, or, where the output is one of
// packets, those that have a record or, if all is set, every packet. In the end
// it closes the output and writes what was counted.
func (j *Job) Live(signals Signals, group *ring.Group, out *Output, all bool) error {
	// What workers must know of each other's flows they share. They ask in
	// the order in which they happen to process packets.
	if m := j.Config.Model; m != nil {
		// The first packet must not wait.
		if err := m.Load(); err != nil {
			return err
		}
	}
	_, workers, err := j.newWorkers(len(group.Rings()), fingerprintdb.NewHistory())
	if err != nil {
		return err
	}
	var sources []pipeline.Source
	for i, r := range group.Rings() {
		sources = append(sources, r)
		if all && out.config.Packets {
			workers[i] = everything{}
		}
	}
	var gone atomic.Bool
	if out.config.Name == "" {
		WidenPipe()
		WhenReaderGone(func() {
			gone.Store(true)
			group.Stop()
		})
	}
	var outputErr error
	session := Session{
		Env:     j.Env,
		Signals: signals,
		Group:   group,
		Verbose: j.Verbose,
		Every:   func() { outputErr = errors.Join(outputErr, out.RotateIfDue()) },
		Reopen:  func() { outputErr = errors.Join(outputErr, out.Reopen()) },
		More:    out.counts,
	}
	err = session.Run(func() error { return pipeline.Live(sources, workers, out.sink(), group.Stop) })
	if gone.Load() || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	if errors.Is(err, errBlocked) || errors.Is(err, errInterrupted) { // a worker still has the output
		session.Counters()
		return err
	}
	err = errors.Join(err, outputErr, out.Close(), j.quarantine.close())
	session.More = func() []string {
		var s engine.Stats
		for _, w := range j.workers {
			s.Add(w.Counters())
		}
		return append(out.counts(), limits(s)...)
	}
	session.Counters()
	return err
}

// counts are the counts of the output.
func (o *Output) counts() []string {
	return []string{
		fmt.Sprintf("%d output drops", o.Lost()),
		fmt.Sprintf("%d %s written", o.Written(), o.what()),
	}
}

// Output is Records or Packets, as the output wants, which is closed in the
// end. Where that is one of packets and all is set, it gets every packet.
func (j *Job) Output(in pipeline.Source, out *Output, all bool) error {
	var err error
	if all && out.config.Packets {
		err = pipeline.Run(in, []pipeline.Worker{everything{}}, nil, out.sink())
	} else {
		err = j.run(in, out.sink())
	}
	return errors.Join(err, out.Close())
}

// everything is a worker that keeps all packets.
type everything struct{}

func (everything) Packet(dst []byte, _ uint16, _ []byte, _ int64) []byte { return dst }
func (everything) Decoded(dst []byte, _ *packet.Headers, _ []byte, _ int64) []byte {
	return dst
}
func (everything) Kept() bool                 { return true }
func (everything) Deferred() *engine.Deferred { return nil }
func (everything) SetNumber(uint64)           {}
