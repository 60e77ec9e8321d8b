package fingerprintdb

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"merctools/lib/npf"
)

// This file has the answers of archives that have families.

// enough is the share of a family's probability that a process must have to be
// named in its place.
const enough = 0.9

// probable is the share of an entry's prior that a family must have for the
// entry's fingerprints to count as its own among the nearest.
const probable = 0.1

// probableFamilies are the families of the line that was read last, without
// those that are much rarer in the world than others of them.
func (r *lineReader) probableFamilies() (list []string) {
	sum := 0.0
	for i := range r.procs {
		f := r.family(&r.procs[i])
		if !slices.Contains(list, f) {
			list = append(list, f)
			sum += r.db.families.weight(f)
		}
	}
	return slices.DeleteFunc(list, func(f string) bool { return r.db.families.weight(f) < probable*sum })
}

// family is the family of a process: its own name if it has none.
func (r *lineReader) family(p *processNodes) string {
	for _, n := range [...]node{p.members[familyMember], p.members[nameMember]} {
		if r.doc.isString(n) {
			return string(r.doc.str(n))
		}
	}
	return ""
}

// group makes the families of a classifier, and gives its processes priors by
// how common their families are in the world: how often a process was run says
// no more than which one of a family it is.
func (r *lineReader) group(c *classifier, w *weights) {
	var names []string
	var weight []float64
	sum := 0.0
	for i := range c.processes {
		p := &c.processes[i]
		name := r.family(&r.procs[i])
		n := slices.Index(names, name)
		if n < 0 {
			n = len(names)
			names = append(names, name)
			weight = append(weight, r.db.families.weight(name))
			sum += weight[n]
			c.families = append(c.families, process{name: escape(string(clip([]byte(name), maxNameLen))), family: uint16(n)})
		}
		p.family = uint16(n)
		f := &c.families[n]
		f.count += p.count
		f.malware = f.malware || p.malware
		f.attributes |= p.attributes
		for k := range f.kinds {
			f.kinds[k] += p.kinds[k]
		}
	}
	floor := float64(math.Log(0.1/float64(c.total)) * w.sum())
	for i := range c.processes {
		p := &c.processes[i]
		f := &c.families[p.family]
		c.prior[i] = math.Log(weight[p.family]/sum*float64(p.count)/float64(f.count)) + floor
	}
	for n := range c.families {
		c.mergeSystems(uint16(n))
	}
}

// mergeSystems adds up the operating systems of a family's processes.
func (c *classifier) mergeSystems(family uint16) {
	var merged []system
	for i := range c.processes {
		p := &c.processes[i]
		if p.family != family {
			continue
		}
		for _, s := range c.systems[p.system:][:p.systems] {
			at := slices.IndexFunc(merged, func(m system) bool { return m.name == s.name })
			if at < 0 {
				merged = append(merged, s)
			} else {
				merged[at].count += s.count
			}
		}
	}
	slices.SortStableFunc(merged, func(a, b system) int { return cmp.Compare(b.count, a.count) })
	merged = merged[:min(len(merged), 1<<16-1)]
	f := &c.families[family]
	f.system, f.systems = uint32(len(c.systems)), uint16(len(merged))
	c.systems = append(c.systems, merged...)
}

// decideFamily turns a.scores, which are logarithms, into probabilities, and
// picks a family. It names the process instead if the user agent does, or if
// what is known of destinations and user agents told it apart.
func (a *Analyzer) decideFamily(e *classifier, s *Observation, told bool, r *Result) {
	scores := a.scores
	top := slices.Max(scores)
	a.shares = slices.Grow(a.shares[:0], len(e.families))[:len(e.families)]
	clear(a.shares)
	var sum, malware float64
	for i, v := range scores {
		p := exp32(v - top)
		scores[i] = p
		sum += p
		a.shares[e.processes[i].family] += p
		if e.processes[i].malware {
			malware += p
		}
	}
	family := 0
	for f, p := range a.shares {
		a.shares[f] = p / sum
		if p > a.shares[family]*sum {
			family = f
		}
	}
	for i := range scores {
		scores[i] /= sum
	}
	listed := 1.0
	if c := a.model.families.types[s.Type]; c != nil {
		listed = c.listed
	}
	class := classification{entry: e, pMalware: malware / sum}
	class.score = a.shares[family] * listed
	rule := a.agentRule(s)
	if rule != nil {
		if f := e.familyNamed(rule.answer, rule.family); f >= 0 {
			family = f
			class.score = max(rule.score, a.shares[f]*listed)
		} else if !rule.imitated || a.shares[family] < enough {
			class.score = rule.score
		} else {
			rule = nil // whoever pretends to be another program
		}
	}
	best := e.best(scores, uint16(family))
	switch {
	case rule != nil:
		class.shown = e.named(rule)
	case told && scores[best] >= enough*a.shares[family]:
		class.shown = &e.processes[best]
		class.score = min(class.score, scores[best])
	default:
		class.shown = &e.families[family]
	}
	for i := range scores {
		for set := e.processes[i].attributes; set != 0; set &= set - 1 {
			class.attributes[bits.TrailingZeros16(set)] += scores[i]
		}
	}
	r.class = class
}

// best is the most probable process of a family.
func (e *classifier) best(scores []float64, family uint16) int {
	best := -1
	for i := range e.processes {
		if e.processes[i].family == family && (best < 0 || scores[i] > scores[best]) {
			best = i
		}
	}
	return best
}

// familyNamed finds a family by its name, or by the name of its process.
func (e *classifier) familyNamed(program *classifier, name string) int {
	for i := range e.families {
		if e.families[i].name == name {
			return i
		}
	}
	for i := range e.processes {
		if e.processes[i].name == program.processes[0].name {
			return int(e.processes[i].family)
		}
	}
	return -1
}

// named is the process that a user agent names.
func (e *classifier) named(rule *agentRule) *process {
	program := &rule.answer.processes[0]
	for i := range e.processes {
		if e.processes[i].name == program.name {
			return &e.processes[i]
		}
	}
	return program
}

// agentRule returns what the user agent of a message says, or nil.
func (a *Analyzer) agentRule(s *Observation) *agentRule {
	if s.Type != npf.HTTP && s.Type != npf.QUIC {
		return nil
	}
	return a.model.families.agent(clip(s.UserAgent, maxUserAgent))
}

// recognize answers for a fingerprint that the archive doesn't list: with what
// the user agent names, or with the family that the nearest fingerprints have
// in common. It says whether there is an answer.
func (a *Analyzer) recognize(s *Observation, r *Result) bool {
	m := a.model
	rule := a.agentRule(s)
	found, ok := a.nearest(s.Type, s.Fingerprint)
	if ok && a.Explain {
		r.explanation = &explanation{nearest: found, model: m, hasNearest: true}
	}
	score := 0.0
	if c := m.families.types[s.Type]; ok && c != nil {
		score, ok = c.score(int(found.distance), int(found.unknown))
		ok = ok && found.weight >= c.least && int(found.distance2) >= int(found.distance)+c.margin
	}
	switch {
	case rule == nil && !ok:
		return false
	case rule == nil:
		r.class = classification{entry: m.answers[found.family], score: score}
	case !rule.imitated:
		r.class = classification{entry: rule.answer, score: rule.score}
	case !ok:
		r.class = classification{entry: rule.answer, score: rule.score * doubt}
	case m.db.familyNames[found.family] == rule.family:
		r.class = classification{entry: rule.answer, score: max(rule.score, score)}
	default: // the headers are not those of the program in the user agent
		return false
	}
	r.class.shown = &r.class.entry.processes[0]
	return true
}

// doubt lowers the score of a user agent that others send, too, where nothing
// else supports it.
const doubt = 0.85
