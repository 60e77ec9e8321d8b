package cmd

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What merc-fp --explain derives from fingerprints is what is made from the
// messages, and it explains every fingerprint that the commands write.
func TestExplainFingerprints(t *testing.T) {
	captures, err := filepath.Glob("../testdata/captures/*.pcap")
	if err != nil || len(captures) == 0 {
		t.Fatal(captures, err)
	}
	c := exec.Command(command("merc-fp"), append([]string{"--deep", "-s", "--fingerprints=all"}, captures...)...)
	records, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]map[string]bool{} // by NPF's fingerprint
	types := map[string]bool{}
	for line := range bytes.Lines(records) {
		var r struct{ Fingerprints map[string]string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		var npf string
		found := map[string]bool{}
		for name, fp := range r.Fingerprints {
			if strings.Contains(fp, "/") {
				npf = fp
				types[name] = true
			} else if name != "ja4_o" && name != "ja3s" {
				found[fp] = true
			}
		}
		if npf == "" {
			continue
		}
		if hashes[npf] == nil {
			hashes[npf] = map[string]bool{}
		}
		maps.Copy(hashes[npf], found)
	}
	if len(types) < 15 || len(hashes) < 50 {
		t.Fatalf("%d fingerprints of the types %v", len(hashes), slices.Sorted(maps.Keys(types)))
	}

	c = exec.Command(command("merc-fp"), "--explain", "-", "--json")
	c.Stdin = strings.NewReader(strings.Join(slices.Sorted(maps.Keys(hashes)), "\n"))
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err, stderr.String())
	}
	n, derived := 0, 0
	for line := range bytes.Lines(out) {
		var e struct {
			Fingerprint string
			AlsoKnownAs []struct{ Name, Text string } `json:"also_known_as"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		n++
		if len(hashes[e.Fingerprint]) == 0 { // a message that was cut off
			continue
		}
		for _, also := range e.AlsoKnownAs {
			derived++
			if !hashes[e.Fingerprint][also.Text] {
				t.Errorf("%s: %s %s, not in %v", e.Fingerprint, also.Name, also.Text, slices.Sorted(maps.Keys(hashes[e.Fingerprint])))
			}
		}
	}
	if n != len(hashes) || derived < 100 {
		t.Errorf("%d of %d explained, %d hashes", n, len(hashes), derived)
	}
}
