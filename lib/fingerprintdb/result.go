package fingerprintdb

import (
	"iter"
	"math/bits"

	"merctools/lib/flow"
	"merctools/lib/record"
)

// A Status says what is known of a fingerprint.
type Status uint8

// The statuses of a fingerprint.
const (
	NoInfo     Status = iota // not analyzed
	Labeled                  // the model knows processes that have it
	Randomized               // never seen before
	Unlabeled                // seen before, but no process is known
	Unanalyzed               // the model has no fingerprints of its type
)

// A Result is the analysis of one message. It holds no memory of the message,
// so it may be kept, and copied. The zero Result is ready and empty.
type Result struct {
	model  *contents
	status Status
	class  classification      // if class.entry isn't nil
	set    uint16              // attributes beside those of the process
	chance [numBuiltIn]float64 // how probable each of them is

	explanation *explanation // nil unless it is asked for

	// What only a History can tell.
	unseen   bool // whether the status is Randomized or Unlabeled
	noSuites bool // the fingerprint offers no cipher suite that anybody uses
	passage  passage
	sighting digest
	inside   [4]byte
	nonce    [32]byte
}

// Reset empties the result. Most are empty.
func (r *Result) Reset() {
	if r.model != nil || r.Present() || r.Pending() {
		*r = Result{}
	}
}

// Status is the status of the fingerprint.
func (r *Result) Status() Status { return r.status }

// Set adds an attribute with a probability of 1.
func (r *Result) Set(a Attribute) { r.add(a, 1) }

func (r *Result) add(a Attribute, chance float64) {
	if a < numBuiltIn {
		r.set |= 1 << a
		r.chance[a] = chance
	}
}

// Has says whether an attribute was added.
func (r *Result) Has(a Attribute) bool { return r.set>>a&1 != 0 }

// SetNonce takes part in the detection of residential proxies: it is called
// for each TLS ClientHello, with its random value. The result is then Pending
// if the flow crosses the border of a private network.
func (r *Result) SetNonce(k *flow.Key, random []byte) {
	if len(random) != len(r.nonce) {
		return
	}
	if r.passage, r.inside = passageOf(k); r.passage != noPassage {
		copy(r.nonce[:], random)
	}
}

// Pending says that the result depends on earlier packets: History.Resolve
// must be called, for all such results in the order of their packets, before
// Present and Write.
func (r *Result) Pending() bool { return r.unseen || r.passage != noPassage }

// Present says whether there is anything to write.
func (r *Result) Present() bool { return r.status != NoInfo || r.set != 0 }

// Process is the most probable process and how probable it is, ok being false
// where none is known. The name is escaped for JSON, without quotes.
func (r *Result) Process() (name string, score float64, ok bool) {
	if r.class.entry == nil {
		return "", 0, false
	}
	return r.process().name, r.class.score, true
}

// Malware says whether the most probable process is malware, and how probable
// malware is. ok is false where the model does not know which processes are, or
// where there is no process.
func (r *Result) Malware() (malware bool, probability float64, ok bool) {
	if r.class.entry == nil || !r.class.entry.malwareDB {
		return false, 0, false
	}
	return r.process().malware, r.class.pMalware, true
}

// OperatingSystems yields the operating systems that the process was seen on,
// and how often. Names are as those of Process.
func (r *Result) OperatingSystems() iter.Seq2[string, uint64] {
	return func(yield func(name string, count uint64) bool) {
		if r.class.entry == nil {
			return
		}
		p := r.process()
		for _, s := range r.class.entry.systems[p.system:][:p.systems] {
			if !yield(s.name, s.count) {
				return
			}
		}
	}
}

// Attributes yields the names of the attributes, and how probable each is.
func (r *Result) Attributes() iter.Seq2[string, float64] {
	return func(yield func(name string, probability float64) bool) {
		names := builtInNames[:]
		if r.model != nil {
			names = r.model.db.attributes
		}
		for set := r.attributes(); set != 0; set &= set - 1 {
			i := bits.TrailingZeros16(set)
			if !yield(names[i], r.Attribute(i)) {
				return
			}
		}
	}
}

// AttributeNames are the names of all attributes that results of a model can
// have, or, where it is nil, of those that need none.
func (m *Model) AttributeNames() []string {
	if m == nil || m.Disabled() != "" {
		return builtInNames[:]
	}
	return m.contents().db.attributes
}

// Attribute is how probable the attribute with an index among the names is; it
// is 0 where the result does not have it.
func (r *Result) Attribute(i int) float64 {
	switch {
	case i >= maxAttributes || r.attributes()>>i&1 == 0:
		return 0
	case r.set>>i&1 != 0:
		return r.chance[i]
	}
	return r.class.attributes[i]
}

// HasAttributes reports whether the result has any.
func (r *Result) HasAttributes() bool { return r.attributes() != 0 }

// attributes are those of the result and of its process.
func (r *Result) attributes() uint16 {
	if r.class.entry == nil {
		return r.set
	}
	return r.set | r.process().attributes
}

func (r *Result) process() *process { return r.class.shown }

// judge adds the attributes that follow from the status and the
// classification of a TLS client.
func (r *Result) judge() {
	if malware, probability, _ := r.Malware(); malware {
		r.add(encryptedChannel, probability)
	}
	if r.status == Randomized && r.noSuites {
		r.add(fakeTLS, 1)
	}
}

// Fields describes what Write writes.
var Fields = []record.Field{
	record.O("analysis", "what the fingerprint and the destination tell",
		record.F("process", record.Text, "name of the program that most probably sent it"),
		record.F("score", record.Float, "how probable that is"),
		record.F("malware", record.Uint, "1 where the program is malware"),
		record.F("p_malware", record.Float, "how probable malware is"),
		record.O("os_info", "operating systems that the program was seen on", record.F("*", record.Uint, "how often")),
		record.F("status", record.String, "why there is no program, or only a guess: randomized_fingerprint, unlabeled_fingerprint, unknown"),
		record.A("attributes", "what else is known",
			record.F("name", record.Text, "name of an attribute, such as encrypted_dns"),
			record.F("probability_score", record.Float, "how probable it is")),
		explanationFields,
	).If("--analysis, --exposed-creds, --crypto-assess or --network-behavioral-detections"),
}

// Write writes the member analysis of a record.
func (r *Result) Write(w *record.Writer) {
	w.Key("analysis").Object()
	switch r.status {
	case Labeled:
		r.writeProcess(w)
	case Randomized:
		if r.class.entry != nil && r.process().name != "" {
			r.writeProcess(w)
		}
		w.Key("status").Str("randomized_fingerprint")
	case Unlabeled:
		if r.class.entry != nil {
			r.writeProcess(w)
		}
		w.Key("status").Str("unlabeled_fingerprint")
	default:
		// Quirk Q131: also where nothing was asked.
		w.Key("status").Str("unknown")
	}
	r.writeAttributes(w)
	if r.explanation != nil {
		r.explanation.write(w)
	}
	w.EndObject()
}

func (r *Result) writeProcess(w *record.Writer) {
	p := r.process()
	w.Key("process").Str(p.name)
	w.Key("score").Float(r.class.score)
	if malware, probability, ok := r.Malware(); ok {
		number := uint64(0)
		if malware {
			number = 1
		}
		w.Key("malware").Uint(number)
		w.Key("p_malware").Float(probability)
	}
	if p.systems > 0 {
		w.Key("os_info").Object()
		for name, count := range r.OperatingSystems() {
			w.Key(name).Uint(count)
		}
		w.EndObject()
	}
}

func (r *Result) writeAttributes(w *record.Writer) {
	w.Key("attributes").Array()
	for name, chance := range r.Attributes() {
		w.Elem().Object()
		w.Key("name").Str(name)
		w.Key("probability_score").Float(chance)
		w.EndObject()
	}
	w.EndArray()
}
