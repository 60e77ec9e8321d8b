package engine

import (
	"sync"

	"merctools/lib/packet"
	"merctools/lib/proto"
)

// A StateKind is a kind of state that Config.Deep keeps.
type StateKind uint8

// The kinds of state.
const (
	StateFragments StateKind = iota // IP packets in fragments
	StateStreams                    // directions of TCP connections
	StateHeld                       // data of these that waits for more
	StateQUIC                       // QUIC connections
	StateDTLS                       // directions of DTLS conversations
	numStates
)

var stateNames = [numStates]string{"IP packets in fragments", "TCP streams", "TCP streams with data held", "QUIC connections", "DTLS flows"}

// String is the name of the kind.
func (k StateKind) String() string { return stateNames[k] }

// StateCounts count what became of state of a kind.
type StateCounts struct {
	Begun      uint64 // entered
	Expired    uint64 // given up because parts didn't come in time
	Evicted    uint64 // forgotten because there was too much
	Incomplete uint64 // messages that were given up before they were whole
}

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

	States [numStates]StateCounts // by StateKind
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
	for i := range s.States {
		a, b := &s.States[i], &o.States[i]
		a.Begun += b.Begun
		a.Expired += b.Expired
		a.Evicted += b.Evicted
		a.Incomplete += b.Incomplete
	}
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
	f := &s.States[StateFragments]
	f.Begun += r.Begun()
	f.Expired += expired
	f.Evicted += evicted
	f.Incomplete += r.Rests()
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
		s.States[StateStreams] = StateCounts{Begun: w.streams.Opened, Evicted: w.streams.Evicted}
		s.States[StateHeld] = StateCounts{Begun: w.streams.Waited, Evicted: w.streams.Dropped, Incomplete: w.incomplete}
	}
	for _, h := range w.holders {
		s.add(StateQUIC, h.hold.Held())
	}
	for _, j := range w.joiners {
		s.add(StateDTLS, j.Held())
	}
	if w.tcpFlows != nil {
		s.Evicted += w.tcpFlows.Evicted
	}
	if w.udpFlows != nil {
		s.Evicted += w.udpFlows.Evicted
	}
	return s
}

func (s *Stats) add(k StateKind, c proto.HeldCounts) {
	s.States[k].Begun += c.Begun
	s.States[k].Evicted += c.Evicted
	s.States[k].Incomplete += c.Incomplete
	s.Evicted += c.Evicted
}

// Publish makes Published return what the Worker has counted so far.
func (w *Worker) Publish() {
	s := w.Counters()
	w.published.Lock()
	w.published.Stats = s
	w.published.Unlock()
}

// published are counts that other goroutines may read.
type published struct {
	sync.Mutex
	Stats
}

// Published returns what the Worker had counted when Publish was called last.
// Any goroutine may call it.
func (w *Worker) Published() Stats {
	w.published.Lock()
	defer w.published.Unlock()
	return w.published.Stats
}
