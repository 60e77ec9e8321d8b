package fingerprintdb

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// A classifier is what a model knows of one fingerprint (or several that share
// an entry): which processes have it, and where each of them goes.
//
// It is a naive Bayes classifier. Every process has a prior; every value that
// was seen of a feature has updates, one for each process that was seen with
// it. Keys, ends, and updates are arrays of plain numbers for all features
// together, which takes a fraction of the memory of maps and is as fast for
// the sizes that occur.
type classifier struct {
	total     uint64
	malwareDB bool // processes are known to be malware or not

	processes []process
	prior     []float64 // by process

	features [numFeatures + 1]uint32 // where each feature's keys begin
	keys     []uint64                // of values, sorted for each feature
	ends     []uint32                // where the updates of a key end; they begin where the ones before end
	index    []uint16                // of the process that an update is for
	value    []float64               // that it adds

	systems []system

	families []process // where the archive has families: what is shown of each
}

type process struct {
	count      uint64
	name       string // escaped for JSON
	system     uint32 // index of the first one in systems
	systems    uint16
	attributes uint16 // set of those numbered from 0
	malware    bool
	generic    bool   // stands for all whose process isn't known
	family     uint16 // index in families of the classifier
	kinds      [len(kinds)]uint64
}

// kinds are how observations were obtained.
var kinds = [...]string{KindReal, KindEmulated, KindMeasured}

// A system is an operating system that a process was seen on.
type system struct {
	name  string // escaped for JSON
	count uint64
}

func (w *weights) sum() float64 {
	return w.asn + w.domain + w.port + w.ip + w.serverName + w.userAgent
}

func (w *weights) of(feature int) float64 {
	switch feature {
	case featASN:
		return w.asn
	case featPort:
		return w.port
	case featUserAgent:
		return w.userAgent
	case featDomain:
		return w.domain
	case featServerName:
		return w.serverName
	}
	return w.ip
}

// A tally says how often a process was seen with a value of a feature.
type tally struct {
	key     uint64 // of the value
	count   uint64
	seq     uint32 // keeps those of the same key and process as they came
	process uint16
	feature uint8
}

// sameValue reports whether both are about the same value of a feature.
func (o *tally) sameValue(p *tally) bool { return o.feature == p.feature && o.key == p.key }

// fill builds the classifier. A process that was never seen with a value
// counts as a tenth of one sighting; what is stored for the others is the
// difference from that.
func (e *classifier) fill(seen []tally, w *weights) {
	slices.SortFunc(seen, func(a, b tally) int {
		return cmp.Or(cmp.Compare(a.feature, b.feature), cmp.Compare(a.key, b.key), cmp.Compare(a.process, b.process), cmp.Compare(a.seq, b.seq))
	})
	seen = mergeNames(seen)

	total := float64(e.total)
	floor := math.Log(0.1 / total)
	all := float64(floor * w.sum()) // rounded before it is added to, on every architecture
	e.prior = make([]float64, len(e.processes))
	for i := range e.processes {
		p := math.Log(float64(e.processes[i].count) / total)
		e.prior[i] = max(p, math.Log(0.1)) + all
	}

	keys := 0
	for i := range seen {
		if i == 0 || !seen[i].sameValue(&seen[i-1]) {
			keys++
		}
	}
	e.keys = make([]uint64, 0, keys)
	e.ends = make([]uint32, 0, keys)
	e.index = make([]uint16, 0, len(seen))
	e.value = make([]float64, 0, len(seen))
	feature := 0
	for i := range seen {
		o := &seen[i]
		if i == 0 || !o.sameValue(&seen[i-1]) {
			for ; feature < int(o.feature); feature++ {
				e.features[feature+1] = uint32(len(e.keys))
			}
			e.keys = append(e.keys, o.key)
			e.ends = append(e.ends, uint32(len(e.index)))
		}
		e.index = append(e.index, o.process)
		e.value = append(e.value, (math.Log(float64(o.count)/total)-floor)*w.of(int(o.feature)))
		e.ends[len(e.ends)-1] = uint32(len(e.index))
	}
	for ; feature < numFeatures; feature++ {
		e.features[feature+1] = uint32(len(e.keys))
	}
}

// mergeNames adds up what was seen of one process under names that have the
// same normal form.
func mergeNames(seen []tally) []tally {
	out := seen[:0]
	for _, o := range seen {
		if n := len(out) - 1; n >= 0 && out[n].sameValue(&o) && out[n].process == o.process && (o.feature == featServerName || o.feature == featDomain) {
			out[n].count += o.count
			continue
		}
		out = append(out, o)
	}
	return out
}

// update adds what the value key of a feature says of each process. It says
// whether that is anything.
func (e *classifier) update(scores []float64, feature int, key uint64) bool {
	lo, hi := e.features[feature], e.features[feature+1]
	keys := e.keys[lo:hi]
	i, ok := slices.BinarySearch(keys, key)
	if !ok {
		return false
	}
	i += int(lo)
	start := uint32(0)
	if i > 0 {
		start = e.ends[i-1]
	}
	index := e.index[start:e.ends[i]]
	value := e.value[start:e.ends[i]]
	for i, p := range index {
		scores[p] += value[i]
	}
	return true
}

// A classification is the answer of an entry.
type classification struct {
	entry      *classifier
	shown      *process // the most probable process, or what stands for its family
	score      float64
	pMalware   float64
	attributes [maxAttributes]float64 // how probable each is
}

// decide turns scores, which are logarithms, into probabilities and picks the
// process. It writes over scores. The exponential is taken in single
// precision.
func (e *classifier) decide(scores []float64, c *classification) {
	best, second := 0, 0
	top, next := -math.MaxFloat64, -math.MaxFloat64
	for i, s := range scores {
		if s > top {
			next, second = top, best
			top, best = s, i
		} else if s > next {
			next, second = s, i
		}
	}

	var sum, rest, malware float64
	for i, s := range scores {
		p := exp32(s - top)
		scores[i] = p
		sum += p
		if i != best {
			rest += p
		}
		if e.processes[i].malware {
			malware += p
		}
	}
	score := scores[best]
	if e.malwareDB {
		if sum > 0 {
			malware /= sum
		}
		// The generic process says nothing: the next one is better, unless
		// it would be an accusation.
		if e.processes[best].generic && !e.processes[second].malware {
			score = scores[second]
			scores[best] = 0
			best = second
			sum = rest
		}
	}

	*c = classification{entry: e, shown: &e.processes[best], score: score, pMalware: malware}
	for i := range scores {
		for set := e.processes[i].attributes; set != 0; set &= set - 1 {
			c.attributes[bits.TrailingZeros16(set)] += scores[i]
		}
	}
	if sum > 0 {
		c.score /= sum
		for i := range c.attributes {
			c.attributes[i] /= sum
		}
	}
}
