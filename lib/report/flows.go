package report

import "net/netip"

// recent has values of the keys that were set last.
type recent[K comparable, V any] struct {
	ring   [8192]K
	next   int // the place in ring that makes room
	values map[K]V
}

func (r *recent[K, V]) set(k K, v V) {
	if r.values == nil {
		r.values = map[K]V{}
	}
	if _, ok := r.values[k]; !ok {
		delete(r.values, r.ring[r.next])
		r.ring[r.next] = k
		r.next = (r.next + 1) % len(r.ring)
	}
	r.values[k] = v
}

// flows remembers who is the server of the flows that began last: the first
// message decides, so that all messages of a flow agree.
type flows struct {
	recent[flowKey, netip.AddrPort]
}

// A flowKey is the same for both directions.
type flowKey struct {
	a, b      netip.AddrPort // a is the smaller one
	transport uint8
}

// fromServer reports whether the server sent a message.
func (f *flows) fromServer(m *message) bool {
	k := flowKey{m.source, m.destination, m.transport}
	if k.b.Compare(k.a) < 0 {
		k.a, k.b = k.b, k.a
	}
	if server, ok := f.values[k]; ok {
		return m.source == server
	}
	server := m.destination
	if m.fromServer() {
		server = m.source
	}
	f.set(k, server)
	return m.source == server
}
