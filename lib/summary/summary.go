// Package summary says what captures are as a whole: how many packets they
// have, of what time, and how much of them can't be read. That stands in a line
// of its own behind the records, which carries it through a pipe:
//
//	{"capture_summary":{"captures":[{"name":"a.pcap","packets":7}],"total":{"packets":7}}}
package summary

import (
	"bytes"
	"encoding/json"
	"fmt"

	"merctools/lib/record"
)

// A Capture is one of them, or all of them.
type Capture struct {
	Name       string `json:"name,omitempty"`
	Packets    uint64 `json:"packets"`
	Bytes      uint64 `json:"bytes"`                        // on the wire
	Cut        uint64 `json:"cut_packets,omitempty"`        // packets of which the capture has the beginning only
	Unreadable uint64 `json:"unreadable_packets,omitempty"` // packets of link types that nothing can read
	Dropped    uint64 `json:"dropped_packets,omitempty"`    // packets that a live capture lost
	First      int64  `json:"first_ns,omitempty"`           // time of the earliest packet, in nanoseconds since 1970; 0 if unknown
	Last       int64  `json:"last_ns,omitempty"`            // of the latest one
}

// See counts a packet by its length on the wire and in the capture, and its
// time in nanoseconds since 1970, which is 0 if unknown.
func (c *Capture) See(wire, captured uint32, t int64) {
	c.Packets++
	c.Bytes += uint64(wire)
	if captured < wire {
		c.Cut++
	}
	if t == 0 {
		return
	}
	if c.First == 0 || t < c.First {
		c.First = t
	}
	c.Last = max(c.Last, t)
}

// Add adds what another one has.
func (c *Capture) Add(o *Capture) {
	c.Packets += o.Packets
	c.Bytes += o.Bytes
	c.Cut += o.Cut
	c.Unreadable += o.Unreadable
	c.Dropped += o.Dropped
	if c.First == 0 || o.First != 0 && o.First < c.First {
		c.First = o.First
	}
	c.Last = max(c.Last, o.Last)
}

// A Summary sums up all captures of a run.
type Summary struct {
	Captures []Capture `json:"captures"`         // at most MaxCaptures
	Files    int       `json:"files"`            // how many there were
	Total    Capture   `json:"total"`            // of all of them
	Live     bool      `json:"live,omitempty"`   // packets came from an interface
	Added    []string  `json:"added,omitempty"`  // members on demand that records have
	Errors   []string  `json:"errors,omitempty"` // what kept captures from being read, at most MaxErrors

	Shortened uint64            `json:"shortened_records,omitempty"` // records of which something was left out
	Evicted   map[string]uint64 `json:"evicted,omitempty"`           // state that was forgotten because there was too much, by kind; at most MaxKinds
}

// MaxCaptures, MaxErrors and MaxKinds bound the lists of a Summary.
const (
	MaxCaptures = 200
	MaxErrors   = 50
	MaxKinds    = 50
)

const key = "capture_summary"

var prefix = []byte(`{"` + key + `":`)

// Is reports whether a line is that of a Summary.
func Is(line []byte) bool { return bytes.HasPrefix(line, prefix) }

// Append appends the line.
func (s *Summary) Append(dst []byte) ([]byte, error) {
	text, err := json.Marshal(map[string]*Summary{key: s})
	if err != nil {
		return dst, err
	}
	return append(append(dst, asASCII(text)...), '\n'), nil
}

// asASCII escapes all other characters, as records do. In JSON they are in
// strings only.
func asASCII(text []byte) []byte {
	var out []byte
	for _, r := range string(text) {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
	}
	return out
}

// Read reads the line. It returns an error where it is no such line, or has
// more than a Summary may.
func Read(line []byte) (*Summary, error) {
	value := record.Find(line, key)
	if value == nil {
		return nil, fmt.Errorf("no %s", key)
	}
	s := new(Summary)
	if err := json.Unmarshal(value, s); err != nil {
		return nil, err
	}
	if len(s.Captures) > MaxCaptures || len(s.Errors) > MaxErrors || len(s.Evicted) > MaxKinds {
		return nil, fmt.Errorf("%s: %d captures, %d errors and %d kinds of state", key, len(s.Captures), len(s.Errors), len(s.Evicted))
	}
	return s, nil
}
