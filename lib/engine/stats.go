package engine

import (
	"sync"

	"merctools/lib/packet"
	"merctools/lib/proto"
)

// A StateKind is a kind of state that is kept of several packets.
type StateKind uint8

// The kinds of state.
const (
	StateFragments    StateKind = iota // IP packets in fragments
	StateStreams                       // directions of TCP connections
	StateHeld                          // data of these that waits for more
	StateQUIC                          // QUIC connections
	StateDTLS                          // directions of DTLS conversations
	StateMessages                      // messages in reassembly
	StateFirstTCP                      // TCP flows whose first data is wanted
	StateFirstUDP                      // UDP flows of which the first data was seen
	StateVersions                      // flows with QUIC versions that were learned
	StateOffers                        // key exchanges of SSH, of which the other side is to come
	StateFingerprints                  // fingerprints that no archive has
	StateObservations                  // statistics of hosts
	numStates
)

// stateNames are those for people, and for programs.
var stateNames = [numStates]struct{ text, label string }{
	StateFragments:    {"IP packets in fragments", "fragments"},
	StateStreams:      {"TCP streams", "streams"},
	StateHeld:         {"TCP streams with data held", "stream_data"},
	StateQUIC:         {"QUIC connections", "quic"},
	StateDTLS:         {"DTLS flows", "dtls"},
	StateMessages:     {"messages in reassembly", "messages"},
	StateFirstTCP:     {"TCP flows whose first data is wanted", "tcp_flows"},
	StateFirstUDP:     {"UDP flows of which the first data was seen", "udp_flows"},
	StateVersions:     {"flows with unknown QUIC versions", "quic_versions"},
	StateOffers:       {"SSH key exchanges", "ssh"},
	StateFingerprints: {"fingerprints not in the archive", "fingerprints"},
	StateObservations: {"different observations of hosts", "statistics"},
}

// String is the name of the kind.
func (k StateKind) String() string { return stateNames[k].text }

// Label is a name of the kind for programs: lower case, with underscores.
func (k StateKind) Label() string { return stateNames[k].label }

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
	Expired     uint64 // state of all kinds but fragments that was given up because of its age
	Evicted     uint64 // the same that was forgotten because there was too much

	FragmentOverlaps uint64 // fragments of IP packets that overlap others and aren't copies of them

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
	if r := w.reassembler; r != nil && !w.shares {
		s.States[StateMessages] = StateCounts{Begun: r.Begun, Expired: r.Expired, Evicted: r.Evicted}
	}
	if f := w.streams; f != nil {
		s.States[StateStreams] = StateCounts{Begun: f.Opened, Evicted: f.Evicted}
		s.States[StateHeld] = StateCounts{Begun: f.Waited, Evicted: f.Dropped, Incomplete: w.incomplete}
	}
	if f := w.tcpFlows; f != nil {
		s.States[StateFirstTCP] = StateCounts{Begun: f.Begun, Evicted: f.Evicted}
	}
	if f := w.udpFlows; f != nil {
		s.States[StateFirstUDP] = StateCounts{Begun: f.Begun, Evicted: f.Evicted}
	}
	s.add(StateOffers, w.members.Offers())
	for _, l := range w.learners {
		s.add(StateVersions, l.Learned())
	}
	for _, h := range w.holders {
		s.add(StateQUIC, h.hold.Held())
	}
	for _, j := range w.joiners {
		s.add(StateDTLS, j.Held())
	}
	for k, c := range s.States {
		if StateKind(k) != StateFragments {
			s.Expired += c.Expired
			s.Evicted += c.Evicted
		}
	}
	return s
}

func (s *Stats) add(k StateKind, c proto.HeldCounts) {
	s.States[k].Begun += c.Begun
	s.States[k].Evicted += c.Evicted
	s.States[k].Incomplete += c.Incomplete
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
