// Package prototest supports the tests of protocols: it parses a message,
// returns what it writes, and holds that against the protocol's fields.
package prototest

import (
	"encoding/json"
	"fmt"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Parser parses one kind of message again and again, as a worker does.
type Parser struct {
	Packet  proto.Packet // what each message is told of its packet
	Message proto.Message

	tb     testing.TB
	fields []proto.Field
	w      record.Writer
	fp     npf.Builder
}

// New returns a Parser for the kind of message of p with the given name.
func New(tb testing.TB, p *proto.Protocol, kind string, opt proto.Options) *Parser {
	tb.Helper()
	for i := range p.Messages {
		if p.Messages[i].Name == kind {
			return &Parser{Message: p.Messages[i].New(&opt), tb: tb, fields: p.Fields}
		}
	}
	tb.Fatalf("%s has no message %q", p.Name, kind)
	return nil
}

// Record returns the members that a message writes, without the braces
// around them, or "none" where there is nothing to write. That they are JSON,
// and only such members as the protocol declares, is checked.
func (p *Parser) Record(data []byte) string {
	p.tb.Helper()
	if !p.parse(data) {
		return "none"
	}
	out := p.w.Bytes()
	var v map[string]any
	if err := json.Unmarshal(out, &v); err != nil {
		p.tb.Fatalf("%x: %v in %s", data, err, out)
	}
	for _, problem := range Undeclared(p.fields, v) {
		p.tb.Errorf("%x: %s in %s", data, problem, out)
	}
	return string(out[1 : len(out)-1])
}

// Fingerprint returns the fingerprint of a message, which is empty where
// there is none.
func (p *Parser) Fingerprint(data []byte) string {
	if !p.parse(data) {
		return ""
	}
	return string(p.fp.Bytes())
}

func (p *Parser) parse(data []byte) bool {
	pkt := &p.Packet
	pkt.Missing, pkt.Indefinite, pkt.Supplementary, pkt.Unclaimed = 0, false, false, false
	if !p.Message.Parse(wire.Of(data), pkt) {
		return false
	}
	p.w.Reset(0)
	p.w.Object()
	p.fp.Reset()
	if f, ok := p.Message.(proto.Fingerprinter); ok {
		f.Fingerprint(&p.fp)
	}
	p.Message.WriteRecord(&p.w)
	p.w.EndObject()
	if p.w.Len() > maxRecord {
		p.tb.Errorf("%x: a record of %d bytes", data, p.w.Len())
	}
	return p.w.Len() <= record.MaxLen
}

// maxRecord is the number of bytes that a message may write before it is
// found that they are too many for a record.
const maxRecord = 2 * record.MaxLen

// Truncated parses every prefix of a message, so that what reads past an end
// or leaves JSON unfinished is found.
func (p *Parser) Truncated(data []byte) {
	p.tb.Helper()
	for n := range data {
		p.Record(data[:n:n])
	}
}

// NoAllocations checks that a message is parsed and written without
// allocation.
func (p *Parser) NoAllocations(data []byte) {
	p.tb.Helper()
	if !p.parse(data) {
		p.tb.Fatalf("%x: nothing to write", data)
	}
	if n := testing.AllocsPerRun(100, func() { p.parse(data) }); n != 0 {
		p.tb.Errorf("%x: %v allocations", data, n)
	}
}

// Fuzz parses and writes what the fuzzer makes of the seeds, as every kind of
// message of a protocol, and asks the message for all that it may offer. A
// value that has parsed other messages before must write the same as a new
// one.
func Fuzz(f *testing.F, p *proto.Protocol, opt proto.Options, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	used := make([]*Parser, len(p.Messages))
	for i := range p.Messages {
		used[i] = New(f, p, p.Messages[i].Name, opt)
	}
	var before []byte
	f.Fuzz(func(t *testing.T, data []byte) {
		for i := range p.Messages {
			fresh := New(t, p, p.Messages[i].Name, opt)
			used[i].tb = t
			want, got := fresh.all(data), used[i].all(data)
			if got != want {
				t.Errorf("%x: got %s after %x, want %s", data, got, before, want)
			}
		}
		before = append(before[:0], data...)
	})
}

// all is the record of a message, its fingerprint, and all else that it
// offers.
func (p *Parser) all(data []byte) string {
	s := p.Record(data)
	if s == "none" {
		return s
	}
	s += " " + string(p.fp.Bytes())
	if m, ok := p.Message.(proto.Classifiable); ok {
		var c proto.Context
		classified := m.Context(&c)
		s = fmt.Sprintf("%s %t %q %q %q", s, classified, c.ServerName, c.UserAgent, c.ALPN)
	}
	if m, ok := p.Message.(proto.Exposer); ok {
		s = fmt.Sprintf("%s %d", s, m.Exposure())
	}
	if m, ok := p.Message.(proto.Incomplete); ok {
		s = fmt.Sprintf("%s %d", s, m.MissingFrom(wire.Of(data)))
	}
	if m, ok := p.Message.(proto.Fragmented); ok {
		offset, length, id := m.Extent()
		s = fmt.Sprintf("%s %d %d %x", s, offset, length, id)
		for _, first := range []bool{true, false} {
			s = fmt.Sprintf("%s %x", s, m.Fragments(nil, first))
		}
	}
	s += " " + Access(p.tb, p.Message)
	k := &p.Packet
	return fmt.Sprintf("%s %d %t %t %t", s, k.Missing, k.Indefinite, k.Supplementary, k.Unclaimed)
}

// Undeclared returns the members of an object that are not among the fields,
// or have another type. A field that is there more than once has any of these
// types.
func Undeclared(fields []proto.Field, object map[string]any) []string {
	var problems []string
	for name, v := range object {
		problems = append(problems, undeclared(fields, name, v)...)
	}
	return problems
}

func undeclared(fields []proto.Field, name string, v any) []string {
	problems := []string{fmt.Sprintf("undeclared member %q", name)}
	for i := range fields {
		if f := &fields[i]; f.Name == name || f.Name == "*" {
			if problems = mismatch(f, f.Type, v); problems == nil {
				break
			}
		}
	}
	return problems
}

func mismatch(f *proto.Field, want proto.Type, v any) []string {
	ok := false
	switch v := v.(type) {
	case string:
		ok = want <= proto.Address
	case float64:
		ok = want == proto.Uint && v >= 0 || want == proto.Int || want == proto.Float
	case bool:
		ok = want == proto.Bool
	case nil:
		ok = want == proto.Null
	case map[string]any:
		if want == proto.Object && !f.Open {
			return Undeclared(f.Fields, v)
		}
		ok = want == proto.Object
	case []any:
		if ok = want == proto.Array; ok && !f.Open {
			var problems []string
			for _, e := range v {
				problems = append(problems, mismatch(f, f.Elem, e)...)
			}
			return problems
		}
	}
	if !ok {
		return []string{fmt.Sprintf("member %q is %v, not %v", f.Name, v, want)}
	}
	return nil
}
