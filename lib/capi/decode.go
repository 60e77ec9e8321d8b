package capi

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"merctools/lib/certificate"
	"merctools/lib/fdc"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/quic"
	"merctools/lib/proto/registry"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// ErrContent is returned for data that is not what it is said to be.
var ErrContent = errors.New("the data is not of this kind")

// Certificate returns a certificate (DER) as JSON.
func Certificate(der []byte) []byte {
	var c certificate.Certificate
	c.Parse(der)
	var w record.Writer
	c.Write(&w)
	return w.Bytes()
}

// CertificatePrefix returns the beginning of a certificate, up to the end of the
// issuer, as hexadecimal digits. It is empty where the certificate does not have
// all of that.
func CertificatePrefix(der []byte) []byte {
	return hex.AppendEncode(nil, certificate.Prefix(der))
}

// DNS returns a DNS message as JSON.
func DNS(data []byte) ([]byte, error) {
	m := dns.Protocol.Messages[0].New(&proto.Options{DNSJSON: true, Select: proto.All()})
	if !m.Parse(wire.Of(data), &proto.Packet{}) {
		return nil, ErrContent
	}
	var w record.Writer
	w.Object()
	m.WriteRecord(&w)
	w.EndObject()
	var member record.Member
	if s := record.Scan(w.Bytes()); !s.Next(&member) {
		return nil, ErrContent
	}
	return member.Value, nil // what dns or nbns has
}

// ECHConfig returns a list of configurations for Encrypted ClientHello as JSON.
func ECHConfig(data []byte) ([]byte, error) {
	var w record.Writer
	w.Object()
	empty := w.Len()
	dns.WriteECH(&w, wire.Of(data))
	if w.Len() == empty {
		return nil, ErrContent
	}
	w.EndObject()
	return w.Bytes(), nil
}

// Context returns a fingerprint and destination context as JSON.
func Context(data []byte) ([]byte, error) {
	var w record.Writer
	err := fdc.AppendJSON(&w, data)
	return w.Bytes(), err
}

// QUICSalt returns the name of the versions of QUIC whose keys decrypt an
// Initial packet, the payload of a datagram. It is empty where none do.
func QUICSalt(datagram []byte) string {
	m := quic.Protocol.Messages[0].New(&proto.Options{QUICTrialDecryption: true, Select: proto.All()}).(*quic.Initial)
	if !m.Parse(wire.Of(datagram), &proto.Packet{}) {
		return ""
	}
	return m.Salt()
}

// ServerName returns the form in which archives know a server's name. Without
// detail, an address has no label of its own, and a port none.
func ServerName(name string, detail bool) string {
	s := string(fingerprintdb.AppendServerName(nil, []byte(name)))
	if detail {
		return s
	}
	if rest, ok := strings.CutPrefix(s, "_"); ok && strings.ContainsRune(name, ':') {
		_, s, _ = strings.Cut(rest, ".")
	}
	if strings.HasSuffix(s, ".address.alt") {
		return "address.alt"
	}
	return s
}

// IsFakeTLS reports whether a TLS fingerprint has no cipher suite that anybody
// uses.
func IsFakeTLS(fingerprint string) bool {
	var r fingerprintdb.Result
	t, _, _, _ := npf.Elements(fingerprint)
	r.SetFakeTLS(t, []byte(fingerprint))
	return r.HasAttributes()
}

// Address returns the form in which archives know an address; it is empty for
// what is none.
func Address(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return ""
	}
	if a.Is4() {
		return fingerprintdb.NormalAddress(a).String()
	}
	return string(record.AppendIPv6(nil, fingerprintdb.NormalAddress(a).As16()))
}

// Fingerprint returns the fingerprint of a message without a packet around it,
// and its metadata, as a record. kind names the message by a selector, such as
// "tls.client_hello", or by a protocol and its message as they are documented,
// such as "SSH/identification". The handshake message of TLS may come without
// its record layer.
func (l *Library) Fingerprint(kind string, data []byte) ([]byte, error) {
	p, k, err := findKind(kind)
	if err != nil {
		return nil, err
	}
	o := l.engine.Config().Options
	m := k.New(&o)
	pkt := proto.Packet{Key: flow.Key{Protocol: packet.ProtocolTCP, SrcPort: 1 << 15, DstPort: 1}}
	if p.Name == "TLS" && len(data) > 0 && data[0] < 0x16 {
		data = inRecord(data)
	}
	if !m.Parse(wire.Of(data), &pkt) {
		return nil, fmt.Errorf("%s: %w", kind, ErrContent)
	}
	var b npf.Builder
	if f, ok := m.(proto.Fingerprinter); ok {
		f.Fingerprint(&b)
	}
	var w record.Writer
	w.Object()
	if b.Type() != npf.None {
		w.Key("fingerprints").Object()
		w.Key(b.Type().String()).StrBytes(b.Bytes())
		w.EndObject()
	}
	m.WriteRecord(&w)
	if pkt.Missing != 0 {
		w.Key("reassembly_properties").Object()
		w.Key("truncated").Bool(true)
		w.EndObject()
	}
	w.EndObject()
	return w.Bytes(), nil
}

// inRecord puts a handshake message of TLS into a record (RFC 8446, section 5.1).
// The message may be longer than a record can say; it is cut off then.
func inRecord(message []byte) []byte {
	n := min(len(message), 1<<16-1)
	return append([]byte{0x16, 3, 1, byte(n >> 8), byte(n)}, message[:n]...)
}

// findKind finds a kind of message.
func findKind(name string) (*proto.Protocol, *proto.Kind, error) {
	for _, p := range registry.All {
		for i := range p.Messages {
			k := &p.Messages[i]
			if k.New == nil {
				continue
			}
			if strings.EqualFold(name, p.Name+"/"+k.Name) || k.Select[len(k.Select)-1] == name {
				return p, k, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s: no such message", name)
}
