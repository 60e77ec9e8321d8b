package capi

import (
	"bytes"

	"merctools/lib/engine"
	"merctools/lib/fdc"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// A Processor processes packets one after the other.
type Processor struct {
	library *Library
	worker  *engine.Worker
	agent   []byte
	result  fingerprintdb.Result // where there is no analysis

	// An object that there was no room for, and what it was made from.
	kept    []byte
	payload []byte
	flow    flow.Key
}

// NewProcessor returns a Processor without any state yet.
func (l *Library) NewProcessor() (*Processor, error) {
	if l.exclusive && !l.taken.CompareAndSwap(false, true) {
		return nil, ErrTaken
	}
	return &Processor{library: l, worker: l.engine.NewWorker(l.history)}, nil
}

// Close gives up the processor.
func (p *Processor) Close() {
	if p.library.exclusive {
		p.library.taken.Store(false)
	}
}

// WriteRecord appends the record of a packet to dst; see engine.Worker.Packet.
func (p *Processor) WriteRecord(dst []byte, linkType uint16, data []byte, t int64) []byte {
	return p.worker.Packet(dst, linkType, data, t)
}

// Inspect looks at a packet without writing a record. It reports whether its
// message was classified; the methods below tell about it.
func (p *Processor) Inspect(linkType uint16, data []byte, t int64) bool {
	p.worker.Inspect(linkType, data, t)
	return p.Result().Status() != fingerprintdb.NoInfo
}

// What InspectPayload can return beside the number of bytes.
const (
	NoData     = 0
	NoSpace    = -1
	MoreNeeded = -3
)

// InspectPayload looks at what TCP or UDP carries, and appends the message's
// fingerprint and destination context to buf, within its capacity. Without a
// payload, what came of a message of the flow so far is taken for all of it. It
// returns the number of bytes, or NoData, NoSpace or MoreNeeded. After NoSpace it
// may be called again with the same payload.
func (p *Processor) InspectPayload(k *flow.Key, payload []byte, t int64, buf []byte) int {
	w := p.worker
	if len(p.kept) > 0 && p.flow == *k && bytes.Equal(p.payload, payload) {
		if len(p.kept) > cap(buf) {
			return NoSpace
		}
		n := copy(buf[:cap(buf)], p.kept)
		p.kept = p.kept[:0]
		return n
	}
	p.kept = p.kept[:0]
	if len(payload) == 0 {
		w.InspectPayloadEnd(k, t)
	} else {
		w.InspectPayload(k, payload, t)
		if w.AwaitsMore() {
			return MoreNeeded
		}
	}
	out, ok := w.AppendFDC(buf[:0], fdc.Version2)
	switch {
	case !ok:
		return NoData
	case len(out) > cap(buf):
		p.kept = append(p.kept, out...)
		p.payload = append(p.payload[:0], payload...)
		p.flow = *k
		return NoSpace
	}
	return len(out)
}

// AwaitsMore reports whether the last packet is part of a message that is not
// complete.
func (p *Processor) AwaitsMore() bool { return p.worker.AwaitsMore() }

// Fingerprint is that of the last message.
func (p *Processor) Fingerprint() (npf.Type, []byte) { return p.worker.Fingerprint() }

// Result is the analysis of the last message; it is empty where there is none.
func (p *Processor) Result() *fingerprintdb.Result {
	if r := p.worker.Analysis(); r != nil {
		return r
	}
	return &p.result
}

// Status is what is known of the fingerprint of the last message. One of which
// parts are missing counts as unlabeled.
func (p *Processor) Status() fingerprintdb.Status {
	s := p.Result().Status()
	if s != fingerprintdb.NoInfo && p.worker.Truncated() {
		return fingerprintdb.Unlabeled
	}
	return s
}

// Told is what the last message tells of its destination and its sender. The
// user agent of STUN is escaped for JSON, as archives have it.
func (p *Processor) Told() (serverName, userAgent, alpn []byte) {
	serverName, userAgent, alpn = p.worker.Told()
	if t, _ := p.worker.Fingerprint(); t == npf.STUN && len(userAgent) > 0 {
		p.agent = record.AppendText(p.agent[:0], userAgent)
		userAgent = p.agent
	}
	return serverName, userAgent, alpn
}
