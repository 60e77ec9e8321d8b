// Package report collects what records say, for people: who talks to whom, with
// which programs and which cryptography, and what needs attention. Package html
// makes a page of it, package cbom an inventory.
//
// A report is made of the lines of records alone, in their order, and so is the
// same for a pipe and for one process. What only a capture knows comes in a line
// of package summary. Memory is bounded: see [Collector].
package report

import (
	"net/netip"
	"sync"

	"merctools/lib/record"
	"merctools/lib/summary"
)

// A Collector takes records. Tables have bounds in entries and in bytes; where
// one is full, the entries that were seen least make room, which the report
// says. All of it stays below 64 MiB. Several goroutines may use it, and take
// turns.
type Collector struct {
	mu sync.Mutex

	records, foreign uint64
	first, last      int64 // time of records, in nanoseconds since 1970; 0 if unknown
	captures         *summary.Summary
	names            []string // of protocols, as they come
	index            map[string]int
	totals           []uint64 // records by protocol
	timeline         timeline
	has              coverage

	talks        *table[talkKey, talk]
	hosts        *table[netip.Addr, host]
	services     *table[serviceKey, service]
	fingerprints *table[string, fingerprint]
	certificates *table[[32]byte, cert]
	agents       *table[agentKey, agent]
	queries      *table[string, query]
	findings     [numKinds]*table[findingKey, finding]
	offers       recent[offerKey, bool] // whether flows began with a post-quantum offer
	flows        flows
	quantum      quantum
	hellos       struct{ all, truncated uint64 }

	text, der []byte // scratch
}

// coverage says what records have, so that a report can say what it lacks.
type coverage struct {
	size, analysis, indicators, credentials bool
}

// Bounds of tables, in entries; texts of names are short, fingerprints are not.
const (
	maxTalks        = 16384
	maxHosts        = 8192
	maxServices     = 4096
	maxFingerprints = 4096
	maxCerts        = 4096
	maxAgents       = 4096
	maxQueries      = 8192
	maxFindings     = 2048
	maxFPBytes      = 4 << 20
	maxProtocols    = 200
)

// MaxMemory is how many bytes a Collector takes at most.
const MaxMemory = 64 << 20

// New returns an empty Collector that takes so many bytes at most; no Collector
// takes more than MaxMemory. Its tables are smaller in proportion.
func New(memory int) *Collector {
	part := func(n int) int { return max(n*min(memory>>10, MaxMemory>>10)/(MaxMemory>>10), 4) }
	c := &Collector{
		index:        map[string]int{},
		talks:        newTable[talkKey, talk](part(maxTalks), 0),
		hosts:        newTable[netip.Addr, host](part(maxHosts), 0),
		services:     newTable[serviceKey, service](part(maxServices), 0),
		fingerprints: newTable[string, fingerprint](part(maxFingerprints), part(maxFPBytes)),
		certificates: newTable[[32]byte, cert](part(maxCerts), 0),
		agents:       newTable[agentKey, agent](part(maxAgents), 0),
		queries:      newTable[string, query](part(maxQueries), 0),
	}
	for i := range c.findings {
		c.findings[i] = newTable[findingKey, finding](part(maxFindings), 0)
	}
	return c
}

// Add takes a line: a record, or a summary. It keeps nothing of it.
func (c *Collector) Add(line []byte) {
	if summary.Is(line) {
		if s, err := summary.Read(line); err == nil {
			c.Summarize(s)
			return
		}
	}
	var m message
	c.take(&m, m.read(line), len(line))
}

// take takes a message, which is ok if the line of some length was a record.
func (c *Collector) take(m *message, ok bool, length int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		if length > 1 { // more than an empty line
			c.foreign++
		}
		return
	}
	c.records++
	if m.time != 0 {
		if c.first == 0 || m.time < c.first {
			c.first = m.time
		}
		if c.last == 0 || m.time > c.last {
			c.last = m.time
		}
	}
	protocol := c.protocol(m.protocol)
	c.totals[protocol]++
	if m.time != 0 {
		c.timeline.add(protocol, m.time)
	}
	c.cover(m)
	if !m.source.Addr().IsValid() || !m.destination.Addr().IsValid() {
		return
	}
	p := &party{client: m.source, server: m.destination}
	if c.flows.fromServer(m) {
		p.fromServer = true
		p.client, p.server = m.destination, m.source
	}
	c.readNames(m, p)
	c.readAnalysis(m, p)
	c.addTalk(m, p, c.names[protocol])
	c.addFingerprint(m, p)
	c.addAgent(m, p)
	c.addCrypto(m, p)
	c.addQuery(m, p)
	c.addFindings(m, p)
}

// Summarize takes a summary of captures; that of a live capture may come again
// and again.
func (c *Collector) Summarize(s *summary.Summary) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.captures == nil || s.Live {
		c.captures = s
		return
	}
	// Records of several runs, one after the other.
	sum := *c.captures
	sum.Total.Add(&s.Total)
	sum.Files += s.Files
	sum.Captures = append(sum.Captures[:len(sum.Captures):len(sum.Captures)], s.Captures...)
	sum.Captures = sum.Captures[:min(len(sum.Captures), summary.MaxCaptures)]
	sum.Errors = append(sum.Errors[:len(sum.Errors):len(sum.Errors)], s.Errors...)
	sum.Errors = sum.Errors[:min(len(sum.Errors), summary.MaxErrors)]
	c.captures = &sum
}

// unnamed stands for the protocol of a record that names none.
const unnamed = "unknown"

// protocol returns the index of a protocol.
func (c *Collector) protocol(name []byte) int {
	if i, ok := c.index[string(name)]; ok {
		return i
	}
	text := string(clip(name))
	switch {
	case len(c.names) >= maxProtocols:
		text = "other"
	case text == "":
		text = unnamed
	}
	if i, ok := c.index[text]; ok {
		return i
	}
	c.index[text] = len(c.names)
	c.names = append(c.names, text)
	c.totals = append(c.totals, 0)
	return len(c.names) - 1
}

func (c *Collector) cover(m *message) {
	h := &c.has
	h.size = h.size || m.size > 0
	h.indicators = h.indicators || m.indicators != nil
	h.credentials = h.credentials || m.credentials != nil
}

// unescape returns the characters of a string's text, as raw bytes that are
// valid until the next call.
func (c *Collector) unescape(quoted []byte) []byte {
	c.text = record.AppendUnescaped(c.text[:0], quoted)
	return c.text
}
