package engine

import "merctools/lib/packet"

// Stats counts what a Worker did.
type Stats struct {
	Packets     uint64
	Bytes       uint64
	Records     uint64
	Shortened   uint64 // records of which something was left out, because of Config.RecordLimit
	UnknownLink uint64 // packets of link types that nothing can read
	Panics      uint64 // packets given up because a parser failed
	Expired     uint64 // reassemblies given up because they took too long
	Evicted     uint64 // flows and reassemblies forgotten because there were too many

	// IP packets in fragments.
	FragmentsExpired uint64 // packets given up because fragments didn't come in time
	FragmentsEvicted uint64 // packets given up because there were too many
	FragmentOverlaps uint64 // fragments that overlap others and aren't copies of them
}

// Add adds the counts of another Worker.
func (s *Stats) Add(o Stats) {
	s.Packets += o.Packets
	s.Bytes += o.Bytes
	s.Records += o.Records
	s.Shortened += o.Shortened
	s.UnknownLink += o.UnknownLink
	s.Panics += o.Panics
	s.Expired += o.Expired
	s.Evicted += o.Evicted
	s.FragmentsExpired += o.FragmentsExpired
	s.FragmentsEvicted += o.FragmentsEvicted
	s.FragmentOverlaps += o.FragmentOverlaps
}

// AddReader adds what a Reader counted that has read the headers of packets
// for Worker.Decoded. Packets and Bytes are then those that were captured.
func (s *Stats) AddReader(r *packet.Reader) {
	s.addFragments(r)
	s.Packets -= r.Rests()
	s.Bytes -= r.Joined()
}

func (s *Stats) addFragments(r *packet.Reader) {
	expired, evicted, overlaps := r.Fragments()
	s.FragmentsExpired += expired
	s.FragmentsEvicted += evicted
	s.FragmentOverlaps += overlaps
}

// Counters returns what the Worker counted so far.
func (w *Worker) Counters() Stats {
	s := w.stats
	s.addFragments(w.reader)
	if w.reassembler != nil {
		s.Expired += w.reassembler.Expired
		s.Evicted += w.reassembler.Evicted
	}
	s.Evicted += w.members.Evicted()
	if w.streams != nil {
		s.Evicted += w.streams.Evicted + w.streams.Dropped
	}
	if w.tcpFlows != nil {
		s.Evicted += w.tcpFlows.Evicted
	}
	if w.udpFlows != nil {
		s.Evicted += w.udpFlows.Evicted
	}
	return s
}
