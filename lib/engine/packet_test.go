package engine_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// encode puts layers together to a packet, with their lengths and checksums.
func encode(l ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	var network gopacket.NetworkLayer
	for _, x := range l {
		switch x := x.(type) {
		case *layers.IPv4:
			network = x
		case *layers.IPv6:
			network = x
		case *layers.TCP:
			x.SetNetworkLayerForChecksum(network)
		case *layers.UDP:
			x.SetNetworkLayerForChecksum(network)
		}
	}
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, l...); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func ethernet(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: []byte{2, 0, 0, 0, 0, 1}, DstMAC: []byte{2, 0, 0, 0, 0, 2}, EthernetType: t}
}

// ipv4 is the header of a packet from 192.0.2.a to 192.0.2.b.
func ipv4(protocol layers.IPProtocol, a, b byte) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: []byte{192, 0, 2, a}, DstIP: []byte{192, 0, 2, b}}
}

// ipv6 is the header of a packet from 2001:db8::a to 2001:db8::b.
func ipv6(protocol layers.IPProtocol, a, b byte) *layers.IPv6 {
	address := func(last byte) []byte {
		return []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}
	}
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: address(a), DstIP: address(b)}
}

// tcp is a segment of a connection from 192.0.2.1 to 192.0.2.2 in Ethernet.
func tcp(src, dst layers.TCPPort, seq uint32, data string) []byte {
	return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2),
		&layers.TCP{SrcPort: src, DstPort: dst, Seq: seq, ACK: true, Window: 1000}, gopacket.Payload(data))
}

// syn opens such a connection.
func syn(src, dst layers.TCPPort, seq uint32) []byte {
	return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2),
		&layers.TCP{SrcPort: src, DstPort: dst, Seq: seq, SYN: true, Window: 1000,
			Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 0xb4}}}})
}

// udp is a datagram from 192.0.2.1 to 192.0.2.2 in Ethernet.
func udp(src, dst layers.UDPPort, data string) []byte {
	return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP, 1, 2),
		&layers.UDP{SrcPort: src, DstPort: dst}, gopacket.Payload(data))
}

// clientHello is a TLS record with a ClientHello for example.com.
const clientHello = "\x16\x03\x01\x00\x4b\x01\x00\x00\x47" +
	"\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01\x01\x00" +
	"\x00\x1c\x00\x00\x00\x10\x00\x0e\x00\x00\x0bexample.com\x00\x0a\x00\x04\x00\x02\x00\x1d"

// clientHelloPrint is its fingerprint.
const clientHelloPrint = "tls/(0303)(1301)((0000)(000a00040002001d))"

// longHello is a ClientHello with an extension of n bytes that nobody knows,
// and that look like no message of another protocol.
func longHello(n int) string {
	extension := append([]byte{0xab, 0xcd}, binary.BigEndian.AppendUint16(nil, uint16(n))...)
	extension = append(extension, bytes.Repeat([]byte{'.'}, n)...)
	body := slices.Concat([]byte("\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01\x01\x00"),
		binary.BigEndian.AppendUint16(nil, uint16(len(extension))), extension)
	return string(slices.Concat([]byte{0x16, 3, 1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+4)),
		[]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body))
}

const (
	serverHello = "\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS\x00\x13\x01\x00\x00\x00" +
		"\x14\x03\x03\x00\x01\x01"
	dnsQuery    = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01"
	dnsResponse = "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01" +
		"\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x09"
	httpRequest  = "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n\r\n"
	httpResponse = "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 2\r\n\r\nok"
	sshInit      = "SSH-2.0-OpenSSH_9.6\r\n"
	dtlsHello    = "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x36\x01\x00\x00\x2a\x00\x00\x00\x00\x00\x00\x00\x2a" +
		"\xfe\xfdRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x00\x02\x13\x01\x01\x00"
	stunRequest = "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl"
	snmpGet     = "\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00"
)

// quicInitial is an Initial packet of QUIC version 1 from a client (RFC 9001)
// with frames in it, as large as it must be.
func quicInitial(id string, frames []byte) string {
	return quicPacket("client in", id, id, frames, 1200)
}

// quicPacket is an Initial packet of version 1 to a connection ID, with the
// keys that follow from another one, and padded to size bytes.
func quicPacket(side, id, to string, frames []byte, size int) string {
	const number = 0
	expand := func(secret []byte, label string, n int) []byte {
		label = "tls13 " + label
		return must(hkdf.Expand(sha256.New, secret, string([]byte{0, byte(n), byte(len(label))})+label+"\x00", n))
	}
	salt := must(hex.DecodeString("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"))
	secret := expand(must(hkdf.Extract(sha256.New, []byte(id), salt)), side, 32)

	head := append([]byte{0xc0, 0, 0, 0, 1, byte(len(to))}, to...)
	head = append(head, 0, 0) // source connection ID, token
	frames = append(frames, make([]byte, size-len(head)-3-16-len(frames))...)
	head = binary.BigEndian.AppendUint16(head, uint16(1+len(frames)+16)|1<<14)
	head = append(head, number)
	aead := must(cipher.NewGCM(must(aes.NewCipher(expand(secret, "quic key", 16)))))
	b := aead.Seal(head, expand(secret, "quic iv", 12), frames, head)
	mask := make([]byte, 16)
	at := len(head) - 1
	must(aes.NewCipher(expand(secret, "quic hp", 16))).Encrypt(mask, b[at+4:at+20])
	b[0] ^= mask[0] & 0x0f
	b[at] ^= mask[1]
	return string(b)
}

// cryptoFrame is a CRYPTO frame (RFC 9000, section 19.6).
func cryptoFrame(offset int, data string) []byte {
	b := []byte{6}
	b = binary.BigEndian.AppendUint16(b, uint16(offset)|1<<14)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data))|1<<14)
	return append(b, data...)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
