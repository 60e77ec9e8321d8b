package cli

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/net/bpf"

	"merctools/lib/capture"
	"merctools/lib/capture/pcapfilter"
	"merctools/lib/capture/ring"
	"merctools/lib/packet"
)

// FilterFlag is the flag of commands that read some of the packets in captures.
type FilterFlag struct {
	BPF string `name:"bpf" group:"Input:" placeholder:"FILTER" brief:"read only packets that a filter selects" help:"read only packets that a filter selects: an expression such as 'tcp port 443', or what tcpdump -ddd prints"`
}

// Filter returns what the flag asks for, nil without it.
func (f *FilterFlag) Filter() (*PacketFilter, error) { return newPacketFilter(f.BPF) }

// Filter returns what the flag asks for where packets come from captures, nil
// without it.
func (c *Capture) Filter() (*PacketFilter, error) { return newPacketFilter(c.BPF) }

// A PacketFilter selects packets of captures. It is for one goroutine.
type PacketFilter struct {
	expression string
	given      []bpf.RawInstruction // in place of an expression: for all link types

	link    uint16 // of the packet before
	present *linkFilter
	links   map[uint16]*linkFilter
}

// A linkFilter is a filter for a link type.
type linkFilter struct {
	program []bpf.RawInstruction // nil where there is none
	err     error                // why
	left    uint64               // packets of the present capture that were left out for that
}

func newPacketFilter(text string) (*PacketFilter, error) {
	f := &PacketFilter{links: map[uint16]*linkFilter{}}
	var err error
	switch {
	case text == "":
		return nil, nil
	case isProgram(text):
		var program ring.Filter
		if program, err = ring.ParseFilter(text); err == nil {
			f.given, err = program, pcapfilter.Check(program)
		}
	default:
		f.expression = text
		err = pcapfilter.Valid(text)
	}
	if err != nil {
		return nil, Usagef("--bpf: %v", err)
	}
	return f, nil
}

// compile returns the filter for a link type.
func (f *PacketFilter) compile(linkType uint16) *linkFilter {
	l := f.links[linkType]
	if l != nil {
		return l
	}
	l = &linkFilter{program: f.given}
	if f.given == nil {
		if link, ok := pcapfilter.LinkOf(linkType); ok {
			l.program, l.err = pcapfilter.Compile(f.expression, link)
		} else {
			l.err = fmt.Errorf("there are no filters for %s", packet.LinkTypeName(linkType))
		}
	}
	f.links[linkType] = l
	return l
}

// keep removes from a batch what the filter does not select. Those that stay keep
// their numbers. Most packets have the link type of the packet before.
func (f *PacketFilter) keep(b *capture.Batch) {
	n := 0
	b.Numbers = b.Numbers[:0]
	for i := range b.Packets {
		p := &b.Packets[i]
		if f.present == nil || p.Link != f.link {
			f.link, f.present = p.Link, f.compile(p.Link)
		}
		if f.present.err != nil {
			f.present.left++
			continue
		}
		if pcapfilter.Accepts(f.present.program, p.In(b.Data), p.OrigLen) {
			b.Packets[n] = *p
			b.Numbers = append(b.Numbers, b.First+uint64(i))
			n++
		}
	}
	b.Packets = b.Packets[:n]
}

// end returns an error for each link type of the named capture whose packets could
// not be looked at, and begins with another capture.
func (f *PacketFilter) end(name string) (errs []error) {
	for _, link := range slices.Sorted(maps.Keys(f.links)) {
		l := f.links[link]
		if l.left == 0 {
			continue
		}
		errs = append(errs, fmt.Errorf("%s: --bpf: %w, %s skipped", name, l.err, packets(l.left)))
		l.left = 0
	}
	return errs
}
