package report

import "net/netip"

// flows remembers who is the client of the flows that began last: the first
// message decides, so that all messages of a flow agree.
type flows struct {
	ring    [8192]flowKey
	next    int
	servers map[flowKey]netip.AddrPort
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
	if server, ok := f.servers[k]; ok {
		return m.source == server
	}
	if f.servers == nil {
		f.servers = map[flowKey]netip.AddrPort{}
	}
	server := m.destination
	if m.fromServer() {
		server = m.source
	}
	delete(f.servers, f.ring[f.next])
	f.ring[f.next] = k
	f.next = (f.next + 1) % len(f.ring)
	f.servers[k] = server
	return m.source == server
}
