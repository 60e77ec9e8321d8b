package engine

import (
	"merctools/lib/ber"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/wire"
)

// An Observer is told what the messages of a Worker say of hosts. It must not
// keep the slices and the key.
type Observer interface {
	// Packet tells the number of the packet that comes next, where packets
	// have one; see Worker.SetNumber.
	Packet(number uint64)
	// Client is told of a message that has a fingerprint and can tell of its
	// server and its sender, and what it tells: the slices may be empty.
	Client(t npf.Type, fingerprint []byte, k *flow.Key, serverName, userAgent []byte)
	// CertificateName is told the subject's common name of the first
	// certificate in a message that has one.
	CertificateName(k *flow.Key, name []byte)
	// ObjectID is told an object identifier that is the value of an SNMP
	// variable, by its name or its numbers.
	ObjectID(k *flow.Key, oid []byte)
}

// SetNumber tells the number of the packet that is processed next, counted
// over all workers. An Observer gets it, and Pending tells it. Without it, the
// Worker counts its own packets.
func (w *Worker) SetNumber(n uint64) {
	w.number, w.numbers = n, true
	if w.observer != nil {
		w.observer.Packet(n)
	}
}

// observeNames tells the Observer what a message calls its sender.
func (w *Worker) observeNames(h *handler) {
	if h.cert != nil {
		if name, ok := h.cert.CommonName(); ok {
			w.observer.CertificateName(&w.pkt.Key, name)
		}
	}
	if h.oids != nil {
		h.oids.EachOID(w.observeOID)
	}
}

// oidObserver returns what is called with the contents of object identifiers.
func (w *Worker) oidObserver() func(wire.Cursor) {
	return func(contents wire.Cursor) {
		w.oid = ber.AppendOID(w.oid[:0], contents)
		w.observer.ObjectID(&w.pkt.Key, w.oid)
	}
}
