package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/quic-go/quic-go"
	"golang.org/x/net/dns/dnsmessage"
)

func text(s string) io.ReadSeeker { return strings.NewReader(s) }

// answer answers a DNS query: all names in the domain are this server, and
// there are no others. Names whose first label ends in 4 or 6 have addresses
// of that version only. It returns nil for what is no query.
func (s *server) answer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || m.Response || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Answers, m.Additionals = true, true, nil, nil
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	if name != s.domain && !strings.HasSuffix(name, "."+s.domain) {
		m.RCode = dnsmessage.RCodeNameError
	} else {
		for _, ip := range s.addrs {
			h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
			first, _, _ := strings.Cut(name, ".")
			if v4 := ip.To4(); v4 != nil && q.Type == dnsmessage.TypeA && !strings.HasSuffix(first, "6") {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: [4]byte(v4)}})
			} else if v4 == nil && q.Type == dnsmessage.TypeAAAA && !strings.HasSuffix(first, "4") {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: [16]byte(ip)}})
			}
		}
	}
	b, err := m.Pack()
	if err != nil {
		return nil
	}
	return b
}

// dnsOverTCP is RFC 1035, section 4.2.2; within TLS it is RFC 7858.
func dnsOverTCP(s *server, c net.Conn) error { return s.answerStream(c) }

func (s *server) answerStream(c io.ReadWriter) error {
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return err
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return err
		}
		reply := s.answer(query)
		if reply == nil {
			return nil
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return err
		}
	}
}

// serveDNSOverQUIC is RFC 9250: a stream for each query.
func serveDNSOverQUIC(s *server, l *quic.Listener) {
	for {
		c, err := l.Accept(context.Background())
		if err != nil {
			return
		}
		go func() {
			for {
				stream, err := c.AcceptStream(context.Background())
				if err != nil {
					return
				}
				s.answerStream(stream)
				stream.Close()
			}
		}()
	}
}

// dnsOverHTTPS is RFC 8484.
func (s *server) dnsOverHTTPS(w http.ResponseWriter, r *http.Request) {
	query, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if r.Method == http.MethodGet {
		query, err = base64.RawURLEncoding.DecodeString(r.URL.Query().Get("dns"))
	}
	reply := s.answer(query)
	if err != nil || reply == nil {
		http.Error(w, "no query", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/dns-message")
	w.Write(reply)
}

// listenUDP serves DNS, STUN, and DNS over QUIC.
func (s *server) listenUDP(ip net.IP) error {
	for port, reply := range map[int]func(query []byte, from *net.UDPAddr) []byte{
		53:   func(query []byte, _ *net.UDPAddr) []byte { return s.answer(query) },
		3478: stun,
	} {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip, Port: port})
		if err != nil {
			return err
		}
		go func() {
			b := make([]byte, 1<<16)
			for {
				n, from, err := c.ReadFromUDP(b)
				if err != nil {
					continue
				}
				if r := reply(b[:n], from); r != nil {
					c.WriteToUDP(r, from)
				}
			}
		}()
	}
	return s.quicOnly(net.JoinHostPort(ip.String(), "853"), "doq")
}

// stun answers a Binding request (RFC 8489) with the XOR-MAPPED-ADDRESS of its
// sender.
func stun(query []byte, from *net.UDPAddr) []byte {
	const (
		headerLen     = 20
		response      = 0x0101
		mappedAddress = 0x0020
	)
	if len(query) < headerLen || query[0] != 0 || query[1] != 1 {
		return nil
	}
	family, ip := byte(1), []byte(from.IP.To4())
	if ip == nil {
		family, ip = 2, from.IP.To16()
	}
	value := []byte{0, family}
	value = binary.BigEndian.AppendUint16(value, uint16(from.Port)^binary.BigEndian.Uint16(query[4:]))
	for i, b := range ip {
		value = append(value, b^query[4+i])
	}
	out := binary.BigEndian.AppendUint16(nil, response)
	out = binary.BigEndian.AppendUint16(out, uint16(len(value)+4))
	out = append(out, query[4:headerLen]...)
	out = binary.BigEndian.AppendUint16(out, mappedAddress)
	out = binary.BigEndian.AppendUint16(out, uint16(len(value)))
	return append(out, value...)
}
