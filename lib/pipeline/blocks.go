package pipeline

import (
	"sync"

	"merctools/lib/capture"
	"merctools/lib/packet"
)

// blocks are the memory of all batches. A worker gets what it had before, where that
// is free: it is in its processor's cache then. To write to memory that is in another
// processor's takes several times as long.
type blocks struct {
	size int // of a block of packets, in bytes

	mu   sync.Mutex
	left int       // how many more may be made
	free []*memory // what was used last comes last
}

// memory is that of one batch.
type memory struct {
	worker       int // that had it last
	data         []byte
	packets      []capture.Packet
	headers      []decoded // as many as there are packets, of which some are used
	rest         []rest
	again        packet.Headers // of one of these
	early, later made
	put          inOrder // how far early is written
	waiting      []int32 // headers of packets that wait for the turn of their batch
	sum          byte    // of what fetch has read, which the compiler must not leave out
}

// fetch brings what another worker has loaded to the cache of the processor, all of
// it at once: who looks for records waits for one after the other.
func (m *memory) fetch(worker int) {
	if m.worker == worker {
		return
	}
	m.worker = worker
	const line = 64 // bytes
	for data := m.data[:cap(m.data)]; len(data) > 0; data = data[min(line, len(data)):] {
		m.sum += data[0]
	}
}

// take returns memory for a worker. There is some: it is enough for all batches.
func (b *blocks) take(worker int) *memory {
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
		return &memory{data: make([]byte, b.size), worker: worker}
	}
	m := b.free[last]
	b.free = b.free[:last]
	m.worker = worker
	return m
}

// give takes memory back.
func (b *blocks) give(m *memory) {
	b.mu.Lock()
	b.free = append(b.free, m)
	b.mu.Unlock()
}

// take gives a batch memory of a worker, unless it has some.
func (p *packets) take(worker int, b *batch) {
	if b.memory == nil {
		b.memory = p.blocks.take(worker)
		b.Data, b.Packets = b.memory.data, b.memory.packets
	}
}

// give takes the memory of a batch back, if it has any. Nobody uses its packets
// any more.
func (p *packets) give(b *batch) {
	if m := b.memory; m != nil {
		m.data, m.packets = b.Data, b.Packets
		b.memory, b.Data, b.Packets = nil, nil, nil
		p.blocks.give(m)
	}
}
