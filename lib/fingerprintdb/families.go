package fingerprintdb

import (
	"bytes"
	"errors"
	"fmt"

	"merctools/lib/npf"
)

// families are what FileFamilies says. An archive that has this file answers
// with families of programs where programs can't be told apart, and for
// fingerprints that it doesn't list; see Analyzer.Analyze.
type families struct {
	weights map[string]float64 // how common a family is; 1 if it isn't listed
	agents  []agentRule        // the first that matches counts
	byFirst [256][]uint16      // indexes of agents, ascending, by the first byte of their token
	types   map[npf.Type]*calibration
}

// An agentRule says which program a user agent names.
type agentRule struct {
	token    []byte // a product of the user agent begins with it
	family   string
	imitated bool    // others send it, too: it doesn't outweigh a fingerprint that says otherwise
	score    float64 // how often it is right
	answer   *classifier
}

// A calibration says how often answers for a type of fingerprint are right.
type calibration struct {
	listed  float64 // of those that the archive lists
	margin  int     // how much farther another family must be, in thousandths
	least   uint32  // weight of the traits that an unlisted fingerprint must have
	nearest []step  // by distance, growing
}

// A step is the share of right answers up to a distance in thousandths, for
// fingerprints of which so many parts at most are none of the family's.
type step struct {
	distance int
	score    float64
	unknown  int
}

// anyNumber of parts may be unknown where an archive says nothing of it.
const anyNumber = 1<<16 - 1

const (
	maxFamilies = 1<<15 - 1
	maxAgents   = 1 << 12
)

var (
	errFamilies    = errors.New("too many families or user agents")
	errFamilyLine  = errors.New("neither a family with its weight, nor a user agent, nor a type of fingerprint")
	errCalibration = errors.New("listed, margin and nearest must be numbers from 0 to 1, distances must grow, and what may be unknown is a count")
)

func newFamilies() *families {
	return &families{weights: make(map[string]float64), types: make(map[npf.Type]*calibration)}
}

// line reads a line of FileFamilies.
func (f *families) line(d *document, text []byte) error {
	if err := d.parse(text); err != nil {
		return err
	}
	if !d.isObject(root) {
		return errObject
	}
	family, agent, typ := d.member(root, memberFamily), d.member(root, memberAgent), d.member(root, memberType)
	switch {
	case len(f.weights) == maxFamilies || len(f.agents) == maxAgents:
		return errFamilies
	case d.isString(agent) && d.isString(family):
		return f.agentLine(d, string(d.str(agent)), string(d.str(family)))
	case d.isString(family):
		w, ok := d.float(d.member(root, memberWeight))
		if !ok || !(w > 0 && w <= 1e9) {
			return errors.New("the weight of a family must be above 0 and at most 1000000000")
		}
		f.weights[string(d.str(family))] = w
		return nil
	case d.isString(typ):
		return f.typeLine(d, string(d.str(typ)))
	}
	return errFamilyLine
}

func (f *families) agentLine(d *document, token, family string) error {
	r := agentRule{token: []byte(token), family: family, imitated: d.isTrue(d.member(root, memberImitated))}
	name := family
	if n := d.member(root, memberProcess); d.isString(n) {
		name = string(d.str(n))
	}
	var ok bool
	if r.score, ok = fraction(d, d.member(root, memberScore)); !ok || token == "" {
		return errors.New("a user agent without a score from 0 to 1")
	}
	r.answer = alone(name)
	f.byFirst[token[0]] = append(f.byFirst[token[0]], uint16(len(f.agents)))
	f.agents = append(f.agents, r)
	return nil
}

func (f *families) typeLine(d *document, name string) error {
	typ, ok := classifiable[name]
	if !ok {
		return fmt.Errorf("type %q is not supported here", name)
	}
	c := &calibration{}
	margin, ok := fraction(d, d.member(root, memberMargin))
	c.margin = thousandths(margin)
	listed, also := fraction(d, d.member(root, memberListed))
	if c.listed = listed; !ok || !also || listed == 0 {
		return errCalibration
	}
	if n := d.member(root, memberWeight); n != noNode {
		least, ok := d.uint(n)
		if !ok || least > 1<<16 {
			return errCalibration
		}
		c.least = uint32(least)
	}
	list := d.member(root, memberNearest)
	if list == noNode {
		f.types[typ] = c
		return nil
	}
	if !d.isArray(list) {
		return errCalibration
	}
	for n := range d.elements(list) {
		s, ok := readStep(d, n)
		if !ok {
			return errCalibration
		}
		if n := len(c.nearest); n > 0 && s.distance <= c.nearest[n-1].distance {
			return errCalibration
		}
		c.nearest = append(c.nearest, s)
	}
	f.types[typ] = c
	return nil
}

// readStep reads a distance, a share, and maybe how many parts may be unknown.
func readStep(d *document, n node) (s step, ok bool) {
	if !d.isArray(n) || d.count(n) != 2 && d.count(n) != 3 {
		return s, false
	}
	s.unknown = anyNumber
	i := 0
	for x := range d.elements(n) {
		var v float64
		switch i {
		case 0:
			v, ok = fraction(d, x)
			s.distance = thousandths(v)
		case 1:
			s.score, ok = fraction(d, x)
		case 2:
			var unknown uint64
			unknown, ok = d.uint(x)
			ok = ok && unknown <= anyNumber
			s.unknown = int(unknown)
		}
		if !ok {
			return s, false
		}
		i++
	}
	return s, true
}

// fraction reads a number from 0 to 1.
func fraction(d *document, n node) (float64, bool) {
	v, ok := d.float(n)
	return v, ok && v >= 0 && v <= 1
}

func thousandths(v float64) int { return int(v*1000 + 0.5) }

// alone is an entry with a single process of which no more is known than its
// name.
func alone(name string) *classifier {
	return &classifier{processes: []process{{name: escape(string(clip([]byte(name), maxNameLen)))}}}
}

// weight says how common a family is among the clients of the world.
func (f *families) weight(family string) float64 {
	if w, ok := f.weights[family]; ok {
		return w
	}
	return 1
}

// agent returns what a user agent says, or nil: the first rule whose token a
// product or a word of a comment begins with.
func (f *families) agent(userAgent []byte) *agentRule {
	found := len(f.agents)
	begins := true // a product, or a word of a comment (RFC 9110, section 10.1.5)
	for at, c := range userAgent {
		if begins {
			for _, i := range f.byFirst[c] {
				if int(i) >= found {
					break
				}
				if bytes.HasPrefix(userAgent[at:], f.agents[i].token) {
					found = int(i)
					break
				}
			}
		}
		begins = c == ' ' || c == '(' || c == ';' || c == ','
	}
	if found == len(f.agents) {
		return nil
	}
	return &f.agents[found]
}

// score is how often an answer at a distance is right; ok is false where it is
// too far, or too many parts of the fingerprint are unknown.
func (c *calibration) score(distance, unknown int) (score float64, ok bool) {
	for _, s := range c.nearest {
		if distance <= s.distance && unknown <= s.unknown {
			return s.score, true
		}
	}
	return 0, false
}

// reach is the distance beyond which no fingerprint counts: as the nearest one, or
// as one that the nearest one must be nearer than.
func (c *calibration) reach() uint16 {
	last := 0
	if n := len(c.nearest); n > 0 {
		last = c.nearest[n-1].distance
	}
	return uint16(min(last+c.margin, farthest-1))
}
