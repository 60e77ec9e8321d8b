package pipeline

import (
	"sync"

	"merctools/lib/capture"
)

// blocks are the blocks of memory of all batches. A worker gets one that it had
// before, where there is one: it is in its processor's cache then. To write to
// memory that is in another processor's takes several times as long.
type blocks struct {
	size int // of a block, in bytes

	mu   sync.Mutex
	left int     // how many more may be made
	free []owned // the one that was used last comes last
}

// owned is memory of a batch, and the worker that had it last.
type owned struct {
	data    []byte
	packets []capture.Packet
	worker  int
}

// take returns memory for a worker. There is some: nobody has more than one
// block for each batch.
func (b *blocks) take(worker int) owned {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.free) - 1
	for i := last; i >= 0; i-- {
		if m := b.free[i]; m.worker == worker {
			b.free = append(b.free[:i], b.free[i+1:]...)
			return m
		}
	}
	if b.left > 0 {
		b.left--
		return owned{data: make([]byte, b.size), worker: worker}
	}
	m := b.free[last]
	b.free = b.free[:last]
	m.worker = worker
	return m
}

// give takes memory back.
func (b *blocks) give(m owned) {
	b.mu.Lock()
	b.free = append(b.free, m)
	b.mu.Unlock()
}

// take gives a batch memory of a worker, unless it has some.
func (p *packets) take(worker int, b *batch) {
	if b.Data == nil {
		m := p.blocks.take(worker)
		b.Data, b.Packets, b.worker = m.data, m.packets, m.worker
	}
}

// give takes the memory of a batch back, if it has any. Nobody uses its packets
// any more.
func (p *packets) give(b *batch) {
	if b.Data != nil {
		p.blocks.give(owned{b.Data, b.Packets, b.worker})
		b.Data, b.Packets = nil, nil
	}
}
