// Package cryptopolicy holds handshakes against cryptographic policies: which of
// the algorithms that they offer or choose a policy does not allow.
package cryptopolicy

import (
	"fmt"
	"strings"

	"merctools/lib/proto"
	"merctools/lib/record"
)

// A Finding says which policies a message does not comply with.
type Finding uint8

// The findings; they are bits.
const (
	NotQuantumSafe  Finding = 1 << iota
	NotNISTSP800_52         // NIST SP 800-52 revision 2
)

// Policies are the policies that messages are held against, in their order.
type Policies struct {
	list  []policy
	order extensionOrder
}

type policy uint8

const (
	quantumSafe policy = iota
	nistSP80052
)

// Names are what Parse knows.
const Names = "default, quantum_safe, nist_sp_800_52"

// Parse reads a comma-separated list of policies. The default is all of them.
func Parse(list string) (*Policies, error) {
	if list == "default" {
		return &Policies{list: []policy{quantumSafe, nistSP80052}}, nil
	}
	p := &Policies{}
	seen := map[policy]bool{}
	for name := range strings.SplitSeq(list, ",") {
		var x policy
		switch strings.TrimSpace(name) {
		case "quantum_safe":
			x = quantumSafe
		case "nist_sp_800_52":
			x = nistSP80052
		default:
			return nil, fmt.Errorf("unknown policy %q (known: %s)", name, Names)
		}
		if !seen[x] {
			p.list = append(p.list, x)
		}
		seen[x] = true
	}
	return p, nil
}

// Copy returns the same policies for another goroutine.
func (p *Policies) Copy() *Policies {
	if p == nil {
		return nil
	}
	return &Policies{list: p.list}
}

// Assess writes the member cryptographic_security_assessment for the
// parameters of a message, and returns what was found.
func (p *Policies) Assess(h *proto.Handshake, w *record.Writer) Finding {
	var found Finding
	w.Key("cryptographic_security_assessment").Array()
	for _, x := range p.list {
		if !p.check(x, h, w) {
			found |= NotQuantumSafe << x
		}
	}
	w.EndArray()
	return found
}

// check writes what a policy says of parameters, if it says anything, and
// reports whether they comply with it.
func (p *Policies) check(x policy, h *proto.Handshake, w *record.Writer) bool {
	if x == quantumSafe {
		return assessQuantumSafe(h, w)
	}
	return h.Kind != proto.TLSChoice || p.assessNIST(h, w)
}

// A set is a set of code points.
type set map[uint16]struct{}

func newSet(codes ...uint16) set {
	s := set{}
	for _, c := range codes {
		s[c] = struct{}{}
	}
	return s
}

func (s set) has(c uint16) bool {
	_, ok := s[c]
	return ok
}
