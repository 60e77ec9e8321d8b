package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/record"
)

// A sample is a labelled record.
type sample struct {
	line []byte
	label
}

type label struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Family  string `json:"family"`
	Library string `json:"library"`
	Kind    string `json:"kind"`
}

// read reads files of labelled records, and archives that were built of such.
func read(names []string) (samples []*sample, err error) {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in := bufio.NewReader(f)
		add := func(line []byte) {
			s := &sample{line: bytes.Clone(line)}
			if json.Unmarshal(record.Find(s.line, "src_process"), &s.label) == nil && s.Name != "" {
				s.Family = cmp.Or(s.Family, s.Name)
				samples = append(samples, s)
			}
		}
		if start, _ := in.Peek(1); string(start) == "{" {
			err = readRecords(in, add)
		} else {
			err = readEntries(in, add)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return samples, nil
}

func readRecords(r io.Reader, add func(line []byte)) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<22)
	for in.Scan() {
		add(in.Bytes())
	}
	return in.Err()
}

// readEntries makes records of what an archive has: as many for each process with
// a fingerprint that each version and each user agent is in one. Which versions
// sent which user agents an archive doesn't say: they are paired in turn.
func readEntries(r io.Reader, add func(line []byte)) error {
	a, err := archive.NewReader(r, nil, archive.Limits{})
	if err != nil {
		return err
	}
	var reader fingerprintdb.EntryReader
	var e fingerprintdb.Entry
	return a.Each(func(file string, line []byte) error {
		if file != fingerprintdb.FileDatabase || reader.Read(line, &e) != nil {
			return nil
		}
		for _, fp := range append([]string{e.Fingerprint}, e.Others...) {
			typ, _, ok := strings.Cut(fp, "/")
			if !ok {
				continue
			}
			for _, p := range e.Processes {
				kind := ""
				if len(p.Kinds) > 0 {
					kind = p.Kinds.Sorted()[0]
				}
				versions, agents := orNothing(p.Versions), orNothing(p.UserAgents)
				for i := range max(len(versions), len(agents)) {
					l := label{Name: p.Name, Version: versions[i%len(versions)], Family: p.Family, Kind: kind}
					add(recordOf(typ, fp, agents[i%len(agents)], l))
				}
			}
		}
		return nil
	})
}

// orNothing returns the values that were counted, or an empty one.
func orNothing(c fingerprintdb.Counts) []string {
	if len(c) == 0 {
		return []string{""}
	}
	return c.Sorted()
}

func recordOf(typ, fp, agent string, l label) []byte {
	var w record.Writer
	w.Object()
	w.Key("fingerprints").Object()
	w.TextKey([]byte(typ)).Text([]byte(fp))
	w.EndObject()
	if agent != "" && agent != fingerprintdb.NoUserAgent {
		w.Key("context").Object()
		w.Key("user_agent").Text([]byte(agent))
		w.EndObject()
	}
	w.Key("src_process").Object()
	for _, m := range []struct{ name, value string }{{"name", l.Name}, {"version", l.Version}, {"family", l.Family}, {"kind", l.Kind}} {
		w.Key(m.name).Text([]byte(m.value))
	}
	w.EndObject()
	w.Key("src_ip").Text([]byte("192.0.2.1"))
	w.Key("dst_ip").Text([]byte("192.0.2.2"))
	w.EndObject()
	return w.Bytes()
}
