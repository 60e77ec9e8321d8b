package engine

import (
	"merctools/lib/cryptopolicy"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
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
	e        *Engine
	handlers []handler // by detect.Kind
	out      record.Writer
	fp       npf.Builder
	pkt      proto.Packet
	headers  packet.Headers        // of the present packet, where the Worker decodes it
	kinds    []detect.Kind         // scratch
	frags    []reassembly.Fragment // scratch

	initialTCP, initialUDP handler

	opened *reassembly.Opened
	seen   *reassembly.Seen
	parts  *reassembly.Reassembler
	done   *reassembly.Partial // the reassembly that the present message came from
	busy   bool                // the flow's reassembly goes on, without this message
	kept   bool                // the present packet went into a reassembly

	history   *fingerprintdb.History
	analyzer  *fingerprintdb.Analyzer
	policies  *cryptopolicy.Policies
	handshake proto.Handshake // scratch
	result    fingerprintdb.Result
	context   proto.Context
	sender    bool // the message tells of its sender or its server
	deferred  Deferred

	assessment record.Writer   // scratch: the member of the present record
	record     envelope.Record // of the present message
	formats    otherFormats

	observer   Observer
	observeOID func(wire.Cursor)
	oid        []byte // scratch

	last    *handler // of the present packet's message
	silent  bool     // no record is wanted
	scratch []byte   // what is written where none is

	stats Stats
}

// handler is a message value and the interfaces that it has.
type handler struct {
	msg   proto.Message
	fp    proto.Fingerprinter
	frag  proto.Fragmented
	inc   proto.Incomplete
	cls   proto.Classifiable
	ref   proto.Reformattable
	exp   proto.Exposer
	neg   proto.Negotiator
	nonce proto.Noncer
	cert  proto.Certified
	oids  proto.ObjectIdentifier
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
		e:        e,
		handlers: make([]handler, len(e.kinds)),
		history:  history,
		policies: e.cfg.Policies.Copy(),
	}
	if e.cfg.Model != nil {
		w.analyzer = fingerprintdb.NewAnalyzer(e.cfg.Model)
	}
	for i, k := range e.kinds {
		if k == nil || k.New == nil {
			continue
		}
		h := &w.handlers[i]
		h.msg = k.New(&e.cfg.Options)
		h.fp, _ = h.msg.(proto.Fingerprinter)
		h.frag, _ = h.msg.(proto.Fragmented)
		h.inc, _ = h.msg.(proto.Incomplete)
		h.cls, _ = h.msg.(proto.Classifiable)
		h.ref, _ = h.msg.(proto.Reformattable)
		h.exp, _ = h.msg.(proto.Exposer)
		h.neg, _ = h.msg.(proto.Negotiator)
		h.nonce, _ = h.msg.(proto.Noncer)
		h.cert, _ = h.msg.(proto.Certified)
		h.oids, _ = h.msg.(proto.ObjectIdentifier)
	}
	if e.cfg.Observe != nil {
		w.observer = e.cfg.Observe()
		w.observeOID = w.oidObserver()
	}
	w.initialTCP.msg = &initial{key: "tcp"}
	w.initialUDP.msg = &initial{key: "udp"}
	if e.cfg.NonselectedTCPData {
		w.opened = reassembly.NewOpened()
	}
	if e.cfg.NonselectedUDPData {
		w.seen = reassembly.NewSeen()
	}
	if e.cfg.Reassembly {
		n := maxPartial
		if e.cfg.MinimizeRAM {
			n = maxPartialLow
		}
		w.parts = reassembly.NewReassembler(n)
	}
	return w
}

// Packet appends to dst the record of one packet, if it has one, and returns
// the extended buffer. linkType is a LINKTYPE value of pcap, t the packet's
// time in nanoseconds since 1970. A parser that fails is caught: the packet
// has no record then, Stats.Panics counts it, and Config.Quarantine gets it.
func (w *Worker) Packet(dst []byte, linkType uint16, data []byte, t int64) (out []byte) {
	w.start(dst, len(data), t)
	defer w.rescue(dst, &out, linkType, data)
	w.e.decoder.Decode(&w.headers, linkType, data)
	w.decoded(&w.headers, data)
	return w.finish(len(dst))
}

// Decoded does what Packet does, for a packet whose headers the engine's
// decoder has read.
func (w *Worker) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte) {
	w.start(dst, len(data), t)
	defer w.rescue(dst, &out, h.LinkType, data)
	w.decoded(h, data)
	return w.finish(len(dst))
}

// start prepares for a packet whose record goes to the end of dst.
func (w *Worker) start(dst []byte, size int, t int64) {
	w.stats.Packets++
	w.stats.Bytes += uint64(size)
	w.kept = false
	w.deferred.pending = false
	w.last = nil
	w.out.SetBuffer(dst)
	w.pkt.Time = t
	w.begin()
}

// finish returns the buffer with the packet's record behind its first start
// bytes.
func (w *Worker) finish(start int) []byte {
	out := w.out.Bytes()
	if len(out)-start > record.MaxLen {
		out = out[:start]
		w.last, w.deferred.pending = nil, false
	}
	if w.last != nil {
		w.stats.Records++
		w.kept = true
	}
	return out
}

// rescue gives up a packet whose parser failed. data is nil where the payload
// of a packet is all there is.
func (w *Worker) rescue(dst []byte, out *[]byte, linkType uint16, data []byte) {
	if recover() == nil {
		return
	}
	w.stats.Panics++
	if w.done != nil {
		w.parts.Remove(w.done)
		w.done = nil
	}
	w.last, w.deferred.pending = nil, false
	*out = dst
	if w.e.cfg.Quarantine != nil && data != nil {
		w.e.cfg.Quarantine(linkType, data, w.pkt.Time)
	}
}

// Kept reports whether the last packet had a record, or is part of a message
// that will have one.
func (w *Worker) Kept() bool { return w.kept }

func (w *Worker) decoded(h *packet.Headers, data []byte) {
	p := &w.pkt
	p.Headers, p.Bytes = h, data
	switch {
	case h.UnknownLink:
		w.stats.UnknownLink++
	case h.IsIP():
		p.Key = h.Key(data)
		w.network(h.Payload(data))
	case h.EtherType != packet.EtherTypeNone:
		kind, ok := w.e.ether[h.EtherType]
		if !ok {
			return
		}
		if m := &w.handlers[kind]; m.msg.Parse(h.Payload(data), p) {
			w.writeFrame(m)
		}
	}
}

// network processes what an IP packet carries behind all tunnels.
func (w *Worker) network(c wire.Cursor) {
	switch h := w.pkt.Headers; h.Protocol {
	case packet.ProtocolTCP:
		if h.HasTransport {
			w.conclude(w.segment(c))
		}
	case packet.ProtocolUDP:
		w.conclude(w.datagram(c))
	default:
		w.conclude(w.bare(c))
	}
}

// bare processes what an IP packet carries, if that is no TCP or UDP, and
// returns the message to write, or nil.
func (w *Worker) bare(c wire.Cursor) *handler {
	kind := w.e.ip[w.pkt.Headers.Protocol]
	if kind == detect.None {
		return nil
	}
	h := &w.handlers[kind]
	if h.msg == nil || !h.msg.Parse(c, &w.pkt) {
		return nil
	}
	return h
}

// conclude writes the message of a packet, if there is one, and forgets the
// parts that it was put together from.
func (w *Worker) conclude(h *handler) {
	if h != nil {
		w.write(h)
	}
	if w.done != nil {
		w.parts.Remove(w.done)
		w.done = nil
	}
}

// begin forgets the packet before.
func (w *Worker) begin() {
	p := &w.pkt
	p.Key = flow.Key{}
	p.Headers, p.Bytes = nil, nil
	p.Missing, p.Indefinite, p.Supplementary, p.Unclaimed = 0, false, false, false
	w.done, w.busy = nil, false
}

// writeFrame appends the record of a message that an Ethernet frame carries
// in place of an IP packet.
func (w *Worker) writeFrame(h *handler) {
	w.last = h
	w.fp.Reset()
	w.result.Reset()
	if w.silent {
		return
	}
	w.record = envelope.Record{Message: h.msg, Time: w.pkt.Time}
	w.record.Write(&w.out)
}

// write appends the record of a message.
func (w *Worker) write(h *handler) {
	p := &w.pkt
	w.last = h
	w.fp.Reset()
	w.result.Reset()
	if h.fp != nil {
		h.fp.Fingerprint(&w.fp)
	}
	truncated := p.Missing != 0 || w.done != nil && w.done.Incomplete()
	w.analyze(h)
	if w.observer != nil {
		w.observeNames(h)
	}
	w.assess(h, truncated)
	settled := w.settle()
	if w.silent {
		return
	}

	r := &w.record
	*r = envelope.Record{
		Fingerprint: &w.fp,
		Message:     h.msg,
		Assessment:  w.assessment.Bytes(),
		Analysis:    &w.result,
		Headers:     p.Headers,
		Packet:      p.Bytes,
		Flow:        &p.Key,
		Places:      w.e.cfg.Places,
		Time:        p.Time,
	}
	if w.e.cfg.Context {
		r.Formats = w.formats.list
		if w.sender {
			r.Context = &w.context
		}
	}
	switch {
	case w.done != nil:
		r.Reassembly = w.done
	case truncated && !w.busy:
		r.Reassembly = reassembly.Missing{}
	}
	if w.e.cfg.Metadata {
		r.WithIP = true
	}
	r.Write(&w.out)
	if !settled {
		w.deferred.At = r.AnalysisAt
	}
}
