package engine

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
)

// Replace has all messages of a worker parsed into m.
func (w *Worker) Replace(m proto.Message) {
	for i := range w.handlers {
		if w.handlers[i].msg != nil {
			w.handlers[i] = handler{msg: m}
		}
	}
}

// LimitReassembly sets how many messages are in reassembly at a time.
func (w *Worker) LimitReassembly(n int) { w.reassembler = reassembly.NewReassembler(n) }
