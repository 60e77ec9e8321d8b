// Compare holds the fingerprints that merc-fp adds beside NPF's against those
// of other programs: JA3, JA3S and HASSH against tshark's, JA4 against what
// FoxIO's repository expects of the captures in it. It also compares Community
// IDs with tshark's.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/engine"
	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// A place is where a fingerprint was found.
type place struct {
	frame int    // its number, as tshark counts
	flow  string // "src:port-dst:port"
}

// A found is a fingerprint.
type found struct {
	place
	kind, text string
}

func main() {
	ja4 := flag.String("ja4", "", "directory with FoxIO's expected answers, CAPTURE.json")
	verbose := flag.Bool("v", false, "also list hellos that only one of the programs sees")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: compare-fingerprints [-v] [-ja4 DIR] CAPTURE|DIR...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	unknown := false // that tshark knows no Community IDs was said
	c := comparison{verbose: *verbose, counts: map[string]*count{}}
	for _, name := range flag.Args() {
		ours, err := fingerprintsOf(name)
		if err != nil || len(ours) == 0 {
			continue // not a capture, or one without hellos
		}
		c.name = name
		theirs, err := tshark(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		c.tshark(ours, slices.Clone(theirs))
		switch ids, ok, err := communityIDs(name); {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		case ok:
			c.community(ours, ids)
		case !unknown:
			unknown = true
			fmt.Fprintln(os.Stderr, "Community IDs are not compared: this tshark has none")
		}
		if *ja4 == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(*ja4, filepath.Base(name)+".json"))
		if err != nil {
			continue // nothing is expected of this one
		}
		if err := c.foxIO(ours, theirs, text); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
	}
	if c.report() {
		os.Exit(1)
	}
}

// fingerprintsOf returns the fingerprints in a capture.
func fingerprintsOf(name string) ([]found, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	list, err := fingerprints.Parse("all")
	if err != nil {
		return nil, err
	}
	added, err := members.Parse("community_id", 0)
	if err != nil {
		return nil, err
	}
	e, err := engine.New(engine.Config{Options: proto.Options{Reassembly: true}, Fingerprints: list, Members: added})
	if err != nil {
		return nil, err
	}
	w := e.NewWorker(nil)
	var all []found
	var headers packet.Headers
	var batch capture.Batch
	var out []byte
	for frame := 0; r.ReadBatch(&batch) == nil; {
		for i := range batch.Packets {
			frame++
			p := &batch.Packets[i]
			if out = w.Packet(out[:0], p.Link, batch.Bytes(i), p.Time); len(out) == 0 {
				continue
			}
			var record struct {
				Fingerprints map[string]string
				SrcIP        string `json:"src_ip"`
				DstIP        string `json:"dst_ip"`
				CommunityID  string `json:"community_id"`
			}
			if err := json.Unmarshal(out, &record); err != nil {
				return nil, err
			}
			k := w.Flow()
			at := place{frame, flowName(record.SrcIP, k.SrcPort, record.DstIP, k.DstPort)}
			// tshark has one ID for a packet that it puts together: later
			// fragments, which have no ports, have none of their own.
			e.Decoder().Decode(&headers, p.Link, batch.Bytes(i))
			if record.CommunityID != "" && headers.HasFirstByte(batch.Bytes(i)) {
				all = append(all, found{at, communityKind, record.CommunityID})
			}
			for kind, text := range record.Fingerprints {
				if slices.Contains(fingerprints.Names(), kind) {
					all = append(all, found{at, kind, text})
				}
			}
		}
	}
	return all, nil
}

func flowName(src string, srcPort any, dst string, dstPort any) string {
	return fmt.Sprintf("%s:%v-%s:%v", src, srcPort, dst, dstPort)
}

// A comparison counts what agrees.
type comparison struct {
	name    string
	verbose bool
	counts  map[string]*count // by kind of fingerprint
}

type count struct{ equal, different, onlyOurs, onlyTheirs int }

func (c *comparison) count(kind string) *count {
	if c.counts[kind] == nil {
		c.counts[kind] = new(count)
	}
	return c.counts[kind]
}

// tshark compares the fingerprints of each flow: a message of several packets
// may count as one of its first packet, or its last. What is left of a flow are
// fingerprints that differ if they are in the same frame, or else hellos that
// only one program sees.
func (c *comparison) tshark(ours, theirs []found) {
	for _, f := range ours {
		if f.kind == communityKind || strings.HasPrefix(f.kind, "ja4") {
			continue
		}
		n := c.count(f.kind)
		if i := slices.IndexFunc(theirs, func(o found) bool {
			return o.kind == f.kind && o.text == f.text && (o.flow == f.flow || o.frame == f.frame)
		}); i >= 0 {
			theirs = slices.Delete(theirs, i, i+1)
			n.equal++
			continue
		}
		if i := slices.IndexFunc(theirs, func(o found) bool { return o.frame == f.frame && o.kind == f.kind }); i >= 0 {
			n.different++
			c.say("frame %d: %s %s, tshark has %s", f.frame, f.kind, f.text, theirs[i].text)
			theirs = slices.Delete(theirs, i, i+1)
			continue
		}
		n.onlyOurs++
		c.note("frame %d: %s %s is not in tshark's", f.frame, f.kind, f.text)
	}
	for _, f := range theirs {
		c.count(f.kind).onlyTheirs++
		c.note("frame %d: tshark has %s %s", f.frame, f.kind, f.text)
	}
}

// foxIO compares the fingerprints of each flow. Where tshark sees more hellos in
// it, what is expected may be of one that is not seen here.
func (c *comparison) foxIO(ours, theirs []found, text []byte) error {
	var expected []map[string]any
	if err := json.Unmarshal(text, &expected); err != nil {
		return err
	}
	for _, stream := range expected {
		flow := flowName(fmt.Sprint(stream["src"]), stream["srcport"], fmt.Sprint(stream["dst"]), stream["dstport"])
		for name, value := range stream {
			name, _, _ = strings.Cut(name, ".")
			kind := map[string]string{"JA4": "ja4", "JA4_r": "ja4_r", "JA4_o": "ja4_o"}[name]
			if kind == "" {
				continue
			}
			n := c.count(kind)
			var there []string
			for _, f := range ours {
				if f.kind == kind && f.flow == flow {
					there = append(there, f.text)
				}
			}
			switch {
			case slices.Contains(there, fmt.Sprint(value)):
				n.equal++
			case number(theirs, "ja3", flow) > number(ours, "ja3", flow):
				n.onlyTheirs++
				c.note("%s: %s %v is expected", flow, kind, value)
			default:
				n.different++
				c.say("%s: %s %q, %v is expected", flow, kind, there, value)
			}
		}
	}
	return nil
}

// number is how many fingerprints of a kind there are in a flow.
func number(list []found, kind, flow string) (n int) {
	for _, f := range list {
		if f.kind == kind && f.flow == flow {
			n++
		}
	}
	return n
}

func (c *comparison) say(format string, args ...any) {
	fmt.Printf("%s: %s\n", c.name, fmt.Sprintf(format, args...))
}

func (c *comparison) note(format string, args ...any) {
	if c.verbose {
		c.say(format, args...)
	}
}

// report prints what was counted. It reports whether anything differs.
func (c *comparison) report() (differs bool) {
	for _, kind := range append(fingerprints.Names(), communityKind) {
		n := c.counts[kind]
		if n == nil {
			continue
		}
		fmt.Printf("%-12s %6d equal, %d different, %d only here, %d only there\n", kind, n.equal, n.different, n.onlyOurs, n.onlyTheirs)
		differs = differs || n.different > 0
	}
	return differs
}
