package engine

// Stats counts what a Worker did.
type Stats struct {
	Packets     uint64
	Bytes       uint64
	Records     uint64
	UnknownLink uint64 // packets of link types that nothing can read
	Panics      uint64 // packets given up because a parser failed
	Expired     uint64 // reassemblies given up because they took too long
	Evicted     uint64 // flows and reassemblies forgotten because there were too many
}

// Add adds the counts of another Worker.
func (s *Stats) Add(o Stats) {
	s.Packets += o.Packets
	s.Bytes += o.Bytes
	s.Records += o.Records
	s.UnknownLink += o.UnknownLink
	s.Panics += o.Panics
	s.Expired += o.Expired
	s.Evicted += o.Evicted
}

// Counters returns what the Worker counted so far.
func (w *Worker) Counters() Stats {
	s := w.stats
	if w.reassembler != nil {
		s.Expired += w.reassembler.Expired
		s.Evicted += w.reassembler.Evicted
	}
	s.Evicted += w.members.Evicted()
	if w.tcpFlows != nil {
		s.Evicted += w.tcpFlows.Evicted
	}
	if w.udpFlows != nil {
		s.Evicted += w.udpFlows.Evicted
	}
	return s
}
