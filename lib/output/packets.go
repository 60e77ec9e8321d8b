package output

import (
	"errors"
	"fmt"
	"sync/atomic"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
)

// A Stream takes packets for an [Output] and writes them together. It is for
// one goroutine.
type Stream struct {
	out    *Output
	format *pcap.PCAPFormat // nil before the first packet
	buf    []byte           // packets that are not yet written
	count  int
}

// Stream returns a new Stream. There may be several, whose packets are in no
// order.
func (o *Output) Stream() *Stream { return &Stream{out: o} }

// streamBuffer is how many bytes a Stream collects before it writes them. They
// stay in the processor's cache.
const streamBuffer = 256 << 10

// Packet takes a packet, to be written by Flush at the latest. All times of a file
// are as precise as that of the first packet.
func (s *Stream) Packet(p *capture.Packet, data []byte) error {
	if s.format == nil {
		var err error
		if s.format, err = s.out.begin(p.Link, p.Nano); err != nil {
			return err
		}
	}
	o := s.out
	if p.Link != s.format.Link {
		o.unfit.otherLink.Add(1)
		o.lost.Add(1)
		return nil
	}
	if p.Nano && !s.format.Nano && p.Time%1000 != 0 {
		o.unfit.coarser.Add(1)
	}
	if !pcap.HoldsTime(p.Time) {
		o.unfit.time.Add(1)
	}
	if s.count > 0 && len(s.buf)+packetHeader+len(data) > streamBuffer {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	s.buf = s.format.AppendPacket(s.buf, p.Time, data, int(p.OrigLen))
	s.count++
	return nil
}

// Flush writes the packets that were taken.
func (s *Stream) Flush() error {
	p, n := s.buf, s.count
	s.buf, s.count = s.buf[:0], 0
	return s.out.write(p, n)
}

// Uncut is the snapshot length of captures whose packets are not cut: the limit of
// libpcap, which no packet reaches.
const Uncut = 262144

// begin returns the format of pcap files. The first call decides it and writes
// the file header.
func (o *Output) begin(linkType uint16, nano bool) (*pcap.PCAPFormat, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.beginLocked(linkType, nano)
}

func (o *Output) beginLocked(linkType uint16, nano bool) (*pcap.PCAPFormat, error) {
	switch {
	case o.closed:
		return nil, errClosed
	case o.format != nil:
		return o.format, nil
	}
	o.format = &pcap.PCAPFormat{Nano: nano || o.config.Nano, SnapLen: o.config.SnapLen, Link: linkType}
	return o.format, o.files.setHeader(o.format.AppendHeader(nil))
}

// PCAP writes n packet records of a pcap file that were made already, as
// precise as the configuration says.
func (o *Output) PCAP(linkType uint16, records []byte, n int) error {
	if _, err := o.begin(linkType, o.config.Nano); err != nil {
		return err
	}
	return o.write(records, n)
}

// unfit counts packets that a pcap file can't hold, or not as they were.
type unfit struct {
	otherLink atomic.Uint64 // left out because of their link type
	coarser   atomic.Uint64 // without their nanoseconds
	time      atomic.Uint64 // with another time
}

// unfitError says what is not in the file, or not as it was.
func (o *Output) unfitError() error {
	var errs []error
	if n := o.unfit.otherLink.Load(); n > 0 {
		errs = append(errs, fmt.Errorf("skipped %d packets: their link type is not %d, that of the first packet, and a pcap file has only one", n, o.format.Link))
	}
	if n := o.unfit.coarser.Load(); n > 0 {
		errs = append(errs, fmt.Errorf("%d packets lost their nanoseconds: the first packet has microseconds, and a pcap file has one precision", n))
	}
	if n := o.unfit.time.Load(); n > 0 {
		errs = append(errs, fmt.Errorf("%d packets have a time that a pcap file can't hold, before 1970 or after 2106: written modulo 2^32 seconds", n))
	}
	return errors.Join(errs...)
}
