package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A rule says which processes are of a family.
type rule struct {
	protocol, name, library *regexp.Regexp
	family                  string // = for the name of the process
}

// readRules reads a line for each rule: protocol, name, library and family,
// separated by tabs.
func readRules(file string) (rules []rule, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(line, "\t")
		if len(columns) != 4 {
			return nil, fmt.Errorf("%s:%d: %d columns, not 4", file, i+1, len(columns))
		}
		var patterns [3]*regexp.Regexp
		for j := range patterns {
			pattern := columns[j]
			if pattern == "-" {
				pattern = ".*"
			}
			if patterns[j], err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
			}
		}
		rules = append(rules, rule{patterns[0], patterns[1], patterns[2], columns[3]})
	}
	return rules, nil
}

// complete adds kind and family to labels that lack them, such as those of
// merc-analyze label, which come from programs that ran.
func complete(file string) error {
	rules, err := readRules(file)
	if err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<22)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		line := in.Bytes()
		var r struct {
			Fingerprints map[string]string `json:"fingerprints"`
			Process      label             `json:"src_process"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		add := ""
		if r.Process.Kind == "" {
			add += `"kind":"real",`
		}
		if r.Process.Family == "" {
			family, err := json.Marshal(familyOf(rules, r.Fingerprints, r.Process))
			if err != nil {
				return err
			}
			add += `"family":` + string(family) + ","
		}
		name, err := json.Marshal(r.Process.Process)
		if err != nil {
			return err
		}
		// The name stays the first member: scripts look for it there.
		first := append([]byte(`"src_process":{"name":`), name...)
		before, after, found := bytes.Cut(line, first)
		if !found {
			return fmt.Errorf("no label with a name in %.200s", line)
		}
		out.Write(before)
		out.Write(first)
		out.WriteString(strings.TrimSuffix(","+add, ","))
		out.Write(after)
		out.WriteByte('\n')
	}
	return in.Err()
}

func familyOf(rules []rule, fingerprints map[string]string, l label) string {
	for _, r := range rules {
		for protocol := range fingerprints {
			if r.protocol.MatchString(protocol) && r.name.MatchString(l.Process) && r.library.MatchString(l.Library) {
				if r.family == "=" {
					return l.Process
				}
				return r.family
			}
		}
	}
	return l.Process
}
