package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"merctools/lib/capture"
	"merctools/lib/packet"
	"merctools/lib/pipeline"
	"merctools/lib/report"
)

// unreadable knows link types that can't be read. Most packets have that of the
// packet before. The zero value is ready.
type unreadable struct {
	link uint16 // of the packet before
	not  bool   // it can't be read
}

func (u *unreadable) is(link uint16) bool {
	if link != u.link {
		u.link, u.not = link, !packet.CanRead(link)
	}
	return u.not
}

// unsupported counts the packets of a capture whose link type can't be read.
// The zero value is ready.
type unsupported struct {
	unreadable unreadable
	counts     map[uint16]uint64
}

// count looks at the packets of a batch.
func (u *unsupported) count(packets []capture.Packet) {
	for i := range packets {
		if link := packets[i].Link; u.unreadable.is(link) {
			if u.counts == nil {
				u.counts = map[uint16]uint64{}
			}
			u.counts[link]++
		}
	}
}

// end returns an error for each link type that the named capture had, and
// begins with another capture.
func (u *unsupported) end(name string) (errs []error) {
	for _, link := range slices.Sorted(maps.Keys(u.counts)) {
		what := fmt.Sprintf("link type %d", link)
		if known := packet.LinkTypeName(link); !strings.HasPrefix(known, "link type ") {
			what += " (" + known + ")"
		}
		errs = append(errs, fmt.Errorf("%s: unsupported %s, %s skipped", name, what, packets(u.counts[link])))
	}
	*u = unsupported{}
	return errs
}

// packets is a number of them in words.
func packets(n uint64) string {
	if n == 1 {
		return "1 packet"
	}
	return report.Count(n) + " packets"
}

// Supported returns a source that ends with an error where a capture, which
// src reads, has packets of link types that can't be read.
func Supported(src pipeline.Source, name string) pipeline.Source {
	return &supported{Source: src, name: name}
}

type supported struct {
	pipeline.Source
	name    string
	skipped unsupported
}

// ReadBatch implements pipeline.Source.
func (s *supported) ReadBatch(b *capture.Batch) error {
	err := s.Source.ReadBatch(b)
	if err == nil {
		s.skipped.count(b.Packets)
		return nil
	}
	errs := s.skipped.end(s.name)
	if err != io.EOF {
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return io.EOF
	}
	return errors.Join(errs...)
}
