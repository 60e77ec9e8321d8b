package build

import (
	"fmt"
	"io"
	"math"
	"strings"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
)

// applicationPorts are the ports of applications that databases of pmercury
// and joy name in place of ports, where a name stands for a single one.
var applicationPorts = map[string]string{"https": "443"}

// ReadArchive adds what an archive says, or a database without one, as pmercury
// and joy have it. Where Options has none, networks, watchlist and domains are
// those of the first archive that has some.
func (b *Builder) ReadArchive(r io.Reader, key []byte) error {
	a, err := archive.NewReader(r, key, archive.Limits{})
	if err != nil {
		return err
	}
	lists := map[string]*[]byte{
		fingerprintdb.FileSubnets:   &b.options.Subnets,
		fingerprintdb.FileWatchlist: &b.options.Watchlist,
		fingerprintdb.FileDomains:   &b.options.Domains,
		fingerprintdb.FileFamilies:  &b.options.Families,
	}
	for name, list := range lists {
		if len(*list) > 0 {
			delete(lists, name)
		}
	}
	var reader fingerprintdb.EntryReader
	var e fingerprintdb.Entry
	return a.Each(func(file string, line []byte) error {
		switch file {
		case fingerprintdb.FileDatabase:
			if reader.Read(line, &e) != nil {
				b.Foreign++
				return nil
			}
			b.AddEntry(&e)
		case fingerprintdb.FilePrevalence:
			if fp, ok := b.converted(fingerprintdb.Qualified(string(line))); ok {
				b.prevalence[fp] += prevalent
			}
		default:
			if list := lists[file]; list != nil && string(line)+"\n" != noSubnets {
				*list = append(append(*list, line...), '\n')
			}
		}
		return nil
	})
}

// AddEntry adds a line of an archive's database.
func (b *Builder) AddEntry(e *fingerprintdb.Entry) {
	for i, fp := range append([]string{e.Fingerprint}, e.Others...) {
		if i == 0 && fp == "" {
			continue
		}
		name, _, _ := strings.Cut(fp, "/")
		typ := npf.TypeByName([]byte(name))
		if !fingerprintdb.Classifiable(typ) {
			continue
		}
		converted, ok := b.converted(fp)
		b.Records++
		if !ok {
			b.Format++
			continue
		}
		b.Labelled++
		if typ == npf.TLS {
			b.prevalence[converted]++
		}
		into := b.entry(converted, typ)
		for _, p := range e.Processes {
			if p.Name != "" && p.Count > 0 {
				b.add(into.process(p.Name), p)
			}
		}
	}
}

// converted returns a fingerprint in the archive's format.
func (b *Builder) converted(fp string) (string, bool) {
	name, rest, _ := strings.Cut(fp, "/")
	if strings.HasPrefix(rest, fingerprintdb.RandomizedWord) {
		// It stands for all fingerprints of a format.
		return b.randomized(name), true
	}
	out, ok := b.convert(npf.TypeByName([]byte(name)), []byte(fp))
	return string(out), ok
}

// randomized is the fingerprint that stands for those that are new each time.
func (b *Builder) randomized(name string) string {
	format := 0
	switch name {
	case npf.TLS.String():
		format = b.options.TLS
	case npf.QUIC.String():
		format = b.options.QUIC
	}
	if format == 0 {
		return name + "/" + fingerprintdb.RandomizedWord
	}
	return fmt.Sprintf("%s/%d/%s", name, format, fingerprintdb.RandomizedWord)
}

// add adds what an archive says of a process.
func (b *Builder) add(p *observed, from *fingerprintdb.Process) {
	p.Count += from.Count
	p.Malware = p.Malware || from.Malware
	if from.SHA256 != "" {
		count(&p.sha256, from.SHA256, from.Count)
	}
	for a, has := range from.Attributes {
		b.attributes[a] = true
		if has {
			p.attribute(a)
		}
	}
	sum(&p.Systems, from.Systems)
	sum(&p.Versions, from.Versions)
	sum(&p.Libraries, from.Libraries)
	sum(&p.Kinds, from.Kinds)
	if from.Family != "" {
		count(&p.families, from.Family, from.Count)
	}
	sum(&p.UserAgents, from.UserAgents)
	if b.options.NoDestinations {
		return
	}
	sum(&p.ASNs, from.ASNs)
	sum(&p.Addrs, from.Addrs)
	sum(&p.Ports, from.Ports)
	if len(from.Ports) == 0 {
		for name, n := range from.Applications {
			if port, ok := applicationPorts[name]; ok {
				count(&p.Ports, port, n)
			}
		}
	}
	for name, n := range from.Servers {
		count(&p.Servers, serverName(name), n)
	}
	for name, n := range from.Domains {
		count(&p.Domains, string(fingerprintdb.Domain([]byte(serverName(name)))), n)
	}
}

func serverName(name string) string {
	return string(fingerprintdb.AppendServerName(nil, []byte(name)))
}

// sum adds counts to others.
func sum(to *fingerprintdb.Counts, from fingerprintdb.Counts) {
	for value, n := range from {
		count(to, value, n)
	}
}

// count adds n to the count of a value.
func count(to *fingerprintdb.Counts, value string, n uint64) {
	if *to == nil {
		*to = make(fingerprintdb.Counts)
	}
	(*to)[value] += n
}

// Merge adds what another Builder has, with its counts multiplied by a weight.
// Counts above 0 stay above 0.
func (b *Builder) Merge(o *Builder, weight float64) {
	b.Records += o.Records
	b.Labelled += o.Labelled
	b.Truncated += o.Truncated
	b.Format += o.Format
	b.Foreign += o.Foreign
	for a := range o.attributes {
		b.attributes[a] = true
	}
	for fp, n := range o.prevalence {
		b.prevalence[fp] += n
	}
	for fp, e := range o.entries {
		into := b.entry(fp, e.typ)
		for name, p := range e.processes {
			scaled := p.Process
			scaled.Count = scale(p.Count, weight)
			for _, c := range scaled.Counts() {
				*c = scaleAll(*c, weight)
			}
			to := into.process(name)
			b.add(to, &scaled)
			sum(&to.sha256, scaleAll(p.sha256, weight))
			sum(&to.families, scaleAll(p.families, weight))
		}
	}
	for _, list := range []struct{ to, from *[]byte }{
		{&b.options.Subnets, &o.options.Subnets}, {&b.options.Watchlist, &o.options.Watchlist}, {&b.options.Domains, &o.options.Domains},
		{&b.options.Families, &o.options.Families},
	} {
		if len(*list.to) == 0 {
			*list.to = *list.from
		}
	}
}

func scaleAll(c fingerprintdb.Counts, weight float64) fingerprintdb.Counts {
	out := make(fingerprintdb.Counts, len(c))
	for value, n := range c {
		out[value] = scale(n, weight)
	}
	return out
}

func scale(n uint64, weight float64) uint64 {
	if n == 0 || weight == 1 {
		return n
	}
	const most = 1 << 62
	return uint64(min(max(math.Round(float64(n)*weight), 1), most))
}
