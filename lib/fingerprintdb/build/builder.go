package build

import (
	"net/netip"
	"strconv"

	"github.com/valyala/fastjson"

	"merctools/lib/fingerprintdb"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// Options say what goes into an archive.
type Options struct {
	// Version is what the archive says it is. It must have no semicolon. In
	// it {processes} and {fingerprints} stand for how many there are.
	Version string
	// TLS and QUIC are the formats of fingerprints. All of an archive's
	// fingerprints of a type have the same one.
	TLS, QUIC int
	// NoDestinations leaves out where the clients went, for ground truth
	// from a laboratory, whose servers mean nothing.
	NoDestinations bool
	// Top is how many different values of a feature are kept for a process,
	// the most frequent ones; 0 stands for all.
	Top int
	// ASNs finds the autonomous systems of servers; it may be nil. It should
	// say what Subnets says.
	ASNs fingerprintdb.ASNs
	// Subnets, Watchlist, Domains and Families are the contents of pyasn.db,
	// doh-watchlist.txt, domain-mappings.db and families.json. Each may be
	// empty.
	Subnets, Watchlist, Domains, Families []byte
	// MinInformation is how many bits of information a fingerprint must have
	// to get an entry; see LeaveOutVague.
	MinInformation float64
}

// A Builder collects what labelled records say.
type Builder struct {
	options   Options
	converter npf.Converter
	view      envelope.View
	parser    fastjson.Parser
	name      []byte

	entries    map[string]*entry // by fingerprint
	prevalence map[string]int    // TLS fingerprints, and how often they were seen
	attributes map[string]bool   // names of all attributes of processes

	Records   int // lines with fingerprints of clients
	Labelled  int // of them, those that count
	Truncated int // of them, those whose fingerprint is not whole
	Format    int // of them, those in a format that the archive's can't be made from
	Foreign   int // lines that are no records
	Vague     int // fingerprints that LeaveOutVague dropped for want of information
}

// entry is what is known of a fingerprint.
type entry struct {
	typ       npf.Type
	processes map[string]*observed // by name
}

// observed is what is known of a process with a fingerprint.
type observed struct {
	fingerprintdb.Process
	sha256   fingerprintdb.Counts
	families fingerprintdb.Counts // as the labels say
}

// NewBuilder returns a Builder.
func NewBuilder(o Options) *Builder {
	return &Builder{
		options:    o,
		entries:    make(map[string]*entry),
		prevalence: make(map[string]int),
		attributes: make(map[string]bool),
	}
}

// Processes is how many different processes were seen, and Fingerprints how
// many fingerprints they have.
func (b *Builder) Processes() int {
	names := make(map[string]bool)
	for _, e := range b.entries {
		for name := range e.processes {
			names[name] = true
		}
	}
	return len(names)
}

// Fingerprints is how many fingerprints have a process.
func (b *Builder) Fingerprints() int { return len(b.entries) }

// Add takes a line into account, if it is the record of a client's message.
func (b *Builder) Add(line []byte) {
	r := &b.view
	if !r.Read(line) {
		b.Foreign++
		return
	}
	if !fingerprintdb.Classifiable(r.Type) {
		return
	}
	b.Records++
	if string(record.Find(line, "reassembly_properties", "truncated")) == "true" {
		b.Truncated++
		return
	}
	fp, ok := r.InFormat(&b.converter, b.options.TLS, b.options.QUIC)
	if !ok || len(fp) == 0 {
		b.Format++
		return
	}
	if r.Type == npf.TLS {
		b.prevalence[string(fp)]++
	}
	l, ok := b.readLabel(line)
	if !ok {
		return
	}
	b.Labelled++
	b.count(b.entry(string(fp), r.Type).process(l.Name), &l, r)
}

// convert returns a fingerprint in the archive's format.
func (b *Builder) convert(t npf.Type, fp []byte) ([]byte, bool) {
	switch t {
	case npf.TLS:
		return b.converter.Convert(t, fp, b.options.TLS)
	case npf.QUIC:
		return b.converter.Convert(t, fp, b.options.QUIC)
	}
	return fp, true
}

// entry returns the entry of a fingerprint, a new one if there is none.
func (b *Builder) entry(fp string, t npf.Type) *entry {
	e := b.entries[fp]
	if e == nil {
		e = &entry{typ: t, processes: make(map[string]*observed)}
		b.entries[fp] = e
	}
	return e
}

// process returns a process by its name, a new one if there is none.
func (e *entry) process(name string) *observed {
	p := e.processes[name]
	if p == nil {
		p = &observed{}
		p.Name = name
		e.processes[name] = p
	}
	return p
}

// family is what most of the labels say, or else the process itself.
func (p *observed) family() string {
	if len(p.families) == 0 {
		return p.Name
	}
	return p.families.Sorted()[0]
}

// attribute notes that the process has an attribute.
func (p *observed) attribute(name string) {
	if p.Attributes == nil {
		p.Attributes = make(map[string]bool)
	}
	p.Attributes[name] = true
}

// A label is what Process.write writes, as far as it counts.
type label struct {
	Name       string
	Version    string
	Library    string
	SHA256     string
	OS         string
	Kind       string
	Family     string
	Malware    bool
	Attributes []string
}

// groundTruth is the member of records in which Cisco's own tools keep the
// process: its name, and the SHA-256 of its executable.
const groundTruth = "ground_truth"

// maxLabel is how long what names a process may be. A tree of it takes a hundred
// times as much.
const maxLabel = 1 << 16

// readLabel reads who sent a message. ok is false if the record doesn't say.
func (b *Builder) readLabel(line []byte) (l label, ok bool) {
	text, member := record.Find(line, srcProcess), srcProcess
	if text == nil {
		text, member = record.Find(line, groundTruth), groundTruth
	}
	if text == nil || len(text) > maxLabel {
		return l, false
	}
	v, err := b.parser.ParseBytes(text)
	if err != nil {
		return l, false
	}
	str := func(name string) string { return string(v.GetStringBytes(name)) }
	if member == groundTruth {
		l = label{Name: str("process_name"), SHA256: str("process_hash")}
		return l, l.Name != ""
	}
	l = label{
		Name:    str("name"),
		Version: str("version"),
		Library: str("library"),
		SHA256:  str("sha256"),
		OS:      str("os"),
		Kind:    str("kind"),
		Family:  str("family"),
		Malware: v.GetBool("malware"),
	}
	for _, a := range v.GetArray("attributes") {
		if name, err := a.StringBytes(); err == nil {
			l.Attributes = append(l.Attributes, string(name))
		}
	}
	return l, l.Name != ""
}

func (b *Builder) count(p *observed, l *label, r *envelope.View) {
	p.Count++
	b.see(&p.sha256, l.SHA256)
	b.see(&p.Versions, l.Version)
	b.see(&p.Libraries, l.Library)
	b.see(&p.Systems, l.OS)
	b.see(&p.Kinds, l.Kind)
	b.see(&p.families, l.Family)
	p.Malware = p.Malware || l.Malware
	for _, a := range l.Attributes {
		p.attribute(a)
		b.attributes[a] = true
	}
	// What emulates a program doesn't tell its user agent, or a made-up one.
	if namesSoftware(r.Type) && (l.Kind == "" || l.Kind == fingerprintdb.KindReal) {
		agent := string(record.AppendUnescaped(nil, r.UserAgent))
		if r.Type == npf.STUN {
			agent = string(r.UserAgent) // models know it with its escapes
		}
		if agent == "" {
			agent = fingerprintdb.NoUserAgent
		}
		b.see(&p.UserAgents, agent)
	}
	if b.options.NoDestinations {
		return
	}
	b.countDestination(p, r)
}

// namesSoftware and namesServer say whether clients name their software, and
// the server, in messages of a type.
func namesSoftware(t npf.Type) bool {
	return t == npf.HTTP || t == npf.QUIC || t == npf.SSH || t == npf.STUN
}

func namesServer(t npf.Type) bool { return t == npf.TLS || t == npf.HTTP || t == npf.QUIC }

func (b *Builder) countDestination(p *observed, r *envelope.View) {
	b.see(&p.Ports, strconv.Itoa(int(r.Key.DstPort)))
	var addr netip.Addr
	switch r.Key.Version {
	case 4:
		addr = netip.AddrFrom4([4]byte(r.Key.Dst[:4]))
	case 6:
		addr = netip.AddrFrom16(r.Key.Dst)
	}
	if addr.IsValid() {
		b.see(&p.Addrs, addr.String())
		if b.options.ASNs != nil {
			asn := fingerprintdb.UnknownASN
			if n := b.options.ASNs.ASN(addr); n != 0 {
				asn = strconv.FormatUint(uint64(n), 10)
			}
			b.see(&p.ASNs, asn)
		}
	}
	if namesServer(r.Type) {
		b.name = record.AppendUnescaped(b.name[:0], r.ServerName)
		name := fingerprintdb.AppendServerName(nil, b.name)
		b.see(&p.Servers, string(name))
		b.see(&p.Domains, string(fingerprintdb.Domain(name)))
	}
}

// slack is how many times more values than are kept may be counted.
const slack = 8

// see counts a value. When there are far too many values the rare ones go.
func (b *Builder) see(t *fingerprintdb.Counts, value string) {
	if value == "" {
		return
	}
	if *t == nil {
		*t = make(fingerprintdb.Counts)
	}
	(*t)[value]++
	if top := b.options.Top; top > 0 && len(*t) > slack*top {
		*t = t.Top(slack / 2 * top)
	}
}
