package explain

import (
	"bytes"
	"fmt"

	"merctools/lib/hassh"
	"merctools/lib/npf"
	"merctools/lib/proto/dhcp"
	"merctools/lib/proto/openvpn"
	"merctools/lib/proto/stun"
	"merctools/lib/proto/tcp"
	"merctools/lib/wire"
)

// headers explains a list of header fields, of which some have their value.
func headers(list npf.Node) Part {
	h := Part{Name: "header"}
	for _, n := range list.List {
		name, value, ok := bytes.Cut(n.Value, []byte(":"))
		p := Part{Name: Printable(name), Code: digits(n.Value)}
		if ok {
			p.Text = Printable(bytes.TrimLeft(value, " "))
		}
		h.Parts = append(h.Parts, p)
	}
	return h
}

// kexLists are the name-lists of a KEXINIT (RFC 4253, section 7.1).
var kexLists = [...]string{
	"key exchange", "host keys", "ciphers to server", "ciphers to client", "MACs to server", "MACs to client",
	"compression to server", "compression to client", "languages to server", "languages to client",
}

func (e *Explanation) ssh(t npf.Type, r *reader) {
	e.Summary = "Algorithms that an SSH " + side(t) + " offers, the preferred ones first"
	var lists [len(kexLists)][]byte
	for i, name := range kexLists {
		lists[i] = r.value()
		p := Part{Name: name}
		for a := range bytes.SplitSeq(lists[i], []byte(",")) {
			if len(a) > 0 {
				p.Parts = append(p.Parts, Part{Name: Printable(a)})
			}
		}
		e.add(p)
	}
	if r.missing {
		return
	}
	var h hassh.Hasher
	if side(t) == "server" {
		e.AlsoKnownAs = []Part{{Name: "HASSH server", Text: string(h.AppendLists(nil, lists[0], lists[3], lists[5], lists[7]))}}
		return
	}
	e.AlsoKnownAs = []Part{{Name: "HASSH", Text: string(h.AppendLists(nil, lists[0], lists[2], lists[4], lists[6]))}}
}

// tcp explains a SYN or a SYN/ACK. Groups of the IP header are missing where
// there was none.
func (e *Explanation) tcp(t npf.Type, r *reader) {
	e.Summary = "SYN of TCP"
	if t == npf.TCPServer {
		e.Summary = "SYN/ACK of TCP"
	}
	e.Summary += ": IP header, window and options"
	if len(r.groups) != 2 {
		v := r.value()
		p := Part{Name: "IP version", Code: digits(v)}
		if len(v) == 1 {
			p.Text = fmt.Sprint(v[0] >> 4)
		}
		id := r.value()
		i := Part{Name: "identification", Code: digits(id), Text: "not zero"}
		if len(id) > 0 {
			i.Text = "zero"
		}
		ttl := r.value()
		l := Part{Name: "time to live", Code: digits(ttl)}
		if len(ttl) == 1 {
			l.Text = fmt.Sprintf("%d to %d when it was captured", ttl[0], ttl[0]|31)
		}
		e.add(p, i, l)
	}
	window := wire.Cursor(r.value())
	e.add(Part{Name: "window", Code: digits(window), Text: fmt.Sprint(window.Uint(window.Len()))})
	options := Part{Name: "options"}
	for _, n := range r.next().List {
		c := wire.Cursor(n.Value)
		kind := c.Uint8()
		p := Part{Code: digits(n.Value), Name: tcp.OptionName(kind)}
		if c.More() {
			if length := c.Uint8(); int(length) == 2+c.Len() && c.Len() <= 2 {
				p.Text = fmt.Sprint(c.Uint(c.Len()))
			}
		}
		options.Parts = append(options.Parts, p)
	}
	e.add(options)
}

func (e *Explanation) stun(r *reader) {
	e.Summary = "STUN request or indication: attributes that tell programs apart, in their order"
	class := r.value()
	p := Part{Name: "class", Code: digits(class)}
	if len(class) == 1 {
		p.Text = stun.ClassName(class[0])
	}
	method := wire.Cursor(r.value())
	m := Part{Name: "method", Code: digits(method)}
	if method.Len() == 2 {
		m.Text = stun.MethodName(method.Uint16())
	}
	cookie := r.value()
	k := Part{Name: "magic cookie", Code: digits(cookie), Text: "no: classic STUN (RFC 3489)"}
	if string(cookie) == "\x01" {
		k.Text = "yes (RFC 8489)"
	}
	attributes := Part{Name: "attributes"}
	for _, n := range r.next().List {
		c := wire.Cursor(n.Value)
		t := c.Uint16()
		a := Part{Code: fmt.Sprintf("%04x", t), Name: stun.AttributeName(t)}
		if c.More() {
			c.Skip(2) // length
			a.Text = digits(c)
		}
		attributes.Parts = append(attributes.Parts, a)
	}
	e.add(p, m, k, attributes)
}

func dhcpOptions(list npf.Node) Part {
	options := Part{Name: "options"}
	for _, n := range list.List {
		c := wire.Cursor(n.Value)
		tag := c.Uint8()
		p := Part{Code: fmt.Sprintf("%02x", tag), Name: dhcp.OptionName(tag)}
		if c.More() {
			c.Skip(1) // length
			switch {
			case tag == 53 && c.Len() == 1:
				p.Text = dhcp.MessageTypeName(c[0])
			case tag == 55:
				p.Parts = bytewise(c, dhcp.OptionName)
			default:
				p.Text = digits(c)
			}
		}
		options.Parts = append(options.Parts, p)
	}
	return options
}

func (e *Explanation) openVPN(r *reader) {
	e.Summary = "OpenVPN over TCP: packets of a segment, and the ClientHello in them"
	protocol, count, first, hmac := r.value(), r.value(), r.value(), r.value()
	p := Part{Name: "opcode of the first packet", Code: digits(first)}
	if len(first) == 2 {
		p.Text = openvpn.Opcode(first[0]).String()
		if first[1] != 0 {
			p.Text += ", not with the first key"
		}
	}
	transport := number(protocol)
	if transport == "6" {
		transport = "6 (TCP)"
	}
	e.add(
		Part{Name: "IP protocol", Code: digits(protocol), Text: transport},
		Part{Name: "control packets", Code: digits(count), Text: number(count)},
		p,
		Part{Name: "length of the HMAC", Code: digits(hmac), Text: number(hmac) + " bytes"},
	)
	e.hello(r, npf.InOrder)
}

// number is a byte as a number.
func number(b []byte) string {
	if len(b) != 1 {
		return ""
	}
	return fmt.Sprint(b[0])
}
