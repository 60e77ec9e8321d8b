package output

import (
	"errors"
	"fmt"
	"sync"

	"merctools/lib/capture"
	"merctools/lib/internal/atomicfile"
)

// A Quarantine is a capture of the packets that a parser failed on, for whoever
// fixes the parser. The file is made for the first of them.
type Quarantine struct {
	config Config

	mu  sync.Mutex
	out *Output
	in  *Stream
	err error
}

// CheckQuarantine returns why the file of a Quarantine could not be made. An empty
// name is no fault. No file is left.
func CheckQuarantine(name string) error {
	if name == "" {
		return nil
	}
	return quarantineError(atomicfile.CheckInPlace(name))
}

// NewQuarantine returns a Quarantine in a file of the given name, which is
// replaced if it exists.
func NewQuarantine(name string, notice func(string)) *Quarantine {
	// Live: the packets are wanted most when the command does not get to
	// finishing the file.
	return &Quarantine{config: Config{Name: name, Packets: true, Nano: true, Live: true, Overwrite: true, Notice: notice}}
}

// Add writes a packet, of which size is the length where it is cut off. It is in
// the file when Add returns. Any goroutine may call it. After an error nothing
// more is written.
func (q *Quarantine) Add(linkType uint16, packet []byte, size int, t int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return
	}
	if q.out == nil {
		if q.out, q.err = New(q.config); q.err != nil {
			return
		}
		q.in = q.out.Stream()
		q.out.notice("a parser failed on a packet: such packets go to %s", q.config.Name)
	}
	p := capture.Packet{Time: t, OrigLen: uint32(size), Link: linkType}
	if q.err = q.in.Packet(&p, packet); q.err == nil {
		q.err = q.in.Flush()
	}
}

// Close ends the file, and returns what went wrong, if anything did.
func (q *Quarantine) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.out != nil {
		q.err = errors.Join(q.err, q.out.Close(nil), q.out.Failure())
		q.out = nil
	}
	return quarantineError(q.err)
}

func quarantineError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--quarantine: %w", err)
}
