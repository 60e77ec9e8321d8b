package engine

import (
	"merctools/lib/cryptopolicy"
	"merctools/lib/fingerprintdb"
	"merctools/lib/npf"
	"merctools/lib/proto"
)

// A Deferred is an analysis that is still open: it depends on packets of
// other flows that may be with other workers. The caller must have a history
// resolve it, in the order of the packets, and insert the result.
type Deferred struct {
	// At is the offset, in the buffer that Packet returned, at which the
	// member analysis belongs.
	At     int
	Result fingerprintdb.Result
}

// Deferred returns the next open analysis in the records of the last packet,
// or nil where there is none, or all have been returned. It is valid until the
// next packet.
func (w *Worker) Deferred() *Deferred {
	if w.told == len(w.deferred) {
		return nil
	}
	w.told++
	return &w.deferred[w.told-1]
}

// analyze classifies a message by its fingerprint and its flow.
func (w *Worker) analyze(h *handler) {
	w.context = proto.Context{ServerNameShown: true, UserAgentShown: true}
	w.formats.list = w.formats.list[:0]
	if w.engine.cfg.Context && h.ref != nil && (w.fp.Repeats() || w.fp.TooLong()) {
		w.formats.find(h.ref, &w.fp)
	}
	known := w.fp.Type() != npf.None
	sender := h.cls != nil && (known || len(w.formats.list) > 0) && (w.analyzer != nil || w.observer != nil || w.matcher != nil || w.engine.cfg.Context)
	classifiable := sender && h.cls.Context(&w.context)
	if known && classifiable && w.analyzer != nil {
		w.analyzer.Analyze(&fingerprintdb.Observation{
			Type:        w.fp.Type(),
			Fingerprint: w.fp.Bytes(),
			Key:         &w.pkt.Key,
			ServerName:  w.context.ServerName,
			UserAgent:   w.context.UserAgent,
		}, &w.result)
	}
	if known && sender && w.observer != nil { // also what is not classified
		w.observer.Client(w.fp.Type(), w.fp.Bytes(), &w.pkt.Key, w.context.ServerName, w.context.UserAgent)
	}
	if w.engine.cfg.Behavior && h.nonce != nil {
		w.result.SetNonce(&w.pkt.Key, h.nonce.Nonce())
	}
}

// assess holds a message against the policies, and looks for credentials that
// it shows. A handshake of which parts are missing is not assessed.
func (w *Worker) assess(h *handler, truncated bool) {
	w.assessment.Reset(0)
	hs := &w.handshake
	if w.policies != nil && h.neg != nil && h.neg.Handshake(hs) && !(truncated && hs.Whole) {
		found := w.policies.Assess(hs, &w.assessment)
		if found&cryptopolicy.NotQuantumSafe != 0 {
			w.result.Set(fingerprintdb.NotCNSA20)
		}
		if found&cryptopolicy.NotNISTSP800_52 != 0 {
			w.result.Set(fingerprintdb.NotSP80052)
		}
	}
	if w.engine.cfg.ExposedCreds && h.exp != nil {
		switch h.exp.Exposure() {
		case proto.ExposedPassword:
			w.result.Set(fingerprintdb.PlaintextPassword)
		case proto.ExposedToken:
			w.result.Set(fingerprintdb.PlaintextToken)
		case proto.ExposedDerived:
			w.result.Set(fingerprintdb.DerivedPassword)
		}
	}
}

// settle has the history answer what the analysis leaves open. Where there is
// none, it notes what is open for the caller, and returns false.
func (w *Worker) settle() bool {
	r := &w.result
	w.unsettled = false
	if !r.Pending() {
		return true
	}
	if w.history == nil {
		w.deferred = append(w.deferred, Deferred{Result: *r})
		w.unsettled = true
		return false
	}
	w.history.Resolve(r)
	return true
}
