package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/nearest"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// A Known fingerprint is one that an archive has processes for.
type Known struct {
	Fingerprint string         `json:"str_repr"`
	Total       uint64         `json:"total_count"`
	Processes   []KnownProcess `json:"process_info"`
}

// A KnownProcess is what an archive says of a process with a fingerprint.
// Counts are by value.
type KnownProcess struct {
	Name       string            `json:"process"`
	Count      uint64            `json:"count"`
	SHA256     string            `json:"sha256,omitempty"`
	Malware    bool              `json:"malware"`
	Attributes map[string]bool   `json:"attributes,omitempty"`
	Systems    map[string]uint64 `json:"os_info,omitempty"`
	Versions   map[string]uint64 `json:"versions,omitempty"`
	Libraries  map[string]uint64 `json:"libraries,omitempty"`
	UserAgents map[string]uint64 `json:"classes_user_agent,omitempty"`
	Servers    map[string]uint64 `json:"classes_hostname_sni,omitempty"`
	Ports      map[string]uint64 `json:"classes_port_port,omitempty"`
}

// An Answer is what an archive says of a fingerprint.
type Answer struct {
	// Fingerprint is the one that was asked for, in the archive's format.
	Fingerprint string
	// Known is nil where the archive has no process for it.
	Known *Known
	// Prevalent says that it is listed among those that are often seen.
	Prevalent bool
	// Nearest are other fingerprints, the nearest one first. Their values
	// are of type *Known.
	Nearest []nearest.Match
	// Compared is how many fingerprints were compared. Partial says that
	// there would have been more, but not the time.
	Compared int
	Partial  bool
}

// A Query asks an archive for a fingerprint.
type Query struct {
	Fingerprint string
	Nearest     int           // how many others to find
	Time        time.Duration // that it may take; 0 stands for any
	Key         []byte        // of an encrypted archive
	Limits      archive.Limits
}

// checkEvery is how many fingerprints are compared between two looks at the
// clock.
const checkEvery = 16

// Lookup reads an archive for what it says of a fingerprint.
func Lookup(r io.Reader, q Query) (*Answer, error) {
	a, err := archive.NewReader(r, q.Key, q.Limits)
	if err != nil {
		return nil, err
	}
	typ, _, _, err := nearest.Elements(q.Fingerprint)
	if err != nil {
		return nil, err
	}
	l := &lookup{
		archive: a,
		query:   &q,
		typ:     typ,
		answer:  &Answer{Fingerprint: q.Fingerprint},
		forms:   make(map[int]string),
	}
	if q.Time > 0 {
		l.deadline = time.Now().Add(q.Time)
	}
	for !l.answer.Partial {
		name, err := a.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = l.file(name)
		}
		if err != nil {
			return nil, err
		}
	}
	if l.search != nil {
		l.answer.Nearest = l.search.Matches()
		l.answer.Compared = l.search.Compared()
	}
	return l.answer, nil
}

type lookup struct {
	archive   *archive.Reader
	query     *Query
	typ       npf.Type
	answer    *Answer
	deadline  time.Time
	forms     map[int]string // the fingerprint in each format
	converter npf.Converter
	search    *nearest.Search
	lines     int
}

func (l *lookup) file(name string) error {
	var one func([]byte)
	switch name {
	case "fingerprint_db.json":
		one = l.entry
	case "fp_prevalence_tls.txt":
		one = l.prevalent
	default:
		return nil
	}
	for !l.answer.Partial {
		line, _, err := l.archive.Line()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, archive.ErrLongLine):
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		}
		one(line)
		if l.lines++; l.lines%checkEvery == 0 && !l.deadline.IsZero() && time.Now().After(l.deadline) {
			l.answer.Partial = true
		}
	}
	return nil
}

// form is the fingerprint in a format; in another one if it can't be
// converted.
func (l *lookup) form(format int) string {
	fp, ok := l.forms[format]
	if !ok {
		fp = l.query.Fingerprint
		if converted, ok := l.converter.Convert(l.typ, []byte(fp), format); ok {
			fp = string(converted)
		}
		l.forms[format] = fp
	}
	return fp
}

func (l *lookup) prevalent(line []byte) {
	if l.typ != npf.TLS {
		return
	}
	fp := qualified(string(line))
	if fp == l.form(formatOf(fp)) {
		l.answer.Prevalent = true
	}
}

// qualified gives an old fingerprint for TLS the name of its type.
func qualified(fp string) string {
	if strings.HasPrefix(fp, "(") {
		return "tls/" + fp
	}
	return fp
}

func formatOf(fp string) int {
	_, rest, _ := strings.Cut(fp, "/")
	if len(rest) > 1 && rest[1] == '/' && rest[0] >= '1' && rest[0] <= '9' {
		return int(rest[0] - '0')
	}
	return 0
}

func (l *lookup) entry(line []byte) {
	var m record.Member
	s := record.Scan(line)
	for s.Next(&m) {
		switch string(m.Name) {
		case "str_repr":
			l.candidate(text(m.Value), line)
		case "str_repr_array":
			var list []string
			if json.Unmarshal(m.Value, &list) == nil {
				for _, fp := range list {
					l.candidate(fp, line)
				}
			}
		}
	}
}

// text is the characters of a JSON string's text.
func text(value []byte) string {
	return string(record.AppendUnescaped(nil, record.Quoted(value)))
}

func (l *lookup) candidate(fp string, line []byte) {
	fp = qualified(fp)
	if name, _, _ := strings.Cut(fp, "/"); name != l.typ.String() {
		return
	}
	wanted := l.form(formatOf(fp))
	if l.search == nil {
		l.answer.Fingerprint = wanted
		s, err := nearest.NewSearch(wanted, l.query.Nearest)
		if err != nil {
			return
		}
		l.search = s
	}
	known := func() any {
		k := &Known{}
		if json.Unmarshal(line, k) != nil {
			*k = Known{}
		}
		k.Fingerprint = fp
		return k
	}
	if fp == wanted {
		if l.answer.Known == nil {
			l.answer.Known = known().(*Known)
		}
		return
	}
	l.search.Offer(fp, known)
}

// Info is what there is in an archive.
type Info struct {
	Version      string
	Fingerprints map[string]int // by type and format, such as tls/2
	Processes    int            // different names
	Malware      int            // of them, those that are malware with some fingerprint
	Systems      []string       // CPEs
	Prevalent    int            // fingerprints in fp_prevalence_tls.txt
	Subnets      int            // networks in pyasn.db that have an autonomous system
	Watchlist    int            // lines of doh-watchlist.txt
	Domains      int            // lines of domain-mappings.db
}

// ReadInfo reads what there is in an archive.
func ReadInfo(r io.Reader, key []byte, limits archive.Limits) (*Info, error) {
	a, err := archive.NewReader(r, key, limits)
	if err != nil {
		return nil, err
	}
	info := &Info{Fingerprints: make(map[string]int)}
	processes, malware, systems := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for {
		name, err := a.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for {
			line, _, err := a.Line()
			if err == io.EOF {
				break
			}
			if errors.Is(err, archive.ErrLongLine) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			switch name {
			case "VERSION":
				info.Version += string(line)
			case "fp_prevalence_tls.txt":
				info.Prevalent++
			case "pyasn.db":
				if fields := strings.Fields(string(line)); len(fields) > 1 && fields[1] != "0" {
					info.Subnets++
				}
			case "doh-watchlist.txt":
				info.Watchlist++
			case "domain-mappings.db":
				info.Domains++
			case "fingerprint_db.json":
				var k struct {
					Known
					Array []string `json:"str_repr_array"`
				}
				if json.Unmarshal(line, &k) != nil {
					continue
				}
				for _, fp := range append(k.Array, k.Fingerprint) {
					if fp != "" {
						info.Fingerprints[kind(qualified(fp))]++
					}
				}
				for i := range k.Processes {
					p := &k.Processes[i]
					processes[p.Name] = true
					if p.Malware {
						malware[p.Name] = true
					}
					for s := range p.Systems {
						systems[s] = true
					}
				}
			}
		}
	}
	info.Processes, info.Malware = len(processes), len(malware)
	delete(systems, "")
	info.Systems = slices.Sorted(maps.Keys(systems))
	return info, nil
}

// kind is the type of a fingerprint with its format.
func kind(fp string) string {
	name, _, _ := strings.Cut(fp, "/")
	if n := formatOf(fp); n > 0 {
		return fmt.Sprintf("%s/%d", name, n)
	}
	return name
}
