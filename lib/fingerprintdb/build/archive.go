package build

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"merctools/lib/record"
)

// qualifier is what ends VERSION: the version of the archive's format, and
// that it holds all that is known.
const qualifier = "; 2.0.full"

// prevalent is how often a fingerprint must have been seen to be one of those
// that clients have again and again.
const prevalent = 2

var (
	errVersion    = errors.New("the archive's version must be one line without a semicolon")
	errAttributes = errors.New("there are more than 6 attributes of processes")
)

// maxAttributes is how many attributes processes can have beside those that
// don't depend on processes.
const maxAttributes = 6

// Write writes the archive. What it writes depends on what was added only, not
// on the order or the time.
func (b *Builder) Write(w io.Writer) error {
	if strings.ContainsAny(b.options.Version, ";\r\n") {
		return errVersion
	}
	if len(b.attributes) > maxAttributes {
		return errAttributes
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	// A reader that knows the version first knows what to skip.
	for _, f := range []struct {
		name    string
		content []byte
	}{
		{"VERSION", []byte(b.version() + qualifier + "\n")},
		{"fp_prevalence_tls.txt", b.prevalenceList()},
		{"fingerprint_db.json", b.database()},
		{"doh-watchlist.txt", b.options.Watchlist},
		{"pyasn.db", b.subnets()},
		{"domain-mappings.db", b.options.Domains},
	} {
		h := &tar.Header{
			Name:    f.name,
			Mode:    0o644,
			Size:    int64(len(f.content)),
			ModTime: time.Unix(0, 0),
			Format:  tar.FormatUSTAR,
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.content); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

// noSubnets says of a network for documentation (RFC 5737) that it has no
// autonomous system (RFC 7607). There are readers of archives that fail where
// there is no network at all.
const noSubnets = "192.0.2.0/24\t0\n"

func (b *Builder) subnets() []byte {
	if len(b.options.Subnets) == 0 {
		return []byte(noSubnets)
	}
	return b.options.Subnets
}

// version is Options.Version with the numbers that it asks for.
func (b *Builder) version() string {
	return strings.NewReplacer(
		"{processes}", strconv.Itoa(b.Processes()),
		"{fingerprints}", strconv.Itoa(b.Fingerprints()),
	).Replace(b.options.Version)
}

// prevalenceList is the content of fp_prevalence_tls.txt.
func (b *Builder) prevalenceList() []byte {
	var list []string
	for fp, n := range b.prevalence {
		if n >= prevalent || b.entries[fp] != nil {
			list = append(list, fp)
		}
	}
	slices.Sort(list)
	var out bytes.Buffer
	for _, fp := range list {
		out.WriteString(fp)
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// database is the content of fingerprint_db.json: a line for each fingerprint.
func (b *Builder) database() []byte {
	fingerprints := slices.SortedFunc(maps.Keys(b.entries), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.entries[x].typ, b.entries[y].typ), cmp.Compare(x, y))
	})
	attributes := slices.Sorted(maps.Keys(b.attributes))
	w := record.NewWriter(nil)
	for _, fp := range fingerprints {
		b.writeEntry(w, fp, b.entries[fp], attributes)
		w.Newline()
	}
	return w.Bytes()
}

func (b *Builder) writeEntry(w *record.Writer, fp string, e *entry, attributes []string) {
	total := 0
	for _, p := range e.processes {
		total += p.count
	}
	// A Writer puts no comma before an object that follows another, so
	// nothing must be said of the newline here.
	w.Object()
	w.Key("str_repr").Text([]byte(fp))
	w.Key("fp_type").Str(e.typ.String())
	w.Key("total_count").Uint(uint64(total))
	w.Key("process_info").Array()
	processes := slices.SortedFunc(maps.Values(e.processes), func(x, y *observed) int {
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(x.name, y.name))
	})
	named := false // whether any of them names its software
	for _, p := range processes {
		named = named || len(p.userAgents) > 1 || len(p.userAgents) == 1 && p.userAgents[noAgent] == 0
	}
	for _, p := range processes {
		if !named {
			p.userAgents = nil
		}
		w.Elem()
		b.writeProcess(w, p, attributes)
	}
	w.EndArray()
	w.EndObject()
}

// writeProcess writes what is known of a process. Readers of archives need
// all members that hold counts, even if there are none, and malware.
func (b *Builder) writeProcess(w *record.Writer, p *observed, attributes []string) {
	w.Object()
	w.Key("process").Text([]byte(p.name))
	w.Key("count").Uint(uint64(p.count))
	if len(p.sha256) > 0 {
		w.Key("sha256").Text([]byte(p.sha256.sorted()[0]))
	}
	if len(attributes) > 0 {
		w.Key("attributes").Object()
		for _, a := range attributes {
			w.TextKey([]byte(a)).Bool(p.attributes[a])
		}
		w.EndObject()
	}
	w.Key("malware").Bool(p.malware)
	for _, t := range []struct {
		name   string
		tally  tally
		always bool
	}{
		{"os_info", p.systems, true},
		{"classes_hostname_domains", p.domains, true},
		{"classes_hostname_sni", p.servers, true},
		{"classes_port_port", p.ports, true},
		{"classes_ip_as", p.asns, true},
		{"classes_ip_ip", p.addrs, true},
		{"classes_user_agent", p.userAgents, false},
		{"versions", p.versions, false},
		{"libraries", p.libraries, false},
	} {
		if len(t.tally) == 0 && !t.always {
			continue
		}
		w.Key(t.name).Object()
		kept := t.tally.top(b.options.Top)
		for _, value := range kept.sorted() {
			w.TextKey([]byte(value)).Uint(uint64(kept[value]))
		}
		w.EndObject()
	}
	w.EndObject()
}
