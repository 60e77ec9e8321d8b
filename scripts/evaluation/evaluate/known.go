package main

import (
	"bufio"
	"cmp"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
)

//go:embed known.tsv
var knownTable string

// A clue tells the families of who sent a message, by type of fingerprint.
type clue struct {
	pattern  *regexp.Regexp
	families map[npf.Type]families
	passes   bool // it passes on what others send
}

// families are those that one of which a client is.
type families []string

func (f families) String() string { return strings.Join(f, " or ") }

// clues are those of known.tsv, by kind.
type clues map[string][]clue

func readClues(table string) (clues, error) {
	c := make(clues)
	for n, line := range strings.Split(table, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		part := strings.Split(line, "\t")
		if len(part) != 3 {
			return nil, fmt.Errorf("known.tsv, line %d: %d fields in place of 3", n+1, len(part))
		}
		pattern, err := regexp.Compile("(?i)" + part[1])
		if err != nil {
			return nil, fmt.Errorf("known.tsv, line %d: %w", n+1, err)
		}
		x := clue{pattern: pattern, passes: part[2] == "-", families: make(map[npf.Type]families)}
		// Names of families can have spaces, those of types have none.
		for _, at := range typeNames.FindAllStringSubmatchIndex(part[2], -1) {
			list := part[2][at[1]:]
			if next := typeNames.FindStringIndex(list); next != nil {
				list = list[:next[0]]
			}
			x.families[npf.TypeByName([]byte(part[2][at[2]:at[3]]))] = strings.Split(strings.TrimSpace(list), "|")
		}
		if x.passes == (len(x.families) > 0) {
			return nil, fmt.Errorf("known.tsv, line %d: no families", n+1)
		}
		c[part[0]] = append(c[part[0]], x)
	}
	return c, nil
}

var typeNames = regexp.MustCompile(`(?:^| )(tls|http|quic)=`)

// find returns the first clue of a kind that matches, or nil.
func (c clues) find(kind, text string) *clue {
	for i := range c[kind] {
		if x := &c[kind][i]; x.pattern.MatchString(text) {
			return x
		}
	}
	return nil
}

// agent returns what a user agent tells, and whether it is a browser's.
func (c clues) agent(text string) (x *clue, browser bool) {
	if text == "" {
		return nil, false
	}
	if x := c.find("agent", text); x != nil {
		return x, false
	}
	x = c.find("browser", text)
	return x, x != nil
}

// archives are what archives of others say: how often processes of families
// were seen with a fingerprint.
type archives map[string]*sightings

type sightings struct {
	byFamily map[string]uint64 // joined names of families
	other    uint64            // by processes of which nothing is known, or that pass on what others send
}

// What an answer of archives must have: sightings of a family, their share of
// those of all known processes, and the share of these of all.
const (
	least  = 10
	agree  = 0.95
	covers = 0.5
)

// readArchives adds up archives, or databases of pmercury.
func readArchives(names []string, c clues) (archives, error) {
	all := make(archives)
	var converter npf.Converter
	var reader fingerprintdb.EntryReader
	var e fingerprintdb.Entry
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		a, err := archive.NewReader(bufio.NewReader(f), nil, archive.Limits{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		err = a.Each(func(file string, line []byte) error {
			if file != fingerprintdb.FileDatabase || reader.Read(line, &e) != nil {
				return nil
			}
			for _, fp := range append([]string{e.Fingerprint}, e.Others...) {
				typ, _, _ := strings.Cut(fp, "/")
				if typ != npf.TLS.String() {
					continue
				}
				if converted, ok := converter.Convert(npf.TLS, []byte(fp), formatTLS); ok {
					all.add(string(converted), e.Processes, c)
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

func (a archives) add(fp string, processes []*fingerprintdb.Process, c clues) {
	s := a[fp]
	if s == nil {
		s = &sightings{byFamily: make(map[string]uint64)}
		a[fp] = s
	}
	for _, p := range processes {
		switch x := c.find("process", p.Name); {
		case x == nil || x.passes:
			s.other += p.Count
		default:
			s.byFamily[strings.Join(x.families[npf.TLS], "|")] += p.Count
		}
	}
}

// family is the one of nearly all who send a fingerprint, or nil.
func (a archives) family(fp string) families {
	s := a[fp]
	if s == nil {
		return nil
	}
	var best string
	var most, sum uint64
	for name, n := range s.byFamily {
		sum += n
		if n > most || n == most && name < best {
			best, most = name, n
		}
	}
	if most < least || float64(most) < agree*float64(sum) || float64(sum) < covers*float64(sum+s.other) {
		return nil
	}
	return strings.Split(best, "|")
}

// means are the ways to know a client, the surest first.
var means = []string{"user agent", "domain", "capture", "server", "alpn", "archives", "host"}

// A verdict counts answers for messages whose client is known.
type verdict struct{ known, labelled, right, wrong, confident int }

func (v *verdict) add(w *verdict) {
	v.known += w.known
	v.labelled += w.labelled
	v.right += w.right
	v.wrong += w.wrong
	v.confident += w.confident
}

// verdicts are those of a means, for each message, and for each fingerprint once
// in a capture.
type verdicts struct{ all, once verdict }

// judged is what was found for a type of fingerprint.
type judged struct {
	means map[string]*verdicts
	all   verdicts
	bins  [10]tally // by score
	wrong map[string]int
}

// judge counts an answer. family is empty where there is none.
func (j *judged) judge(how string, is families, name, family string, score float64, first bool, where string) {
	v := verdict{known: 1}
	if name != "" {
		v.labelled = 1
		right := slices.Contains(is, family) || slices.Contains(is, name)
		j.bins[min(int(score*10), 9)].add(right)
		if right {
			v.right = 1
		} else {
			v.wrong = 1
			if score >= *confident {
				v.confident = 1
			}
			j.wrong[fmt.Sprintf("%s taken for %s (%s) with score %.2f, by %s: %s", is, name, family, score, how, where)]++
		}
	}
	if j.means[how] == nil {
		j.means[how] = new(verdicts)
	}
	for _, to := range []*verdicts{j.means[how], &j.all} {
		to.all.add(&v)
		if first {
			to.once.add(&v)
		}
	}
}

func (v *verdict) String() string {
	share := func(n int) string {
		if v.labelled == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(v.labelled))
	}
	return fmt.Sprintf("%d | %d | %s | %d | %d (%s)", v.known, v.labelled, share(v.right), v.wrong, v.confident, share(v.confident))
}

func (j *judged) write(w io.Writer, typ string) {
	fmt.Fprintf(w, "| %s | all | %s | %s |\n", typ, &j.all.all, &j.all.once)
	for _, how := range means {
		if v := j.means[how]; v != nil {
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", typ, how, &v.all, &v.once)
		}
	}
}

// userAgentParameter is user_agent_id among QUIC's transport parameters, as
// Chromium sends it.
const userAgentParameter = 0x3129

// parameter finds a transport parameter (RFC 9000, section 18) in their
// hexadecimal text.
func parameter(text string, id uint64) string {
	b, err := hex.DecodeString(text)
	if err != nil {
		return ""
	}
	number := func() (v uint64, ok bool) {
		if len(b) == 0 || len(b) < 1<<(b[0]>>6) {
			return 0, false
		}
		n := 1 << (b[0] >> 6)
		v = uint64(b[0] & 0x3f)
		for _, c := range b[1:n] {
			v = v<<8 | uint64(c)
		}
		b = b[n:]
		return v, true
	}
	for {
		got, ok := number()
		size, also := number()
		if !ok || !also || size > uint64(len(b)) {
			return ""
		}
		if got == id {
			return string(b[:size])
		}
		b = b[size:]
	}
}

// lastLabels are the last two labels of a name, without a port.
func lastLabels(host string) string {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	part := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(part) < 2 || strings.Trim(part[len(part)-1], "0123456789") == "" {
		return cmp.Or(host, "-")
	}
	return strings.Join(part[len(part)-2:], ".")
}
