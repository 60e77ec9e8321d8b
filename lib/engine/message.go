package engine

import (
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/proto"
)

// Inspect does what Packet does, but writes no record. It reports whether
// there is a message: Message, Fingerprint, Flow and Analysis tell about it.
func (w *Worker) Inspect(linkType uint16, data []byte, t int64) bool {
	w.silent = true
	w.discarded = w.Packet(w.discarded[:0], linkType, data, t)
	w.silent = false
	return w.last != nil
}

// InspectPayloadEnd is to PayloadEnd what Inspect is to Packet.
func (w *Worker) InspectPayloadEnd(k *flow.Key, t int64) bool {
	w.silent = true
	w.discarded = w.PayloadEnd(w.discarded[:0], k, t)
	w.silent = false
	return w.last != nil
}

// InspectPayload is to Payload what Inspect is to Packet.
func (w *Worker) InspectPayload(k *flow.Key, payload []byte, t int64) bool {
	w.silent = true
	w.discarded = w.Payload(w.discarded[:0], k, payload, t)
	w.silent = false
	return w.last != nil
}

// Message returns the message that the last packet had, or nil: one of the
// types below lib/proto, such as *tls.ClientMessage. The next packet
// overwrites it, and the memory of the last packet must stay as it is for as
// long as the message is used.
func (w *Worker) Message() proto.Message {
	if w.last == nil {
		return nil
	}
	return w.last.msg
}

// Fingerprint returns the type and the text of the last message's
// fingerprint. The type is npf.None where there is none. The text is valid
// until the next packet.
func (w *Worker) Fingerprint() (npf.Type, []byte) {
	if w.last == nil {
		return npf.None, nil
	}
	return w.fp.Type(), w.fp.Bytes()
}

// Told returns what the last message tells of its destination and its sender,
// where it can be classified and there is a model: views of the message.
func (w *Worker) Told() (serverName, userAgent, alpn []byte) {
	if w.last == nil {
		return nil, nil, nil
	}
	return w.context.ServerName, w.context.UserAgent, w.context.ALPN
}

// Truncated reports whether parts of the last message are missing.
func (w *Worker) Truncated() bool { return w.last != nil && w.truncated }

// AwaitsMore reports whether a message that the last packet is part of is not
// complete.
func (w *Worker) AwaitsMore() bool {
	return w.pending || w.kept && w.last == nil && w.completed == nil
}

// Flow returns the flow of the last packet: of several within each other,
// the innermost.
func (w *Worker) Flow() flow.Key { return w.pkt.Key }

// Analysis returns what the configuration's model and policies say of the
// last message, or nil where they say nothing, or where that is open (see
// Deferred). It is valid until the next packet.
func (w *Worker) Analysis() *fingerprintdb.Result {
	if w.last == nil || w.unsettled || !w.result.Present() {
		return nil
	}
	return &w.result
}
