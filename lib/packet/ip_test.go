package packet

import (
	"reflect"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// v4 is a packet with the given total length and protocol.
func v4(total int, protocol byte, rest string) string {
	return "\x45\x00" + string([]byte{byte(total >> 8), byte(total)}) + "\xab\xcd\x40\x00\x3f" + string([]byte{protocol}) +
		"\x00\x00\x0a\x00\x00\x01\xc0\x00\x02\x07" + rest
}

// v6 is a packet with the given payload length and next header.
func v6(length int, next byte, rest string) string {
	return "\x60\x01\x23\x45" + string([]byte{byte(length >> 8), byte(length), next}) + "\x40" +
		"\x20\x01" + strings.Repeat("\x00", 13) + "\x01" + "\xfc" + strings.Repeat("\x00", 14) + "\x02" + rest
}

func TestIPv4(t *testing.T) {
	for _, tt := range []struct {
		name, data, rest string
	}{
		{"whole", v4(24, ProtocolUDP, "data"), "data"},
		{"padded", v4(24, ProtocolUDP, "datapad"), "data"},
		{"cut off", v4(1500, ProtocolUDP, "data"), "data"},
		{"no payload", v4(20, ProtocolUDP, "pad"), ""},
		{"length 0", v4(0, ProtocolUDP, "data"), ""},
		{"length of less than a header", v4(19, ProtocolUDP, "data"), ""},
		// Options are not told from the payload, and no header length is
		// believed.
		{"options", "\x46" + v4(28, ProtocolUDP, "\x01\x01\x01\x01data")[1:], "\x01\x01\x01\x01data"},
		{"header length 0", "\x40" + v4(24, ProtocolUDP, "data")[1:], "data"},
		{"header length too large", "\x4f" + v4(24, ProtocolUDP, "data")[1:], "data"},
		{"later fragment", v4(24, ProtocolUDP, "data")[:6] + "\x00\xb9" + v4(24, ProtocolUDP, "data")[8:], "data"},
	} {
		h, c := readIP(tt.data)
		want := IP{Version: 4, TTL: 63, ID: 0xabcd}
		key := flow.Key{Version: 4, Protocol: ProtocolUDP, Src: [16]byte{10, 0, 0, 1}, Dst: [16]byte{192, 0, 2, 7}}
		if got := h.IP([]byte(tt.data)); !reflect.DeepEqual(got, want) || h.Key([]byte(tt.data)) != key || string(c) != tt.rest || c.Failed() {
			t.Errorf("%s: %+v, %+v, rest %q", tt.name, got, h, c)
		}
	}
}

// readIP reads the first IP header of a packet, in place of another.
func readIP(data string) (Headers, wire.Cursor) {
	h := Headers{Version: 6, network: 1, extensionsLen: 1}
	r := rest{wire.Of([]byte(data)), len(data)}
	h.readIP(&r)
	return h, r.Cursor
}

func TestNoHeader(t *testing.T) {
	for _, data := range []string{
		"", "\x45", v4(24, ProtocolUDP, "")[:19], "\x60", v6(0, ProtocolUDP, "")[:39],
		"\x00" + v4(24, ProtocolUDP, "data")[1:], "\x50" + v4(24, ProtocolUDP, "data")[1:], "\xf0" + v6(0, ProtocolUDP, ""),
	} {
		h := Headers{Version: 4, Protocol: ProtocolUDP}
		new(Decoder).Decode(&h, LinkRaw, []byte(data))
		if h.Version != 0 || h.Protocol != ProtocolReserved || h.Key([]byte(data)) != (flow.Key{}) || h.Hash([]byte(data)) != 0 {
			t.Errorf("%x: %+v", data, h)
		}
		var w record.Writer
		ip := h.IP([]byte(data))
		ip.WriteRecord(&w)
		if w.Len() != 0 {
			t.Errorf("%x: writes %s", data, w.Bytes())
		}
	}
}

func TestIPv6(t *testing.T) {
	const (
		options = "\x11\x00\x01\x04\x00\x00\x00\x00" // next is ProtocolUDP, 8 bytes
		part    = "\x11\x00\x00\xb9\x00\x00\x00\x07"
		auth    = "\x11\x04\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x02" + "0123456789ab"
	)
	for _, tt := range []struct {
		name       string
		data       string
		protocol   uint8
		extensions string
		rest       string
	}{
		{"none", v6(4, ProtocolUDP, "data"), ProtocolUDP, "", "data"},
		{"padded", v6(4, ProtocolUDP, "datapad"), ProtocolUDP, "", "data"},
		{"cut off", v6(1000, ProtocolUDP, "data"), ProtocolUDP, "", "data"},
		{"length 0", v6(0, ProtocolUDP, "data"), ProtocolUDP, "", ""},
		{"no next header", v6(4, 59, "data"), 59, "", "data"},
		{"hop by hop", v6(12, hopByHop, options+"data"), ProtocolUDP, options, "data"},
		{"routing", v6(12, routing, options+"data"), ProtocolUDP, options, "data"},
		{"destination", v6(12, destination, options+"data"), ProtocolUDP, options, "data"},
		{"mobility", v6(12, mobility, options+"data"), ProtocolUDP, options, "data"},
		{"host identity", v6(12, hostIdent, options+"data"), ProtocolUDP, options, "data"},
		{"shim6", v6(12, shim6, options+"data"), ProtocolUDP, options, "data"},
		{"fragment", v6(12, fragment, part+"data"), ProtocolUDP, part, "data"},
		// The length of an authentication header counts words of four bytes,
		// without the first two.
		{"authentication", v6(28, authHeader, auth+"data"), ProtocolUDP, auth, "data"},
		{"two", v6(20, hopByHop, "\x3c"+options[1:]+options+"data"), ProtocolUDP, "\x3c" + options[1:] + options, "data"},
		{"hop by hop again", v6(20, hopByHop, "\x00"+options[1:]+options+"data"), ProtocolUDP, "\x00" + options[1:] + options, "data"},
		{"long", v6(20, destination, "\x11\x01"+strings.Repeat("\x00", 14)+"data"), ProtocolUDP, "\x11\x01" + strings.Repeat("\x00", 14), "data"},
		{"unknown behind one", v6(12, destination, "\xfd"+options[1:]+"data"), 253, "\xfd" + options[1:], "data"},
		{"nothing behind one", v6(8, destination, options), ProtocolUDP, options, ""},
		{"one is missing", v6(8, hopByHop, "\x3c"+options[1:]), destination, "\x3c" + options[1:], ""},
		{"ends before one", v6(0, hopByHop, options+"data"), hopByHop, "", ""},
	} {
		h, c := readIP(tt.data)
		ip := h.IP([]byte(tt.data))
		key := flow.Key{Version: 6, Protocol: tt.protocol}
		copy(key.Src[:], tt.data[8:])
		copy(key.Dst[:], tt.data[24:])
		if ip.Version != 6 || ip.TTL != 64 || ip.ID != 0x012345 || h.Key([]byte(tt.data)) != key || string(ip.Extensions) != tt.extensions || string(c) != tt.rest || c.Failed() {
			t.Errorf("%s: %+v, %+v, rest %q", tt.name, ip, h, c)
		}
	}
}

// What is behind an extension header that is cut off is known by its type,
// but is not there.
func TestExtensionCutOff(t *testing.T) {
	for _, tt := range []struct {
		name string
		next byte
		rest string
		want uint8
	}{
		{"length", hopByHop, "\x11", ProtocolUDP},
		{"options", hopByHop, "\x11\x00\x01\x04\x00\x00\x00", ProtocolUDP},
		{"long options", destination, "\x06\xff" + strings.Repeat("\x00", 100), ProtocolTCP},
		{"fragment", fragment, "\x11\x00\x00", ProtocolUDP},
		{"authentication", authHeader, "\x11\x04" + strings.Repeat("\x00", 21), ProtocolUDP},
	} {
		data := v6(len(tt.rest), tt.next, tt.rest)
		h, c := readIP(data)
		if h.Version != 6 || h.Protocol != tt.want || len(h.IP([]byte(data)).Extensions) != 0 || c.Ok() {
			t.Errorf("%s: %+v, rest %q", tt.name, h, c)
		}
		new(Decoder).Decode(&h, LinkRaw, []byte(data))
		if !h.Truncated || h.HasTransport || h.Payload([]byte(data)).Ok() {
			t.Errorf("%s: %+v", tt.name, h)
		}
	}
}

func TestWriteRecord(t *testing.T) {
	const options = "\x11\x00\x01\x04\x00\x00\x00\x00"
	for _, tt := range []struct{ data, want string }{
		{v4(20, ProtocolUDP, ""), `{"ip":{"version":4,"ttl":63,"id":"abcd"}}`},
		{v6(0, ProtocolUDP, ""), `{"ip":{"version":6,"ttl":64,"id":"12345"}}`},
		{"\x6f\xf0\x00\x01" + v6(0, ProtocolUDP, "")[4:], `{"ip":{"version":6,"ttl":64,"id":"00001"}}`},
		{v6(8, hopByHop, options), `{"ip":{"version":6,"ttl":64,"id":"12345","extensions":"1100010400000000"}}`},
	} {
		h, _ := readIP(tt.data)
		var w record.Writer
		w.Object()
		ip := h.IP([]byte(tt.data))
		ip.WriteRecord(&w)
		w.EndObject()
		if got := string(w.Bytes()); got != tt.want {
			t.Errorf(" got %s\nwant %s", got, tt.want)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(v4(24, ProtocolUDP, "data")))
	f.Add([]byte(v6(12, hopByHop, "\x11\x00\x01\x04\x00\x00\x00\x00data")))
	f.Add([]byte(v6(28, authHeader, "\x11\x04"+strings.Repeat("\x00", 26))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h Headers
		r := rest{wire.Of(b), len(b)}
		h.readIP(&r)
		if int(h.extensionsLen)+len(r.Cursor) > len(b) || h.Version == 0 && h.Protocol != ProtocolReserved {
			t.Errorf("%+v, %d bytes left of %d", h, len(r.Cursor), len(b))
		}
		h.IP(b)
		h.Key(b)
		h.Hash(b)
	})
}

// The version in a packet counts, not the type that announces it.
func TestVersionOfPacket(t *testing.T) {
	for _, tt := range []struct {
		linkType uint16
		packet   string
		want     uint8
	}{
		{LinkEthernet, macs + ipv4Type + v6(12, ProtocolUDP, udp+"data"), 6},
		{LinkEthernet, macs + ipv6Type + v4(32, ProtocolUDP, udp+"data"), 4},
		{LinkIPv4, v6(12, ProtocolUDP, udp+"data"), 6},
		{LinkIPv6, v4(32, ProtocolUDP, udp+"data"), 4},
	} {
		var h Headers
		new(Decoder).Decode(&h, tt.linkType, []byte(tt.packet))
		if h.Version != tt.want || h.DstPort != 53 || string(h.Payload([]byte(tt.packet))) != "data" {
			t.Errorf("%+v", h)
		}
	}
}
