package pipeline

import (
	"merctools/lib/capture"
	"merctools/lib/members"
)

// A position is where a worker is in its packets. The worker asks for it when it
// writes a record: most packets have none.
type position struct {
	batch  *capture.Batch
	packet int                  // its number in the batch
	at     func() members.Place // its place

	_ [64]byte // a cache line of another worker's position is not this one's
}

// source is where the packets of a batch come from, of which the worker gets the
// next ones.
func (p *position) source(b *capture.Batch) members.Source {
	if p.at == nil {
		p.at = p.place
	}
	p.batch = b
	return members.Source{File: b.File, Interfaces: b.Interfaces, At: p.at}
}

func (p *position) place() (where members.Place) {
	b, i := p.batch, p.packet
	if i >= len(b.Packets) {
		return where // what the worker writes is of no packet
	}
	where.Length, where.Interface = b.Packets[i].OrigLen, int(b.Packets[i].Interface)
	switch {
	case len(b.Numbers) > 0:
		where.Number = b.Numbers[i]
	case b.First > 0:
		where.Number = b.First + uint64(i)
	}
	return where
}
