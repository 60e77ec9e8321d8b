package html_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"merctools/lib/report"
	"merctools/lib/report/html"
	"merctools/lib/report/reporttest"
)

func page(t *testing.T, c *report.Collector, o report.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var scripts = regexp.MustCompile(`(?i)<script|<img|<style`)

// Hostile text is text, and visible.
func TestHostile(t *testing.T) {
	c := report.New(report.MaxMemory)
	reporttest.Hostile(c)
	text := page(t, c, report.Options{})
	if !utf8.ValidString(text) {
		t.Error("not UTF-8")
	}
	for _, hidden := range "\u202e\u200b\x00\x1b\u2066\ufeff\u2028\U000e0041" {
		if i := strings.IndexRune(text, hidden); i >= 0 {
			t.Errorf("%U is on the page: %q", hidden, text[max(i-50, 0):i+20])
		}
	}
	for _, want := range []string{`<span class="odd">\u{202e}</span>`, `<span class="odd">\x00</span>`, `&lt;script&gt;window.pwned=1`, "{{.Title}}"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if n := len(scripts.FindAllString(text, -1)); n != 2 {
		t.Errorf("%d elements of scripts and styles: %q", n, scripts.FindAllString(text, -1))
	}
}

// What is not known has a reason; a report of nothing is one.
func TestEmpty(t *testing.T) {
	text := page(t, report.New(report.MaxMemory), report.Options{Archive: &report.Archive{Version: "7", Processes: 3}})
	for _, want := range []string{"The archive knows no malware.", "Not checked: records need merc-fp --add=report.", "No certificate was seen", "Records have no times."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// A page has a bound, whatever is in it, and says what it left out.
func TestSize(t *testing.T) {
	c := report.New(report.MaxMemory)
	long := strings.Repeat("\\u202e", 190)
	for i := range 20000 {
		c.Add(fmt.Appendf(nil, `{"fingerprints":{"tls":"tls/(0303)(%04x)((%s))"},"tls":{"client":{"server_name":"%d%s"}},"context":{"user_agent":"%d%s"},"analysis":{"process":"p%d%s","score":1,"malware":1,"p_malware":1,"attributes":[{"name":"faketls"},{"name":"domain_faking"}]},"credentials":"password","src_ip":"10.%d.%d.%d","dst_ip":"192.0.2.%d","protocol":6,"src_port":%d,"dst_port":%d,"event_start":%d.000000}`,
			i, strings.Repeat("0a", 600), i, long, i, long, i, long, i>>16, i>>8&255, i&255, i%256, i%60000, 1+i%40000, 1795457141+i))
	}
	text := page(t, c, report.Options{})
	if len(text) > html.MaxSize || len(text) < html.MaxSize/8 {
		t.Errorf("%d bytes", len(text))
	}
	if !strings.Contains(text, "of more than ") || !strings.Contains(text, "There were too many to keep") {
		t.Error("the page does not say what it leaves out")
	}
	t.Logf("%d bytes", len(text))
}

// The same records give the same page.
func TestSame(t *testing.T) {
	var pages [2]string
	for i := range pages {
		c := report.New(report.MaxMemory)
		reporttest.Collect(t, c, "tls12.pcap", "http.pcap", "dns.pcap", "ssh.pcap")
		pages[i] = page(t, c, report.Options{})
	}
	if pages[0] != pages[1] {
		t.Error("two pages of the same records differ")
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1204: "1,204", 1234567: "1,234,567"} {
		if got := report.Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
