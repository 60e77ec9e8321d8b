package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/npf"
)

type lookupCommand struct {
	cli.Common
	cli.SandboxFlags
	cli.ArchiveFlags
	Nearest      int           `short:"n" default:"5" placeholder:"N" help:"how many similar fingerprints to show"`
	TimeLimit    time.Duration `default:"10s" placeholder:"TIME" brief:"how long to search for them" help:"how long to search for them; 0 for as long as it takes"`
	JSON         bool          `name:"json" help:"write one JSON object per fingerprint"`
	Fingerprints []string      `arg:"" name:"fingerprint" help:"as in the fingerprints of a record, such as tls/(0303)(1301)((0000))"`
}

func newLookup() *cli.Command {
	return &cli.Command{
		Name:      "lookup",
		Summary:   "Show what a resource archive knows about a fingerprint, and similar ones.",
		Brief:     "show what an archive knows about a fingerprint",
		Details:   lookupDetails,
		Examples:  lookupExamples,
		ShortHelp: []string{"nearest", "time-limit", "json", "resources"},
		Runner:    &lookupCommand{},
	}
}

const lookupDetails = `Similar fingerprints need the fewest insertions, deletions and replacements of
elements: extensions, cipher suites, headers, names of algorithms.
`

const lookupExamples = `  merc-analyze lookup 'tls/(0303)(130213031301)((0000)(000b000403000102))'
  merc-analyze lookup --json -n 1 "$(jq -r .fingerprints.tls record.json)"
`

// Run looks fingerprints up.
func (c *lookupCommand) Run(_ context.Context, env *cli.Env) error {
	if c.Nearest < 0 {
		return cli.Usagef("--nearest: %d is less than 0", c.Nearest)
	}
	c.Confine(env, c.Verbose, cli.Needs{Read: []string{c.Resources, c.ResourcesKey}})
	out := bufio.NewWriter(env.Stdout)
	for i, fp := range c.Fingerprints {
		a, err := c.find(fp)
		if err != nil {
			return err
		}
		if c.JSON {
			err = writeJSON(out, a)
		} else {
			if i > 0 {
				fmt.Fprintln(out)
			}
			writeAnswer(out, a)
		}
		if err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (c *lookupCommand) find(fp string) (*fingerprintdb.Answer, error) {
	if _, _, _, err := npf.Elements(fp); err != nil {
		return nil, cli.Usagef("%s: %v", cli.Shorten(fp), err)
	}
	r, called, key, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	a, err := fingerprintdb.Search(r, fingerprintdb.Query{Fingerprint: fp, Nearest: c.Nearest, Time: c.TimeLimit, Key: key})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", called, err)
	}
	return a, nil
}

func writeJSON(w io.Writer, a *fingerprintdb.Answer) error {
	type near struct {
		Distance int                  `json:"distance"`
		Alike    float64              `json:"alike"`
		Missing  []string             `json:"missing,omitempty"`
		Extra    []string             `json:"extra,omitempty"`
		Known    *fingerprintdb.Entry `json:"known"`
	}
	v := struct {
		Fingerprint string               `json:"fingerprint"`
		Status      string               `json:"status"`
		Known       *fingerprintdb.Entry `json:"known,omitempty"`
		Nearest     []near               `json:"nearest,omitempty"`
		Compared    int                  `json:"compared"`
		Partial     bool                 `json:"partial"`
	}{Fingerprint: a.Fingerprint, Status: status(a), Known: a.Entry, Compared: a.Compared, Partial: a.Partial}
	for _, m := range a.Nearest {
		v.Nearest = append(v.Nearest, near{m.Distance, m.Similarity, readable(m.Missing), readable(m.Extra), m.Entry})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(&v)
}

func readable(elements []npf.Element) (list []string) {
	for _, e := range elements {
		list = append(list, e.Readable())
	}
	return list
}

// status is what is known of a fingerprint, in a word.
func status(a *fingerprintdb.Answer) string {
	switch {
	case a.Entry != nil:
		return "labeled"
	case a.Prevalent:
		return "unlabeled"
	}
	return "unknown"
}

func writeAnswer(w io.Writer, a *fingerprintdb.Answer) {
	fmt.Fprintln(w, cli.Printable(a.Fingerprint))
	switch status(a) {
	case "labeled":
		fmt.Fprintln(w, "is the fingerprint of")
		writeProcesses(w, a.Entry, true)
	case "unlabeled":
		fmt.Fprintln(w, "is common, but no process is known")
	default:
		fmt.Fprintln(w, "is not in the archive")
	}
	if len(a.Nearest) > 0 {
		fmt.Fprintln(w, "\nNearest:")
	}
	for _, m := range a.Nearest {
		fmt.Fprintf(w, "  distance %d, %.0f %% alike: %s\n", m.Distance, 100*m.Similarity, cli.Printable(m.Entry.Fingerprint))
		writeElements(w, "without", m.Missing)
		writeElements(w, "with", m.Extra)
		writeProcesses(w, m.Entry, false)
	}
	if a.Partial {
		fmt.Fprintf(w, "\nThe time was up after %d fingerprints; there are more.\n", a.Compared)
	}
}

// maxShown is how many of a kind are written for people.
const maxShown = 8

func writeElements(w io.Writer, word string, elements []npf.Element) {
	if len(elements) == 0 {
		return
	}
	list := readable(elements[:min(len(elements), maxShown)])
	if more := len(elements) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	fmt.Fprintf(w, "    %s %s\n", word, strings.Join(list, ", "))
}

func writeProcesses(w io.Writer, k *fingerprintdb.Entry, details bool) {
	for i := range k.Processes {
		p := k.Processes[i]
		if i == maxShown && !details {
			fmt.Fprintf(w, "    and %d more\n", len(k.Processes)-i)
			return
		}
		malware := ""
		if p.Malware {
			malware = ", malware"
		}
		share := 0.0
		if k.Total > 0 {
			share = 100 * float64(p.Count) / float64(k.Total)
		}
		fmt.Fprintf(w, "    %s (%d of %d, %.1f %%%s)\n", cli.Printable(p.Name), p.Count, k.Total, share, malware)
		if !details {
			continue
		}
		for _, v := range []struct {
			what   string
			values fingerprintdb.Counts
		}{
			{"version", p.Versions}, {"library", p.Libraries}, {"system", p.Systems}, {"user agent", p.UserAgents}, {"server", p.Servers},
		} {
			for n, value := range v.values.Sorted() {
				if n == maxShown {
					fmt.Fprintf(w, "      and %d more\n", len(v.values)-n)
					break
				}
				fmt.Fprintf(w, "      %s %s (%d)\n", v.what, cli.Printable(value), v.values[value])
			}
		}
	}
}
