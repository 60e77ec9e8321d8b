package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"merctools/lib/fingerprintdb"
	"merctools/lib/npf"
)

// named counts messages, and those that have a process.
type named struct{ all, process int }

func (n *named) add(process bool) {
	n.all++
	if process {
		n.process++
	}
}

func (n *named) String() string {
	return fmt.Sprintf("%.1f %% of %d", 100*float64(n.process)/float64(n.all), n.all)
}

// countTraffic counts how many clients' messages in records have a process: all
// of them, and each fingerprint once for each capture.
func countTraffic(r io.Reader, w io.Writer) error {
	messages, once := make(map[string]*named), make(map[string]*named)
	seen := make(map[string]bool)
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var v struct {
			Capture      *string        `json:"capture"`
			Fingerprints map[string]any `json:"fingerprints"`
			Analysis     struct {
				Process string `json:"process"`
			} `json:"analysis"`
		}
		if json.Unmarshal(in.Bytes(), &v) != nil {
			continue
		}
		if v.Capture != nil {
			clear(seen)
			continue
		}
		for typ, fp := range v.Fingerprints {
			if !fingerprintdb.Classifiable(npf.TypeByName([]byte(typ))) {
				continue
			}
			if messages[typ] == nil {
				messages[typ], once[typ] = new(named), new(named)
			}
			messages[typ].add(v.Analysis.Process != "")
			if key := fmt.Sprint(typ, fp); !seen[key] {
				seen[key] = true
				once[typ].add(v.Analysis.Process != "")
			}
		}
	}
	fmt.Fprint(w, "| type | messages with a process | each fingerprint once for each capture |\n|---|---:|---:|\n")
	for _, typ := range slices.Sorted(maps.Keys(messages)) {
		fmt.Fprintf(w, "| %s | %s | %s |\n", typ, messages[typ], once[typ])
	}
	return in.Err()
}
