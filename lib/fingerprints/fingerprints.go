// Package fingerprints makes the fingerprints that a record can have beside
// NPF's: JA3, JA3S and JA4 of TLS, DTLS and QUIC hellos, and HASSH of SSH key
// exchanges. A record has them in the same object, behind NPF's, each under
// its name.
package fingerprints

import (
	"fmt"
	"slices"
	"strings"

	"merctools/lib/hassh"
	"merctools/lib/internal/memo"
	"merctools/lib/ja"
	"merctools/lib/proto"
	"merctools/lib/proto/dtls"
	"merctools/lib/proto/quic"
	"merctools/lib/proto/ssh"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
)

// An appender appends the text of a fingerprint, or nothing where the message
// that it belongs to has none.
type appender func(dst []byte) []byte

// A kind is a kind of fingerprint.
type kind struct {
	name string
	doc  string
	// of returns what makes the fingerprints of a message, whose value is used
	// for all messages of its kind. It is nil where they have none.
	of func(m proto.Message) appender
}

// kinds are the fingerprints in the order of a record. A new one is a line
// here.
var kinds = []kind{
	{"ja3", "JA3 of a TLS, DTLS or QUIC client: MD5 of version, cipher suites, extensions, groups and point formats", ofClient((*ja.Hasher).AppendJA3)},
	{"ja3s", "JA3S of a TLS, DTLS or QUIC server: MD5 of version, cipher suite and extensions", ofServer((*ja.Hasher).AppendJA3S)},
	{"ja4", "JA4 of a TLS, DTLS or QUIC client: a summary, and hashes of its cipher suites and of its extensions, sorted", ofCarried((*ja.Hasher).AppendJA4)},
	{"ja4_r", "JA4 with the sorted lists in place of their hashes", ofCarried((*ja.Hasher).AppendJA4R)},
	{"ja4_o", "JA4 with hashes of the lists in the order of the message", ofCarried((*ja.Hasher).AppendJA4O)},
	{"hassh", "HASSH of an SSH client: MD5 of its key exchange, encryption, MAC and compression algorithms", ofKEX(false, (*hassh.Hasher).AppendClient)},
	{"hasshserver", "HASSH of an SSH server", ofKEX(true, (*hassh.Hasher).AppendServer)},
}

// Names are the names of all fingerprints, in the order of a record.
func Names() []string {
	var names []string
	for i := range kinds {
		names = append(names, kinds[i].name)
	}
	return names
}

// Fields describes the fingerprints.
func Fields() []record.Field {
	var fields []record.Field
	for i := range kinds {
		fields = append(fields, record.F(kinds[i].name, record.String, kinds[i].doc).If("--fingerprints"))
	}
	return fields
}

// A List says which fingerprints records get. It is read-only. The nil List
// is empty.
type List struct{ kinds []*kind }

// Parse reads a comma-separated list of names; "all" stands for all of them.
// Space around a name does not count. The empty list is nil.
func Parse(list string) (*List, error) {
	l := new(List)
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		known := name == "" || name == "all"
		for i := range kinds {
			if k := &kinds[i]; name == "all" || name == k.name {
				known = true
				l.kinds = append(l.kinds, k)
			}
		}
		if !known {
			return nil, fmt.Errorf("unknown fingerprint %q (known: all %s)", name, strings.Join(Names(), " "))
		}
	}
	if len(l.kinds) == 0 {
		return nil, nil
	}
	slices.SortFunc(l.kinds, func(a, b *kind) int { return index(a) - index(b) })
	l.kinds = slices.Compact(l.kinds)
	return l, nil
}

func index(k *kind) int {
	return slices.IndexFunc(kinds, func(o kind) bool { return o.name == k.name })
}

// A Set makes the fingerprints of the messages of one kind, which a worker
// parses into the same value. It is for one goroutine.
type Set struct {
	members []member

	// Hellos that the messages can have, nil where they can't, and the members by
	// the shape of these.
	client           *tls.ClientHello
	server           *tls.ServerHello
	clients, servers *memo.Table
	shape            []byte // scratch
}

type member struct {
	name   string
	append appender
}

// Of returns what makes the fingerprints in the list for a message value, nil
// where it can have none of them.
func (l *List) Of(m proto.Message) *Set {
	if l == nil {
		return nil
	}
	var s Set
	for _, k := range l.kinds {
		if a := k.of(m); a != nil {
			s.members = append(s.members, member{k.name, a})
		}
	}
	if s.members == nil {
		return nil
	}
	if s.client, _ = hello(m); s.client != nil {
		s.clients = memo.New()
	}
	if m, ok := m.(serverMessage); ok {
		s.server, s.servers = m.ServerHello(), memo.NewShort()
	}
	return &s
}

// Write writes the fingerprints of the present message into the open object.
// They are of ASCII characters that need no escaping.
func (s *Set) Write(w *record.Writer) {
	switch {
	case s.client != nil && s.client.Whole():
		s.remember(w, s.clients, s.client.Shape())
	case s.server != nil && s.server.Whole():
		s.shape = s.server.AppendShape(s.shape[:0])
		s.remember(w, s.servers, s.shape)
	default:
		s.write(w)
	}
}

// remember writes the fingerprints of a hello, which follow from its shape.
func (s *Set) remember(w *record.Writer, known *memo.Table, shape []byte) {
	if text, ok := known.Find(shape); ok {
		if len(text) > 0 {
			w.RawMember(text)
		}
		return
	}
	start := w.Len()
	s.write(w)
	text := w.Bytes()[start:]
	if len(text) > 0 && text[0] == ',' {
		text = text[1:]
	}
	known.Add(shape, text)
}

func (s *Set) write(w *record.Writer) {
	for i := range s.members {
		start := w.Len()
		w.Key(s.members[i].name)
		b := append(w.Bytes(), '"')
		n := len(b)
		if b = s.members[i].append(b); len(b) == n {
			w.SetBuffer(b[:start])
			continue
		}
		w.SetBuffer(append(b, '"'))
	}
}

// hello returns the ClientHello that a message holds or is, and what carries
// it; nil where the message has none.
func hello(m proto.Message) (*tls.ClientHello, ja.Transport) {
	switch m := m.(type) {
	case *tls.ClientMessage:
		return m.ClientHello(), ja.TCP
	case *dtls.ClientMessage:
		return m.ClientHello(), ja.DTLS
	case *quic.Initial:
		return m.ClientHello(), ja.QUIC
	}
	return nil, 0
}

// serverMessage is a message that can hold a ServerHello.
type serverMessage interface{ ServerHello() *tls.ServerHello }

// ofCarried makes fingerprints of clients that tell what carries the hello. A
// hello that is cut off has none: it would be that of another program.
func ofCarried(add func(*ja.Hasher, []byte, *tls.ClientHello, ja.Transport) []byte) func(proto.Message) appender {
	return func(m proto.Message) appender {
		c, transport := hello(m)
		if c == nil {
			return nil
		}
		h := new(ja.Hasher)
		return func(dst []byte) []byte {
			if !c.Whole() {
				return dst
			}
			return add(h, dst, c, transport)
		}
	}
}

// ofClient makes fingerprints of clients.
func ofClient(add func(*ja.Hasher, []byte, *tls.ClientHello) []byte) func(proto.Message) appender {
	return ofCarried(func(h *ja.Hasher, dst []byte, c *tls.ClientHello, _ ja.Transport) []byte { return add(h, dst, c) })
}

// ofServer makes fingerprints of servers.
func ofServer(add func(*ja.Hasher, []byte, *tls.ServerHello) []byte) func(proto.Message) appender {
	return func(m proto.Message) appender {
		server, ok := m.(serverMessage)
		if !ok {
			return nil
		}
		s, h := server.ServerHello(), new(ja.Hasher)
		return func(dst []byte) []byte {
			if !s.Whole() {
				return dst
			}
			return add(h, dst, s)
		}
	}
}

// ofKEX makes fingerprints of SSH key exchanges that one side sends.
func ofKEX(server bool, add func(*hassh.Hasher, []byte, *ssh.KEXInit) []byte) func(proto.Message) appender {
	return func(m proto.Message) appender {
		kex, ok := m.(interface {
			KEXInit() *ssh.KEXInit
			FromServer() bool
		})
		if !ok {
			return nil
		}
		k, h := kex.KEXInit(), new(hassh.Hasher)
		return func(dst []byte) []byte {
			if kex.FromServer() != server || !k.Whole() {
				return dst
			}
			return add(h, dst, k)
		}
	}
}
