package capi

import (
	"errors"
	"fmt"
	"io"
	"os"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring"
)

// Records are those of a capture, or of an interface.
type Records struct {
	processor *Processor
	source    interface {
		ReadBatch(*capture.Batch) error
	}
	stop  func() // nil where there is nothing to wait for
	close func()
	batch capture.Batch
	out   []byte
	err   error
}

// OpenRecords opens a capture file, in any format that the commands read, or an
// interface if there is no file of the name.
func (l *Library) OpenRecords(name string) (*Records, error) {
	r := &Records{}
	f, err := os.Open(name)
	switch {
	case err == nil:
		reader, err := pcap.Open(f, name)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		r.source, r.close = reader, func() { reader.Close(); f.Close() }
	case errors.Is(err, os.ErrNotExist):
		g, liveErr := ring.Open(ring.Config{Interface: name, Rings: 1, Promiscuous: true})
		if liveErr != nil {
			return nil, fmt.Errorf("%w; %w", err, liveErr)
		}
		r.source, r.stop, r.close = g.Rings()[0], g.Stop, g.Close
	default:
		return nil, err
	}
	if r.processor, err = l.NewProcessor(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// Next returns records of the packets that come next, whole lines that are valid
// until the next call, or io.EOF at the end. Records before an error come before
// it. There may be none in what it returns, without an end.
func (r *Records) Next() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	r.out = r.out[:0]
	r.err = r.source.ReadBatch(&r.batch)
	for i := range r.batch.Packets {
		p := &r.batch.Packets[i]
		r.out = r.processor.WriteRecord(r.out, p.Link, r.batch.Bytes(i), p.Time)
	}
	if len(r.out) > 0 {
		return r.out, nil
	}
	return nil, r.err
}

// Stop makes Next return what there is of an interface, and then io.EOF. Any
// goroutine may call it.
func (r *Records) Stop() {
	if r.stop != nil {
		r.stop()
	}
}

// Close closes the source.
func (r *Records) Close() {
	r.processor.Close()
	r.close()
	if r.err == nil {
		r.err = io.EOF
	}
}
