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

	pending bool
}

// Deferred returns the open analysis of the last record, or nil. It is valid
// until the next packet.
func (w *Worker) Deferred() *Deferred {
	if !w.deferred.pending {
		return nil
	}
	return &w.deferred
}

// analyze classifies a message by its fingerprint and its flow.
func (w *Worker) analyze(h *handler) {
	w.context = proto.Context{}
	wanted := w.analyzer != nil || w.observer != nil || w.e.cfg.Context
	w.subject = w.fp.Type() != npf.None && h.subj != nil && wanted
	classifiable := w.subject && h.subj.Context(&w.context)
	if classifiable && w.analyzer != nil {
		w.analyzer.Analyze(&fingerprintdb.Observation{
			Type:        w.fp.Type(),
			Fingerprint: w.fp.Bytes(),
			Key:         &w.pkt.Key,
			ServerName:  w.context.ServerName,
			UserAgent:   w.context.UserAgent,
		}, &w.result)
	}
	if w.subject && w.observer != nil { // also what is not classified
		w.observer.Client(w.fp.Type(), w.fp.Bytes(), &w.pkt.Key, w.context.ServerName, w.context.UserAgent)
	}
	if w.e.cfg.Behavior {
		if h.nonce != nil {
			w.result.SetNonce(&w.pkt.Key, h.nonce.Nonce())
		}
	}
}

// assess holds a message against the policies, and looks for credentials that
// it shows. A handshake of which parts are missing is not assessed.
func (w *Worker) assess(h *handler, truncated bool) {
	hs := &w.handshake
	if w.policies != nil && h.neg != nil && h.neg.Handshake(hs) && !(truncated && hs.Whole) {
		found := w.policies.Assess(hs, &w.out)
		if found&cryptopolicy.NotQuantumSafe != 0 {
			w.result.Set(fingerprintdb.NotCNSA20)
		}
		if found&cryptopolicy.NotNISTSP800_52 != 0 {
			w.result.Set(fingerprintdb.NotSP80052)
		}
	}
	if w.e.cfg.ExposedCreds && h.exp != nil {
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

// writeContext writes the member context of the record that begins at start:
// for the analysis of what is classified, and for statistics of the rest.
func (w *Worker) writeContext(start int) {
	if w.subject && w.e.cfg.Context {
		w.reader.WriteContext(&w.out, start, w.fp.Type(), w.context.ServerName, w.context.UserAgent)
	}
}

// settle has the history answer what the analysis leaves open. Where there is
// none, it notes what is open for the caller, and returns false.
func (w *Worker) settle() bool {
	r := &w.result
	if !r.Pending() {
		return true
	}
	if w.history == nil {
		w.deferred = Deferred{At: w.out.Len(), Result: *r, pending: true}
		return false
	}
	w.history.Resolve(r)
	return true
}
