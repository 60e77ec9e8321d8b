package pipeline

import (
	"math"

	"merctools/lib/fingerprintdb"
	"merctools/lib/record"
)

// A merger puts what workers made of a job into the order of its items.
type merger struct {
	write func([]byte) error // takes whole records
	// item takes an item to keep, where items are wanted instead of records.
	item    func(item int) error
	history *fingerprintdb.History
	// insert writes a result; rest is what follows it.
	insert func(w *record.Writer, r *fingerprintdb.Result, rest []byte)

	skip   bool   // throw away what comes
	out    []byte // what is not yet written
	result record.Writer
	parts  []part // by worker that has a part in the job
}

// part is how far the merger is in what one worker makes of a job.
type part struct {
	from *queue
	*chunk
	record   int   // number of the next record in the chunk
	item     int32 // that the record is of
	offset   int   // of the record's text
	nextOpen int   // number of the next open analysis
}

const (
	none    = math.MaxInt32 // there is no further item
	unknown = -1            // the next item isn't known yet
)

// begin begins with a job, of which workers make parts.
func (m *merger) begin(from []queue) {
	m.parts = m.parts[:0]
	for i := range from {
		m.parts = append(m.parts, part{from: &from[i], item: unknown})
	}
}

// advance writes what can be written of the job. It returns true where each
// worker has sent its last chunk. What they made is taken from them even after
// an error.
func (m *merger) advance() (whole bool, err error) {
	if len(m.parts) == 1 {
		whole, err = m.follow(&m.parts[0])
	} else {
		whole, err = m.interleave()
	}
	if whole && err == nil && !m.skip {
		err = m.flush()
	}
	return whole, err
}

func (m *merger) interleave() (whole bool, err error) {
	for i := range m.parts {
		if p := &m.parts[i]; p.item == unknown && !p.load() {
			return false, nil
		}
	}
	for {
		first, until := m.first()
		if first == nil {
			return true, err
		}
		if err == nil && !m.skip {
			err = m.run(first, until)
		} else {
			first.record = len(first.ends)
		}
		if !first.load() {
			return false, err
		}
	}
}

// follow writes what the only worker makes of a job.
func (m *merger) follow(p *part) (whole bool, err error) {
	for c := p.from.take(); c != nil; {
		if err == nil && !m.skip {
			err = m.chunk(c)
		}
		whole = c.last
		next := c.next
		c.release()
		c = next
	}
	return whole, err
}

// first returns the part that has the next item, or nil at the end, and the
// next item of the other parts.
func (m *merger) first() (p *part, until int32) {
	least := int32(none)
	until = none
	for i := range m.parts {
		q := &m.parts[i]
		switch {
		case q.item < least:
			p, least, until = q, q.item, least
		case q.item < until:
			until = q.item
		}
	}
	return p, until
}

// load sets item to that of the next record. It returns false where that is
// not known yet.
func (p *part) load() bool {
	p.item = unknown
	for p.chunk == nil || p.record == len(p.ends) {
		var next *chunk
		if p.chunk != nil {
			last := p.last
			next = p.chunk.next
			p.release()
			p.chunk = nil
			if last {
				p.item = none
				return true
			}
		}
		if next == nil {
			if next = p.from.take(); next == nil {
				return false
			}
		}
		p.chunk = next
		p.record, p.offset, p.nextOpen = 0, 0, 0
	}
	p.item = p.ends[p.record].item
	return true
}

// run writes the records of a part up to the item until.
func (m *merger) run(p *part, until int32) error {
	begin := p.record
	for p.record < len(p.ends) && p.ends[p.record].item < until {
		p.record++
	}
	if m.item != nil {
		return m.items(p.ends[begin:p.record])
	}
	from, to := p.offset, int(p.ends[p.record-1].offset)
	p.offset = to
	begin = p.nextOpen
	for p.nextOpen < len(p.open) && p.open[p.nextOpen].at < to {
		p.nextOpen++
	}
	return m.records(p.text[:to], from, p.open[begin:p.nextOpen])
}

func (m *merger) items(ends []end) error {
	for i := range ends {
		if err := m.item(int(ends[i].item)); err != nil {
			return err
		}
	}
	return nil
}

// chunk writes a chunk of the only worker that has a part in a job.
func (m *merger) chunk(c *chunk) error {
	switch {
	case m.item != nil:
		return m.items(c.ends)
	case len(c.open) > 0:
		return m.records(c.text, 0, c.open)
	case len(c.text) == 0:
		return nil
	}
	if err := m.flush(); err != nil {
		return err
	}
	return m.write(c.text)
}

// records writes text[from:], with the analyses that are open in it.
func (m *merger) records(text []byte, from int, open []open) error {
	for i := range open {
		o := &open[i]
		m.history.Resolve(&o.result)
		if !o.result.Present() {
			continue
		}
		if err := m.append(text[from:o.at]); err != nil {
			return err
		}
		from = o.at
		// A writer puts a comma before the member unless it begins an object.
		m.result.SetBuffer(append(m.result.Bytes()[:0], text[max(from-1, 0)]))
		m.insert(&m.result, &o.result, text[from:])
		if err := m.append(m.result.Bytes()[1:]); err != nil {
			return err
		}
	}
	return m.append(text[from:])
}

// append writes text, or keeps it until there is enough to write.
func (m *merger) append(text []byte) error {
	if len(m.out)+len(text) > cap(m.out) {
		if err := m.flush(); err != nil {
			return err
		}
		if len(text) >= cap(m.out)/4 {
			return m.write(text)
		}
	}
	m.out = append(m.out, text...)
	return nil
}

// flush writes what was kept.
func (m *merger) flush() error {
	text := m.out
	m.out = m.out[:0]
	if len(text) == 0 {
		return nil
	}
	return m.write(text)
}
