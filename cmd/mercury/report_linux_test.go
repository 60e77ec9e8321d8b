package main

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"merctools/lib/capture/ring/testnet"
)

// The report of a live capture is written again and again, and at the end
// without saying that there is more to come. Records stay as they are.
func TestLiveReport(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "-t", "4", "--report", "report.html", "--cbom", "cbom.json", "--report-time", "1")...)
	n.send(500)
	has := func(text string) func() bool {
		return func() bool {
			b, err := os.ReadFile(filepath.Join(n.dir, "report.html"))
			return err == nil && bytes.Contains(b, []byte(text))
		}
	}
	testnet.Until(t, "500 messages in a report under way", func() bool {
		return has("<dd>500<small>")() && has("A capture under way, as of ")()
	})
	n.send(100)
	n.waitFor("out.json", 600)
	c.Signal(syscall.SIGTERM)
	expectCounts(t, c, c.Wait(), map[string]int{"packets captured": 600, "records written": 600})
	if !has("<dd>600<small>")() || has("A capture under way")() || !has("<h1>b</h1>")() {
		t.Error("the last report is not that of the whole capture")
	}
	records, err := os.ReadFile(filepath.Join(n.dir, "out.json"))
	if err != nil || bytes.Contains(records, []byte(`"size"`)) || bytes.Contains(records, []byte("capture_summary")) {
		t.Errorf("%v: records have what is for the report only", err)
	}
	for _, name := range n.files() {
		if name != "out.json" && name != "report.html" && name != "cbom.json" {
			t.Errorf("there is a file %s", name)
		}
	}
}
