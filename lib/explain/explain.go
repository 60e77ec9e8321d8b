// Package explain says in words what a fingerprint is made of: the names of
// versions, cipher suites, extensions, groups, algorithms, headers and options.
package explain

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"merctools/lib/npf"
)

// An Explanation is what a fingerprint says.
type Explanation struct {
	Fingerprint string `json:"fingerprint"`
	Type        string `json:"type"`
	Format      int    `json:"format"`
	Summary     string `json:"summary"` // a sentence without its end
	Parts       []Part `json:"parts,omitempty"`
	// AlsoKnownAs are fingerprints of other kinds that follow from this one,
	// if the message was whole.
	AlsoKnownAs []Part `json:"also_known_as,omitempty"`
}

// A Part is one part of a fingerprint. Text from the network is escaped.
type Part struct {
	Name   string `json:"name,omitempty"`
	Code   string `json:"code,omitempty"` // as in the fingerprint: hexadecimal digits
	Text   string `json:"text,omitempty"` // the value in words
	GREASE bool   `json:"grease,omitempty"`
	Parts  []Part `json:"parts,omitempty"`
}

// Fingerprint explains a fingerprint of NPF, JA4 or JA4_r.
func Fingerprint(fp string) (*Explanation, error) {
	switch {
	case isDigest(fp):
		return nil, errors.New("this is a hash, such as JA3 or HASSH: what it was made from can't be recovered")
	case looksLikeJA4(fp):
		return ja4(fp)
	}
	tree, err := npf.Parse(fp)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Fingerprint: fp, Type: tree.Type.String(), Format: tree.Format}
	r := reader{groups: tree.Groups}
	switch tree.Type {
	case npf.TLS, npf.DTLS, npf.QUIC:
		e.client(tree, &r)
	case npf.TLSServer, npf.DTLSServer:
		e.Summary = "ServerHello of " + protocolName(tree.Type)
		e.add(version(r.value()), suites("cipher suite", r.value()), extensions(r.next(), true))
	case npf.OpenVPN:
		e.openVPN(&r)
	case npf.HTTP:
		e.Summary = "Request of HTTP: method, version, and header fields that tell programs apart"
		e.add(text("method", r.value()), text("version", r.value()), headers(r.next()))
	case npf.HTTPServer:
		e.Summary = "Response of HTTP: version, status, and header fields that tell programs apart"
		e.add(text("version", r.value()), text("status", r.value()), text("reason", r.value()), headers(r.next()))
	case npf.SSH, npf.SSHKex, npf.SSHServer, npf.SSHKexServer:
		e.ssh(tree.Type, &r)
	case npf.SSHInit, npf.SSHInitServer:
		e.Summary = "Identification string of SSH, from the " + side(tree.Type)
		e.add(text("identification", r.value()))
	case npf.TCP, npf.TCPServer:
		e.tcp(tree.Type, &r)
	case npf.STUN:
		e.stun(&r)
	case npf.DHCP:
		e.Summary = "DHCP request: its options in their order"
		e.add(dhcpOptions(r.next()))
	case npf.SMTPServer:
		e.Summary = "Reply to EHLO of a mail server: the lines without names and greetings"
		for len(r.groups) > 0 {
			e.add(text("line", r.value()))
		}
	case npf.Tofsee:
		e.Summary = "Greeting of the malware Tofsee, which is the same for all of its servers"
		if tree.Word == "generic" {
			tree.Word = ""
		}
	}
	switch {
	case tree.Word == "randomized" && (tree.Type == npf.TLS || tree.Type == npf.DTLS || tree.Type == npf.QUIC):
		e.Parts, e.AlsoKnownAs = nil, nil
		e.Summary = "Stands for fingerprints that a client makes up at random"
	case tree.Word != "":
		return nil, fmt.Errorf("unknown word %q in a fingerprint of type %s", tree.Word, tree.Type)
	case r.missing:
		return nil, fmt.Errorf("too few groups for a fingerprint of type %s", tree.Type)
	case len(r.groups) > 0:
		return nil, fmt.Errorf("too many groups for a fingerprint of type %s", tree.Type)
	}
	return e, nil
}

func (e *Explanation) add(parts ...Part) { e.Parts = append(e.Parts, parts...) }

// A reader takes one group after another.
type reader struct {
	groups  []npf.Node
	missing bool // there were fewer groups than were asked for
}

// next takes a group.
func (r *reader) next() (n npf.Node) {
	if len(r.groups) == 0 {
		r.missing = true
		return n
	}
	n, r.groups = r.groups[0], r.groups[1:]
	return n
}

func (r *reader) value() []byte { return r.next().Value }

func digits(b []byte) string { return hex.EncodeToString(b) }

// text is a part that is text.
func text(name string, value []byte) Part {
	return Part{Name: name, Code: digits(value), Text: Printable(value)}
}

// Printable shows bytes from the network: printable characters of ASCII as they
// are, others as \xHH.
func Printable(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c == '\\':
			s.WriteString(`\\`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&s, `\x%02x`, c)
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}

func protocolName(t npf.Type) string {
	switch t {
	case npf.DTLS, npf.DTLSServer:
		return "DTLS"
	case npf.QUIC:
		return "QUIC"
	}
	return "TLS"
}

// side is who sends messages with a type of fingerprint.
func side(t npf.Type) string {
	switch t {
	case npf.SSHServer, npf.SSHKexServer, npf.SSHInitServer, npf.TCPServer:
		return "server"
	}
	return "client"
}

// isDigest reports whether text is an MD5 hash.
func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 16
}
