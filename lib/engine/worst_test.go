package engine_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/hoststats"
	"merctools/lib/indicators"
	"merctools/lib/packet"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// Bounds of TestWorstCase.
const (
	// worstTime is that of a packet of up to 64 KiB, in CPU time. It may take 2.5 times
	// as long where all options look at each byte of a record that may have 1 MiB, and
	// one that has many messages, each of which makes a record, worstRecordTime for
	// each.
	worstTime       = time.Millisecond
	worstRecordTime = 2500 * time.Nanosecond
	worstSize       = 64 << 10
	worstRecord     = record.MaxLen + 1

	// mostOutput is how much memory what is written of a packet takes: as much as
	// many records, or a record that is too long.
	mostOutput = 16 << 20

	// ordinary is what checkJSON takes on the machine that the bounds are for: an
	// EPYC of 2020. Another one gets more time if it needs more for that.
	ordinary = 250 * time.Microsecond
)

// checkJSON is some work that is like that of a Worker.
func checkJSON() time.Duration {
	begin := threadTime()
	if !json.Valid(jsonText) {
		panic("not JSON")
	}
	return threadTime() - begin
}

var jsonText = []byte("[" + strings.Repeat(`{"name":"a","value":"b"},`, 2600) + "1]")

// allowed is what a packet of a number of bytes may take, of which there is a number
// of records, on this machine, now; least is what it may take if it has 64 KiB.
func allowed(least time.Duration, size, records int) time.Duration {
	took := checkJSON()
	for range 9 {
		took = min(took, checkJSON())
	}
	may := max(least*time.Duration(max(size, worstSize))/worstSize, worstRecordTime*time.Duration(records))
	may = may * 5 / 4 // no two measurements are the same
	if took > ordinary*5/4 {
		// A slow machine, or others are at work on this one: what they take of its
		// caches costs a Worker more than it costs checkJSON.
		may = may * 3 / 2
	}
	return may * max(took, ordinary) / ordinary
}

// A worstCase is traffic that costs more than other traffic of its size does.
type worstCase struct {
	name    string
	packets [][]byte
}

// Lengths of what fits into a packet of IPv4.
const (
	mostTCP = 65535 - 20 - 20
	mostUDP = 65535 - 20 - 8
)

// number is v in so many bytes.
func number(bytes, v int) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(v))
	return string(b[8-bytes:])
}

// counted is data behind its length in n bytes.
func counted(n int, data string) string { return number(n, len(data)) + data }

// element is a value of BER, with a length in as few bytes as it takes.
func element(tag byte, value string) string { return elementHead(tag, len(value)) + value }

// elementHead is what comes before a value of n bytes.
func elementHead(tag byte, n int) string {
	switch {
	case n < 0x80:
		return string([]byte{tag, byte(n)})
	case n < 0x100:
		return string([]byte{tag, 0x81, byte(n)})
	case n < 0x10000:
		return string([]byte{tag, 0x82}) + number(2, n)
	default:
		return string([]byte{tag, 0x83}) + number(3, n)
	}
}

// nested is so many elements within each other.
func nested(tag byte, depth int) string {
	var heads []string // the innermost first
	size := 0
	for range depth {
		head := elementHead(tag, size)
		heads = append(heads, head)
		size += len(head)
	}
	slices.Reverse(heads)
	return strings.Join(heads, "")
}

// repeated is text as often as it fits into n bytes.
func repeated(text string, n int) string { return strings.Repeat(text, n/len(text)) }

// record of TLS with a handshake message.
func handshake(kind byte, body string) string {
	m := string([]byte{kind}) + counted(3, body)
	var out string
	const most = 16 << 10
	for len(m) > 0 {
		n := min(len(m), most)
		out += "\x16\x03\x03" + counted(2, m[:n])
		m = m[n:]
	}
	return out
}

// helloWith has suites and extensions.
func helloWith(suites, extensions string) string {
	return "\x03\x03" + strings.Repeat("R", 32) + "\x00" + counted(2, suites) + "\x01\x00" + counted(2, extensions)
}

// extension of TLS.
func extension(kind int, data string) string { return number(2, kind) + counted(2, data) }

// certificateWith has one subject, and extensions.
func certificateWith(subject, extensions string) string {
	algorithm := element(0x30, element(0x06, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"))
	validity := element(0x30, element(0x17, "200101000000Z")+element(0x17, "300101000000Z"))
	key := element(0x30, element(0x30, element(0x06, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")+"\x05\x00")+element(0x03, "\x00"+element(0x30, element(0x02, strings.Repeat("\x7f", 256))+element(0x02, "\x01\x00\x01"))))
	tbs := element(0xa0, "\x02\x01\x02") + element(0x02, "\x01") + algorithm + element(0x30, subject) + validity + element(0x30, subject) + key
	if extensions != "" {
		tbs += element(0xa3, element(0x30, extensions))
	}
	return element(0x30, element(0x30, tbs)+algorithm+element(0x03, "\x00"+strings.Repeat("s", 256)))
}

// certificateList is a handshake message with certificates.
func certificateList(certificates ...string) string {
	var list strings.Builder
	for _, c := range certificates {
		list.WriteString(counted(3, c))
	}
	return handshake(11, counted(3, list.String()))
}

// snmp is a message with bindings (RFC 1901).
func snmp(bindings string) string {
	return element(0x30, "\x02\x01\x01"+element(0x04, "public")+element(0xa2, "\x02\x01\x01\x02\x01\x00\x02\x01\x00"+element(0x30, bindings)))
}

// dnsChain is an answer whose names point to each other: each takes as many
// steps to read as there are names before it.
func dnsChain(n int) string {
	b := []byte("\x00\x01\x81\x80\x00\x00\x00\x00\x00\x00\x00\x00")
	count := 0
	last := -1
	for len(b) < n-32 && last < 0x3fff-16 {
		at := len(b)
		b = append(b, "\x01\x01"...)
		if last < 0 {
			b = append(b, 0)
		} else {
			b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(last))
		}
		b = append(b, "\x00\x05\x00\x01\x00\x00\x00\x01\x00\x02"...)
		b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(at))
		last = at
		count++
	}
	for len(b) < n-16 {
		b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(last))
		b = append(b, "\x00\x05\x00\x01\x00\x00\x00\x01\x00\x02"...)
		b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(last))
		count++
	}
	binary.BigEndian.PutUint16(b[6:], uint16(count))
	return string(b)
}

// dnsTwoNames is an answer whose records have one and the other of two names of as many
// labels as they can have, or of one label more each.
func dnsTwoNames(label, own string) string {
	name := strings.Repeat(label, 252/len(label)-len(own)/2)
	b := []byte("\x12\x34\x84\x00\x00\x01\x00\x00\xff\xff\x00\x00" + name + "\x00\x00\x05\x00\x01")
	for i := 0; len(b) < mostUDP-len(name); i++ {
		if i == 0 {
			b = append(b, name+"\x00"...)
		} else {
			b = binary.BigEndian.AppendUint16(append(b, own...), uint16(0xc000|12+i%2*(len(name)+5)))
		}
		b = append(b, "\x00\x05\x00\x01\x00\x00\x00\x01\x00\x00"...)
	}
	return string(b)
}

// dnsOwners is an answer about a name of as many labels of two bytes as it can have,
// to which its records have pointers.
func dnsOwners(label string) string {
	const records = "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x01\x00\x00"
	return "\x12\x34\x84\x00\x00\x01\x00\x00" + number(2, 5300) + "\x00\x00" + strings.Repeat(label, 126) + "\x00\x00\x05\x00\x01" + repeated(records, mostUDP-300)
}

// tunneled is so many headers of IPv4 in IPv4.
func tunneled(depth int) []byte {
	l := []gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv4)}
	for range depth {
		l = append(l, ipv4(layers.IPProtocolIPv4, 1, 2))
	}
	l = append(l, ipv4(layers.IPProtocolUDP, 1, 2), &layers.UDP{SrcPort: 50000, DstPort: 53}, gopacket.Payload(dnsQuery))
	return encode(l...)
}

// cdpAddresses is a frame of CDP in which an element says that it has n addresses,
// and has none (quirk Q71).
func cdpAddresses(n int) []byte {
	message := "\xaa\xaa\x03\x00\x00\x0c\x20\x00" + "\x02\xb4\x00\x00" + "\x00\x02\x00\x08" + number(4, n)
	return []byte("\x01\x00\x0c\xcc\xcc\xcc" + "\x02\x00\x00\x00\x00\x01" + counted(2, message))
}

// lldpElements is a frame of LLDP with an element as often as it fits.
func lldpElements(element string) []byte {
	return []byte("\x01\x80\xc2\x00\x00\x0e" + "\x02\x00\x00\x00\x00\x01" + "\x88\xcc" + repeated(element, 65000) + "\x00\x00")
}

// ikePayloads is a message of IKE (RFC 7296) with a payload as often as it fits.
func ikePayloads(kind byte, payload string) string {
	body := repeated(payload, mostUDP-28)
	return "abcdefgh" + strings.Repeat("\x00", 8) + string([]byte{kind}) + "\x20\x22\x08\x00\x00\x00\x00" + number(4, 28+len(body)) + body
}

// worstCases are all that are known.
func worstCases() []worstCase {
	one := func(name string, p ...[]byte) worstCase { return worstCase{name, p} }
	tls := func(name, data string) worstCase {
		return one(name, tcp(50000, 443, 1, data[:min(len(data), mostTCP)]))
	}
	server := func(name, data string) worstCase {
		return one(name, tcp(443, 50000, 1, data[:min(len(data), mostTCP)]))
	}
	datagram := func(name string, src, dst layers.UDPPort, data string) worstCase {
		return one(name, udp(src, dst, data[:min(len(data), mostUDP)]))
	}
	name := func(value string) string {
		return element(0x31, element(0x30, element(0x06, "\x55\x04\x03")+element(0x0c, value)))
	}
	san := func(names string) string {
		return element(0x30, element(0x06, "\x55\x1d\x11")+element(0x04, element(0x30, names)))
	}
	small := certificateWith(name("x"), "")
	// bytes are CRYPTO frames of a byte each, with a byte missing between any two.
	bytes := func(n, step int) (frames []byte) {
		for i := range n {
			frames = append(frames, cryptoFrame(2*(i*step%n), "x")...)
		}
		return frames
	}
	var hello [][]byte // of QUIC in packets with bytes here and there
	long := longHello(8000)[5:]
	for i := range 24 {
		var frames []byte
		for k := range 160 {
			at := (k*24 + i) * 2
			if at < len(long) {
				frames = append(frames, cryptoFrame(at, long[at:at+1])...)
			}
		}
		hello = append(hello, udp(50000, 443, quicInitial("01234567", frames)))
	}
	var segments [][]byte // of one byte, backward
	record := longHello(600)
	for i := len(record) - 1; i >= 0; i-- {
		segments = append(segments, tcp(50000, 443, uint32(1+i), record[i:i+1]))
	}
	var stream [][]byte // a long hello in small segments
	long = longHello(12000)
	for i := 0; i < len(long); i += 64 {
		stream = append(stream, tcp(50001, 443, uint32(1+i), long[i:min(i+64, len(long))]))
	}
	var fragments [][]byte // of 8 bytes, with gaps between them
	for i := range 250 {
		ip := ipv4(layers.IPProtocolUDP, 1, 2)
		ip.Id, ip.Flags, ip.FragOffset = 7, layers.IPv4MoreFragments, uint16(8000-2*i)
		fragments = append(fragments, encode(ethernet(layers.EthernetTypeIPv4), ip, gopacket.Payload("ffffffff")))
	}
	groups := extension(10, counted(2, repeated("\x00\x1d", 60000)))
	return []worstCase{
		datagram("SNMP, nested", 161, 50000, snmp(nested(0x30, 16000))),
		datagram("SNMP, bindings", 161, 50000, snmp(repeated(element(0x30, "\x06\x01\x2b\x05\x00"), mostUDP-100))),
		datagram("SNMP, identifiers", 161, 50000, snmp(repeated(element(0x30, element(0x06, strings.Repeat("\x2b", 100))+element(0x06, strings.Repeat("\x2b", 100))), mostUDP-100))),
		one("LDAP, nested", tcp(50000, 389, 1, element(0x30, "\x02\x01\x01"+element(0x63, nested(0xa0, 15000))))),
		one("LDAP, attributes", tcp(50000, 389, 1, element(0x30, "\x02\x01\x01"+element(0x63, element(4, "dc=x")+"\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00"+element(0x87, "o")+element(0x30, repeated(element(4, "a"), mostTCP-100)))))),
		datagram("Kerberos, nested", 50000, 88, element(0x6a, element(0x30, element(0xa1, "\x02\x01\x05")+element(0xa2, "\x02\x01\x0a")+element(0xa3, nested(0x30, 15000))))),
		datagram("DNS, chains", 53, 50000, dnsChain(16<<10)),
		datagram("DNS, long chains", 53, 50000, dnsChain(mostUDP)),
		datagram("DNS, SOA of control characters", 53, 50000, dnsBomb(90)),
		datagram("DNS, SOA beyond the longest record", 53, 50000, dnsBomb(250)),
		one("DNS over TCP, SOA of control characters", tcp(53, 50000, 1, counted(2, dnsBomb(90)))),
		datagram("DNS, questions", 50000, 53, "\x12\x34\x01\x00"+number(2, 13000)+"\x00\x00\x00\x00\x00\x00"+strings.Repeat("\x00\x00\x01\x00\x01", 13000)),
		datagram("DNS, owners of many labels", 53, 50000, "\x12\x34\x84\x00\x00\x00\x00\x00"+number(2, 5300)+"\x00\x00"+strings.Repeat("\x03\x01\x01\x01", 63)+"\x00\x00\x05\x00\x01\x00\x00\x00\x01\x00\x00"+repeated("\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x01\x00\x00", mostUDP-300)),
		datagram("DNS, owners of many labels behind a question", 53, 50000, "\x12\x34\x84\x00\x00\x01\x00\x00"+number(2, 5300)+"\x00\x00"+strings.Repeat("\x03\x01\x01\x01", 63)+"\x00\x00\x05\x00\x01"+repeated("\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x01\x00\x00", mostUDP-300)),
		datagram("DNS, owners of labels of a byte", 53, 50000, dnsOwners("\x01a")),
		datagram("DNS, owners of labels of a quote", 53, 50000, dnsOwners("\x01\"")),
		datagram("DNS, two owners in turn", 53, 50000, dnsTwoNames("\x01a", "")),
		datagram("DNS, two owners of quotes in turn", 53, 50000, dnsTwoNames("\x01\"", "")),
		datagram("DNS, owners with a label of their own", 53, 50000, dnsTwoNames("\x01a", "\x01b")),
		datagram("DNS, owners of quotes with a label of their own", 53, 50000, dnsTwoNames("\x02\"\"", "\x01\"")),
		datagram("mDNS, labels", 5353, 5353, "\x00\x00\x84\x00\x00\x00"+number(2, 500)+"\x00\x00\x00\x00"+repeated(strings.Repeat("\x01\x01", 60)+"\x00\x00\x0c\x00\x01\x00\x00\x00\x01\x00\x02\xc0\x0c", mostUDP-12)),
		tls("HTTP, headers", "GET / HTTP/1.1\r\n"+repeated("a:b\r\n", mostTCP-20)+"\r\n"),
		tls("HTTP, headers of one name", "GET / HTTP/1.1\r\n"+repeated("User-Agent: x\r\n", mostTCP-20)+"\r\n"),
		tls("HTTP, headers without a name", "GET / HTTP/1.1\na:b\n"+repeated(":\n", mostTCP-20)),
		tls("HTTP, headers without a value", "GET / HTTP/1.1\n"+repeated("a:\n", mostTCP-20)),
		tls("HTTP, short headers that are in the fingerprint", "GET / HTTP/1.1\n"+repeated("DNT:\n", mostTCP-20)),
		tls("HTTP, ends of lines that are alike", "GET / HTTP/1.1"+repeated("\n:", 30000)+"a:b"+repeated("\n:", 29998)+repeated("a:b\n", 5000)),
		tls("HTTP, a long name", "GET / HTTP/1.1\n"+strings.Repeat("s", 60000)+":b\n\n"),
		tls("HTTP, parameters", "GET /?"+repeated("s=&", 60000)+" HTTP/1.1\n\n"),
		server("HTTP, response headers that are short", "HTTP/1.1 200 OK\n"+repeated("P3P:\n", mostTCP-20)),
		tls("HTTP, a line", "GET /"+strings.Repeat("\x01", 60000)+" HTTP/1.1\r\n\r\n"),
		tls("HTTP, cookies", "GET / HTTP/1.1\r\n"+repeated("Cookie: a=b; c=d\r\n", mostTCP-20)+"\r\n"),
		server("HTTP, response headers", "HTTP/1.1 200 OK\r\n"+repeated("Set-Cookie: a\r\n", mostTCP-20)+"\r\n"),
		datagram("SSDP, headers", 1900, 1900, "M-SEARCH * HTTP/1.1\r\n"+repeated("a:b\r\n", mostUDP-30)+"\r\n"),
		tls("TLS, extensions", handshake(1, helloWith("\x13\x01", repeated(extension(0xabcd, ""), 65000)))),
		tls("TLS, extensions that are all others", handshake(1, helloWith("\x13\x01", func() string {
			var b strings.Builder
			for i := range 16000 {
				b.WriteString(extension(i, ""))
			}
			return b.String()
		}()))),
		tls("TLS, names of servers that are empty", handshake(1, helloWith("\x13\x01", repeated(extension(0, ""), 16000)))),
		tls("TLS, names of servers that are empty, in two records", handshake(1, helloWith("\x13\x01", repeated(extension(0, ""), 64000)))),
		tls("TLS, suites", handshake(1, helloWith(repeated("\x13\x01", 64000), ""))),
		tls("TLS, groups", handshake(1, helloWith("\x13\x01", groups))),
		tls("TLS, protocols", handshake(1, helloWith("\x13\x01", extension(16, counted(2, repeated("\x01x", 60000)))))),
		tls("TLS, names of servers", handshake(1, helloWith("\x13\x01", extension(0, counted(2, "\x00"+counted(2, strings.Repeat("\x01", 60000))))))),
		tls("TLS, QUIC parameters", handshake(1, helloWith("\x13\x01", extension(57, repeated("\x01\x01\x01", 60000))))),
		tls("TLS, key shares", handshake(1, helloWith("\x13\x01", extension(51, counted(2, repeated("\x00\x1d\x00\x01x", 60000)))))),
		tls("TLS, records", repeated("\x16\x03\x01\x00\x01\x01", mostTCP)),
		server("TLS, certificates", certificateList(slices.Repeat([]string{small}, 80)...)),
		server("TLS, certificates that are empty", certificateList(slices.Repeat([]string{""}, 20000)...)),
		server("TLS, names in a certificate", certificateList(certificateWith(name("x"), san(repeated(element(0x82, "a"), 60000))))),
		server("TLS, attributes in a subject", certificateList(certificateWith(repeated(name("x"), 30000), ""))),
		server("TLS, nested in a certificate", certificateList(certificateWith(name("x"), element(0x30, element(0x06, "\x55\x1d\x11")+element(0x04, nested(0x30, 14000)))))),
		server("TLS, extensions of a certificate", certificateList(certificateWith(name("x"), repeated(element(0x30, element(0x06, "\x55\x1d\x63")+element(0x04, "")), 60000)))),
		server("TLS, a key of 300,000 bits", certificateList(element(0x30, element(0x02, strings.Repeat("\x7f", 40000))))),
		one("SSH, algorithms", tcp(50000, 22, 1, "SSH-2.0-x\r\n"), tcp(50000, 22, 12, number(4, 34000)+"\x04\x14"+strings.Repeat("c", 16)+number(4, 33000)+repeated("a,", 33000))),
		datagram("QUIC, bytes backward", 50000, 443, quicInitial("01234567", bytes(180, 179))),
		datagram("QUIC, bytes anywhere", 50000, 443, quicInitial("01234567", bytes(180, 77))),
		datagram("QUIC, bytes backward, in a large packet", 50000, 443, quicPacket("client in", "01234567", "01234567", bytes(9000, 8999), 60000)),
		datagram("QUIC, bytes anywhere, in a large packet", 50000, 443, quicPacket("client in", "01234567", "01234567", bytes(9000, 3701), 60000)),
		one("QUIC, bytes in many packets", hello...),
		datagram("QUIC, padding", 50000, 443, quicPacket("client in", "01234567", "01234567", cryptoFrame(0, longHello(200)[5:]), 60000)),
		one("TCP, bytes backward", segments...),
		one("TCP, a long hello in small segments", stream...),
		one("IP, fragments with gaps", fragments...),
		one("IP in IP", tunneled(30)),
		one("CDP, addresses that are not there", cdpAddresses(349_000)),
		one("CDP, addresses beyond the longest record", cdpAddresses(1<<32-1)),
		one("LLDP, names", lldpElements("\x0a\x01a")),
		one("LLDP, capabilities", lldpElements("\x0e\x04\xff\xff\xff\xff")),
		datagram("IKE, payloads", 500, 500, ikePayloads(40, "\x28\x00\x00\x04")),
		datagram("IKE, vendors", 500, 500, ikePayloads(43, "\x2b\x00\x00\x05a")),
		datagram("TFTP, options", 50000, 69, "\x00\x01a\x00octet\x00"+repeated("a\x00b\x00", mostUDP-9)),
		datagram("DHCP, options", 68, 67, "\x01\x01\x06\x00"+strings.Repeat("\x00", 232)+"\x63\x82\x53\x63"+repeated("\x37\x01\x01", mostUDP-300)),
		datagram("STUN, attributes", 50000, 3478, "\x00\x01"+number(2, 65000)+"\x21\x12\xa4\x42abcdefghijkl"+repeated("\x80\x22\x00\x00", 65000)),
		datagram("BitTorrent, nested", 50000, 6881, "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:q1:z"+strings.Repeat("l", 30000)+strings.Repeat("e", 30000)+"e"),
		datagram("BitTorrent, header lines", 6771, 6771, "BT-SEARCH * HTTP/1.1\r\n"+repeated("Infohash: a\r\n", 60000)+"\r\n"),
		datagram("BitTorrent, keys", 50000, 6881, "d"+repeated("1:a1:b", mostUDP-2)+"e"),
		one("SMTP, lines", tcp(25, 50000, 1, repeated("250-a\r\n", mostTCP-9)+"250 a\r\n")),
		one("IMAP, responses", tcp(143, 50000, 1, repeated("* OK a\r\n", mostTCP))),
		one("FTP, lines", tcp(21, 50000, 1, repeated("220-a\r\n", mostTCP-9)+"220 a\r\n")),
		tls("HTTP, passwords in a URI", "GET /?"+repeated("sid=a&", 60000)+" HTTP/1.1\n\n"),
		tls("HTTP, requests", repeated("GET / HTTP/1.1\n\n", mostTCP)),
		tls("HTTP, requests with a field", repeated("GET / HTTP/1.1\nUser-Agent: curl/8\n\n", mostTCP)),
		server("HTTP, responses", repeated("HTTP/1.1 204 OK\n\n", mostTCP)),
		tls("TLS, hellos", repeated(handshake(1, helloWith("\x13\x01", extension(43, "\x02\x03\x04"))), mostTCP)),
		tls("TLS, hellos of thousands of extensions", strings.Repeat(handshake(1, helloWith("\x13\x01", repeated(extension(0x0a0a, ""), 16000))), 4)),
		server("TLS, certificates of their own", repeated(certificateList("\x30\x00"), mostTCP)),
		one("DNS over TCP, questions", tcp(50000, 53, 1, repeated(counted(2, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"), mostTCP))),
		one("IMAP, commands", tcp(50000, 143, 1, repeated("a NOOP\r\n", mostTCP))),
		one("FTP, commands", tcp(50000, 21, 1, repeated("NOOP\r\n", mostTCP))),
		one("FTP, replies", tcp(21, 50000, 1, repeated("220 \n", mostTCP))),
		one("SMTP, commands", tcp(50000, 25, 1, repeated("NOOP\r\n", mostTCP))),
		one("SMTP, replies", tcp(25, 50000, 1, repeated("220 \n", mostTCP))),
		one("LDAP, messages", tcp(50000, 389, 1, repeated(element(0x30, "\x02\x01\x01"+element(0x42, "")), mostTCP))),
		one("Redis, commands", tcp(50000, 6379, 1, repeated("*1\r\n$4\r\nPING\r\n", mostTCP))),
		one("Redis, replies", tcp(6379, 50000, 1, repeated("+\r\n", mostTCP))),
		one("Redis, passwords", tcp(50000, 6379, 1, repeated("*2\r\n$4\r\nAUTH\r\n$1\r\na\r\n", mostTCP))),
		one("IMAP, lines that are no responses", tcp(143, 50000, 1, repeated("a\n", mostTCP))),
		one("IMAP, requests for more that are no lines", tcp(143, 50000, 1, repeated("+ \n", mostTCP))),
		one("IMAP, passwords", tcp(50000, 143, 1, repeated("a LOGIN a b\r\n", mostTCP))),
		one("IMAP, quotes", tcp(50000, 143, 1, strings.Repeat("\"", mostTCP))),
		one("IMAP, empty lines", tcp(50000, 143, 1, "a AUTHENTICATE PLAIN x"+repeated("\r\n", 60000))),
		one("Telnet, commands", tcp(50000, 23, 1, repeated("\xff\xfb\x01", mostTCP))),
		one("Telnet, commands and data", tcp(50000, 23, 1, repeated("\xff\xfb", mostTCP))),
		one("Telnet, commands and bytes", tcp(50000, 23, 1, repeated("\xff\xf0\x01", mostTCP))),
		one("Redis, arguments", tcp(50000, 6379, 1, "*9000\r\n"+repeated("$1\r\na\r\n", mostTCP-7))),
		one("SMB, dialects", tcp(50000, 445, 1, "\x00\x00"+number(2, 60000)+"\xffSMB\x72"+strings.Repeat("\x00", 27)+"\x00"+number(2, 59000)+repeated("\x02a\x00", 59000))),
		one("SMB, dialects without an end", tcp(50000, 445, 1, "\x00\x00"+number(2, 60000)+"\xffSMB\x72"+strings.Repeat("\x00", 27)+"\x00"+number(2, 59000)+repeated("\x02", 59000))),
		datagram("syslog, control characters", 514, 514, "<34>"+strings.Repeat("\x01", mostUDP-4)),
		one("nothing known, as bytes", tcp(50000, 50001, 1, strings.Repeat("\xff", mostTCP))),
		one("nothing known, as text", tcp(50000, 50001, 1, strings.Repeat("\"", mostTCP))),
	}
}

// fromAnother is a packet of another sender: of the same one it would be one that
// came twice, of which there is nothing to say.
func fromAnother(p []byte, sender int) []byte {
	const source = 14 + 12 // behind a header of Ethernet
	if len(p) < source+4 || p[12] != 8 || p[13] != 0 {
		return p
	}
	p = bytes.Clone(p)
	p[source+2], p[source+3] = 1, byte(sender)
	return p
}

var (
	worstCost = flag.Bool("worst-case", false, "have TestWorstCase print what each case costs")
	worstOnly = flag.String("worst-only", "", "have TestWorstCase try only cases of which the options and the name have this text")
)

// A worstConfig is one that the bounds are for.
type worstConfig struct {
	name  string
	cfg   engine.Config
	limit int           // of a record
	time  time.Duration // of a packet
}

func worstConfigs(t *testing.T) []worstConfig {
	t.Helper()
	model, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all, deep, plain := normalized(t), complete(t), complete(t)
	all.Model, all.Explain, all.Deep = model, true, true
	all.Indicators = worstIndicators(t)
	hosts := hoststats.New(100_000)
	all.Observe = func() engine.Observer { return hosts.NewCollector() }
	limited := all
	limited.RecordLimit = envelope.MinLimit
	deep.Deep, deep.Model = true, model
	plain.Model = model
	return []worstConfig{
		{"all options", limited, envelope.MinLimit + 4096, worstTime},
		{"long", all, worstRecord, 5 * worstTime / 2},
		{"deep", deep, worstRecord, worstTime},
		{"shallow", plain, worstRecord, worstTime},
		{"none", engine.Config{}, worstRecord, worstTime},
	}
}

// worstIndicators are of all kinds.
func worstIndicators(t *testing.T) *atomic.Pointer[indicators.Set] {
	t.Helper()
	name := filepath.Join(t.TempDir(), "indicators")
	const list = "192.0.2.77\n10.0.0.0/8\n*.example.com\n.example\nexample.org\na.b\nhttp://www.example.com/\nua:curl/*\n" +
		"tls/*(0303)*\nc279b0189edb9269da7bc43dea5e0c36\nt13d1516h2_8daaf6152771_e5627efa2ab1\nda39a3ee5e6b4b0d3255bfef95601890afd80709\n"
	if err := os.WriteFile(name, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := indicators.Load([]string{name}, func(n string) { t.Error(n) })
	if err != nil {
		t.Fatal(err)
	}
	current := new(atomic.Pointer[indicators.Set])
	current.Store(s)
	return current
}

// TestWorstCase holds the bounds of time, for each packet, and of length, for
// each record, for traffic made to cost as much as it can: with every option on, with
// and without a limit of records, deep, as mercury.cfg has it, and without any.
func TestWorstCase(t *testing.T) {
	if raceEnabled {
		t.Skip("one goroutine, and neither time nor memory are what they are without the race detector")
	}
	configs := worstConfigs(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const repeats = 20
	type figure struct {
		name string
		took time.Duration
		gain float64
		most int
		// records is how many the slowest packet has.
		records int
	}
	var figures []figure
	t.Logf("ordinary work takes %v, and %v where the bounds are from", checkJSON(), ordinary)
	for _, c := range worstCases() {
		size := 0
		for _, p := range c.packets {
			size = max(size, len(p))
		}
		for _, x := range configs {
			least := make([]time.Duration, len(c.packets))
			f := figure{name: fmt.Sprintf("%-12s %s", x.name, c.name)}
			if !strings.Contains(f.name, *worstOnly) {
				continue
			}
			var out []byte
			w := newWorker(t, x.cfg)
			sender := 0
			measure := func() {
				for i := range repeats {
					for k, p := range c.packets {
						p = fromAnother(p, sender)
						before := threadTime()
						out = w.Packet(out[:0], packet.LinkEthernet, p, 1.7e18+int64(sender)*60e9)
						took := threadTime() - before
						if least[k] == 0 || took < least[k] {
							least[k] = took
						}
						f.gain = max(f.gain, float64(len(out))/float64(len(p)))
						f.records = max(f.records, bytes.Count(out, []byte("\n")))
						for line := range bytes.Lines(out) {
							f.most = max(f.most, len(line))
						}
					}
					sender++
					if i > 2 && slices.Max(least) < x.time/2 {
						break
					}
				}
				f.took = slices.Max(least)
			}
			may := x.time
			for measure(); f.took > may && sender < 10*repeats; measure() {
				if may = allowed(x.time, size, f.records); f.took <= may {
					break
				}
			}
			if f.took > may {
				t.Errorf("%s: %v for a packet of %d bytes, %v are allowed", f.name, f.took, size, may)
			}
			if f.most > x.limit {
				t.Errorf("%s: a record of %d bytes", f.name, f.most)
			}
			if n := w.Counters().Panics; n > 0 {
				t.Errorf("%s: a parser failed", f.name)
			}
			figures = append(figures, f)
		}
	}
	slices.SortFunc(figures, func(a, b figure) int { return int(b.took - a.took) })
	for i, f := range figures {
		if *worstCost || i < 5 {
			t.Logf("%-60s %8v  longest record %7d  bytes for each of a packet %6.1f", f.name, f.took.Round(time.Microsecond), f.most, f.gain)
		}
	}
}
