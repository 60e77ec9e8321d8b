package members

import (
	"merctools/lib/proto"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/ssh"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
)

// A Message is a value that a worker uses for all messages of a kind, with the
// interfaces by which members are written from it. What it has not is nil.
type Message struct {
	rows     []*row         // of the list: those that it has
	kind     []byte         // the member type, where all messages have the same; or empty
	selected proto.Selected // where they don't
	exposer  proto.Exposer
	client   *tls.ClientHello
	server   *tls.ServerHello
	exchange keyExchanger
	ssh      keyExchange
	dns      *dns.Message
}

// What messages have that hold a hello or a KEXINIT.
type (
	clientHello interface{ ClientHello() *tls.ClientHello }
	serverHello interface{ ServerHello() *tls.ServerHello }
	// keyExchanger is a server's message that may have a ServerKeyExchange.
	keyExchanger interface{ KeyExchangeGroup() (uint16, bool) }
	keyExchange  interface {
		KEXInit() *ssh.KEXInit
		FromServer() bool
	}
)

// NewMessage returns the Message for a value, of a kind. It is nil where the
// list is.
func (l *List) NewMessage(m proto.Message, k *proto.Kind) *Message {
	if l == nil {
		return nil
	}
	r := new(Message)
	if selected, ok := m.(proto.Selected); ok {
		r.selected = selected
	} else if n := len(k.Select); n > 0 {
		var w record.Writer
		w.Key("type").Str(k.Select[n-1])
		r.kind = w.Bytes()
	}
	r.exposer, _ = m.(proto.Exposer)
	if h, ok := m.(clientHello); ok {
		r.client = h.ClientHello()
	}
	if h, ok := m.(serverHello); ok {
		r.server = h.ServerHello()
	}
	r.exchange, _ = m.(keyExchanger)
	r.ssh, _ = m.(keyExchange)
	r.dns, _ = m.(*dns.Message)
	r.rows = l.rowsOf(r)
	return r
}

// rowsOf returns the rows of the list that messages can have.
func (l *List) rowsOf(m *Message) (rows []*row) {
	for _, r := range l.message {
		if r.has(m) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (m *Message) hasType() bool    { return m.selected != nil || len(m.kind) > 0 }
func (m *Message) hasHello() bool   { return m.client != nil || m.server != nil }
func (m *Message) hasKEXInit() bool { return m.ssh != nil }
func (m *Message) isDNS() bool      { return m.dns != nil }
func (m *Message) exposes() bool    { return m.exposer != nil }

func writeType(s *Set, w *record.Writer) {
	if m := s.Message; m.selected != nil {
		b := append(separated(w.Bytes()), `"type":"`...)
		b = append(b, m.selected.Selector()...)
		w.SetBuffer(append(b, '"'))
	} else {
		w.RawMember(m.kind)
	}
}
