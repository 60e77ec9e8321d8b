package pipeline

import (
	"slices"
	"sync"
	"sync/atomic"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// A job is a batch on its way through all workers.
type job struct {
	batch   capture.Batch
	first   uint64           // number of the first packet
	headers []packet.Headers // by packet
	shards  []uint8          // by packet: the worker that it belongs to
	parts   []part           // by worker
	left    atomic.Int32
	done    chan struct{} // gets a value when the last worker is done
}

// part is what one worker made of a batch. Only its worker touches it until
// the job is done.
type part struct {
	out  []byte
	ends []end   // the records in out
	open []open  // what is left open in them
	kept []int32 // numbers of packets to keep
	_    [64]byte
}

// end is where a packet's record ends.
type end struct {
	packet int32
	offset int
}

// open is what is still open in the record of a packet.
type open struct {
	packet int32
	engine.Deferred
}

// runMany is a pipeline of a reader, workers, and the caller's goroutine as
// the sequencer. Jobs go round: there is a fixed number of them.
func runMany(src Source, workers []Worker, decoder *packet.Decoder, sink Sink) error {
	n := len(workers)
	jobs := 2*n + 2
	free := make(chan *job, jobs)
	order := make(chan *job, jobs)
	for range jobs {
		free <- &job{parts: make([]part, n), done: make(chan struct{}, 1)}
	}
	inputs := make([]chan *job, n)
	var running sync.WaitGroup
	for i, w := range workers {
		inputs[i] = make(chan *job, jobs)
		running.Go(func() {
			for j := range inputs[i] {
				j.work(i, w, sink.Packet != nil)
			}
		})
	}
	stop := make(chan struct{})
	var readErr error
	running.Go(func() {
		readErr = read(src, decoder, free, order, inputs, stop)
		close(order)
		for _, in := range inputs {
			close(in)
		}
	})

	var s sequencer
	var err error
	for j := range order {
		<-j.done
		if err == nil {
			if sink.Processed != nil {
				sink.Processed(j.first + uint64(len(j.batch.Packets)))
			}
			if err = s.write(j, sink); err != nil {
				close(stop)
			}
		}
		free <- j
	}
	running.Wait()
	if err != nil {
		return err
	}
	return endOfSource(readErr)
}

// read hands out batches until the source or the sink ends.
func read(src Source, decoder *packet.Decoder, free, order chan *job, inputs []chan *job, stop chan struct{}) error {
	number := uint64(0)
	for {
		var j *job
		select {
		case j = <-free:
		case <-stop:
			return nil
		}
		if err := src.ReadBatch(&j.batch); err != nil {
			return err
		}
		j.first = number
		number += uint64(len(j.batch.Packets))
		j.decode(decoder, len(inputs))
		j.left.Store(int32(len(inputs)))
		order <- j
		for _, in := range inputs {
			in <- j
		}
	}
}

// decode reads the headers of all packets, and shares the packets out among
// the workers by their flows.
func (j *job) decode(decoder *packet.Decoder, workers int) {
	n := len(j.batch.Packets)
	j.headers = slices.Grow(j.headers[:0], n)[:n]
	j.shards = slices.Grow(j.shards[:0], n)[:n]
	for i := range j.headers {
		data := j.batch.Bytes(i)
		h := &j.headers[i]
		decoder.Decode(h, j.batch.Packets[i].Link, data)
		j.shards[i] = uint8(h.Hash(data) % uint64(workers))
	}
}

// work processes the packets of worker number me.
func (j *job) work(me int, w Worker, keep bool) {
	p := &j.parts[me]
	p.out, p.ends, p.open, p.kept = p.out[:0], p.ends[:0], p.open[:0], p.kept[:0]
	for i, shard := range j.shards {
		if int(shard) != me {
			continue
		}
		pkt := &j.batch.Packets[i]
		before := len(p.out)
		w.SetNumber(j.first + uint64(i))
		p.out = w.Decoded(p.out, &j.headers[i], j.batch.Bytes(i), pkt.Time)
		if keep {
			p.out = p.out[:before]
			if w.Kept() {
				p.kept = append(p.kept, int32(i))
			}
		} else if len(p.out) > before {
			p.ends = append(p.ends, end{int32(i), len(p.out)})
			if d := w.Deferred(); d != nil {
				p.open = append(p.open, open{int32(i), *d})
			}
		}
	}
	if j.left.Add(-1) == 0 {
		j.done <- struct{}{}
	}
}

// sequencer merges what the workers made of a batch.
type sequencer struct {
	out    []byte
	next   []int // by worker: the first record or packet not yet taken
	opened []int // by worker: the first open part not yet closed
	writer record.Writer
}

func (s *sequencer) write(j *job, sink Sink) error {
	s.next = append(s.next[:0], make([]int, len(j.parts))...)
	s.opened = append(s.opened[:0], make([]int, len(j.parts))...)
	if sink.Packet != nil {
		return s.packets(j, sink)
	}
	if sink.Records == nil {
		return nil
	}
	s.out = s.out[:0]
	for {
		first := -1
		for i := range j.parts {
			ends := j.parts[i].ends
			if s.next[i] < len(ends) && (first < 0 || ends[s.next[i]].packet < j.parts[first].ends[s.next[first]].packet) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		p := &j.parts[first]
		k := s.next[first]
		begin := 0
		if k > 0 {
			begin = p.ends[k-1].offset
		}
		if i := s.opened[first]; i < len(p.open) && p.open[i].packet == p.ends[k].packet {
			s.close(&p.open[i].Deferred, p.out[:p.ends[k].offset], begin, sink)
			s.opened[first]++
		} else {
			s.out = append(s.out, p.out[begin:p.ends[k].offset]...)
		}
		s.next[first]++
	}
	if len(s.out) == 0 {
		return nil
	}
	return sink.Records(s.out)
}

// close appends the record that begins at begin, with what was left open in
// it.
func (s *sequencer) close(d *engine.Deferred, out []byte, begin int, sink Sink) {
	s.out = append(s.out, out[begin:d.At]...)
	sink.History.Resolve(&d.Result)
	if d.Result.Present() {
		s.writer.SetBuffer(s.out)
		d.Result.Write(&s.writer)
		s.out = s.writer.Bytes()
	}
	s.out = append(s.out, out[d.At:]...)
}

func (s *sequencer) packets(j *job, sink Sink) error {
	for {
		first := -1
		for i := range j.parts {
			kept := j.parts[i].kept
			if s.next[i] < len(kept) && (first < 0 || kept[s.next[i]] < j.parts[first].kept[s.next[first]]) {
				first = i
			}
		}
		if first < 0 {
			return sink.flush()
		}
		k := int(j.parts[first].kept[s.next[first]])
		if err := sink.Packet(&j.batch.Packets[k], j.batch.Bytes(k)); err != nil {
			return err
		}
		s.next[first]++
	}
}
