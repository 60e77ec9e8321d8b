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
	"merctools/lib/output"
)

// writer writes the packets of all rings to one output.
type writer struct {
	out  *output.Output
	nano bool
	full func() // called when no more packets are wanted
	gone atomic.Bool

	unwanted atomic.Uint64 // packets captured after the last one to be written

	mu      sync.Mutex // guards what follows
	limited bool
	left    uint64 // packets to write, if limited
}

// all writes until all rings end, and closes the output.
func (w *writer) all(group *ring.Group) error {
	var running sync.WaitGroup
	errs := make([]error, len(group.Rings()))
	for i, r := range group.Rings() {
		running.Go(func() {
			if errs[i] = w.ring(r); errs[i] != nil {
				group.Stop()
			}
		})
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return errors.Join(err, w.out.Close(err)) // the others are for the same reason
		}
	}
	return w.out.Close(nil)
}

// ring writes the packets of one ring.
func (w *writer) ring(r *ring.Ring) error {
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
		if records, err = w.appendRecords(records, &b); err != nil {
			return err
		}
		if b.More {
			continue
		}
		n := w.take(packets)
		if n < packets {
			records = records[:output.FirstPackets(records, n)]
			w.unwanted.Add(uint64(packets - n))
		}
		if err := w.out.PCAP(linkType, records, n); err != nil {
			return err
		}
		packets = 0
	}
}

// appendRecords puts the records of packets that are in a ring together, in the
// ring itself: each needs less room than the packet and what the kernel puts
// before it, so that it ends before the next packet begins.
func (w *writer) appendRecords(records []byte, b *capture.Batch) ([]byte, error) {
	format := pcap.PCAPFormat{Nano: w.nano}
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

// take returns how many of n packets are wanted, and ends the capture when no
// more are.
func (w *writer) take(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.limited {
		return n
	}
	if w.left <= uint64(n) {
		n = int(w.left)
		w.full()
	}
	w.left -= uint64(n)
	return n
}

// more tells of packets that were captured but not wanted.
func (w *writer) more() []string {
	if w.unwanted.Load() == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d packets written", w.out.Written())}
}
