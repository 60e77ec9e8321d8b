// Package html writes a report as one page of HTML that needs nothing else: no
// network, and no script, although one sorts and filters its tables.
//
// All texts are escaped by html/template, and shown with what they are made of
// where they could not be seen. A content security policy in the page allows
// its own style and script only.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"sync"

	"merctools/lib/report"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style string

//go:embed script.js
var script string

// MaxSize is how many bytes a page has at most.
const MaxSize = 2_000_000

// sizes are how many rows tables have, and how many hosts a part of their own:
// the first with which the page is not too long.
var sizes = []struct{ rows, hosts int }{{200, 60}, {100, 40}, {50, 20}, {25, 10}, {10, 5}, {3, 2}}

// page is made when it is needed: most runs write no report.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"show":     show,
		"whole":    func(s string) []segment { return showUpTo(s, 1<<20) },
		"count":    func(n int) string { return report.Count(uint64(n)) },
		"big":      report.Count,
		"duration": report.Duration,
		"width":    func(part float64) string { return strconv.FormatFloat(100*part, 'f', 2, 64) },
		"percent": func(part float64) string {
			switch p := 100 * part; {
			case p == 0:
				return "0 %"
			case p < 1:
				return "< 1 %"
			default:
				return strconv.FormatFloat(p, 'f', 0, 64) + " %"
			}
		},
		"part":  report.Part,
		"jq":    jq,
		"col":   func(t *report.Table, i int) report.Column { return t.Columns[i] },
		"long":  long,
		"short": short,
		"table": func(t report.Table) *report.Table { return &t },
		"found": func(l report.Level) bool { return l == report.Bad || l == report.Warn || l == report.Info },
	}).Parse(pageText))
})

// maxWord is how many bytes the longest word of a text may have that is shown as
// it is; of others the page shows the beginning first.
const maxWord = 48

func long(s string) bool {
	for word := range strings.FieldsSeq(s) {
		if len(word) > maxWord {
			return true
		}
	}
	return false
}

// short is the beginning of a long text.
func short(s string) string {
	const most = 20
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i]
		}
	}
	return s
}

// maxJQ is how many rows a table's line for jq has.
const maxJQ = 20

// jq returns the line that selects the records of a table: by its condition, or
// by those of its first rows.
func jq(t *report.Table) string {
	condition := t.JQ
	if condition == "" {
		var list []string
		for _, r := range t.Rows {
			if r.JQ != "" && len(list) < maxJQ {
				list = append(list, "("+r.JQ+")")
			}
		}
		if len(list) == 0 {
			return ""
		}
		condition = strings.Join(list, " or ")
	}
	return "jq -c 'select(" + condition + ")' records.json"
}

// data is what the template gets.
type data struct {
	*report.Report
	Policy string
	Style  template.CSS
	Script template.JS
	Charts []*chart
	Live   string
}

// Write writes the page for what was collected. Tables get as many rows as fit
// into MaxSize.
func Write(w io.Writer, c *report.Collector, o report.Options) error {
	for i, size := range sizes {
		o.Rows, o.Hosts = size.rows, size.hosts
		text, err := render(c.Report(o), &o)
		if err != nil {
			return err
		}
		if len(text) <= MaxSize || i == len(sizes)-1 {
			_, err = w.Write(text)
			return err
		}
	}
	return nil
}

func render(r *report.Report, o *report.Options) ([]byte, error) {
	d := data{Report: r, Style: template.CSS(style), Script: template.JS(script)}
	d.Policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hash(style), hash(script))
	if !o.Live.IsZero() {
		d.Live = o.Live.UTC().Format("2006-01-02 15:04:05")
	}
	if t := r.Timeline; t != nil {
		for _, x := range []struct {
			class               string
			width, height, bins int
		}{{"wide", 1080, 220, 120}, {"narrow", 340, 190, 30}} {
			c, err := drawTimeline(t, x.class, x.width, x.height, x.bins)
			if err != nil {
				return nil, err
			}
			d.Charts = append(d.Charts, c)
		}
	}
	var b bytes.Buffer
	err := page().Execute(&b, &d)
	return b.Bytes(), err
}

// hash is how a content security policy names a text.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
