package ssh

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// The name-lists of a KEXINIT, in their order.
const (
	kexAlgorithms = iota
	hostKeyAlgorithms
	ciphersToServer
	ciphersToClient
	macsToServer
	macsToClient
	compressionToServer
	compressionToClient
	languagesToServer
	languagesToClient
	numLists
)

var listNames = [numLists]string{
	"kex_algorithms",
	"server_host_key_algorithms",
	"encryption_algorithms_client_to_server",
	"encryption_algorithms_server_to_client",
	"mac_algorithms_client_to_server",
	"mac_algorithms_server_to_client",
	"compression_algorithms_client_to_server",
	"compression_algorithms_server_to_client",
	"languages_client_to_server",
	"languages_server_to_client",
}

const (
	cookieLen = 16
	maxList   = 2048 // bytes of a name-list that are believed
)

// A KEXInit is the content of a KEXINIT message (RFC 4253, section 7.1). The
// lists behind the first one that is cut off are failed cursors.
type KEXInit struct {
	lists  [numLists]wire.Cursor
	second packet // the packet behind the message's own
}

func (k *KEXInit) parse(p *packet) {
	c := p.payload
	c.Skip(1) // the message's number
	c.Skip(cookieLen)
	for i := range k.lists {
		k.lists[i] = nameList(&c)
	}
	k.second = packet{}
	if p.behind.More() {
		k.second = parsePacket(p.behind)
	}
}

// nameList reads a name-list (RFC 4251, section 5).
func nameList(c *wire.Cursor) wire.Cursor {
	n := c.Uint32()
	if n > maxList {
		c.Fail()
	}
	return c.Bytes(int(n))
}

// Present reports whether there is a list of key exchange algorithms, without
// which there is no message.
func (k *KEXInit) Present() bool { return k.lists[kexAlgorithms].More() }

// Whole reports whether no list is cut off.
func (k *KEXInit) Whole() bool { return k.Present() && k.lists[numLists-1].Ok() }

// KeyExchange is the comma-separated list of key exchange algorithms.
func (k *KEXInit) KeyExchange() wire.Cursor { return k.lists[kexAlgorithms] }

// CiphersToServer is the comma-separated list of encryption algorithms from
// client to server.
func (k *KEXInit) CiphersToServer() wire.Cursor { return k.lists[ciphersToServer] }

// CiphersToClient is the comma-separated list of encryption algorithms from
// server to client.
func (k *KEXInit) CiphersToClient() wire.Cursor { return k.lists[ciphersToClient] }

// MACsToServer is the comma-separated list of MAC algorithms from client to
// server.
func (k *KEXInit) MACsToServer() wire.Cursor { return k.lists[macsToServer] }

// MACsToClient is the comma-separated list of MAC algorithms from server to
// client.
func (k *KEXInit) MACsToClient() wire.Cursor { return k.lists[macsToClient] }

// CompressionToServer is the comma-separated list of compression algorithms
// from client to server.
func (k *KEXInit) CompressionToServer() wire.Cursor { return k.lists[compressionToServer] }

// CompressionToClient is the comma-separated list of compression algorithms
// from server to client.
func (k *KEXInit) CompressionToClient() wire.Cursor { return k.lists[compressionToClient] }

// HostKeys is the comma-separated list of host key algorithms.
func (k *KEXInit) HostKeys() wire.Cursor { return k.lists[hostKeyAlgorithms] }

// LanguagesToServer is the comma-separated list of languages from client to
// server.
func (k *KEXInit) LanguagesToServer() wire.Cursor { return k.lists[languagesToServer] }

// LanguagesToClient is the comma-separated list of languages from server to
// client.
func (k *KEXInit) LanguagesToClient() wire.Cursor { return k.lists[languagesToClient] }

// handshake sets h to what the message offers.
func (k *KEXInit) handshake(h *proto.Handshake) bool {
	*h = proto.Handshake{
		Kind:            proto.SSHOffer,
		KeyExchanges:    k.KeyExchange(),
		CiphersToServer: k.CiphersToServer(),
		CiphersToClient: k.CiphersToClient(),
	}
	return k.Present()
}

func (k *KEXInit) fingerprint(b *npf.Builder) {
	for _, list := range k.lists {
		b.String(list)
	}
}

// writeRecord writes the members of an open ssh object.
func (k *KEXInit) writeRecord(w *record.Writer) {
	w.Key("kex").Object()
	for i, list := range k.lists {
		if list.Ok() {
			w.Key(listNames[i]).Text(list)
		}
	}
	w.EndObject()
	if number, ok := k.second.payload.Peek(); ok {
		w.Key("sec_binary_pkt_code").Uint(uint64(number))
		w.Key("sec_binary_pkt_len").Uint(uint64(k.second.length))
	}
}

// A KeyExchange is a KEXINIT message that comes without an identification
// string before it.
type KeyExchange struct {
	metadata bool
	from     proto.Direction
	server   bool
	kex      KEXInit
}

// KEXInit is the message's content.
func (m *KeyExchange) KEXInit() *KEXInit { return &m.kex }

// FromServer reports whether the server sent the message, as far as the ports
// tell.
func (m *KeyExchange) FromServer() bool { return m.server }

// Selector implements proto.Selected.
func (m *KeyExchange) Selector() string { return selector(m.server) }

// Handshake implements proto.Negotiator.
func (m *KeyExchange) Handshake(h *proto.Handshake) bool { return m.kex.handshake(h) }

// Parse implements proto.Message.
func (m *KeyExchange) Parse(c wire.Cursor, p *proto.Packet) bool {
	direction := p.Direction()
	if m.from&direction == 0 {
		p.Unclaimed = true
		return false
	}
	m.server = direction == proto.Server
	packet := parsePacket(c)
	if packet.missing != 0 {
		p.Missing = packet.missing
	} else {
		p.Supplementary = true
	}
	m.kex.parse(&packet)
	return m.kex.Present()
}

// Fingerprint implements proto.Fingerprinter.
func (m *KeyExchange) Fingerprint(b *npf.Builder) {
	if m.server {
		b.Begin(npf.SSHKexServer, 0)
	} else {
		b.Begin(npf.SSHKex, 0)
	}
	m.kex.fingerprint(b)
}

// WriteRecord implements proto.Message.
func (m *KeyExchange) WriteRecord(w *record.Writer) {
	if !m.metadata {
		return
	}
	w.Key("ssh").Object()
	m.kex.writeRecord(w)
	w.EndObject()
}
