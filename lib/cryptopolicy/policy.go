// Package cryptopolicy holds handshakes against cryptographic policies: which of
// the algorithms that they offer or choose a policy does not allow.
package cryptopolicy

import (
	"fmt"
	"strings"

	"merctools/lib/proto"
	"merctools/lib/proto/dtls"
	"merctools/lib/proto/quic"
	"merctools/lib/proto/ssh"
	"merctools/lib/proto/tls"
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

// IsHello reports whether a message is one that can't be assessed where parts
// of it are missing.
func IsHello(m proto.Message) bool {
	switch m.(type) {
	case *tls.ClientMessage, *tls.ServerMessage, *dtls.ClientMessage, *quic.Initial:
		return true
	}
	return false
}

// Assess writes the member cryptographic_security_assessment for a message
// that can be assessed, and returns what was found.
func (p *Policies) Assess(m proto.Message, w *record.Writer) Finding {
	switch m := m.(type) {
	case *tls.ClientMessage:
		return p.each(w, func(x policy) bool { return x != quantumSafe || assessClient(m.ClientHello(), w) })
	case *tls.ServerMessage:
		return p.each(w, func(x policy) bool { return p.server(x, m.ServerHello(), w) })
	case *dtls.ClientMessage:
		return p.each(w, func(x policy) bool {
			return x != quantumSafe || assessDatagram("client", helloOf(m.ClientHello()), w)
		})
	case *dtls.ServerMessage:
		return p.each(w, func(x policy) bool {
			return x != quantumSafe || assessDatagram("session", serverHelloOf(m.ServerHello()), w)
		})
	case *quic.Initial:
		if hello := m.ClientHello(); hello.Ok() {
			return p.each(w, func(x policy) bool { return x != quantumSafe || assessClient(hello, w) })
		}
	case *ssh.Identification:
		return p.ssh(m.KEXInit(), w)
	case *ssh.KeyExchange:
		return p.ssh(m.KEXInit(), w)
	}
	return 0
}

// each applies the policies in their order. check says whether the message
// complies with one.
func (p *Policies) each(w *record.Writer, check func(policy) bool) Finding {
	var found Finding
	w.Key("cryptographic_security_assessment").Array()
	for _, x := range p.list {
		if !check(x) {
			found |= NotQuantumSafe << x
		}
	}
	w.EndArray()
	return found
}

func (p *Policies) ssh(k *ssh.KEXInit, w *record.Writer) Finding {
	if !k.Present() {
		return 0
	}
	return p.each(w, func(x policy) bool { return x != quantumSafe || assessSSH(k, w) })
}

func (p *Policies) server(x policy, m *tls.ServerHello, w *record.Writer) bool {
	if x == quantumSafe {
		return assessServer(m, w)
	}
	return p.assessNIST(m, w)
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
