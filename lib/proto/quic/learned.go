package quic

import (
	"merctools/lib/flow"
	"merctools/lib/proto"
)

const (
	// maxLearned is the number of flows of which learned remembers something.
	// Those that were entered first are forgotten when there are more.
	maxLearned = 4096

	// learnedCost is about how many bytes it takes for each.
	learnedCost = 192
)

// learnedIn is the number of flows that an eighth of so many bytes has room for;
// maxLearned where that is 0.
func learnedIn(memory int) int {
	if memory == 0 {
		return maxLearned
	}
	return max(memory/8/learnedCost, 1)
}

// learned remembers which suite an unknown version turned out to have, flow by
// flow: what is found out in one does not change how another is read, so that
// records do not depend on which flows a worker gets. The zero value is ready, once max is
// set.
type learned struct {
	suites map[flowVersion]*suite
	order  []flowVersion // ring, from next on by age once it is full
	next   int
	max    int

	begun, evicted uint64
}

// flowVersion is a version in a flow, as the sender of the packet that told
// the suite sees it.
type flowVersion struct {
	key     flow.Key
	version uint32
}

// Learned implements proto.Learner.
func (m *Initial) Learned() proto.HeldCounts {
	l := &m.opener.learned
	return proto.HeldCounts{Begun: l.begun, Evicted: l.evicted}
}

// find returns the suite of a version in a flow, from either side, nil where
// it is not known.
func (l *learned) find(k *flow.Key, version uint32) *suite {
	if len(l.suites) == 0 {
		return nil
	}
	if s := l.suites[flowVersion{*k, version}]; s != nil {
		return s
	}
	return l.suites[flowVersion{k.Reverse(), version}]
}

// add enters a version that find does not know.
func (l *learned) add(k *flow.Key, version uint32, s *suite) {
	v := flowVersion{*k, version}
	if l.suites == nil {
		l.suites = make(map[flowVersion]*suite)
	}
	l.begun++
	if len(l.order) < l.max {
		l.order = append(l.order, v)
	} else {
		delete(l.suites, l.order[l.next])
		l.order[l.next] = v
		l.next = (l.next + 1) % l.max
		l.evicted++
	}
	l.suites[v] = s
}
