// Evaluate measures how good a resource archive's answers are on what it
// doesn't know. It leaves part of the ground truth out of the archive, asks for
// what was left out, and does so for all parts: first whole programs, then
// versions of programs.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"maps"
	"os"
	"slices"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/build"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// formats of fingerprints in archives that are evaluated.
const formatTLS, formatQUIC = 2, 1

var (
	familiesFile = flag.String("families", "", "families.json of the archive")
	information  = flag.Float64("min-information", 0, "bits that a fingerprint must have")
	parts        = flag.Int("parts", 10, "how many parts the ground truth is split into")
	confident    = flag.Float64("confident", 0.9, "score from which an answer counts as confident")
	trafficOf    = flag.String("traffic", "", "ask this archive for the records from standard input; a record with the member capture begins the next capture. Arguments are archives of others that know clients")
	confirming   = flag.String("confirm", "", "compare the emulated ones of these labelled records with the others, and with archives of others in the arguments")
	wrongs       = flag.Int("wrong", 0, "show so many of the most frequent wrong answers of each kind")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *trafficOf != "" {
		if err := countTraffic(os.Stdin, os.Stdout, *trafficOf, flag.Args()); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *confirming != "" {
		samples, err := read([]string{*confirming})
		if err == nil {
			err = confirm(os.Stdout, samples, flag.Args())
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	families, err := os.ReadFile(*familiesFile)
	if err != nil {
		log.Fatal(err)
	}
	samples, err := read(flag.Args())
	if err != nil {
		log.Fatal(err)
	}
	for _, split := range []struct {
		name string
		part func(*sample) string
	}{
		{"programs left out", func(s *sample) string { return s.Name }},
		{"versions left out", func(s *sample) string { return s.Name + "/" + s.Version }},
	} {
		t := make(tables)
		for part := range *parts {
			isOut := func(s *sample) bool {
				h := fnv.New32a()
				io.WriteString(h, split.part(s))
				return int(h.Sum32()>>8)%*parts == part
			}
			if err := measure(t, samples, isOut, families); err != nil {
				log.Fatal(err)
			}
		}
		t.write(os.Stdout, split.name)
	}
}

// measure builds an archive without some samples, and asks it for them. Each
// combination of fingerprint, user agent and label counts once.
func measure(t tables, samples []*sample, isOut func(*sample) bool, families []byte) error {
	b := build.NewBuilder(build.Options{
		Version: "evaluation", TLS: formatTLS, QUIC: formatQUIC, NoDestinations: true,
		Families: families, MinInformation: *information,
	})
	var out []*sample
	familyOf := make(map[string]string)
	for _, s := range samples {
		familyOf[s.Name] = s.Family
		if isOut(s) {
			out = append(out, s)
		} else {
			b.Add(s.line)
		}
	}
	b.LeaveOutVague()
	var tgz bytes.Buffer
	if err := b.Write(&tgz); err != nil {
		return err
	}
	m, err := fingerprintdb.Load(&tgz, fingerprintdb.LoadOptions{})
	if err != nil {
		return err
	}
	a := fingerprintdb.NewAnalyzer(m)
	a.Explain = true
	var view envelope.View
	var converter npf.Converter
	asked := make(map[string]bool)
	for _, s := range out {
		if !view.Read(s.line) || !fingerprintdb.Classifiable(view.Type) {
			continue
		}
		fp, ok := view.InFormat(&converter, formatTLS, formatQUIC)
		if !ok {
			continue
		}
		agent := record.AppendUnescaped(nil, view.UserAgent)
		if key := fmt.Sprintf("%s %s %s %s", fp, agent, s.Name, s.Family); asked[key] {
			continue
		} else {
			asked[key] = true
		}
		var r fingerprintdb.Result
		a.Analyze(&fingerprintdb.Observation{Type: view.Type, Fingerprint: fp, Key: &flow.Key{}, UserAgent: agent}, &r)
		name, score, ok := r.Process()
		kind := "nearest"
		switch {
		case !ok:
			kind = "none"
		case r.Status() == fingerprintdb.Labeled:
			kind = "listed"
		}
		t.add(view.Type, kind, name, score, s, familyOf)
		if kind != "listed" {
			t.distance(view.Type, &r, s)
		}
	}
	return nil
}

// tables have a table for each type of fingerprint.
type tables map[npf.Type]*table

// A table counts answers.
type table struct {
	total, labelled, process, family, confidentlyWrong int
	listed                                             tally
	nearest                                            tally
	bins                                               [10]tally // by score
	distances                                          [distanceBins][marginBins]tally
	wrong                                              map[string]int
}

// Distances and margins are counted in bins of so many thousandths.
const (
	distanceBins, distanceBin = 12, 25
	marginBins, marginBin     = 8, 20
)

// distance counts whether the nearest fingerprint is of the right family, by its
// distance and by how much farther that of another family is.
func (t tables) distance(typ npf.Type, r *fingerprintdb.Result, s *sample) {
	var w record.Writer
	w.Object()
	r.Write(&w)
	w.EndObject()
	var v struct {
		Analysis struct {
			Explanation struct {
				Nearest struct {
					Family   string   `json:"family"`
					Distance *float64 `json:"distance"`
					Second   float64  `json:"second_distance"`
				} `json:"nearest"`
			} `json:"explanation"`
		} `json:"analysis"`
	}
	n := &v.Analysis.Explanation.Nearest
	if json.Unmarshal(w.Bytes(), &v) != nil || n.Distance == nil {
		return
	}
	margin := cmp.Or(n.Second, 1) - *n.Distance
	// Another family may be nearer, if it differs in GREASE.
	d, m := int(*n.Distance*1000+0.5), max(int(margin*1000+0.5), 0)
	t[typ].distances[min((d+distanceBin-1)/distanceBin, distanceBins-1)][min(m/marginBin, marginBins-1)].add(n.Family == s.Family)
}

type tally struct{ all, right int }

func (t *tally) add(right bool) {
	t.all++
	if right {
		t.right++
	}
}

func (t tally) String() string {
	if t.all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %% of %d", 100*float64(t.right)/float64(t.all), t.all)
}

func (t tables) add(typ npf.Type, kind, name string, score float64, s *sample, familyOf map[string]string) {
	x := t[typ]
	if x == nil {
		x = &table{wrong: make(map[string]int)}
		t[typ] = x
	}
	x.total++
	if kind == "none" {
		return
	}
	x.labelled++
	if name == s.Name {
		x.process++
	}
	right := name == s.Name || name == s.Family || familyOf[name] == s.Family
	if right {
		x.family++
	} else {
		x.wrong[fmt.Sprintf("%s: %s (%s) taken for %s, score %.2f", kind, s.Name, s.Family, name, score)]++
		if score >= *confident {
			x.confidentlyWrong++
		}
	}
	if kind == "listed" {
		x.listed.add(right)
	} else {
		x.nearest.add(right)
	}
	x.bins[min(int(score*10), 9)].add(right)
}

func (t tables) write(w io.Writer, title string) {
	fmt.Fprintf(w, "## %s\n\n", title)
	fmt.Fprintln(w, "| type | fingerprints | labelled | right process | right family | confidently wrong | family, listed | family, not listed |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|---:|")
	types := slices.Sorted(maps.Keys(t))
	share := func(n, of int) string {
		if of == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
	}
	for _, typ := range types {
		x := t[typ]
		fmt.Fprintf(w, "| %s | %d | %s | %s | %s | %s | %s | %s |\n", typ, x.total, share(x.labelled, x.total), share(x.process, x.labelled),
			share(x.family, x.labelled), share(x.confidentlyWrong, x.labelled), x.listed, x.nearest)
	}
	writeScoreHead(w)
	for _, typ := range types {
		writeScores(w, typ.String(), &t[typ].bins)
	}
	fmt.Fprintln(w)
	for _, typ := range types {
		t[typ].writeDistances(w, typ)
	}
	for _, typ := range types {
		writeFrequent(w, typ.String(), t[typ].wrong)
	}
}

// writeScoreHead begins a table of how often answers of each score are right.
func writeScoreHead(w io.Writer) {
	fmt.Fprint(w, "\nHow often the family is right, by score:\n\n| type |")
	for i := range 10 {
		fmt.Fprintf(w, " %.1f to %.1f |", float64(i)/10, float64(i+1)/10)
	}
	fmt.Fprint(w, "\n|---|")
	for range 10 {
		fmt.Fprint(w, "---:|")
	}
	fmt.Fprintln(w)
}

func writeScores(w io.Writer, name string, bins *[10]tally) {
	fmt.Fprintf(w, "| %s |", name)
	for _, b := range bins {
		fmt.Fprintf(w, " %s |", b)
	}
	fmt.Fprintln(w)
}

// writeFrequent writes the most frequent wrong answers.
func writeFrequent(w io.Writer, typ string, wrong map[string]int) {
	list := slices.SortedFunc(maps.Keys(wrong), func(a, b string) int { return cmp.Or(cmp.Compare(wrong[b], wrong[a]), cmp.Compare(a, b)) })
	for _, s := range list[:min(len(list), *wrongs)] {
		fmt.Fprintf(w, "%s: %d %s\n", typ, wrong[s], s)
	}
}

// writeDistances writes what families.json needs: how far to trust the nearest
// fingerprint.
func (x *table) writeDistances(w io.Writer, typ npf.Type) {
	fmt.Fprintf(w, "How often the family of the nearest fingerprint is right, for %s, by distance and by how much farther the next family is:\n\n| up to |", typ)
	for m := range marginBins {
		fmt.Fprintf(w, " %.3f |", float64(m*marginBin)/1000)
	}
	fmt.Fprint(w, "\n|---|")
	for range marginBins {
		fmt.Fprint(w, "---:|")
	}
	fmt.Fprintln(w)
	for d := range distanceBins {
		fmt.Fprintf(w, "| %.3f |", float64(d*distanceBin)/1000)
		for _, n := range x.distances[d] {
			fmt.Fprintf(w, " %s |", n)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}
