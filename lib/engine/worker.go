package engine

import (
	"merctools/lib/annotate"
	"merctools/lib/cryptopolicy"
	"merctools/lib/fdc"
	"merctools/lib/fingerprintdb"
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/internal/stream"
	"merctools/lib/members"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
	"merctools/lib/wire"
)

// A Worker processes packets one after the other. It must not be used by more
// than one goroutine at a time.
type Worker struct {
	engine     *Engine
	handlers   []handler // by detect.Kind
	stats      Stats
	incomplete uint64 // messages of streams that were given up before they were whole
	published  published

	// The present packet.
	pkt     proto.Packet
	reader  *packet.Reader // of headers, where the Worker decodes it itself
	headers packet.Headers // the same
	joined  []byte         // a packet that the reader put together
	kept    bool           // it has a record, or went into a reassembly
	last    *handler       // of its last message; nil where it has none
	number  uint64         // of the packet among all
	numbers bool           // SetNumber tells them
	records uint64         // that the packet has

	// Flows whose first data is wanted, where no protocol is known in it; nil
	// where it isn't.
	tcpFlows   *reassembly.Opened
	udpFlows   *reassembly.Seen
	initialTCP handler
	initialUDP handler

	// Messages that come in several packets.
	reassembler *reassembly.Reassembler // nil where messages are not reassembled
	shares      bool                    // it is another worker's
	completed   *reassembly.Partial     // the reassembly that the present message came from, or nil
	streams     *stream.Streams         // with Deep; nil otherwise
	piece       stream.Stream           // data before the beginning of one
	claimed     bool                    // a protocol knew the data that was read last
	alone       bool                    // no reassembly is looked at
	inFlow      bool                    // one should have been
	frame       proto.Frame
	cameAs      stream.Joined
	inStream    bool       // cameAs tells of the present message
	flushing    bool       // a stream's held data is read as it is
	holder      *handler   // of the present datagram, where it is a proto.Holder; or nil
	holders     []*handler // all that are
	joiners     []proto.Joiner
	learners    []proto.Learner
	originOf    func() any // with members only
	reassembled bool       // the present message came in several packets
	truncated   bool       // parts of the present message are missing
	pending     bool       // the flow's reassembly goes on, without the present message

	// What is known of the present message's sender.
	history   *fingerprintdb.History  // nil where answers that need it are left open
	analyzer  *fingerprintdb.Analyzer // nil without a model
	policies  *cryptopolicy.Policies  // may be nil
	fp        npf.Builder             // the message's fingerprint
	formats   otherFormats            // of the fingerprint
	context   proto.Context
	result    fingerprintdb.Result
	deferred  []Deferred // in the records of the present packet
	told      int        // of them by Deferred
	unsettled bool       // the last message's analysis is

	// Indicators.
	matcher *annotate.Matcher // nil where there are none

	// Statistics.
	observer   Observer // may be nil
	observeOID func(wire.Cursor)

	// Members on demand.
	members *members.Set // nil where none are wanted

	// Output.
	out record.Writer
	// The record of the present message, and the one of a message that a frame
	// carries without IP. What is the same in all records stays set.
	record      envelope.Record
	frameRecord envelope.Record
	shortener   envelope.Shortener
	normalizer  *record.Normalizer // nil where records have no normal form
	assessment  record.Writer      // its member cryptographic_security_assessment
	silent      bool               // no record is wanted
	discarded   []byte             // takes the place of the output then
	fdc         fdc.Writer         // its fingerprint and destination context
	address     []byte             // of the server in it

	// Memory that is used again.
	kinds     []detect.Kind
	frags     []reassembly.Fragment
	handshake proto.Handshake
	oid       []byte
}

const (
	maxPartial    = 10000 // messages in reassembly at a time
	maxPartialLow = 2000  // the same where memory is scarce
)

// NewWorker returns a Worker without any state yet. What its answers need to
// know of other flows is in the history, which workers may share. Where it is
// nil such answers are left to the caller: see Deferred.
func (e *Engine) NewWorker(history *fingerprintdb.History) *Worker {
	w := &Worker{
		engine:   e,
		handlers: make([]handler, len(e.kinds)),
		history:  history,
		reader:   e.NewReader(),
		policies: e.cfg.Policies.Copy(),
		members:  e.cfg.Members.NewSet(),
	}
	if e.cfg.Indicators != nil {
		w.matcher = annotate.NewMatcher(e.cfg.Indicators)
	}
	if e.cfg.Model != nil {
		w.analyzer = fingerprintdb.NewAnalyzer(e.cfg.Model)
		w.analyzer.Explain = e.cfg.Explain
	}
	if e.normal != nil {
		w.normalizer = e.normal.NewNormalizer()
	}
	w.out.SetBound(envelope.MessageBound(e.cfg.RecordLimit, e.normal != nil))
	if e.cfg.MaskKey != nil {
		w.out.SetMask(record.NewMask(e.cfg.MaskKey))
	}
	for i, k := range e.kinds {
		if k == nil || k.New == nil {
			continue
		}
		w.handlers[i] = newHandler(k, &e.cfg)
		if w.handlers[i].hold != nil {
			w.holders = append(w.holders, &w.handlers[i])
		}
		if l, ok := w.handlers[i].msg.(proto.Learner); ok {
			w.learners = append(w.learners, l)
		}
	}
	for _, join := range e.joins {
		w.joiners = append(w.joiners, join(&e.cfg.Options))
	}
	if w.members != nil {
		w.members.Packet.Packet = &w.pkt
		w.originOf = func() any { return w.members.Origin() }
	}
	if e.cfg.Observe != nil {
		w.observer = e.cfg.Observe()
		w.observeOID = w.oidObserver()
	}
	w.prepareRecords()
	w.initialTCP, w.initialUDP = newInitial("tcp"), newInitial("udp")
	w.newFlows(&e.cfg.Options)
	return w
}

// newFlows makes the tables of what is kept of flows.
func (w *Worker) newFlows(o *proto.Options) {
	if o.NonselectedTCPData {
		w.tcpFlows = reassembly.NewOpened(o.Memory.TCPFlows)
	}
	if o.NonselectedUDPData {
		w.udpFlows = reassembly.NewSeen(o.Memory.UDPFlows)
	}
	if !o.Reassembly {
		return
	}
	messages, streams := maxPartial, maxStreams
	if o.MinimizeRAM {
		messages, streams = maxPartialLow, maxStreamsLow
	}
	if o.Memory.Messages > 0 {
		messages = o.Memory.Messages / reassembly.PartialCost
	}
	w.reassembler = reassembly.NewReassembler(messages)
	if o.Deep {
		w.streams = stream.NewStreams(streams, messages, o.Memory.Streams)
	}
}

// Packet appends to dst the record of one packet, if it has one, and returns
// the extended buffer. linkType is a LINKTYPE value of pcap, t the packet's
// time in nanoseconds since 1970. A parser that fails is caught: the packet
// has no record then, Stats.Panics counts it, and Config.Quarantine gets it.
func (w *Worker) Packet(dst []byte, linkType uint16, data []byte, t int64) (out []byte) {
	w.count(len(data), t)
	defer w.rescue(dst, &out, linkType, data)
	w.joined = w.joined[:0]
	h := &w.headers
	data = w.reader.Read(h, linkType, data, t, &w.joined)
	w.reader.Mark(h, data)
	if w.reassembler != nil && h.Part != packet.PartNone {
		h.SetFlow(data)
	}
	if h.Part != packet.PartBegin && !w.carriesOn(h, t) {
		return dst
	}
	w.prepare(dst, t)
	w.decoded(h, data)
	return w.finish(len(dst))
}

// Decoded does what Packet does, for a packet whose headers the engine's
// decoder has read, or a Reader of its own.
func (w *Worker) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte) {
	w.count(len(data), t)
	if h.Part != packet.PartBegin && !w.carriesOn(h, t) {
		return dst
	}
	w.prepare(dst, t)
	defer w.rescue(dst, &out, h.LinkType, data)
	w.decoded(h, data)
	return w.finish(len(dst))
}

// PassedOver counts packets, of so many bytes in all, that the Worker need not get,
// since their Part is packet.PartNone, or packet.PartRest and only InFlow may be called.
// It gets none but where headers are read before.
func (w *Worker) PassedOver(packets, bytes uint64) {
	w.stats.Packets += packets
	w.stats.Bytes += bytes
}

// count counts a packet, and forgets the one before.
func (w *Worker) count(size int, t int64) {
	w.stats.Packets++
	w.stats.Bytes += uint64(size)
	w.forget(t)
}

// forget forgets the last packet. t is the time of the present one.
func (w *Worker) forget(t int64) {
	w.kept, w.last, w.completed = false, nil, nil
	w.alone = false
	w.records = 0
	w.deferred, w.told = w.deferred[:0], 0
	w.pkt.Headers, w.pkt.Time = nil, t // of what rescue tells, even without prepare
}

// prepare prepares for a packet that may have a message, whose record goes to the
// end of dst.
func (w *Worker) prepare(dst []byte, t int64) {
	w.pending, w.inStream, w.holder, w.unsettled = false, false, nil, false
	if !w.numbers {
		w.number = w.stats.Packets
	}
	p := &w.pkt
	*p = proto.Packet{}
	p.Time, p.Number, p.Origin = t, w.number, w.originOf
	w.out.SetBuffer(dst)
}

// finish returns the buffer with the packet's record behind its first start
// bytes.
func (w *Worker) finish(start int) []byte {
	out := w.out.Bytes()
	w.stats.Records += w.records
	if w.records > 0 {
		w.kept = true
	}
	return out
}

// endRecord ends a record that begins at offset start of the output. Where
// it is too long it goes.
func (w *Worker) endRecord(start int) {
	// Quirk Q26: long records are lost.
	if w.out.Len()-start > record.MaxLen {
		w.out.Reset(start)
		w.last = nil
		if w.unsettled {
			w.deferred = w.deferred[:len(w.deferred)-1]
			w.unsettled = false
		}
		return
	}
	w.records++
}

// rescue gives up a packet whose parser failed. data is nil where the payload
// of a packet is all there is.
func (w *Worker) rescue(dst []byte, out *[]byte, linkType uint16, data []byte) {
	if recover() == nil {
		return
	}
	w.stats.Panics++
	if w.completed != nil {
		w.reassembler.Remove(w.completed)
		w.completed = nil
	}
	if w.streams != nil {
		w.flushing = false
		if s := w.streams.Find(&w.pkt.Key); s != nil && s.Held != nil {
			w.streams.Release(s)
		}
	}
	w.last, w.deferred, w.unsettled = nil, w.deferred[:0], false
	*out = dst
	if w.engine.cfg.Quarantine != nil && data != nil {
		w.engine.cfg.Quarantine(linkType, w.unmasked(data), len(data), w.pkt.Time)
	}
}

// unmasked is what a packet in quarantine shows: only its headers, where
// secrets are masked. Nobody knows what is in a message that can't be parsed.
func (w *Worker) unmasked(data []byte) []byte {
	if w.engine.cfg.MaskKey == nil {
		return data
	}
	p := &w.pkt
	if p.Headers == nil || len(p.Bytes) == 0 || len(data) == 0 || &p.Bytes[0] != &data[0] {
		return data[:0] // the headers are of another packet
	}
	return data[:min(p.Headers.HeaderLen(), len(data))]
}

// Kept reports whether the last packet had a record, or is part of a message
// that will have one.
func (w *Worker) Kept() bool { return w.kept }
