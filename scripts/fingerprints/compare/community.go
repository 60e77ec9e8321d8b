package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// communityKind is what Community IDs are counted as.
const communityKind = "community_id"

// communityIDs returns the Community IDs that tshark finds in a capture, by flow:
// several where those of ICMP differ by type. Frames don't do, since tshark also
// counts blocks of pcapng that hold no packet. ok is false where tshark knows
// none.
func communityIDs(name string) (ids map[string][]string, ok bool, err error) {
	args := []string{"-r", name, "-n", "--enable-protocol", "communityid", "-T", "fields", "-Y", "communityid", "-e", "communityid"}
	for _, field := range addresses {
		args = append(args, "-e", field)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		if text := stderr.String(); strings.Contains(text, "communityid") {
			return nil, false, nil
		} else if !strings.Contains(text, "cut short") {
			return nil, false, fmt.Errorf("tshark: %w: %s", err, text)
		}
	}
	ids = map[string][]string{}
	for line := range strings.Lines(string(out)) {
		values := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(values) != 1+len(addresses) {
			return nil, false, fmt.Errorf("tshark: unexpected line %q", line)
		}
		flow := flowOf(values[1:])
		for id := range strings.SplitSeq(values[0], ",") {
			if !slices.Contains(ids[flow], id) {
				ids[flow] = append(ids[flow], id)
			}
		}
	}
	return ids, true, nil
}

// flowOf is the flow that the innermost values of the addresses tell.
func flowOf(values []string) string {
	var a []string
	for _, v := range values {
		a = append(a, v[strings.LastIndexByte(v, ',')+1:])
	}
	return flowName(a[0]+a[1], cmp.Or(a[2]+a[3], "0"), a[4]+a[5], cmp.Or(a[6]+a[7], "0"))
}

// community compares the Community IDs of records with those of their flows, or
// of any: an ICMP error is one of the flow that it tells of, in tshark's fields.
func (c *comparison) community(ours []found, theirs map[string][]string) {
	known := map[string]bool{}
	for _, list := range theirs {
		for _, id := range list {
			known[id] = true
		}
	}
	for _, f := range ours {
		if f.kind != communityKind {
			continue
		}
		n := c.count(communityKind)
		switch list := theirs[f.flow]; {
		case known[f.text]:
			n.equal++
		case len(list) > 0:
			n.different++
			c.say("frame %d: Community ID %s of %s, tshark has %s", f.frame, f.text, f.flow, strings.Join(list, " "))
		default:
			n.onlyOurs++
			c.note("frame %d: Community ID %s of %s is not in tshark's", f.frame, f.text, f.flow)
		}
	}
}
