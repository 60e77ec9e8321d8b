package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// named counts messages, and those that have a process.
type named struct{ all, process int }

func (n *named) add(process bool) {
	n.all++
	if process {
		n.process++
	}
}

func (n *named) String() string {
	return fmt.Sprintf("%.1f %% of %d", 100*float64(n.process)/float64(n.all), n.all)
}

// A traffic counts what an archive names in captures, and how often it is right
// where the client is known.
type traffic struct {
	clues    clues
	others   archives
	familyOf map[string]string // of processes in answers, by type and name
	analyzer *fingerprintdb.Analyzer
	tls      int // formats of the archive's fingerprints
	quic     int

	messages, once map[string]*named
	seen           map[string]bool // fingerprints of this capture
	// Of user agents that name a program, shown and hidden.
	shown, hidden map[string]*judged
}

// A message is a record whose client may be known.
type message struct {
	typ         npf.Type
	fingerprint []byte
	fields
	agent, server []byte
}

type fields struct {
	Source string `json:"src_ip"`
	HTTP   struct {
		Request struct {
			UserAgent string `json:"user_agent"`
			Host      string `json:"host"`
		} `json:"request"`
	} `json:"http"`
	TLS struct {
		Client struct {
			ServerName string   `json:"server_name"`
			Parameters string   `json:"quic_transport_parameters"`
			ALPN       []string `json:"application_layer_protocol_negotiation"`
		} `json:"client"`
	} `json:"tls"`
}

// countTraffic reads records with metadata from r: those of a capture behind an
// object with its name in the member capture.
func countTraffic(r io.Reader, w io.Writer, archiveFile string, others []string) error {
	c, err := readClues(knownTable)
	if err != nil {
		return err
	}
	t := &traffic{
		clues: c, messages: make(map[string]*named), once: make(map[string]*named),
		shown: make(map[string]*judged), hidden: make(map[string]*judged),
	}
	if t.others, err = readArchives(others, c); err != nil {
		return err
	}
	if err := t.load(archiveFile); err != nil {
		return err
	}
	var view envelope.View
	var converter npf.Converter
	var messages []*message
	capture := ""
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		line := in.Bytes()
		if bytes.HasPrefix(line, []byte(`{"capture"`)) {
			t.capture(capture, messages)
			messages = messages[:0]
			if capture, err = captureName(line); err != nil {
				return err
			}
			continue
		}
		if !view.Read(line) || !fingerprintdb.Classifiable(view.Type) {
			continue
		}
		fp, ok := view.InFormat(&converter, t.tls, t.quic)
		if view.OneFormat {
			fp, ok = view.Fingerprint, true
		}
		m := &message{typ: view.Type, fingerprint: bytes.Clone(fp)}
		if !ok || json.Unmarshal(line, &m.fields) != nil {
			continue
		}
		m.agent, m.server = view.AppendUserAgent(nil), view.AppendServerName(nil)
		messages = append(messages, m)
	}
	t.capture(capture, messages)
	t.write(w)
	t.askOthers(w)
	return in.Err()
}

func captureName(line []byte) (string, error) {
	var v struct {
		Capture string `json:"capture"`
	}
	err := json.Unmarshal(line, &v)
	return v.Capture[strings.LastIndexByte(v.Capture, '/')+1:], err
}

func (t *traffic) load(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	m, err := fingerprintdb.Load(bytes.NewReader(data), fingerprintdb.LoadOptions{})
	if err != nil {
		return err
	}
	t.analyzer = fingerprintdb.NewAnalyzer(m)
	t.tls, t.quic = m.Formats()
	t.familyOf, err = familiesIn(data)
	return err
}

// capture judges the messages of a capture.
func (t *traffic) capture(name string, messages []*message) {
	t.seen = make(map[string]bool)
	host := make(map[string]*browsers)   // by source
	domain := make(map[string]*browsers) // by source and domain
	for _, m := range messages {
		if x, browser := t.clues.agent(m.userAgent()); browser {
			system := t.clues.find("system", m.userAgent())
			browsersOf(host, m.Source).add(x, system)
			if m.typ == npf.HTTP {
				browsersOf(domain, m.Source+" "+lastLabels(m.HTTP.Request.Host)).add(x, system)
			}
		}
	}
	for _, m := range messages {
		typ := m.typ.String()
		if t.messages[typ] == nil {
			t.messages[typ], t.once[typ] = new(named), new(named)
		}
		answer, family, score := t.ask(m, m.agent)
		key := string(m.fingerprint)
		first := !t.seen[key]
		t.seen[key] = true
		t.messages[typ].add(answer != "")
		if first {
			t.once[typ].add(answer != "")
		}
		how, is := t.known(name, m, host[m.Source], domain[m.Source+" "+lastLabels(m.TLS.Client.ServerName)])
		if is == nil {
			continue
		}
		where := fmt.Sprintf("%s %q %.60s", name, m.TLS.Client.ServerName+m.userAgent(), m.fingerprint)
		judgedOf(t.shown, typ).judge(how, is, answer, family, score, first, where)
		answer, family, score = t.ask(m, nil)
		judgedOf(t.hidden, typ).judge(how, is, answer, family, score, first, where)
	}
}

// browsers are what user agents say of a host.
type browsers struct{ browser, system map[*clue]bool }

func browsersOf(of map[string]*browsers, key string) *browsers {
	if of[key] == nil {
		of[key] = &browsers{make(map[*clue]bool), make(map[*clue]bool)}
	}
	return of[key]
}

func (b *browsers) add(browser, system *clue) {
	b.browser[browser] = true
	b.system[system] = true
}

// families are those of the host's clients, or nil where it has several
// browsers.
func (b *browsers) families(typ npf.Type) (list families) {
	if b == nil || len(b.browser) != 1 {
		return nil
	}
	for x := range b.browser {
		list = append(list, x.families[typ]...)
	}
	for x := range b.system {
		if x != nil && list != nil {
			list = append(list, x.families[typ]...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func judgedOf(of map[string]*judged, typ string) *judged {
	if of[typ] == nil {
		of[typ] = &judged{means: make(map[string]*verdicts), wrong: make(map[string]int)}
	}
	return of[typ]
}

// userAgent is what a client says it is, in any way.
func (m *message) userAgent() string {
	if m.typ == npf.HTTP {
		return m.HTTP.Request.UserAgent
	}
	if a := parameter(m.TLS.Client.Parameters, userAgentParameter); a != "" {
		return a
	}
	return string(m.agent)
}

// askOthers asks the archive for all fingerprints of archives of others whose
// clients these know.
func (t *traffic) askOthers(w io.Writer) {
	if len(t.others) == 0 {
		return
	}
	j := &judged{means: make(map[string]*verdicts), wrong: make(map[string]int)}
	for _, fp := range slices.Sorted(maps.Keys(t.others)) {
		is := t.others.family(fp)
		if is == nil {
			continue
		}
		answer, family, score := t.ask(&message{typ: npf.TLS, fingerprint: []byte(fp)}, nil)
		j.judge(is.String(), is, answer, family, score, true, fmt.Sprintf("%.120s", fp))
	}
	fmt.Fprint(w, "\nFingerprints of archives of others, asked once each:\n\n")
	fmt.Fprint(w, "| family there | known | labelled | right family | wrong | confidently wrong |\n|---|---:|---:|---:|---:|---:|\n")
	fmt.Fprintf(w, "| all | %s |\n", &j.all.once)
	for _, is := range slices.Sorted(maps.Keys(j.means)) {
		fmt.Fprintf(w, "| %s | %s |\n", is, &j.means[is].once)
	}
	writeScoreHead(w)
	writeScores(w, npf.TLS.String(), &j.bins)
	fmt.Fprintln(w)
	writeFrequent(w, npf.TLS.String(), j.wrong)
}

// known says how the client is known, and its families, or nil.
func (t *traffic) known(capture string, m *message, host, domain *browsers) (how string, is families) {
	of := func(x *clue) families {
		if x == nil {
			return nil
		}
		return x.families[m.typ]
	}
	agent, _ := t.clues.agent(m.userAgent())
	var alpn *clue
	for _, p := range m.TLS.Client.ALPN {
		if alpn = t.clues.find("alpn", p); alpn != nil {
			break
		}
	}
	ways := []families{
		of(agent), nil, of(t.clues.find("capture", capture)), of(t.clues.find("server", m.TLS.Client.ServerName)), of(alpn), nil, nil,
	}
	if m.typ != npf.HTTP {
		ways[1], ways[6] = domain.families(m.typ), host.families(m.typ)
	}
	if m.typ == npf.TLS {
		ways[5] = t.others.family(string(m.fingerprint))
	}
	for i, is := range ways {
		if is != nil {
			return means[i], is
		}
	}
	return "", nil
}

// ask asks the archive for a message with a user agent.
func (t *traffic) ask(m *message, agent []byte) (name, family string, score float64) {
	var r fingerprintdb.Result
	t.analyzer.Analyze(&fingerprintdb.Observation{Type: m.typ, Fingerprint: m.fingerprint, ServerName: m.server, UserAgent: agent}, &r)
	name, score, ok := r.Process()
	if !ok {
		return "", "", 0
	}
	family = t.familyOf[m.typ.String()+" "+name]
	if family == "" {
		family = name
	}
	return name, family, score
}

func (t *traffic) write(w io.Writer) {
	fmt.Fprint(w, "| type | messages with a process | each fingerprint once for each capture |\n|---|---:|---:|\n")
	for _, typ := range slices.Sorted(maps.Keys(t.messages)) {
		fmt.Fprintf(w, "| %s | %s | %s |\n", typ, t.messages[typ], t.once[typ])
	}
	for _, table := range []struct {
		title string
		of    map[string]*judged
	}{
		{"Clients that are known by other means", t.shown},
		{"The same, asked without their user agents", t.hidden},
	} {
		fmt.Fprintf(w, "\n%s, each message, and each fingerprint once for each capture:\n\n", table.title)
		fmt.Fprint(w, "| type | known by | known | labelled | right family | wrong | confidently wrong | known | labelled | right family | wrong | confidently wrong |\n")
		fmt.Fprint(w, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
		for _, typ := range slices.Sorted(maps.Keys(table.of)) {
			table.of[typ].write(w, typ)
		}
		fmt.Fprintln(w)
		for _, typ := range slices.Sorted(maps.Keys(table.of)) {
			writeFrequent(w, typ, table.of[typ].wrong)
		}
	}
}

// familiesIn reads the families of processes in an archive, by type and name.
func familiesIn(data []byte) (map[string]string, error) {
	of := make(map[string]string)
	a, err := archive.NewReader(bytes.NewReader(data), nil, archive.Limits{})
	if err != nil {
		return nil, err
	}
	var reader fingerprintdb.EntryReader
	var e fingerprintdb.Entry
	err = a.Each(func(file string, line []byte) error {
		switch file {
		case fingerprintdb.FileDatabase:
			if reader.Read(line, &e) != nil {
				return nil
			}
			for _, p := range e.Processes {
				if p.Family != "" {
					of[e.Type+" "+p.Name] = p.Family
				}
			}
		case fingerprintdb.FileFamilies:
			family, process := record.Quoted(record.Find(line, "family")), record.Quoted(record.Find(line, "process"))
			for _, typ := range []npf.Type{npf.HTTP, npf.QUIC} {
				if len(process) > 0 {
					of[typ.String()+" "+string(process)] = string(family)
				}
			}
		}
		return nil
	})
	return of, err
}
