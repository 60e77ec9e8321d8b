package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// findingTables describes the tables of findings, by their kind.
var findingTables = [numKinds]struct {
	id, title, what, intro string
	level                  Level
	detail                 bool // there is a column for what was found
}{
	kindCredentials:  {"credentials", "Credentials in clear", "Credential", "Passwords, tokens, or values computed from passwords that anybody on the path can read. Their text is not shown.", Bad, true},
	kindOldTLS:       {"old-tls", "TLS 1.1 and older", "Version", "Versions that RFC 8996 deprecates, chosen by a server, or the newest that a client offers.", Bad, true},
	kindWeakSuite:    {"weak-suites", "Weak cipher suites", "Suite", "Suites that servers chose although RFC 9325 says not to.", Bad, true},
	kindFakeTLS:      {"faketls", "Fake TLS", "", "Hellos whose cipher suites nobody uses: another protocol disguised as TLS.", Bad, false},
	kindDomainFaking: {"domain-faking", "Domain faking", "", "Clients that ask for a name at an address that does not belong to it.", Bad, false},
	kindEncryptedDNS: {"encrypted-dns", "Encrypted DNS", "", "Hosts that ask resolvers over TLS, HTTPS or QUIC.", Info, false},
	kindIndicator:    {"indicators", "Indicators", "Indicator", "What lists of indicators name.", Bad, true},
	kindMalware:      {"malware", "Malware", "Program", "Programs that are malware, or probably are.", Bad, true},
	kindOther:        {"attributes", "Other attributes", "Attribute", "What else the analysis says of programs and flows.", Info, true},
}

// nothing says why a table of findings is empty.
func (b *builder) nothing(k kind) (why string, looked bool) {
	switch k {
	case kindCredentials:
		if !b.added("credentials") && !b.has.credentials {
			return "Not checked: " + forReport + ".", false
		}
	case kindIndicator:
		if !b.Indicators && !b.has.indicators {
			return "Not checked: no list was given with --indicators.", false
		}
	case kindMalware:
		switch {
		case b.Archive != nil && b.Archive.Malware == 0:
			return "The archive knows no malware.", false
		case !b.has.analysis:
			return "Not checked: records have no analysis.", false
		}
	case kindFakeTLS, kindDomainFaking, kindEncryptedDNS, kindOther:
		if !b.has.analysis {
			return "Not checked: records have no analysis.", false
		}
	}
	return "None.", true
}

// added reports whether records have a member on demand wherever it applies.
func (b *builder) added(name string) bool {
	return b.captures != nil && slices.Contains(b.captures.Added, name)
}

func (b *builder) findingTable(k kind) Table {
	d := &findingTables[k]
	t := Table{ID: d.id, Title: d.title, Intro: d.intro, Columns: []Column{{"Host", Code}, {"Server", Code}}}
	t.Empty, _ = b.nothing(k)
	if d.detail {
		t.Columns = append(t.Columns, Column{d.what, Text})
	}
	switch k {
	case kindCredentials:
		t.Columns = append(t.Columns, Column{"Protocol", Text})
	case kindIndicator:
		t.Columns = append(t.Columns, Column{"List", Text})
	case kindMalware:
		t.Columns = append(t.Columns, Column{"Probability", Number})
	default:
		t.Columns = append(t.Columns, Column{"Name of the server", Text})
	}
	t.Columns = append(t.Columns, Column{"Program", Text}, Column{"Messages", Number}, Column{"First", Time}, Column{"Last", Time})
	entries := b.findings[k].sorted(nil)
	fill(b, &t, b.findings[k], entries, func(e *entry[findingKey, finding]) Row {
		f := &e.value
		cells := []Cell{b.addr(e.key.client), b.server(e.key.server)}
		if d.detail {
			cells = append(cells, Cell{Text: e.key.what})
		}
		switch k {
		case kindCredentials, kindIndicator:
			cells = append(cells, list(&f.protocols))
		case kindMalware:
			cells = append(cells, Cell{Text: fmt.Sprintf("%.2f", f.probability)})
		default:
			cells = append(cells, list(&f.name))
		}
		cells = append(cells, list(&f.programs), num(e.count), b.when(e.first), b.when(e.last))
		jq := "(" + between(e.key.client, e.key.server) + ") and " + f.jq
		return Row{Cells: cells, JQ: jq, Count: e.count, Level: d.level}
	})
	return t
}

func (b *builder) attention() Section {
	s := Section{ID: "findings", Title: "What needs attention"}
	for k := range numKinds {
		if t := b.findingTable(k); k != kindOther || len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	return s
}

// alerts are the tables of findings and of certificates, in short.
func (b *builder) alerts() []Alert {
	var alerts []Alert
	for k := range kindOther {
		d := &findingTables[k]
		a := Alert{Name: d.title, Unit: "messages", Link: "#" + d.id, Level: d.level}
		for _, e := range b.findings[k].entries {
			a.Count += e.count
			a.Rows++
		}
		if a.Rows == 0 {
			var looked bool
			if a.Note, looked = b.nothing(k); looked {
				a.Level = Good
			} else {
				a.Level = Unknown
			}
		}
		alerts = append(alerts, a)
	}
	counts := map[string]int{}
	for _, e := range b.certificates.entries {
		for _, p := range e.value.problems(e.first, e.last) {
			counts[p]++
		}
	}
	for _, x := range []struct {
		name  string
		parts []string
		level Level
	}{
		{"Expired certificates", []string{"expired", "not yet valid"}, Bad},
		{"Self-signed certificates", []string{"self-signed"}, Warn},
		{"Weak certificates", []string{"weak key", "weak signature"}, Bad},
	} {
		a := Alert{Name: x.name, Unit: "certificates", Link: "#certificates", Level: x.level}
		for _, p := range x.parts {
			a.Count += uint64(counts[p])
		}
		a.Rows = int(a.Count)
		switch {
		case a.Count > 0:
		case len(b.certificates.entries) == 0:
			a.Level, a.Note = Unknown, "No certificate was seen."
		default:
			a.Level, a.Note = Good, "None."
		}
		alerts = append(alerts, a)
	}
	order := map[Level]int{Bad: 0, Warn: 1, Info: 2, Good: 3, Unknown: 4}
	slices.SortStableFunc(alerts, func(x, y Alert) int { return cmp.Compare(order[x.Level], order[y.Level]) })
	return alerts
}

var talkColumns = []Column{
	{"Host", Code}, {"Server", Code}, {"Name", Text}, {"Program", Text}, {"Protocols", Text}, {"Network", Text},
	{"Messages", Number}, {"Bytes", Number}, {"First", Time}, {"Last", Time},
}

func (b *builder) talkRow(e *entry[talkKey, talk]) Row {
	t := &e.value
	server := netip.AddrPortFrom(e.key.server, e.key.port)
	program := list(&t.programs)
	if program.Text != "" {
		program.Small = strings.TrimPrefix(program.Small+", "+restsOn(t.status, t.score), ", ")
	}
	size := Cell{Text: "–", Sort: "0"}
	if b.has.size {
		size = Cell{Text: Bytes(t.bytes), Sort: strconv.FormatUint(t.bytes, 10)}
	}
	jq := fmt.Sprintf("(%s) and .protocol==%d", between(e.key.client, server), e.key.transport)
	return Row{
		Cells: []Cell{b.addr(e.key.client), b.server(server), list(&t.names), program, list(&t.protocols), b.network(e.key.server, t),
			num(e.count), size, b.when(e.first), b.when(e.last)},
		JQ: jq, Count: e.count,
	}
}

// restsOn says how a program was found.
func restsOn(status string, score float64) string {
	how := "known fingerprint"
	switch status {
	case "unlabeled", "unknown":
		how = "guessed: fingerprint not listed"
	case "randomized":
		how = "guessed: randomized fingerprint"
	}
	return fmt.Sprintf("%s, score %.2f", how, score)
}

func (b *builder) network(a netip.Addr, t *talk) Cell {
	asn := t.asn
	if asn == 0 && b.ASN != nil {
		asn = b.ASN(a)
	}
	c := Cell{Text: t.country}
	if asn != 0 {
		c.Text = strings.TrimSpace("AS" + strconv.FormatUint(uint64(asn), 10) + " " + t.country)
	}
	return c
}

func (b *builder) talksSection() Section {
	t := Table{ID: "talks", Title: "Conversations", Columns: talkColumns, Empty: "There are no messages between hosts.", JQ: ".src_ip"}
	t.Intro = "A row for each host and each port of a server, by the number of messages."
	if !b.has.size {
		t.Note = "Bytes are unknown: " + forReport + "."
	} else {
		t.Note = "Bytes are those of the packets that messages were in, not of all packets."
	}
	note := t.Note
	fill(b, &t, b.talks, b.talks.sorted(nil), b.talkRow)
	if t.Note != note {
		t.Note += " " + note
	}
	return Section{ID: "who", Title: "Who talks to whom", Tables: []Table{t}}
}

func (b *builder) fingerprintSection() Section {
	columns := []Column{{"Kind", Text}, {"Program", Text}, {"Hosts", Code}, {"Name of a server", Text}, {"Nearest known", Text}, {"Messages", Number}, {"First", Time}, {"Last", Time}, {"Fingerprint", Code}}
	row := func(e *entry[string, fingerprint]) Row {
		f := &e.value
		program := list(&f.programs)
		switch {
		case program.Text != "":
			program.Small = f.status
		default:
			program.Text, program.Small = "–", f.status
		}
		near := Cell{Text: "–", Sort: "2"}
		if f.hasNear {
			near = Cell{Text: f.family, Small: fmt.Sprintf("distance %.2f", f.distance), Sort: fmt.Sprintf("%.4f", f.distance)}
		}
		jq := ""
		if f.kind != "" {
			jq = fmt.Sprintf("(.fingerprints.%s? // \"\")==%s", f.kind, quote(e.key))
		}
		return Row{Cells: []Cell{{Text: f.kind}, program, b.hostList(&f.hosts), list(&f.names), near, num(e.count), b.when(e.first), b.when(e.last), {Text: e.key}},
			JQ: jq, Count: e.count}
	}
	rare := Table{ID: "rare", Title: "Rare fingerprints", Columns: columns,
		Intro: "Fingerprints that one host only has, those that the archive does not list first, farthest from what is known.", Empty: "Every fingerprint is that of several hosts."}
	if !b.has.analysis {
		rare.Note = "Nearest known fingerprints need an analysis."
	}
	entries := b.fingerprints.sorted(func(e *entry[string, fingerprint]) bool {
		return len(e.value.hosts.list) == 1 && !e.value.hosts.more
	})
	slices.SortStableFunc(entries, func(x, y *entry[string, fingerprint]) int {
		return cmp.Or(cmp.Compare(strange(&y.value), strange(&x.value)), cmp.Compare(x.count, y.count))
	})
	fill(b, &rare, b.fingerprints, entries, row)
	top := Table{ID: "top", Title: "Common fingerprints", Columns: columns, Intro: "Those of several hosts, by the number of messages.", Empty: "No fingerprint is that of several hosts."}
	fill(b, &top, b.fingerprints, b.fingerprints.sorted(func(e *entry[string, fingerprint]) bool {
		return len(e.value.hosts.list) > 1
	}), row)
	return Section{ID: "fingerprints", Title: "Fingerprints", Tables: []Table{rare, top}}
}

// strange orders fingerprints by how little they are known.
func strange(f *fingerprint) float64 {
	switch {
	case f.status == "labeled" || f.status == "not classified":
		return 0
	case f.hasNear:
		return 1 + f.distance
	}
	return 3
}

func (b *builder) quantumSection() Section {
	q := &b.quantum
	s := Section{ID: "quantum", Title: "Post-quantum readiness",
		Intro: "What is recorded today can be decrypted by the quantum computers of tomorrow, unless keys were agreed on with a group that resists them."}
	offered := Figure{Name: "Client hellos that offer a post-quantum group", Count: q.offered, All: q.clients, Note: "TLS, DTLS and QUIC"}
	shared := Figure{Name: "Client hellos with a post-quantum key share", Count: q.shared, All: q.sharesKnown}
	chosen := Figure{Name: "Servers' answers with a post-quantum group", Count: q.chosen, All: q.chosen + q.classical, Note: "those of QUIC are encrypted"}
	ssh := Figure{Name: "SSH key exchanges that are post-quantum", Count: q.sshQuantum, All: q.ssh}
	if q.clients == 0 {
		offered.Unknown = "no whole hello was seen"
	}
	if q.sharesKnown == 0 {
		shared.Unknown = b.lacks(q.clients > 0, "no whole hello was seen")
	}
	if q.chosen+q.classical == 0 {
		chosen.Unknown = b.lacks(q.unknown > 0, "no answer of a TLS server was seen")
	}
	if q.ssh == 0 {
		ssh.Unknown = b.lacks(b.index["ssh"] > 0 && !b.added("tls_params"), "no whole key exchange was seen")
	}
	s.Figures = []Figure{offered, shared, chosen, ssh}

	held := Table{ID: "held-back", Title: "Servers that hold it back",
		Intro:   "Servers that chose another group, or SSH method. Those that did so although the client offered a post-quantum group come first.",
		Columns: []Column{{"Server", Code}, {"Name", Text}, {"Protocols", Text}, {"Groups chosen", Text}, {"Offered, not chosen", Number}, {"Other answers", Number}, {"Post-quantum answers", Number}, {"Last", Time}},
		Empty:   "None."}
	if q.chosen+q.classical+q.ssh == 0 {
		held.Empty = "Unknown: no server's choice was seen."
	}
	entries := b.services.sorted(func(e *entry[serviceKey, service]) bool { return e.value.classical > 0 })
	slices.SortStableFunc(entries, func(x, y *entry[serviceKey, service]) int {
		return cmp.Or(cmp.Compare(y.value.held, x.value.held), cmp.Compare(y.value.classical, x.value.classical))
	})
	fill(b, &held, b.services, entries, func(e *entry[serviceKey, service]) Row {
		v := &e.value
		groups := list(&v.groups)
		if groups.Text == "" {
			groups = list(&v.kex)
		}
		// What SSH agreed on stands in the later side's message.
		jq := ".protocol==" + strconv.Itoa(int(e.key.transport)) + " and (" +
			ofServer(e.key.server) + " and .tls_params.post_quantum==false and .tls_params.hello_retry==false or (" +
			withServer(e.key.server) + ") and .ssh_params.post_quantum==false)"
		return Row{Cells: []Cell{b.server(e.key.server), list(&v.names), list(&v.protocols), groups, num(v.held), num(v.classical - v.held), num(v.quantum), b.when(e.last)}, JQ: jq, Count: v.classical}
	})

	clients := Table{ID: "not-offering", Title: "Hosts that don't offer it", Intro: "Hosts with hellos that lack a post-quantum group, and the programs that run there.",
		Columns: []Column{{"Host", Code}, {"Programs", Text}, {"Hellos", Number}, {"With a post-quantum group", Number}, {"With a key share", Number}},
		Empty:   "None."}
	hosts := b.hosts.sorted(func(e *entry[netip.Addr, host]) bool { return e.value.hellos > e.value.offered })
	slices.SortStableFunc(hosts, func(x, y *entry[netip.Addr, host]) int {
		return cmp.Compare(y.value.hellos-y.value.offered, x.value.hellos-x.value.offered)
	})
	fill(b, &clients, b.hosts, hosts, func(e *entry[netip.Addr, host]) Row {
		v := &e.value
		share, jq := num(v.shared), ".src_ip=="+quote(address(e.key))+" and .tls_params.post_quantum_offered==false"
		if q.sharesKnown == 0 {
			share, jq = Cell{Text: "unknown", Sort: "0"}, ""
		}
		return Row{Cells: []Cell{b.addr(e.key), list(&v.programs), num(v.hellos), num(v.offered), share}, JQ: jq, Count: v.hellos - v.offered}
	})
	s.Tables = []Table{held, clients}
	return s
}

// lacks says why a figure is not known: there are messages without the member,
// or none.
func (b *builder) lacks(messages bool, otherwise string) string {
	if messages && !b.added("tls_params") {
		return forReport
	}
	return otherwise
}

func (b *builder) certificateSection() Section {
	t := Table{ID: "certificates", Title: "Certificates", Intro: "Those with problems come first. Validity is that when they were seen.",
		Columns: []Column{{"Subject", Text}, {"Problems", Text}, {"Issuer", Text}, {"Valid from", Time}, {"Until", Time}, {"Key", Text}, {"Signature", Text}, {"Server", Code}, {"Further names", Text}, {"Messages", Number}, {"SHA-256", Code}},
		Empty:   "No certificate was seen: TLS 1.3 encrypts them.", JQ: "(.tls.server.certs? // .dtls.server.certs?)"}
	entries := b.certificates.sorted(nil)
	slices.SortStableFunc(entries, func(x, y *entry[[32]byte, cert]) int {
		return cmp.Compare(len(y.value.problems(y.first, y.last)), len(x.value.problems(x.first, x.last)))
	})
	fill(b, &t, b.certificates, entries, func(e *entry[[32]byte, cert]) Row {
		v := &e.value
		problems := v.problems(e.first, e.last)
		servers := Cell{Text: fmt.Sprintf("%d servers", len(v.servers)), Sort: strconv.Itoa(len(v.servers))}
		if len(v.servers) == 1 {
			servers = b.server(v.servers[0])
		}
		if v.moreServers {
			servers.Text = "more than " + servers.Text
		}
		key := v.key
		if v.bits > 0 {
			key += " " + strconv.Itoa(v.bits)
		}
		level := Level("")
		if len(problems) > 0 {
			level = Bad
			if len(problems) == 1 && problems[0] == "self-signed" {
				level = Warn
			}
		}
		hash := Cell{Text: v.hash}
		if v.hash == "" {
			hash = Cell{Text: "–", Small: "unknown with --certs-json"}
		}
		return Row{Cells: []Cell{{Text: cmp.Or(v.subject, "–")}, {Text: strings.Join(problems, ", ")}, {Text: cmp.Or(v.issuer, "–")},
			date(v.notBefore.Unix(), v.notBefore.IsZero()), date(v.notAfter.Unix(), v.notAfter.IsZero()), {Text: key}, {Text: v.signature}, servers, list(&v.names), num(e.count), hash},
			JQ: v.jq, Count: e.count, Level: level}
	})
	return Section{ID: "certs", Title: "Certificates", Tables: []Table{t}}
}

func date(seconds int64, unknown bool) Cell {
	if unknown {
		return Cell{Text: "–", Sort: "0"}
	}
	return Cell{Text: clock(seconds * 1e9)[:len("2006-01-02")], Sort: strconv.FormatInt(seconds, 10)}
}

func (b *builder) softwareSection() Section {
	t := Table{ID: "agents", Title: "User agents", Intro: "What programs call themselves. Anybody can claim to be anything.",
		Columns: []Column{{"User agent", Text}, {"Protocol", Text}, {"Program", Text}, {"Hosts", Code}, {"Messages", Number}, {"First", Time}, {"Last", Time}},
		Empty:   "No program named itself."}
	fill(b, &t, b.agents, b.agents.sorted(nil), func(e *entry[agentKey, agent]) Row {
		return Row{Cells: []Cell{{Text: e.key.text}, {Text: e.key.protocol}, list(&e.value.programs), b.hostList(&e.value.hosts), num(e.count), b.when(e.first), b.when(e.last)},
			JQ: ofAgent(e.key, &e.value.hosts), Count: e.count}
	})
	return Section{ID: "software", Title: "User agents", Tables: []Table{t}}
}

func (b *builder) dnsSection() Section {
	columns := []Column{{"Name", Text}, {"Asked", Number}, {"Answered", Number}, {"Not there", Number}, {"Hosts", Code}, {"Resolvers", Code}, {"First", Time}, {"Last", Time}}
	row := func(e *entry[string, query]) Row {
		q := &e.value
		return Row{Cells: []Cell{{Text: cmp.Or(e.key, ".")}, num(q.asked), num(q.answered), num(q.missing), b.hostList(&q.hosts), b.hostList(&q.resolvers), b.when(e.first), b.when(e.last)}, JQ: ofQuestion(e.key), Count: e.count}
	}
	top := Table{ID: "dns-names", Title: "Names that were asked for", Columns: columns, Empty: "No DNS message was seen.", JQ: ".dns"}
	fill(b, &top, b.queries, b.queries.sorted(nil), row)
	missing := Table{ID: "nxdomain", Title: "Names that don't exist (NXDOMAIN)", Columns: columns, Empty: "Every name that was answered exists."}
	entries := b.queries.sorted(func(e *entry[string, query]) bool { return e.value.missing > 0 })
	slices.SortStableFunc(entries, func(x, y *entry[string, query]) int { return cmp.Compare(y.value.missing, x.value.missing) })
	fill(b, &missing, b.queries, entries, row)
	if len(b.queries.entries) == 0 {
		missing.Empty = "No DNS message was seen."
	}
	return Section{ID: "dns", Title: "DNS", Tables: []Table{top, missing}}
}

func (b *builder) hostSection(hosts []*entry[netip.Addr, host]) Section {
	t := Table{ID: "all-hosts", Title: "All hosts", Columns: []Column{{"Host", Code}, {"Names", Text}, {"Programs", Text}, {"Serves", Text}, {"As client", Number}, {"As server", Number}, {"Bytes", Number}, {"First", Time}, {"Last", Time}}, Empty: "No host was seen."}
	fill(b, &t, b.hosts, hosts, func(e *entry[netip.Addr, host]) Row {
		h := &e.value
		size := Cell{Text: "–", Sort: "0"}
		if b.has.size {
			size = Cell{Text: Bytes(h.bytes), Sort: strconv.FormatUint(h.bytes, 10)}
		}
		a := quote(address(e.key))
		return Row{Cells: []Cell{b.addr(e.key), list(&h.names), list(&h.programs), list(&h.served), num(h.asClient), num(h.asServer), size, b.when(e.first), b.when(e.last)},
			JQ: ".src_ip==" + a + " or .dst_ip==" + a, Count: e.count}
	})
	return Section{ID: "hosts", Title: "Hosts", Tables: []Table{t}}
}

// hostRows is how many rows a host's part has.
const hostRows = 10

func (b *builder) hostPage(e *entry[netip.Addr, host]) Host {
	h := &e.value
	p := Host{ID: b.pages[e.key], Address: address(e.key)}
	add := func(name string, c Cell) {
		if c.Text != "" {
			p.Facts = append(p.Facts, Fact{name, c.Text, c.Small})
		}
	}
	add("Seen", Cell{Text: clock(e.first) + " to " + clock(e.last)})
	add("Messages", Cell{Text: Count(h.asClient) + " as client, " + Count(h.asServer) + " as server"})
	if b.has.size {
		add("Bytes", Cell{Text: Bytes(h.bytes)})
	}
	add("Programs", list(&h.programs))
	add("User agents", list(&h.agents))
	add("Serves", list(&h.served))
	add("Called", list(&h.names))
	if h.hellos > 0 {
		add("Post-quantum", Cell{Text: fmt.Sprintf("offered in %s of %s hellos", Count(h.offered), Count(h.hellos))})
	}
	for k := range kindOther {
		n := uint64(0)
		for key, f := range b.findings[k].entries {
			if key.client == e.key {
				n += f.count
			}
		}
		if n > 0 {
			d := &findingTables[k]
			p.Findings = append(p.Findings, Cell{Text: d.title, Small: Count(n), Link: "#" + d.id})
		}
	}
	return p
}

func (b *builder) hostTalks(host string) Table {
	t := Table{ID: "", Title: "Conversations", Columns: talkColumns}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return t
	}
	entries := b.talksOf(a)
	t.Total = len(entries)
	for _, e := range entries[:min(len(entries), hostRows)] {
		t.Rows = append(t.Rows, b.talkRow(e))
	}
	t.prune()
	return t
}

func (b *builder) talksOf(a netip.Addr) []*entry[talkKey, talk] {
	return b.talks.sorted(func(e *entry[talkKey, talk]) bool { return e.key.client == a || e.key.server == a })
}
