package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What to do for what is not there.
const forReport = "records need merc-fp --add=report"

// Report sums up what was collected so far.
func (c *Collector) Report(o Options) *Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &builder{Collector: c, Options: o}
	return b.report()
}

type builder struct {
	*Collector
	Options
	pages map[netip.Addr]string // anchors of hosts
}

func (b *builder) report() *Report {
	r := &Report{Title: b.title(), Facts: b.facts(), Captures: b.captureTable(), Timeline: b.timeline.series(b.names, b.totals)}
	hosts := b.hosts.sorted(nil)
	r.AllHosts, r.MoreHosts = len(hosts), b.hosts.displaced > 0
	b.pages = map[netip.Addr]string{}
	for _, h := range b.ranked(hosts) {
		if len(b.pages) == b.Hosts {
			break
		}
		b.pages[h.key] = "host-" + strconv.Itoa(len(b.pages)+1)
		r.Hosts = append(r.Hosts, b.hostPage(h))
	}
	for i, n := range b.totals {
		r.Protocols = append(r.Protocols, Share{Name: b.names[i], Count: n, Part: Part(n, b.records)})
	}
	slices.SortStableFunc(r.Protocols, func(x, y Share) int { return cmp.Compare(y.Count, x.Count) })
	for i := range r.Hosts { // whose links need all pages
		h := &r.Hosts[i]
		h.Talks = b.hostTalks(h.Address)
	}
	r.Sections = []Section{b.attention(), b.talksSection(), b.fingerprintSection(), b.quantumSection(), b.certificateSection(), b.softwareSection(), b.dnsSection(), b.hostSection(hosts)}
	r.Alerts = b.alerts()
	return r
}

// ranked puts hosts with findings first.
func (b *builder) ranked(hosts []*entry[netip.Addr, host]) []*entry[netip.Addr, host] {
	found := map[netip.Addr]int{}
	for _, t := range b.findings[:kindOther] {
		for k := range t.entries {
			found[k.client]++
		}
	}
	hosts = slices.Clone(hosts)
	slices.SortStableFunc(hosts, func(x, y *entry[netip.Addr, host]) int {
		return cmp.Or(cmp.Compare(min(found[y.key], 1), min(found[x.key], 1)), cmp.Compare(y.value.asClient, x.value.asClient))
	})
	return hosts
}

// Part is n as a part of all; of nothing, it is 0.
func Part(n, all uint64) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

func (b *builder) title() string {
	switch s := b.captures; {
	case s == nil:
		return "Records"
	case s.Files == 1 && len(s.Captures) == 1:
		return s.Captures[0].Name
	default:
		return fmt.Sprintf("%d captures", s.Files)
	}
}

const timeFormat = "2006-01-02 15:04:05"

func clock(ns int64) string {
	if ns == 0 {
		return "unknown"
	}
	return time.Unix(0, ns).UTC().Format(timeFormat)
}

func (b *builder) facts() []Fact {
	first, last := b.first, b.last
	var facts []Fact
	add := func(name, value, note string) { facts = append(facts, Fact{name, value, note}) }
	s := b.captures
	if s == nil {
		add("Packets", "unknown", forReport)
	} else {
		t := &s.Total
		note := Bytes(t.Bytes) + " on the wire"
		if s.Live {
			note += ", " + Count(t.Dropped) + " lost"
		}
		add("Packets", Count(t.Packets), note)
		if t.First != 0 {
			first, last = t.First, t.Last
		}
	}
	add("Messages", Count(b.records), fmt.Sprintf("%d protocols, %s hosts", len(b.names), Count(uint64(len(b.hosts.entries)))))
	if first != 0 {
		add("Begins", clock(first), "UTC, ends "+Duration(time.Duration(last-first))+" later, "+clock(last))
	} else {
		add("Begins", "unknown", "records have no times")
	}
	value, note := b.completeness()
	add("Complete", value, note)
	if b.Archive != nil {
		malware := fmt.Sprintf("%d programs, none of them malware", b.Archive.Processes)
		if b.Archive.Malware > 0 {
			malware = fmt.Sprintf("%d programs, %d of them malware", b.Archive.Processes, b.Archive.Malware)
		}
		add("Archive", version(b.Archive.Version), malware)
	}
	return facts
}

// captureTable lists captures; it is empty where there is one only.
func (b *builder) captureTable() Table {
	t := Table{ID: "captures", Title: "Captures", Columns: []Column{{"Name", Text}, {"Packets", Number}, {"Bytes", Number}, {"Cut off", Number}, {"Unreadable", Number}, {"First", Time}, {"Last", Time}}}
	s := b.captures
	if s == nil || s.Files < 2 {
		return t
	}
	t.Total = s.Files
	for i := range s.Captures[:min(len(s.Captures), b.Rows)] {
		c := &s.Captures[i]
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: c.Name}, num(c.Packets), {Text: Bytes(c.Bytes), Sort: strconv.FormatUint(c.Bytes, 10)},
			num(c.Cut), num(c.Unreadable), {Text: clock(c.First), Sort: strconv.FormatInt(c.First, 10)}, {Text: clock(c.Last), Sort: strconv.FormatInt(c.Last, 10)}}})
	}
	return t
}

// version is the beginning of an archive's version, which may be a sentence.
func version(s string) string {
	name, _, _ := strings.Cut(s, ":")
	return strings.TrimSpace(name)
}

func (b *builder) completeness() (value, note string) {
	var lacks []string
	if s := b.captures; s != nil {
		if n := s.Total.Cut; n > 0 {
			lacks = append(lacks, Count(n)+" packets cut off")
		}
		if n := s.Total.Unreadable; n > 0 {
			lacks = append(lacks, Count(n)+" packets of link types that can't be read")
		}
		if n := s.Total.Dropped; n > 0 {
			lacks = append(lacks, Count(n)+" packets lost")
		}
		lacks = append(lacks, s.Errors...)
	}
	if n := b.hellos.truncated; n > 0 {
		lacks = append(lacks, fmt.Sprintf("%s of %s hellos truncated", Count(n), Count(b.hellos.all)))
	}
	if b.foreign > 0 {
		lacks = append(lacks, Count(b.foreign)+" lines that are no records")
	}
	switch {
	case len(lacks) > 0:
		return "in part", strings.Join(lacks, "; ")
	case b.captures == nil:
		return "unknown", "no hello is truncated; for packets, " + forReport
	}
	return "yes", "no packet is cut off, no hello truncated"
}

// Count writes a number with separators.
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a number of bytes with a unit.
func Bytes(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " B"
	}
	v := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if v /= 1000; v < 999.5 || unit == "TB" {
			return strconv.FormatFloat(v, 'f', digits(v), 64) + " " + unit
		}
	}
	return ""
}

func digits(v float64) int {
	if v < 10 {
		return 1
	}
	return 0
}

// Duration writes a duration with its two largest units.
func Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// num is a cell with a number.
func num(n uint64) Cell { return Cell{Text: Count(n), Sort: strconv.FormatUint(n, 10)} }

const day = int64(24 * time.Hour)

// when is a cell with a time, without the day if all records are of one.
func (b *builder) when(ns int64) Cell {
	if ns == 0 {
		return Cell{Text: "–", Sort: "0"}
	}
	text := clock(ns)
	if b.first != 0 && floor(b.first, day) == floor(b.last, day) {
		text = text[len("2006-01-02 "):]
	}
	return Cell{Text: text, Sort: strconv.FormatInt(ns, 10)}
}

// addr is a cell with an address, which leads to the host's part of the page.
func (b *builder) addr(a netip.Addr) Cell {
	c := Cell{Text: address(a), Sort: sortAddress(a)}
	if id := b.pages[a]; id != "" {
		c.Link = "#" + id
	}
	return c
}

func sortAddress(a netip.Addr) string {
	b := a.As16()
	return fmt.Sprintf("%x", b[:])
}

// server is a cell with an address and a port.
func (b *builder) server(a netip.AddrPort) Cell {
	c := b.addr(a.Addr())
	c.Sort += fmt.Sprintf("%04x", a.Port())
	if a.Port() == 0 {
		return c
	}
	if a.Addr().Is6() {
		c.Text = "[" + c.Text + "]"
	}
	c.Text += ":" + strconv.Itoa(int(a.Port()))
	return c
}

// list is a cell with some texts.
func list(f *few) Cell {
	sorted := f.sorted()
	var names []string
	for i, x := range sorted {
		if i == 3 {
			break
		}
		names = append(names, x.text)
	}
	c := Cell{Text: strings.Join(names, ", ")}
	switch rest := len(sorted) - len(names); {
	case f.more > 0:
		c.Small = "and others"
	case rest > 0:
		c.Small = fmt.Sprintf("and %d more", rest)
	}
	return c
}

func (b *builder) hostList(h *hostSet) Cell {
	if len(h.list) == 1 && !h.more {
		return b.addr(h.list[0])
	}
	n := len(h.list)
	c := Cell{Text: strconv.Itoa(n) + " hosts", Sort: strconv.Itoa(n)}
	if h.more {
		c.Text, c.Sort = "more than "+c.Text, strconv.Itoa(n+1)
	}
	return c
}

// fill makes a table of the first entries of a list.
func fill[K comparable, V any](b *builder, t *Table, from *table[K, V], entries []*entry[K, V], row func(*entry[K, V]) Row) {
	t.Total = len(entries)
	if from.displaced > 0 {
		t.More = true
		t.Note = fmt.Sprintf("There were too many to keep: %s that were seen least, up to %s times each, made room.", Count(from.displaced), Count(from.lost))
	}
	for _, e := range entries[:min(len(entries), b.Rows)] {
		t.Rows = append(t.Rows, row(e))
	}
	t.prune()
}

// prune leaves out columns that have nothing in any row.
func (t *Table) prune() {
	for i := len(t.Columns) - 1; i > 0 && len(t.Rows) > 0; i-- {
		empty := true
		for _, r := range t.Rows {
			text := r.Cells[i].Text
			empty = empty && (text == "" || text == "–") && r.Cells[i].Small == ""
		}
		if !empty {
			continue
		}
		t.Columns = slices.Delete(slices.Clone(t.Columns), i, i+1)
		for j := range t.Rows {
			t.Rows[j].Cells = slices.Delete(t.Rows[j].Cells, i, i+1)
		}
	}
}
