package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
)

var errProtocol = errors.New("not what was expected")

// postgres answers the request for TLS, and declines encryption by GSSAPI
// (PostgreSQL documentation, "Message Flow").
func postgres(s *server, c net.Conn) error {
	const (
		sslRequest = 80877103
		gssRequest = 80877104
	)
	for {
		var m [8]byte
		if _, err := io.ReadFull(c, m[:]); err != nil {
			return err
		}
		switch binary.BigEndian.Uint32(m[4:]) {
		case gssRequest:
			if _, err := c.Write([]byte("N")); err != nil {
				return err
			}
		case sslRequest:
			if _, err := c.Write([]byte("S")); err != nil {
				return err
			}
			return overTLS(silent, "postgresql")(s, c)
		default:
			return errProtocol
		}
	}
}

// mysql greets a client as a server that can do TLS, and goes on with that
// (MySQL Internals, "Connection Phase").
func mysql(s *server, c net.Conn) error {
	const (
		protocol   = 10
		plugin     = "mysql_native_password"
		utf8       = 45
		abilities  = 1<<0 | 1<<3 | 1<<9 | 1<<11 | 1<<13 | 1<<15 | 1<<19 // long password, database, 4.1, SSL, transactions, secure, plugins
		challenge1 = "abcdefgh"
		challenge2 = "ijklmnopqrst\x00"
	)
	var b []byte
	b = append(b, protocol)
	b = append(b, "8.0.36\x00"...)
	b = binary.LittleEndian.AppendUint32(b, 7)
	b = append(b, challenge1+"\x00"...)
	b = binary.LittleEndian.AppendUint16(b, abilities&0xffff)
	b = append(b, utf8, 2, 0)
	b = binary.LittleEndian.AppendUint16(b, abilities>>16)
	b = append(b, byte(len(challenge1)+len(challenge2)))
	b = append(b, make([]byte, 10)...)
	b = append(b, challenge2...)
	b = append(b, plugin+"\x00"...)
	header := []byte{byte(len(b)), byte(len(b) >> 8), byte(len(b) >> 16), 0}
	if _, err := c.Write(append(header, b...)); err != nil {
		return err
	}
	if _, err := io.ReadFull(c, header); err != nil {
		return err
	}
	request := make([]byte, int(header[0])|int(header[1])<<8)
	if _, err := io.ReadFull(c, request); err != nil {
		return err
	}
	return overTLS(silent)(s, c)
}

// ldap answers the extended request for TLS (RFC 4511, section 4.14).
func ldap(s *server, c net.Conn) error {
	b := make([]byte, 512)
	n, err := c.Read(b)
	if err != nil {
		return err
	}
	if n < 6 || b[2] != 2 || b[3] != 1 || b[5] != 0x77 {
		return errProtocol
	}
	if _, err := c.Write([]byte{0x30, 0x0c, 2, 1, b[4], 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0}); err != nil {
		return err
	}
	return overTLS(silent)(s, c)
}

// rdp confirms a connection, and that TLS follows (MS-RDPBCGR, 2.2.1.2).
func rdp(s *server, c net.Conn) error {
	b := make([]byte, 512)
	if _, err := c.Read(b); err != nil {
		return err
	}
	confirm := []byte{3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 1, 0, 0, 0}
	if _, err := c.Write(confirm); err != nil {
		return err
	}
	return overTLS(silent)(s, c)
}

// mqtt accepts a connection.
func mqtt(s *server, c net.Conn) error {
	b := make([]byte, 512)
	if _, err := c.Read(b); err != nil {
		return err
	}
	if _, err := c.Write([]byte{0x20, 2, 0, 0}); err != nil {
		return err
	}
	return silent(s, c)
}
