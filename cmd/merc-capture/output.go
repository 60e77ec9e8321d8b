package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring"
	"merctools/lib/packet"
)

// output writes the packets of all rings to one pcap file.
type output struct {
	nano    bool
	snapLen int    // 0: no limit
	full    func() // called when no more packets are wanted
	gone    atomic.Bool

	written  atomic.Uint64
	unwanted atomic.Uint64 // packets captured after the last one to be written

	mu    sync.Mutex // guards what follows; held while nobody takes the output
	w     io.Writer
	begun bool
	left  uint64 // packets to write; 0: no limit
	done  bool   // none are left
	err   error  // of writing
}

// wholePackets is what a pcap file says where packets are not cut: the limit
// of libpcap, which no packet reaches.
const wholePackets = 262144

// all writes until all rings end.
func (o *output) all(group *ring.Group) error {
	var running sync.WaitGroup
	errs := make([]error, len(group.Rings()))
	for i, r := range group.Rings() {
		running.Go(func() {
			if errs[i] = o.ring(r); errs[i] != nil {
				group.Stop()
			}
		})
	}
	running.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun {
		errs = append(errs, o.beginLocked(packet.LinkEthernet))
	}
	for _, err := range errs {
		if err != nil {
			return err // the others are for the same reason
		}
	}
	return nil
}

// ring writes the packets of one ring.
func (o *output) ring(r *ring.Ring) error {
	var b capture.Batch
	var records []byte // of the packets of a block
	var linkType uint16
	packets := 0
	for {
		err := r.ReadBatch(&b)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if packets == 0 {
			records, linkType = b.Data[:0], b.Packets[0].Link
		}
		packets += len(b.Packets)
		if records, err = o.appendRecords(records, &b); err != nil {
			return err
		}
		if b.More {
			continue
		}
		if err := o.write(linkType, packets, records); err != nil {
			return err
		}
		packets = 0
	}
}

// begin writes the file header.
func (o *output) begin(linkType uint16) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.beginLocked(linkType)
}

func (o *output) beginLocked(linkType uint16) error {
	o.begun = true
	format := pcap.PCAPFormat{Nano: o.nano, SnapLen: wholePackets, Link: linkType}
	if o.snapLen > 0 {
		format.SnapLen = uint32(o.snapLen)
	}
	_, o.err = o.w.Write(format.AppendHeader(nil))
	return o.err
}

// appendRecords puts the records of packets that are in a ring together, in the
// ring itself: each needs less room than the packet and what the kernel puts
// before it, so that it ends before the next packet begins.
func (o *output) appendRecords(records []byte, b *capture.Batch) ([]byte, error) {
	format := pcap.PCAPFormat{Nano: o.nano}
	for i := range b.Packets {
		p := &b.Packets[i]
		if len(records)+recordHeader > int(p.Off) {
			return nil, errors.New("no room for a record in the ring") // not with any kernel
		}
		records = format.AppendPacket(records, p.Time, b.Bytes(i), int(p.OrigLen))
	}
	return records, nil
}

const recordHeader = 16

// write writes the records of so many packets, or as many as are wanted.
func (o *output) write(linkType uint16, packets int, records []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	if !o.begun {
		if err := o.beginLocked(linkType); err != nil {
			return err
		}
	}
	n := uint64(packets)
	switch {
	case o.done:
		o.unwanted.Add(n)
		return nil
	case o.left > n:
		o.left -= n
	case o.left > 0:
		records = records[:pcap.SplitPackets(records, int(o.left))]
		o.unwanted.Add(n - o.left)
		n = o.left
		o.done = true
		defer o.full()
	}
	if _, o.err = o.w.Write(records); o.err != nil {
		return o.err
	}
	o.written.Add(n)
	return nil
}

// more tells of packets that were captured but not wanted.
func (o *output) more() []string {
	if o.unwanted.Load() == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d packets written", o.written.Load())}
}
