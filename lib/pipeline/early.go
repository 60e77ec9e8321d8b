package pipeline

import (
	"slices"

	"merctools/lib/packet"
)

// Most packets depend on no others. The worker that has read a batch, in whose
// processor's cache it is, processes these at once. The others wait for the turn of
// the batch. What both become is then put into the order of the packets.

const (
	// maxEarly is how many bytes of records are made of a batch before its turn.
	// Behind that, packets wait. So many of those that waited are kept together, too.
	maxEarly = 1 << 20
	// usualEarly is how many there are of most batches.
	usualEarly = 256 << 10
)

// add takes what a worker has made of packet i: text is what there was, and its
// records.
func (m *made) add(p *packets, w Worker, i int, text []byte) {
	before := len(m.text)
	if p.sink.Packet != nil {
		text = text[:before]
		if w.Kept() {
			m.ends = append(m.ends, end{int32(i), 0})
		}
	}
	if len(text) == before {
		// What a record that was given up has made it grow serves the next ones.
		if cap(text) <= maxEarly+longestRecord {
			m.text = text
		}
		return
	}
	m.text = text
	m.ends = append(m.ends, end{int32(i), int32(len(text))})
	for d := w.Deferred(); d != nil; d = w.Deferred() {
		m.open = append(m.open, open{d.At, d.Result})
	}
}

// begin processes the packets of a batch that depend on no others.
func (p *packets) begin(me int, b *batch) {
	p.decode(b)
	w, at, m := p.workers[me], &p.positions[me], b.memory
	if p.wantsOrigin {
		w.SetSource(at.source(&b.Batch))
	}
	w.PassedOver(b.passed.packets, b.passed.bytes)
	if m.early.text == nil {
		m.early.text = make([]byte, 0, usualEarly)
	}
	m.early.reset()
	m.put = inOrder{made: &m.early}
	m.waiting = m.waiting[:0]
	n := 0
	for ; n < len(b.decoded) && len(m.early.text) < maxEarly; n++ {
		if free := cap(m.early.text) - len(m.early.text); free < usualRecord { // grow once, not in steps
			m.early.text = slices.Grow(m.early.text, maxEarly+usualRecord-len(m.early.text))
		}
		d := &b.decoded[n]
		i := int(d.packet)
		at.packet = i
		if text, done := w.Alone(m.early.text, &d.headers, b.Bytes(i), b.Packets[i].Time); done {
			m.early.add(p, w, i, text)
		} else {
			m.waiting = append(m.waiting, int32(n))
		}
	}
	b.begun = n
}

// carryOn processes the packets of a batch that depend on others, in its turn.
func (p *packets) carryOn(me int, b *batch, out *Output) {
	w, at, m := p.workers[me], &p.positions[me], b.memory
	if p.wantsOrigin {
		w.SetSource(at.source(&b.Batch))
	}
	m.later.reset()
	inFlow := func(i int, h *packet.Headers) {
		at.packet = i
		m.later.add(p, w, i, w.InFlow(m.later.text, h, b.Bytes(i), b.Packets[i].Time))
		if len(m.later.text) >= maxEarly {
			m.write(out, int32(i))
		}
	}
	for _, n := range m.waiting {
		d := &b.decoded[n]
		p.restUntil(d.packet, w, b, inFlow)
		inFlow(int(d.packet), &d.headers)
	}
	if b.begun == len(b.decoded) {
		p.restUntil(none, w, b, inFlow)
		return
	}
	p.restUntil(b.decoded[b.begun].packet, w, b, inFlow)
	m.write(out, none)
	p.processFrom(b.begun, me, b, out)
}

// join writes what was made of a batch and is not written.
func (p *packets) join(_ int, b *batch, out *Output) {
	m := b.memory
	switch {
	case p.sink.Packet != nil:
		m.write(out, none)
	case m.put.record > 0 || len(m.later.ends) > 0 || len(m.early.open) > 0:
		m.write(out, none)
		p.give(b)
	case len(m.early.ends) > 0:
		out.Text = m.early.text // which stays as it is until it is written
	}
}

// write writes all of later, and what is before packet number until of early, in the
// order of packets.
func (m *memory) write(out *Output, until int32) {
	early, later := &m.put, inOrder{made: &m.later}
	for {
		switch isEarly, isLater := early.more() && early.item() < until, later.more(); {
		case isEarly && (!isLater || early.item() < later.item()):
			early.next(out)
		case isLater:
			later.next(out)
		default:
			m.later.reset()
			return
		}
	}
}

// inOrder is what was made of packets, from one of them on.
type inOrder struct {
	*made
	record, offset, open int
}

func (p *inOrder) more() bool  { return p.record < len(p.ends) }
func (p *inOrder) item() int32 { return p.ends[p.record].item }

// next writes what was made of a packet.
func (p *inOrder) next(out *Output) {
	from, to := p.offset, int(p.ends[p.record].offset)
	before := len(out.Text)
	out.set(append(out.Text, p.text[from:to]...))
	for ; p.open < len(p.made.open) && p.made.open[p.open].at < to; p.open++ {
		o := &p.made.open[p.open]
		out.Defer(before+o.at-from, &o.result)
	}
	out.endItem(int(p.item()))
	p.record++
	p.offset = to
	if out.full() {
		out.handOn()
	}
}
