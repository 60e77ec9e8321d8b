package socks

import (
	"cmp"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Hello offers authentication methods (RFC 1928, section 3).
type Hello struct {
	metadata bool

	Methods wire.Cursor // one byte each
}

// lengthHello is the length that the number of methods gives.
func lengthHello(c wire.Cursor) int {
	c.SkipUpTo(1)
	return 1 + 1 + int(c.Uint8())
}

// Parse implements proto.Message.
func (m *Hello) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(1)
	m.Methods = c.Bytes(int(c.Uint8()))
	return c.Ok()
}

// WriteRecord implements proto.Message.
func (m *Hello) WriteRecord(w *record.Writer) {
	w.Key("socks5").Object()
	if m.metadata {
		w.Key("nauth").Uint(uint64(m.Methods.Len()))
	}
	w.Key("auth_list").Array()
	for _, method := range m.Methods {
		w.Elem().Str(methodName(method))
	}
	w.EndArray()
	w.EndObject()
}

// methodName is the name of an authentication method (IANA, SOCKS Methods).
func methodName(method uint8) string {
	switch method {
	case 0:
		return "NO_AUTH"
	case 1:
		return "GSSAPI"
	case 2:
		return "USER_PASS"
	case 3:
		return "CHALLENGE_HANDSHAKE_AUTH"
	case 5:
		return "CHALLENGE_RESPONSE_AUTH"
	case 6, 0x86:
		return "SSL"
	case 7:
		return "NDS"
	case 8:
		return "MULTI_AUTH_FRAMEWORK"
	case 9:
		return "JSON_FRAMEWORK_BLOCK"
	}
	switch {
	case method < 0x7f:
		return "UNASSIGNED"
	case method < 0xfe:
		return "PRIVATE"
	}
	return "NO_MATCH"
}

// A MessageV5 is a request or the reply to it, which have the same form (RFC
// 1928, sections 4 and 6).
type MessageV5 struct {
	metadata bool

	Command     uint8       // command of a request or status of a reply
	AddressType uint8       // 1 is IPv4, 3 a domain name, 4 IPv6
	Address     wire.Cursor // as AddressType says
	Port        uint16
}

// Types of addresses (RFC 1928, section 5).
const (
	addressIPv4   = 1
	addressDomain = 3
	addressIPv6   = 4
)

// lengthV5 is the payload's own length if a message with some type of address
// can have it. Else it is 0.
func lengthV5(c wire.Cursor) int {
	const fixed = 1 + 1 + 1 + 1 + 2
	n := c.Len()
	c.SkipUpTo(4)
	switch n {
	case fixed + 4, fixed + 16, fixed + 1 + int(c.Uint8()):
		return n
	}
	return 0
}

// Parse implements proto.Message.
func (m *MessageV5) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(1)
	m.Command = c.Uint8()
	c.Skip(1)
	m.AddressType = c.Uint8()
	switch m.AddressType {
	case addressIPv4:
		m.Address = c.Bytes(4)
	case addressDomain:
		m.Address = c.Bytes(int(c.Uint8()))
	case addressIPv6:
		m.Address = c.Bytes(16)
	default:
		return false
	}
	m.Port = c.Uint16()
	return c.Ok()
}

// commands are the names of commands and replies, which share their numbers.
//
// Quirk Q107: one table for two meanings.
var commands = [...]string{
	"request_granted", "tcp_conn_or_gen_failure", "tcp_bind_or_not_allowed", "udp_port_or_net_unreach",
	"host_unreach", "conn_refused", "ttl_expire", "proto_err", "addr_unsupp",
}

// WriteRecord implements proto.Message.
func (m *MessageV5) WriteRecord(w *record.Writer) {
	w.Key("socks5_req_resp").Object()
	w.Key("cmd").Str(cmp.Or(proto.Name(commands[:], m.Command), "NULL"))
	if m.metadata {
		w.Key("addr_type").Uint(uint64(m.AddressType))
	}
	switch {
	case m.AddressType == addressIPv4:
		w.Key("ipv4").IP(m.Address)
	case m.AddressType == addressIPv6:
		w.Key("ipv6").IP(m.Address)
	case m.Address.More():
		w.Key("domain").Text(m.Address)
	}
	w.Key("dst_port").Uint(uint64(m.Port))
	w.EndObject()
}
