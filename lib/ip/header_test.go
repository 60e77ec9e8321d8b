package ip

import (
	"strings"
	"testing"

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
		{"whole", v4(24, UDP, "data"), "data"},
		{"padded", v4(24, UDP, "datapad"), "data"},
		{"cut off", v4(1500, UDP, "data"), "data"},
		{"no payload", v4(20, UDP, "pad"), ""},
		{"length 0", v4(0, UDP, "data"), ""},
		{"length of less than a header", v4(19, UDP, "data"), ""},
		// Options are not told from the payload, and no header length is
		// believed.
		{"options", "\x46" + v4(28, UDP, "\x01\x01\x01\x01data")[1:], "\x01\x01\x01\x01data"},
		{"header length 0", "\x40" + v4(24, UDP, "data")[1:], "data"},
		{"header length too large", "\x4f" + v4(24, UDP, "data")[1:], "data"},
		{"later fragment", v4(24, UDP, "data")[:6] + "\x00\xb9" + v4(24, UDP, "data")[8:], "data"},
	} {
		h := Header{Version: 6, Extensions: []byte("x"), Src: [16]byte{15: 1}}
		c := wire.Of([]byte(tt.data))
		h.Parse(&c)
		want := Header{Version: 4, TTL: 63, Protocol: UDP, ID: 0xabcd, Src: [16]byte{10, 0, 0, 1}, Dst: [16]byte{192, 0, 2, 7}}
		if h.Extensions != nil {
			t.Errorf("%s: extension headers", tt.name)
		}
		if h.Extensions = nil; !equal(&h, &want) || string(c) != tt.rest || c.Failed() {
			t.Errorf("%s: %+v, rest %q", tt.name, h, c)
		}
	}
}

func equal(a, b *Header) bool {
	return a.Version == b.Version && a.TTL == b.TTL && a.Protocol == b.Protocol && a.ID == b.ID && a.Src == b.Src && a.Dst == b.Dst
}

func TestNoHeader(t *testing.T) {
	for _, data := range []string{
		"", "\x45", v4(24, UDP, "")[:19], "\x60", v6(0, UDP, "")[:39],
		"\x00" + v4(24, UDP, "data")[1:], "\x50" + v4(24, UDP, "data")[1:], "\xf0" + v6(0, UDP, ""),
	} {
		h := Header{Version: 4, Protocol: UDP}
		c := wire.Of([]byte(data))
		h.Parse(&c)
		if h.Version != 0 || h.Protocol != Reserved {
			t.Errorf("%x: %+v", data, h)
		}
		var w record.Writer
		h.WriteRecord(&w)
		if w.Len() != 0 || h.SrcIsPrivate() {
			t.Errorf("%x: writes %s", data, w.Bytes())
		}
	}
}

func TestIPv6(t *testing.T) {
	const (
		options = "\x11\x00\x01\x04\x00\x00\x00\x00" // next is UDP, 8 bytes
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
		{"none", v6(4, UDP, "data"), UDP, "", "data"},
		{"padded", v6(4, UDP, "datapad"), UDP, "", "data"},
		{"cut off", v6(1000, UDP, "data"), UDP, "", "data"},
		{"length 0", v6(0, UDP, "data"), UDP, "", ""},
		{"no next header", v6(4, 59, "data"), 59, "", "data"},
		{"hop by hop", v6(12, hopByHop, options+"data"), UDP, options, "data"},
		{"routing", v6(12, routing, options+"data"), UDP, options, "data"},
		{"destination", v6(12, destination, options+"data"), UDP, options, "data"},
		{"mobility", v6(12, mobility, options+"data"), UDP, options, "data"},
		{"host identity", v6(12, hostIdent, options+"data"), UDP, options, "data"},
		{"shim6", v6(12, shim6, options+"data"), UDP, options, "data"},
		{"fragment", v6(12, fragment, part+"data"), UDP, part, "data"},
		// The length of an authentication header counts words of four bytes,
		// without the first two.
		{"authentication", v6(28, authHeader, auth+"data"), UDP, auth, "data"},
		{"two", v6(20, hopByHop, "\x3c"+options[1:]+options+"data"), UDP, "\x3c" + options[1:] + options, "data"},
		{"hop by hop again", v6(20, hopByHop, "\x00"+options[1:]+options+"data"), UDP, "\x00" + options[1:] + options, "data"},
		{"long", v6(20, destination, "\x11\x01"+strings.Repeat("\x00", 14)+"data"), UDP, "\x11\x01" + strings.Repeat("\x00", 14), "data"},
		{"unknown behind one", v6(12, destination, "\xfd"+options[1:]+"data"), 253, "\xfd" + options[1:], "data"},
		{"nothing behind one", v6(8, destination, options), UDP, options, ""},
		{"one is missing", v6(8, hopByHop, "\x3c"+options[1:]), destination, "\x3c" + options[1:], ""},
		{"ends before one", v6(0, hopByHop, options+"data"), hopByHop, "", ""},
	} {
		h := Header{Version: 4}
		c := wire.Of([]byte(tt.data))
		h.Parse(&c)
		want := Header{Version: 6, TTL: 64, Protocol: tt.protocol, ID: 0x012345}
		copy(want.Src[:], tt.data[8:])
		copy(want.Dst[:], tt.data[24:])
		if !equal(&h, &want) || string(h.Extensions) != tt.extensions || string(c) != tt.rest || c.Failed() {
			t.Errorf("%s: %+v, rest %q", tt.name, h, c)
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
		{"length", hopByHop, "\x11", UDP},
		{"options", hopByHop, "\x11\x00\x01\x04\x00\x00\x00", UDP},
		{"long options", destination, "\x06\xff" + strings.Repeat("\x00", 100), TCP},
		{"fragment", fragment, "\x11\x00\x00", UDP},
		{"authentication", authHeader, "\x11\x04" + strings.Repeat("\x00", 21), UDP},
	} {
		var h Header
		c := wire.Of([]byte(v6(len(tt.rest), tt.next, tt.rest)))
		h.Parse(&c)
		if h.Version != 6 || h.Protocol != tt.want || len(h.Extensions) != 0 || c.Ok() {
			t.Errorf("%s: %+v, rest %q", tt.name, h, c)
		}
	}
}

func TestWriteRecord(t *testing.T) {
	const options = "\x11\x00\x01\x04\x00\x00\x00\x00"
	for _, tt := range []struct{ data, want string }{
		{v4(20, UDP, ""), `{"ip":{"version":4,"ttl":63,"id":"abcd"}}`},
		{v6(0, UDP, ""), `{"ip":{"version":6,"ttl":64,"id":"12345"}}`},
		{"\x6f\xf0\x00\x01" + v6(0, UDP, "")[4:], `{"ip":{"version":6,"ttl":64,"id":"00001"}}`},
		{v6(8, hopByHop, options), `{"ip":{"version":6,"ttl":64,"id":"12345","extensions":"1100010400000000"}}`},
	} {
		var h Header
		c := wire.Of([]byte(tt.data))
		h.Parse(&c)
		var w record.Writer
		w.Object()
		h.WriteRecord(&w)
		w.EndObject()
		if got := string(w.Bytes()); got != tt.want {
			t.Errorf(" got %s\nwant %s", got, tt.want)
		}
	}
}

func TestSrcIsPrivate(t *testing.T) {
	for _, tt := range []struct {
		version uint8
		src     [16]byte
		want    bool
	}{
		{4, [16]byte{10, 255, 255, 255}, true},
		{4, [16]byte{11}, false},
		{4, [16]byte{172, 16}, true},
		{4, [16]byte{172, 31, 255}, true},
		{4, [16]byte{172, 32}, false},
		{4, [16]byte{172, 15}, false},
		{4, [16]byte{192, 168, 1, 1}, true},
		{4, [16]byte{192, 169}, false},
		{4, [16]byte{0xfc}, false},
		{6, [16]byte{0xfc}, true},
		{6, [16]byte{0xfd, 1}, true},
		{6, [16]byte{0xfe, 0x80}, false},
		{6, [16]byte{10}, false},
	} {
		h := Header{Version: tt.version, Src: tt.src}
		if got := h.SrcIsPrivate(); got != tt.want {
			t.Errorf("%d %v: %v", tt.version, tt.src, got)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	a, b := []byte(v4(24, UDP, "data")), []byte(v6(12, hopByHop, "\x11\x00\x01\x04\x00\x00\x00\x00data"))
	var h Header
	w := record.NewWriter(make([]byte, 0, 1000))
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		c := wire.Of(a)
		h.Parse(&c)
		h.WriteRecord(w)
		c = wire.Of(b)
		h.Parse(&c)
		h.WriteRecord(w)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(v4(24, UDP, "data")))
	f.Add([]byte(v6(12, hopByHop, "\x11\x00\x01\x04\x00\x00\x00\x00data")))
	f.Add([]byte(v6(28, authHeader, "\x11\x04"+strings.Repeat("\x00", 26))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h Header
		c := wire.Of(b)
		h.Parse(&c)
		if len(h.Extensions)+len(c) > len(b) || h.Version == 0 && h.Protocol != Reserved {
			t.Errorf("%+v, %d bytes left of %d", h, len(c), len(b))
		}
	})
}
