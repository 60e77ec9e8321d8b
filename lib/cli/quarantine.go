package cli

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"merctools/lib/capture"
)

// quarantine is a capture of the packets that a parser failed on, for whoever
// mends the parser. The file is made for the first of them.
type quarantine struct {
	name string
	env  *Env

	mu   sync.Mutex
	file *os.File
	out  *PacketFile
	err  error
}

// add writes a packet, which is in the file when add returns. Workers share a
// quarantine. After an error nothing more is written.
func (q *quarantine) add(linkType uint16, packet []byte, t int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return
	}
	if q.file == nil {
		if q.file, q.err = os.Create(q.name); q.err != nil {
			return
		}
		q.out = NewPacketFile(q.file)
		q.env.Notice(fmt.Sprintf("a parser failed on a packet: such packets go to %s", q.name))
	}
	p := capture.Packet{Time: t, OrigLen: uint32(len(packet)), Link: linkType}
	if q.err = q.out.Add(&p, packet); q.err == nil {
		q.err = q.out.Flush()
	}
}

// close ends the file, and returns what went wrong, if anything did.
func (q *quarantine) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.file != nil {
		q.err = errors.Join(q.err, q.out.Close(), q.file.Close())
		q.file = nil
	}
	if q.err != nil {
		return fmt.Errorf("--quarantine: %w", q.err)
	}
	return nil
}
