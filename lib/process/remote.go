package process

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// Whoever reads records from others should not be able to look into the
// processes of the host. So another process can do that, which reads nothing but
// questions of a fixed size:
//
//	question: protocol, local address (16 bytes) and port, remote ones (2 × 18)
//	answer:   1 if the process is known and 0 if not; then its number (8 bytes)
//	          and its texts, each behind its length (2 bytes)
//
// Numbers are big-endian; IPv4 addresses are mapped to IPv6. Before the first
// question an empty answer says that the sockets that there are were read.

const questionSize = 1 + 2*18

// texts are those of an answer, in their order.
func (p *Process) texts() [7]*string {
	return [...]*string{&p.Path, &p.Package, &p.Version, &p.SHA256, &p.Command, &p.Parent, &p.OS}
}

// Answer answers questions until there are no more.
func Answer(questions io.Reader, answers io.Writer, find func(Socket) (Process, bool)) error {
	if _, err := answers.Write([]byte{0}); err != nil {
		return err
	}
	var q [questionSize]byte
	var b []byte
	for {
		if _, err := io.ReadFull(questions, q[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		p, ok := find(Socket{q[0], endpoint(q[1:]), endpoint(q[19:])})
		b = append(b[:0], 0)
		if ok {
			b[0] = 1
			b = binary.BigEndian.AppendUint64(b, uint64(p.PID))
			for _, text := range p.texts() {
				n := min(len(*text), 0xffff)
				b = binary.BigEndian.AppendUint16(b, uint16(n))
				b = append(b, (*text)[:n]...)
			}
		}
		if _, err := answers.Write(b); err != nil {
			return err
		}
	}
}

func endpoint(b []byte) netip.AddrPort {
	a := netip.AddrFrom16([16]byte(b[:16])).Unmap()
	return netip.AddrPortFrom(a, binary.BigEndian.Uint16(b[16:]))
}

// A Remote asks a process that runs Answer.
type Remote struct {
	questions io.Writer
	answers   *bufio.Reader
	err       error
}

// NewRemote waits until the other process is ready.
func NewRemote(questions io.Writer, answers io.Reader) (*Remote, error) {
	r := &Remote{questions: questions, answers: bufio.NewReader(answers)}
	if _, err := r.answers.ReadByte(); err != nil {
		return nil, err
	}
	return r, nil
}

// Find is what the other process's find returns. When it can't be asked any
// more nothing is found, and Err says why.
func (r *Remote) Find(s Socket) (Process, bool) {
	if r.err != nil {
		return Process{}, false
	}
	p, ok, err := r.ask(s)
	r.err = err
	return p, ok && err == nil
}

// Err says why the other process can't be asked any more.
func (r *Remote) Err() error { return r.err }

func (r *Remote) ask(s Socket) (p Process, ok bool, err error) {
	q := append(make([]byte, 0, questionSize), s.Protocol)
	for _, end := range [...]netip.AddrPort{s.Local, s.Remote} {
		a := end.Addr().As16()
		q = binary.BigEndian.AppendUint16(append(q, a[:]...), end.Port())
	}
	if _, err := r.questions.Write(q); err != nil {
		return p, false, err
	}
	known, err := r.answers.ReadByte()
	if err != nil || known == 0 {
		return p, false, err
	}
	var head [8]byte
	if _, err := io.ReadFull(r.answers, head[:]); err != nil {
		return p, false, err
	}
	p.PID = int(binary.BigEndian.Uint64(head[:]))
	for _, text := range p.texts() {
		if _, err := io.ReadFull(r.answers, head[:2]); err != nil {
			return p, false, err
		}
		b := make([]byte, binary.BigEndian.Uint16(head[:]))
		if _, err := io.ReadFull(r.answers, b); err != nil {
			return p, false, fmt.Errorf("in the middle of an answer: %w", err)
		}
		*text = string(b)
	}
	return p, true, nil
}
