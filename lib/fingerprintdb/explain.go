package fingerprintdb

import (
	"cmp"
	"slices"

	"merctools/lib/record"
)

// An explanation is what a result rests on.
type explanation struct {
	model      *contents
	kinds      [len(kinds)]uint64 // observations of the processes with the fingerprint
	unknown    uint64             // of them, those that are not said to be of any kind
	candidates []candidate        // the most probable ones, best first
	hasNearest bool
	nearest    match
}

// A candidate is a process that an entry has.
type candidate struct {
	process, family string // escaped for JSON; family may be empty
	score           float64
}

// maxCandidates is how many candidates an explanation has.
const maxCandidates = 5

// explain notes what the answer of an entry rests on. a.scores are
// probabilities.
func (a *Analyzer) explain(e *classifier, r *Result) {
	if r.explanation == nil {
		r.explanation = &explanation{model: a.model}
	}
	x := r.explanation
	sum := 0.0
	for _, p := range a.scores {
		sum += p
	}
	for i := range e.processes {
		p := &e.processes[i]
		known := uint64(0)
		for k, n := range p.kinds {
			x.kinds[k] += n
			known += n
		}
		x.unknown += p.count - min(known, p.count)
		c := candidate{process: p.name}
		if sum > 0 {
			c.score = a.scores[i] / sum
		}
		if e.families != nil {
			c.family = e.families[p.family].name
		}
		x.candidates = append(x.candidates, c)
	}
	slices.SortStableFunc(x.candidates, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	x.candidates = x.candidates[:min(len(x.candidates), maxCandidates)]
}

// nearestOnly is what is left of an explanation without an answer.
func (x *explanation) nearestOnly() *explanation {
	if x == nil || !x.hasNearest {
		return nil
	}
	return &explanation{model: x.model, hasNearest: true, nearest: x.nearest}
}

var explanationFields = record.O("explanation", "what the answer rests on",
	record.O("observations", "messages in the archive with this fingerprint, by how they were obtained",
		record.F("real", record.Uint, "sent by the program itself"),
		record.F("emulated", record.Uint, "made by a library or a description of the program"),
		record.F("measured", record.Uint, "published by others"),
		record.F("unknown", record.Uint, "the archive doesn't say how")),
	record.A("candidates", "the most probable processes with this fingerprint",
		record.F("process", record.Text, "name of the process"),
		record.F("family", record.Text, "what it shares its fingerprints with"),
		record.F("score", record.Float, "how probable it is, before the archive's calibration")),
	record.O("nearest", "the families of the known fingerprints that are most like this one",
		record.F("family", record.Text, "the nearest family"),
		record.F("distance", record.Float, "0 for the same traits, 1 for none in common"),
		record.F("second", record.Text, "the next family"),
		record.F("second_distance", record.Float, "its distance")),
).If("--explain")

func (x *explanation) write(w *record.Writer) {
	w.Key("explanation").Object()
	if len(x.candidates) > 0 {
		w.Key("observations").Object()
		for k, n := range x.kinds {
			if n > 0 {
				w.Key(kinds[k]).Uint(n)
			}
		}
		if x.unknown > 0 {
			w.Key("unknown").Uint(x.unknown)
		}
		w.EndObject()
		w.Key("candidates").Array()
		for i := range x.candidates {
			c := &x.candidates[i]
			w.Elem().Object()
			w.Key("process").Str(c.process)
			if c.family != "" {
				w.Key("family").Str(c.family)
			}
			w.Key("score").Float(c.score)
			w.EndObject()
		}
		w.EndArray()
	}
	if x.hasNearest {
		names := x.model.answers
		w.Key("nearest").Object()
		w.Key("family").Str(names[x.nearest.family].processes[0].name)
		w.Key("distance").Float(float64(x.nearest.distance) / farthest)
		if x.nearest.distance2 < farthest {
			w.Key("second").Str(names[x.nearest.second].processes[0].name)
			w.Key("second_distance").Float(float64(x.nearest.distance2) / farthest)
		}
		w.EndObject()
	}
	w.EndObject()
}
