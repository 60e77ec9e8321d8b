package capi

import (
	"encoding/json"
	"errors"
	"math"
	"net/netip"

	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/npf"
)

// Features are what a message is classified by, without the message.
type Features struct {
	Fingerprint string
	ServerName  string
	Address     string // of the server, as text
	Port        uint16 // of the server
	UserAgent   string
	Weights     *fingerprintdb.Weights // in place of the archive's; may be nil
	Candidates  bool                   // tell all processes, not one
}

// A Verdict is what is known of Features. Scores have all their digits.
type Verdict struct {
	Status     uint8       `json:"status"`
	Process    string      `json:"process"`
	Score      float64     `json:"score"`
	Malware    bool        `json:"malware"`
	PMalware   float64     `json:"p_malware"` // -1 where it is not known
	Attributes []Attribute `json:"attributes"`
	Candidates []Candidate `json:"candidates,omitempty"`
}

// An Attribute is one that a flow has.
type Attribute struct {
	Name        string  `json:"name"`
	Probability float64 `json:"probability_score"`
}

// A Candidate is a process, and how probable it is.
type Candidate struct {
	Process string  `json:"process"`
	Score   float64 `json:"score"`
}

// ErrNoModel is returned where the library does not classify.
var ErrNoModel = errors.New("no resource archive to classify with")

// Classify returns what is known of features, as JSON.
func (l *Library) Classify(f *Features) ([]byte, error) {
	if !l.Classifies() {
		return nil, ErrNoModel
	}
	if w := f.Weights; w != nil {
		for _, x := range []float64{w.ASN, w.Domain, w.Port, w.Address, w.ServerName, w.UserAgent} {
			if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
				return nil, errors.New("a weight is negative, or no number")
			}
		}
	}
	t, _, _, err := npf.Elements(f.Fingerprint)
	if err != nil {
		t = npf.None
	}
	k := flow.Key{DstPort: f.Port}
	if a, err := netip.ParseAddr(f.Address); err == nil {
		k = flow.NewKey(0, netip.AddrPortFrom(a, 0), netip.AddrPortFrom(a, f.Port))
		k.SrcPort = 0
	}
	o := fingerprintdb.Observation{Type: t, Fingerprint: []byte(f.Fingerprint), Key: &k, ServerName: []byte(f.ServerName), UserAgent: []byte(f.UserAgent)}
	a := fingerprintdb.NewAnalyzer(l.model)
	var r fingerprintdb.Result
	if f.Weights != nil {
		a.AnalyzeWith(&o, *f.Weights, &r)
	} else {
		a.Analyze(&o, &r)
	}
	l.history.Resolve(&r)
	r.SetFakeTLS(t, o.Fingerprint)
	return json.Marshal(verdict(a, &r, f.Candidates))
}

func verdict(a *fingerprintdb.Analyzer, r *fingerprintdb.Result, candidates bool) *Verdict {
	v := &Verdict{Status: uint8(r.Status()), PMalware: -1, Attributes: []Attribute{}}
	if name, score, ok := r.Process(); ok {
		v.Process, v.Score = plain(name), score
	}
	if malware, p, ok := r.Malware(); ok {
		v.Malware, v.PMalware = malware, p
	}
	for name, p := range r.Attributes() {
		v.Attributes = append(v.Attributes, Attribute{plain(name), p})
	}
	if candidates {
		for name, score := range a.Candidates(r) {
			v.Candidates = append(v.Candidates, Candidate{plain(name), score})
		}
		if len(v.Candidates) == 0 && v.Process != "" { // known by the nearest fingerprints
			v.Candidates = append(v.Candidates, Candidate{v.Process, v.Score})
		}
	}
	return v
}

// plain is a name without the escapes of JSON.
func plain(escaped string) string {
	var s string
	if json.Unmarshal([]byte(`"`+escaped+`"`), &s) != nil {
		return escaped
	}
	return s
}
