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

// NewMessage returns the Message for a value, of a kind.
func NewMessage(m proto.Message, k *proto.Kind) *Message {
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
	return r
}

func writeType(s *Set, w *record.Writer) {
	switch m := s.Message; {
	case m == nil:
	case m.selected != nil:
		w.Key("type").Str(m.selected.Selector())
	case len(m.kind) > 0:
		w.RawMember(m.kind)
	}
}
