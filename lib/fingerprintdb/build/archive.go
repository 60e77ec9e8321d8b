package build

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"merctools/lib/fingerprintdb"
	"merctools/lib/record"
)

// prevalent is how often a fingerprint must have been seen to be one of those
// that clients have again and again.
const prevalent = 2

var (
	errVersion    = errors.New("the archive's version must be one line without a semicolon")
	errAttributes = fmt.Errorf("more than %d attributes of processes", fingerprintdb.MaxAttributes)
)

// Write writes the archive. What it writes depends on what was added only, not
// on the order or the time.
func (b *Builder) Write(w io.Writer) error {
	if strings.ContainsAny(b.options.Version, ";\r\n") {
		return errVersion
	}
	if len(b.attributes) > fingerprintdb.MaxAttributes {
		return errAttributes
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	type file struct {
		name    string
		content []byte
	}
	// A reader that knows the version first knows what to skip.
	files := []file{{fingerprintdb.FileVersion, []byte(b.version() + fingerprintdb.Qualifier + "\n")}}
	if len(b.options.Families) > 0 {
		files = append(files, file{fingerprintdb.FileFamilies, b.options.Families})
	}
	for _, f := range append(files, []file{
		{fingerprintdb.FilePrevalence, b.prevalenceList()},
		{fingerprintdb.FileDatabase, b.database()},
		{fingerprintdb.FileWatchlist, b.options.Watchlist},
		{fingerprintdb.FileSubnets, b.subnets()},
		{fingerprintdb.FileDomains, b.options.Domains},
	}...) {
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

// LeaveOutVague drops the fingerprints that have less than
// Options.MinInformation, once all records are added. They stay in
// FilePrevalence.
func (b *Builder) LeaveOutVague() {
	if b.options.MinInformation <= 0 {
		return
	}
	for fp := range b.entries {
		if b.prevalence[fp] > 0 {
			b.prevalence[fp] = max(b.prevalence[fp], prevalent)
		}
	}
	known := newInformation(b.entries)
	maps.DeleteFunc(b.entries, func(fp string, e *entry) bool {
		_, rest, _ := strings.Cut(fp, "/")
		vague := !strings.HasSuffix(rest, fingerprintdb.RandomizedWord) && known.bits(e.typ, fp) < b.options.MinInformation
		if vague {
			b.Vague++
		}
		return vague
	})
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

// prevalenceList is the content of FilePrevalence. Fingerprints that have an
// entry don't need to be in it.
func (b *Builder) prevalenceList() []byte {
	var list []string
	for fp, n := range b.prevalence {
		if n >= prevalent && b.entries[fp] == nil {
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

// database is the content of FileDatabase: a line for each fingerprint, or for
// several of a type of which the same is known.
func (b *Builder) database() []byte {
	fingerprints := slices.SortedFunc(maps.Keys(b.entries), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.entries[x].typ, b.entries[y].typ), cmp.Compare(x, y))
	})
	attributes := slices.Sorted(maps.Keys(b.attributes))
	var entries []*fingerprintdb.Entry
	same := make(map[string]*fingerprintdb.Entry)
	for _, fp := range fingerprints {
		e := b.finished(fp)
		w := record.NewWriter(nil)
		(&fingerprintdb.Entry{Type: e.Type, Total: e.Total, Processes: e.Processes}).Write(w, attributes)
		if first := same[string(w.Bytes())]; first != nil {
			first.Others = append(first.Others, fp)
			continue
		}
		same[string(w.Bytes())] = e
		entries = append(entries, e)
	}
	w := record.NewWriter(nil)
	for _, e := range entries {
		// A Writer puts no comma before an object that follows another, so
		// it needs not be told of the newline.
		e.Write(w, attributes)
		w.Newline()
	}
	return w.Bytes()
}

// finished is the line for a fingerprint, with no more values of each feature
// than Options.Top.
func (b *Builder) finished(fp string) *fingerprintdb.Entry {
	from := b.entries[fp]
	e := &fingerprintdb.Entry{Fingerprint: fp, Type: from.typ.String()}
	named := false // whether any of them names its software
	for _, p := range from.processes {
		e.Total += p.Count
		e.Processes = append(e.Processes, &p.Process)
		named = named || len(p.UserAgents) > 1 || len(p.UserAgents) == 1 && p.UserAgents[fingerprintdb.NoUserAgent] == 0
	}
	slices.SortFunc(e.Processes, func(x, y *fingerprintdb.Process) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
	})
	for i, p := range e.Processes {
		p := *p
		if sha256 := from.processes[p.Name].sha256; len(sha256) > 0 {
			p.SHA256 = sha256.Sorted()[0]
		}
		if !named {
			p.UserAgents = nil
		}
		if len(from.processes[p.Name].families) > 0 {
			p.Family = from.processes[p.Name].family()
		}
		for _, c := range p.Counts() {
			*c = c.Top(b.options.Top)
		}
		e.Processes[i] = &p
	}
	return e
}
