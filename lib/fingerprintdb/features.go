package fingerprintdb

import (
	"iter"
)

// Weights say how much each feature counts in a classification, in place of what
// the archive says.
type Weights struct {
	ASN, Domain, Port, Address, ServerName, UserAgent float64
}

// AnalyzeWith does what Analyze does, with other weights, which must not be
// negative. It makes the classifier of the fingerprint anew, and so takes much
// longer.
func (a *Analyzer) AnalyzeWith(s *Observation, w Weights, r *Result) bool {
	a.weights = &weights{asn: w.ASN, domain: w.Domain, port: w.Port, ip: w.Address, serverName: w.ServerName, userAgent: w.UserAgent}
	defer func() { a.weights = nil }()
	return a.Analyze(s, r)
}

// find returns the classifier of a fingerprint, or nil.
func (a *Analyzer) find(fingerprint []byte) *classifier {
	db := a.model.db
	if a.weights == nil {
		return db.find(fingerprint, &a.reader)
	}
	n, ok := db.fingerprints.find(fingerprint)
	if !ok {
		return nil
	}
	e := &db.entries[db.entryOf[n]]
	if e.text == nil {
		return e.made.Load() // made when it was loaded, to save memory
	}
	r := &a.reader
	r.db = db
	var l line
	if r.read(e.text, &l) != nil {
		return nil
	}
	l.learned, l.weights = e.learned, *a.weights
	defer r.release()
	return r.classifier(&l, e.malwareDB)
}

// Candidates yields the processes of the last classification, and how probable
// each is, where r is its result.
func (a *Analyzer) Candidates(r *Result) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		if r.class.entry == nil || len(a.scores) != len(r.class.entry.processes) {
			return
		}
		sum := 0.0
		for _, p := range a.scores {
			sum += p
		}
		for i, p := range a.scores {
			if !yield(r.class.entry.processes[i].name, p/sum) {
				return
			}
		}
	}
}
