package pipeline

import (
	"io"
	"math"
	"slices"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// Run processes all batches of a source and returns its error, unless that is
// io.EOF, or the sink's. What was processed before a source failed has been
// written when Run returns. The reader reads the headers of packets; where it is nil,
// workers do. What there is at the end of packets that are not whole comes last, unless
// it is packets that the sink takes.
//
// Several workers get whole batches, mostly those that they have read, unless packets
// must go to the workers of their flows.
func Run(src Source, workers []Worker, reader *packet.Reader, sink Sink) error {
	p := newPackets(workers, reader, sink)
	r := newOrdered[batch](len(workers), p.blocks.left, p.byFlow)
	r.fill = func(worker int, b *batch) error {
		p.take(worker, b)
		b.memory.fetch(worker)
		return p.fill(b, src)
	}
	if loader, ok := src.(Loader); ok && len(workers) > 1 {
		p.blocks.size += capture.Headroom
		r.reserve = func(worker int, b *batch, ahead int) {
			p.take(worker, b)
			loader.Reserve(&b.Batch, ahead)
		}
		r.load = p.load
	}
	r.ahead = func() bool { return p.ready }
	r.work = p.work
	switch {
	case p.early:
		r.prepare, r.turn, r.work = p.begin, p.carryOn, p.join
	case p.byFlow && !p.deep():
		r.prepare = func(_ int, b *batch) { p.decode(b) }
	}
	r.written = p.written
	r.released = p.give
	r.merger.write = sink.Records
	if sink.Records == nil {
		r.merger.write = func([]byte) error { return nil }
	}
	if sink.Packet != nil {
		r.merger.item = func(i int) error { return sink.Packet(&r.oldest.Packets[i], r.oldest.Bytes(i)) }
	}
	r.merger.history = sink.History
	r.merger.insert = func(w *record.Writer, r *fingerprintdb.Result, _ []byte) { r.Write(w) }
	if err := r.run(); err != nil || sink.Records == nil {
		return err
	}
	return p.flush(&r.merger)
}

// flush writes what workers have held back, in the order of the packets with
// which it begins.
func (p *packets) flush(m *merger) error {
	var c chunk
	for {
		var next Worker
		least := uint64(math.MaxUint64)
		for _, w := range p.workers {
			if f, ok := w.(Flusher); ok {
				if n, ok := f.Pending(); ok && (next == nil || n < least) {
					next, least = w, n
				}
			}
		}
		if next == nil {
			break
		}
		c.text, c.open = next.(Flusher).Flush(c.text[:0]), c.open[:0]
		for d := next.Deferred(); d != nil; d = next.Deferred() {
			c.open = append(c.open, open{d.At, d.Result})
		}
		if err := m.chunk(&c); err != nil {
			return err
		}
	}
	if err := m.flush(); err != nil {
		return err
	}
	return p.sink.flush()
}

const (
	// window is how many bytes of packets are under way where all workers have a part
	// in each batch, if that is minJobs batches.
	window = 2 << 20
	// minJobs is how many batches are under way at least.
	minJobs = 6
	// spareJobs is how many more batches than workers are under way, where each
	// worker gets whole ones. Each has up to 1.5 MB that are touched for the first
	// time: with four more, bulk transfers take 1.1 times as long.
	spareJobs = 2
)

// newPackets says how packets go through workers.
func newPackets(workers []Worker, reader *packet.Reader, sink Sink) *packets {
	n := len(workers)
	p := &packets{workers: workers, reader: reader, sink: sink, wantsOrigin: workers[0].WantsOrigin(), positions: make([]position, n)}
	if reader != nil {
		use := workers[0].FlowUse()
		p.flows, p.apart = use != engine.FlowsUnused, use == engine.FlowsForSome
		p.byFlow, p.early = n > 1 && use == engine.FlowsForAll, n > 1 && use == engine.FlowsForSome
	}
	if p.early {
		for _, w := range workers[1:] {
			w.ShareFlows(workers[0].Flows())
		}
	}
	// Small blocks stay in the processors' caches. Where many workers have a part
	// in each, larger ones are needed for all to have enough to do.
	p.blocks.size, p.blocks.left = capture.MinBlock, n+spareJobs
	if p.byFlow {
		p.blocks.size = min(capture.MinBlock*max(n/2, 1), capture.DefaultBlock)
		p.blocks.left = max(window/p.blocks.size, minJobs)
	}
	return p
}

// packets are the packets of a source on their way through workers.
type packets struct {
	workers []Worker
	reader  *packet.Reader
	sink    Sink
	byFlow  bool // packets of one flow go to one of several workers
	early   bool // workers do not wait with packets that depend on no others
	flows   bool // something is remembered of flows
	apart   bool // what can only carry on with a message is apart from other packets
	blocks  blocks
	number  uint64 // of the next packet that is read
	ended   error  // of the source, once it has ended
	ready   bool   // it won't wait for anybody

	wantsOrigin bool       // workers want to know where packets come from
	positions   []position // by worker
}

// deep reports whether fragments are put together.
func (p *packets) deep() bool { return p.reader != nil && p.reader.Deep() }

// A batch is a job: some packets.
type batch struct {
	capture.Batch
	memory  *memory   // that Data, Packets and decoded are in
	first   uint64    // number of the first packet
	end     uint64    // number of the packet after the last
	decoded []decoded // packets that a worker need see, where headers are read before
	begun   int       // how many of these were looked at before the batch's turn
	rest    []rest    // packets that can only carry on with a message
	shards  [][]int32 // by worker: those that belong to it
	passed  passed    // packets that no worker need see

	// Packets that were put together from fragments, by the packet that made
	// them whole, and the memory that they are in. There are none where joined
	// is empty.
	joined [][]byte
	whole  []byte
}

// decoded is a packet whose headers are read.
type decoded struct {
	packet  int32 // its number in the batch
	headers packet.Headers
}

// rest is a packet in which no message begins (packet.PartRest). Few carry on with one:
// their headers are read again, which takes less time than to keep them all.
type rest struct {
	packet int32
	flow   uint32
	time   int64 // nanoseconds since 1970
}

// passed are packets that workers only count: the first one, as any would do.
type passed struct{ packets, bytes uint64 }

func (p *passed) add(data []byte) {
	p.packets++
	p.bytes += uint64(len(data))
}

// load reads a batch that is reserved, to memory of the worker that does so.
func (p *packets) load(worker int, b *batch) {
	if b.memory.worker != worker {
		p.give(b)
		p.take(worker, b)
	}
	b.Load()
}

// fill reads a batch.
func (p *packets) fill(b *batch, src Source) error {
	if p.ended != nil {
		return p.ended
	}
	b.joined, b.whole = b.joined[:0], b.whole[:0]
	if err := src.ReadBatch(&b.Batch); err != nil {
		p.ended = err
		if err != io.EOF || !p.deep() || p.sink.Packet != nil {
			return err
		}
		if p.rest(b); len(b.Packets) == 0 {
			return err
		}
	} else if p.deep() {
		p.decode(b) // in the order of packets
	}
	p.ready = b.Ready
	b.first = p.number
	p.number += uint64(len(b.Packets))
	b.end = p.number
	return nil
}

// rest makes a batch of what there is of packets that are not whole.
func (p *packets) rest(b *batch) {
	b.Packets, b.First, b.Numbers, b.More = b.Packets[:0], 0, b.Numbers[:0], false
	p.noneDecoded(b)
	p.reader.Rest(&b.whole, func(h *packet.Headers, data []byte, t int64) {
		n := len(b.decoded)
		b.decoded = append(b.decoded, decoded{int32(n), *h})
		b.Packets = append(b.Packets, capture.Packet{Time: t, Link: h.LinkType})
		b.joined = append(b.joined, data)
		p.share(b, n, uint32(h.Hash(data)))
	})
}

func (p *packets) noneDecoded(b *batch) {
	b.decoded, b.rest = b.memory.headers[:0], b.memory.rest[:0]
	b.passed = passed{}
	if p.byFlow {
		b.shards = slices.Grow(b.shards[:0], len(p.workers))[:len(p.workers)]
		for i := range b.shards {
			b.shards[i] = b.shards[i][:0]
		}
	}
}

// share gives packet n of those that are decoded to the worker of its flow.
func (p *packets) share(b *batch, n int, flow uint32) {
	if p.byFlow {
		s := &b.shards[flow%uint32(len(b.shards))]
		*s = append(*s, int32(n))
	}
}

// decode reads the headers of all packets, and shares the packets out where they
// belong to the workers of their flows. One after the other, that takes less time than
// with the packets' messages between them.
func (p *packets) decode(b *batch) {
	m := b.memory
	m.headers = slices.Grow(m.headers[:0], len(b.Packets))[:len(b.Packets)]
	if p.apart {
		m.rest = slices.Grow(m.rest[:0], len(b.Packets))
	}
	p.noneDecoded(b)
	next, n := 0, 0
	for next < len(b.Packets) {
		next, n = p.decodeFrom(b, next, n)
	}
	b.decoded = m.headers[:n]
}

// decodeFrom reads the headers of packets from number i on, of which those before have
// left n. It returns the number of the next one, and how many are left then: all are
// read, unless one made the decoder panic, which is its worker's to tell.
func (p *packets) decodeFrom(b *batch, i, before int) (next, n int) {
	all := b.memory.headers
	defer func() {
		if next < len(b.Packets) && recover() != nil {
			all[n].headers.Fail(b.Packets[next].Link)
			p.share(b, n, 0)
			next++
			n++
		}
	}()
	for next, n = i, before; next < len(b.Packets); next++ {
		d, pkt := &all[n], &b.Packets[next]
		d.packet = int32(next)
		h := &d.headers
		data := p.reader.Read(h, pkt.Link, b.Bytes(next), pkt.Time, &b.whole)
		if h.Reassembled {
			b.join(next, data)
		}
		if p.reader.Mark(h, data); h.Part == packet.PartNone {
			b.passed.add(data)
			continue
		}
		if p.flows {
			h.SetFlow(data)
			if h.Part == packet.PartRest && p.apart {
				b.rest = append(b.rest, rest{int32(next), h.Flow, pkt.Time})
				b.passed.add(data)
				continue
			}
			p.share(b, n, h.Flow)
		}
		n++
	}
	return next, n
}

// join notes that packet i has made another whole.
func (b *batch) join(i int, data []byte) {
	if len(b.joined) == 0 {
		n := len(b.Packets)
		b.joined = slices.Grow(b.joined, n)[:n]
		clear(b.joined)
	}
	b.joined[i] = data
}

// bytes returns what the headers of packet i belong to.
func (b *batch) bytes(i int) []byte {
	if len(b.joined) > 0 && b.joined[i] != nil {
		return b.joined[i]
	}
	return b.Bytes(i)
}

// work processes the packets of a batch that belong to a worker.
func (p *packets) work(me int, b *batch, out *Output) {
	w, at := p.workers[me], &p.positions[me]
	if p.wantsOrigin {
		w.SetSource(at.source(&b.Batch))
	}
	switch {
	case p.reader == nil:
		for i := range b.Packets {
			at.packet = i
			p.put(w, i, w.Packet(out.Text, b.Packets[i].Link, b.Bytes(i), b.Packets[i].Time), out)
		}
	case p.byFlow:
		if me == 0 {
			w.PassedOver(b.passed.packets, b.passed.bytes)
		}
		for _, n := range b.shards[me] {
			p.process(me, b, int(n), out)
		}
		return
	default:
		if !p.deep() {
			p.decode(b)
		}
		w.PassedOver(b.passed.packets, b.passed.bytes)
		p.processFrom(0, me, b, out)
	}
	if p.sink.Packet == nil {
		p.give(b) // as soon as it isn't needed: few blocks stay in the caches
	}
}

// processFrom processes the packets from number n of those that are decoded, and those
// between them that carry on with messages.
func (p *packets) processFrom(n, me int, b *batch, out *Output) {
	w := p.workers[me]
	inFlow := func(i int, h *packet.Headers) {
		p.positions[me].packet = i
		w.SetNumber(b.first + uint64(i))
		p.put(w, i, w.InFlow(out.Text, h, b.Bytes(i), b.Packets[i].Time), out)
	}
	for ; n < len(b.decoded); n++ {
		if len(b.rest) > 0 {
			p.restUntil(b.decoded[n].packet, w, b, inFlow)
		}
		p.process(me, b, n, out)
	}
	p.restUntil(none, w, b, inFlow)
}

// process processes packet n of those that are decoded.
func (p *packets) process(me int, b *batch, n int, out *Output) {
	w, d := p.workers[me], &b.decoded[n]
	i := int(d.packet)
	p.positions[me].packet = i
	w.SetNumber(b.first + uint64(i))
	p.put(w, i, w.Decoded(out.Text, &d.headers, b.bytes(i), b.Packets[i].Time), out)
}

// restUntil calls f with the packets before number until, and their headers, that may
// carry on with a message, by what is known when it is called.
func (p *packets) restUntil(until int32, w Worker, b *batch, f func(int, *packet.Headers)) {
	n := 0
	for i := range b.rest {
		r := &b.rest[i]
		if r.packet >= until {
			break
		}
		n++
		if w.MayCarryOn(r.flow, r.time) {
			h := &b.memory.again
			p.reader.Read(h, b.Packets[r.packet].Link, b.Bytes(int(r.packet)), r.time, &b.whole)
			h.Part, h.Flow = packet.PartRest, r.flow
			f(int(r.packet), h)
		}
	}
	b.rest = b.rest[n:]
}

// put takes what a worker has made of packet i: text is what there was, and its
// records.
func (p *packets) put(w Worker, i int, text []byte, out *Output) {
	before := len(out.Text)
	if p.sink.Packet != nil {
		text = text[:before]
		if w.Kept() {
			out.endItem(i)
		}
	}
	out.set(text)
	if len(text) > before {
		if p.byFlow {
			out.endItem(i)
		}
		for d := w.Deferred(); d != nil; d = w.Deferred() {
			out.Defer(d.At, &d.Result)
		}
	}
	if out.full() {
		out.handOn()
	}
}

// written is called when all of a batch is written.
func (p *packets) written(b *batch) error {
	if p.sink.Processed != nil {
		p.sink.Processed(b.end)
	}
	return p.sink.flush()
}
