package engine

import (
	"bytes"

	"merctools/lib/fdc"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// Bytes of a server's name and of a user agent that a context of version 1 has.
const (
	maxContextName  = 256
	maxContextAgent = 511
)

// AppendFDC appends to dst the fingerprint and destination context of the last
// message in a version, 1 or 2. ok is false where there is none: without a
// message, or where contexts have nothing of it.
func (w *Worker) AppendFDC(dst []byte, version int) (out []byte, ok bool) {
	if w.last == nil {
		return dst, false
	}
	w.fdc.SetBuffer(dst)
	ok = w.writeFDC(w.last, version)
	return w.fdc.Bytes(), ok
}

// writeFDC appends the context of a message to w.fdc.
func (w *Worker) writeFDC(h *handler, version int) bool {
	t := fdc.TruncationOf(w.reassembled, w.truncated)
	if version == fdc.Version1 {
		return w.writeContext(h, t)
	}
	f := &w.fdc
	start := f.Len()
	f.Map()
	f.Key("version").Uint(fdc.Version2)
	if fdc.HasFingerprint(w.fp.Type()) {
		f.Key("fingerprints").Array()
		f.FingerprintTag()
		if !f.Fingerprint(w.fp.Bytes()) {
			f.Reset(start)
			return false
		}
		f.End()
	}
	empty := f.Len()
	switch {
	case h.sum != nil:
		h.sum.Summarize(f)
	case h.kind != nil && h.kind.FDC != "":
		f.Protocol(h.kind.FDC)
	}
	if f.Len() == empty {
		f.Reset(start)
		return false
	}
	f.Key("truncation").Uint(uint64(t))
	f.End()
	return true
}

// writeContext appends a context of version 1.
func (w *Worker) writeContext(h *handler, t fdc.Truncation) bool {
	if !fdc.HasFingerprint(w.fp.Type()) {
		return false
	}
	var told proto.Context
	if h.cls != nil {
		h.cls.Context(&told)
	}
	k := &w.pkt.Key
	w.address = w.address[:0]
	switch k.Version {
	case 4:
		w.address = record.AppendIPv4(w.address, [4]byte(k.Dst[:4]))
	case 6:
		w.address = record.AppendIPv6(w.address, k.Dst)
	}
	c := fdc.Context{
		Fingerprint: w.fp.Bytes(),
		ServerName:  clipped(told.ServerName, maxContextName),
		Address:     w.address,
		Port:        k.DstPort,
		UserAgent:   clipped(told.UserAgent, maxContextAgent),
		Truncation:  t,
	}
	return c.Write(&w.fdc)
}

// clipped is what a string in C has of s in n bytes.
func clipped(s []byte, n int) []byte {
	s = s[:min(n, len(s))]
	if i := bytes.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return s
}
