package quic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/internal/reassembly"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func write(t testing.TB, m *Initial) string {
	t.Helper()
	var w record.Writer
	w.Object()
	m.WriteRecord(&w)
	w.EndObject()
	if !json.Valid(w.Bytes()) {
		t.Fatalf("not JSON: %s", w.Bytes())
	}
	return string(w.Bytes())
}

// quicObject is the member quic of what is written, without the payload.
func quicObject(t testing.TB, m *Initial) string {
	t.Helper()
	s := write(t, m)
	s = s[strings.Index(s, `"quic":`):]
	for _, key := range []string{`"plaintext":`, `"raw_packet_data":`} {
		if i := strings.Index(s, key); i >= 0 {
			return s[:i+len(key)-1]
		}
	}
	t.Fatalf("no payload: %s", s)
	return ""
}

func fingerprint(m *Initial) string {
	var b npf.Builder
	m.Fingerprint(&b)
	return string(b.Bytes())
}

const (
	rfcFingerprint = "quic/(00000001)(0303)(13011302)[(0000)(000500050100000000)(000a00080006001d00170018)(000d0010000e0403050306030203080408050806)" +
		"(00100007000504616c706e)(001c00024001)(002b0003020304)(002d00020101)(0033)((0039)[(01)(04)(05)(06)(07)(08)(09)(0f)])(ff01)]"
	rfcFingerprint1 = "quic/1/(00000001)(0303)(13011302)[(0000)(000500050100000000)(000a00080006001d00170018)(000d0010000e0403050306030203080408050806)" +
		"(00100007000504616c706e)(001c00024001)(002b0003020304)(002d00020101)(0033)((0039)[(01)(04)(05)(06)(07)(08)(09)(0f)])(ff01)]"
	rfcTLS = `"tls":{"client":{"version":"0303","random":"ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c","session_id":"","cipher_suites":"13011302","compression_methods":"00",` +
		`"server_name":"example.com","quic_transport_parameters":"003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff",` +
		`"application_layer_protocol_negotiation":["alpn"]}}`
)

func TestRecord(t *testing.T) {
	p := packet{version: 1, dcid: rfcID, scid: "ab", token: "\x01\x02", number: 2, numberLen: 4, payload: crypto(0, rfcHello)}
	in := p.build(t)
	m := newMessage(proto.Options{Metadata: true})
	var pkt proto.Packet
	if !m.Parse(wire.Of(in), &pkt) || pkt.Missing != 0 {
		t.Fatalf("not taken, or %d bytes missing", pkt.Missing)
	}
	plaintext := fmt.Sprintf("%x", p.payload) + strings.Repeat("00", 1200-17-3-2-4-16-len(p.payload))
	want := `{` + rfcTLS + fmt.Sprintf(`,"quic":{"connection_info":"%08b","version":"00000001","dcid":"8394c8f03e515708","scid":"6162","token":"0102","salt_string":"d33_v1","plaintext":"%s"}}`, in[0], plaintext)
	if got := write(t, m); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := fingerprint(m); got != rfcFingerprint {
		t.Errorf("fingerprint\ngot  %s\nwant %s", got, rfcFingerprint)
	}
	var c proto.Context
	if !m.Context(&c) || string(c.ServerName) != "example.com" || string(c.ALPN) != "\x04alpn" {
		t.Errorf("context %+v", c)
	}

	m = newMessage(proto.Options{QUICFormat: 1})
	m.Parse(wire.Of(in), &pkt)
	if got := fingerprint(m); got != rfcFingerprint1 {
		t.Errorf("fingerprint\ngot  %s\nwant %s", got, rfcFingerprint1)
	}
	if got, want := write(t, m), `{"tls":{"client":{"server_name":"example.com","quic_transport_parameters":"003900320408ffff`; !strings.HasPrefix(got, want) {
		t.Errorf("without metadata: %.120s", got)
	}
}

// knownVersions are the versions that can be decrypted, by their suite.
var knownVersions = map[string][]uint32{
	"d22":      {0xff000016, 0xfaceb001},
	"d23_d28":  {0xff000017, 0xff000018, 0xff000019, 0xff00001a, 0xff00001b, 0xff00001c, 0xfaceb002, 0xfaceb00e, 0xfaceb010, 0xfaceb011, 0xfaceb012, 0xfaceb013},
	"d29_d32":  {0xff00001d, 0xff00001e, 0xff00001f, 0xff000020},
	"d33_v1":   {0xff000021, 0xff000022, 0x00000001, 0xfacefeed, 0xd4000400},
	"d1_d7_v2": {0x709a50c4},
	"v2":       {0x6b3343cf},
}

func TestVersions(t *testing.T) {
	m := newMessage(proto.Options{})
	for _, s := range suites {
		for _, v := range knownVersions[s.name] {
			for n := 1; n <= 4; n++ {
				p := packet{version: v, suite: &s, dcid: rfcID, number: 77, numberLen: n, payload: crypto(0, rfcHello)}
				if !m.Parse(wire.Of(p.build(t)), &proto.Packet{}) || !m.ClientHello().Ok() || m.suite.name != s.name {
					t.Errorf("%08x, packet number of %d bytes: not decrypted", v, n)
				}
				if want := fmt.Sprintf("quic/(%08x)(0303)(1301", v); !strings.HasPrefix(fingerprint(m), want) {
					t.Errorf("%08x: %s", v, fingerprint(m))
				}
			}
		}
	}
}

func TestUndecryptable(t *testing.T) {
	hello := crypto(0, rfcHello)
	damaged := packet{version: 1, dcid: rfcID, payload: hello}.build(t)
	damaged[len(damaged)-1] ^= 1
	reserved := packet{version: 1, dcid: rfcID, first: 0x04, payload: hello}
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"unknown version", packet{version: 0x0a1a2a3a, suite: &suites[3], dcid: rfcID, payload: hello}.build(t)},
		{"wrong key", packet{version: 1, suite: &suites[2], dcid: rfcID, payload: hello}.build(t)},
		{"damaged", damaged},
		{"reserved bits", reserved.build(t)},
		{"too long", packet{version: 1, dcid: rfcID, payload: hello, size: 2092}.build(t)},
		{"header too long", packet{version: 1, dcid: rfcID, token: strings.Repeat("t", 1024-17-2), payload: hello, size: 2000}.build(t)},
	} {
		m := newMessage(proto.Options{})
		if !m.Parse(wire.Of(tt.in), &proto.Packet{}) {
			t.Errorf("%s: not taken", tt.name)
			continue
		}
		got := write(t, m)
		if !strings.HasPrefix(got, `{"quic":{"connection_info":"`) || !strings.HasSuffix(got, fmt.Sprintf(`"raw_packet_data":"%x"}}`, tt.in)) {
			t.Errorf("%s: %s", tt.name, got)
		}
		if fp := fingerprint(m); fp != "" {
			t.Errorf("%s: fingerprint %s", tt.name, fp)
		}
		if _, n, _ := m.Extent(); n != 0 {
			t.Errorf("%s: %d bytes of data", tt.name, n)
		}
	}
	for _, tt := range []struct {
		name string
		in   packet
	}{
		{"longest payload", packet{version: 1, dcid: rfcID, payload: hello, size: 7 + 8 + 2 + 2 + 1 + 2048 - 2}},
		{"longest header", packet{version: 1, dcid: rfcID, token: strings.Repeat("t", 1024-20-1), payload: hello, size: 2000}},
	} {
		m := newMessage(proto.Options{})
		if !m.Parse(wire.Of(tt.in.build(t)), &proto.Packet{}) || !m.client.Ok() {
			t.Errorf("%s: not decrypted", tt.name)
		}
	}
}

func TestNotTaken(t *testing.T) {
	hello := crypto(0, rfcHello)
	good := packet{version: 1, dcid: rfcID, scid: rfcID, payload: hello}
	longDestination, longSource := good.build(t), good.build(t)
	longDestination[5] = 21
	longSource[14] = 21
	short := append(packet{version: 1, dcid: rfcID, size: 26 + 63 - 9}.build(t), make([]byte, 1200)...)
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"empty", nil},
		{"short datagram", packet{version: 1, dcid: rfcID, payload: hello, size: 1183}.build(t)},
		{"cut off", good.build(t)[:1199]},
		{"long destination", longDestination},
		{"long source", longSource},
		{"short payload", short},
		{"0-RTT packet", packet{version: 1, dcid: rfcID, first: 0x10, payload: hello}.build(t)},
		{"Handshake packet", packet{version: 1, dcid: rfcID, first: 0x20, payload: hello}.build(t)},
		{"0-RTT packet of version 2", packet{version: 0x6b3343cf, dcid: rfcID, first: 0x20, payload: hello}.build(t)},
		{"token beyond the end", slices.Concat([]byte("\xc0\x00\x00\x00\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), make([]byte, 1200))},
		{"length beyond the end", slices.Concat([]byte("\xc0\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), make([]byte, 1200))},
	} {
		m := newMessage(proto.Options{QUICTrialDecryption: true})
		m.Parse(wire.Of(good.build(t)), &proto.Packet{}) // what is left of it must not matter
		if m.Parse(wire.Of(tt.in), &proto.Packet{}) {
			t.Errorf("%s: taken", tt.name)
		}
		if _, n, _ := m.Extent(); n != 0 {
			t.Errorf("%s: %d bytes of data", tt.name, n)
		}
	}
	if m := newMessage(proto.Options{}); !m.Parse(wire.Of(packet{version: 1, dcid: rfcID, size: 1184}.build(t)), &proto.Packet{}) {
		t.Error("the shortest datagram is not taken")
	}
}

func TestTrial(t *testing.T) {
	hello := crypto(0, rfcHello)
	const unknown = 0x0a1a2a3a
	m := newMessage(proto.Options{QUICTrialDecryption: true})
	for i := range suites {
		s := &suites[i]
		in := packet{version: unknown, suite: s, dcid: rfcID, payload: hello}.build(t)
		if !m.Parse(wire.Of(in), &proto.Packet{Key: flow.Key{SrcPort: uint16(i)}}) || m.suite != s || !m.client.Ok() {
			t.Errorf("%s: not decrypted", s.name)
		}
	}
	if in := (packet{version: 1, suite: &suites[1], dcid: rfcID, payload: hello}).build(t); !m.Parse(wire.Of(in), &proto.Packet{}) || m.suite != &suites[1] {
		t.Error("keys of another version are not tried for a known one")
	}

	// Once the suite is known, packets of other types are known as well, in
	// both directions of the flow, but in no other flow.
	other := packet{version: unknown, suite: &suites[3], dcid: "other", first: 0x20, payload: hello}.build(t)
	other[len(other)-1] ^= 1
	known := flow.Key{SrcPort: 3}
	for _, tt := range []struct {
		key  flow.Key
		want bool
	}{
		{known, false},
		{known.Reverse(), false},
		{flow.Key{SrcPort: 99}, true},
	} {
		if got := m.Parse(wire.Of(other), &proto.Packet{Key: tt.key}); got != tt.want {
			t.Errorf("%+v: %v", tt.key, got)
		}
	}
}

func TestLearnedIsBounded(t *testing.T) {
	l := learned{max: maxLearned}
	for i := range 3 * maxLearned {
		l.add(&flow.Key{SrcPort: uint16(i)}, 7, &suites[0])
	}
	if len(l.suites) != maxLearned || len(l.order) != maxLearned {
		t.Errorf("%d flows, %d in order", len(l.suites), len(l.order))
	}
	if l.find(&flow.Key{SrcPort: 1}, 7) != nil || l.find(&flow.Key{SrcPort: 3*maxLearned - 1}, 7) == nil {
		t.Error("not the oldest ones were forgotten")
	}
}

func TestClear(t *testing.T) {
	in := packet{version: 0x0a1a2a3a, dcid: rfcID, number: 0x05, payload: crypto(0, rfcHello) + "\x03\x05\x0a\x00\x00\x01\x02\x03", clear: true}.build(t)
	m := newMessage(proto.Options{QUICFormat: 1})
	if !m.Parse(wire.Of(in), &proto.Packet{}) || !m.client.Ok() {
		t.Fatal("not taken")
	}
	if got, want := quicObject(t, m), `"quic":{"connection_info":"11000000","version":"0a1a2a3a","dcid":"8394c8f03e515708","scid":"","token":"","plaintext"`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := fingerprint(m), "quic/(0a1a2a3a)("; !strings.HasPrefix(got, want) {
		t.Errorf("fingerprint %s", got)
	}
	if !m.Reparse(nil) || !m.client.Ok() {
		t.Error("the message was replaced")
	}
	// An acknowledgement is written, and a frame that is not known means that
	// the packet is protected after all.
	in = packet{version: 0x0a1a2a3a, dcid: rfcID, payload: "\x02\x05\x0a\x00\x00", clear: true}.build(t)
	m.Parse(wire.Of(in), &proto.Packet{})
	if got := quicObject(t, m); !strings.Contains(got, `"ack":{"largest_acked":5,"ack_delay":10,"ack_range_count":0,"first_ack_range":0},"plaintext"`) {
		t.Error(got)
	}
	in = packet{version: 0x0a1a2a3a, dcid: rfcID, payload: crypto(0, rfcHello) + "\x02\x05\x0a\x00\x00\x1e", clear: true}.build(t)
	m.Parse(wire.Of(in), &proto.Packet{})
	if got := quicObject(t, m); !strings.HasSuffix(got, `"token":"","raw_packet_data"`) || m.client.Ok() {
		t.Error(got)
	}
}

func TestFrames(t *testing.T) {
	const (
		ack   = "\x02\x40\x80\x0a\x01\x05\x01\x02"
		ecn   = "\x03\x05\x0a\x00\x03\x01\x02\x41\x2c"
		close = "\x1c\x41\x2f\x06\x03a\"b"
	)
	const (
		ackText   = `"ack":{"largest_acked":128,"ack_delay":10,"ack_range_count":1,"first_ack_range":5},`
		ecnText   = `"ack_ecn":{"ect0":1,"ect1":2,"ecn_ce":300,"ack":{"largest_acked":5,"ack_delay":10,"ack_range_count":0,"first_ack_range":3}},`
		closeText = `"connection_close":{"error_code":303,"frame_type":6,"reason_phrase":"a\"b"},`
	)
	ping := strings.Repeat("\x01", 1200) // in place of padding
	for _, tt := range []struct{ name, payload, want string }{
		{"none", "", ""},
		{"acknowledgement", ack, ackText},
		{"with counts", ecn, ecnText},
		{"close", close, closeText},
		{"last one counts", ack + "\x01" + ecn + "\x00\x00" + close + ack, ackText},
		{"close without a reason", ack + "\x1c\x01\x06\x00", ""},
		{"close that is cut short", ack + "\x1c\x01\x06\x7f\xff", ""},
		{"too many ranges", ack + "\x02\x05\x0a\x43\xe9\x00", ""},
		{"many ranges", ack + "\x02\x05\x0a\x43\xe8\x00" + ping, `"ack":{"largest_acked":5,"ack_delay":10,"ack_range_count":1000,"first_ack_range":0},`},
		{"unknown frame", ack + "\x30" + close, ackText},
		{"longest numbers", "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xbf\xff\xff\xff\x00\x7f\xff",
			`"ack":{"largest_acked":4611686018427387903,"ack_delay":1073741823,"ack_range_count":0,"first_ack_range":16383},`},
	} {
		m := newMessage(proto.Options{})
		if !m.Parse(wire.Of(packet{version: 1, dcid: rfcID, payload: tt.payload}.build(t)), &proto.Packet{}) {
			t.Fatalf("%s: not taken", tt.name)
		}
		want := `"token":"",` + tt.want + `"salt_string":"d33_v1","plaintext"`
		if got := quicObject(t, m); !strings.HasSuffix(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, want)
		}
	}
}

// A payload that ends within an acknowledgement: missing ranges do not matter,
// half of one does.
func TestACKAtTheEnd(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want bool
	}{
		{"\x05\x0a\x02\x00\x01\x02", true},
		{"\x05\x0a\x02\x00\x01", false},
		{"\x05\x0a\x00", false},
	} {
		var a ack
		c := wire.Of([]byte(tt.in))
		if got := a.read(&c); got != tt.want {
			t.Errorf("%x: %v", tt.in, got)
		}
	}
}

func TestVarint(t *testing.T) {
	// RFC 9000, appendix A.1.
	for _, tt := range []struct {
		in   string
		want uint64
		left int
	}{
		{"\xc2\x19\x7c\x5e\xff\x14\xe8\x8c!", 151288809941952652, 1},
		{"\x9d\x7f\x3e\x7d", 494878333, 0},
		{"\x7b\xbd", 15293, 0},
		{"\x25!!", 37, 2},
		{"\x40\x25", 37, 0},
	} {
		c := wire.Of([]byte(tt.in))
		if got := readVarint(&c); got != tt.want || c.Len() != tt.left || c.Failed() {
			t.Errorf("%x: %d, %d bytes left", tt.in, got, c.Len())
		}
	}
	for _, in := range []string{"", "\xc2\x19\x7c\x5e\xff\x14\xe8", "\x9d\x7f\x3e", "\x7b"} {
		if c := wire.Of([]byte(in)); readVarint(&c) != 0 && c.Ok() || c.Ok() {
			t.Errorf("%x: no failure", in)
		}
	}
}

func seeds(t testing.TB) [][]byte {
	hello := crypto(0, rfcHello)
	split := crypto(100, rfcHello[100:]) + "\x01" + crypto(0, rfcHello[:100])
	return [][]byte{
		nil,
		packet{version: 1, dcid: rfcID, payload: hello}.build(t),
		packet{version: 0x6b3343cf, dcid: rfcID, scid: "abc", token: "token", payload: split}.build(t),
		packet{version: 0xff00001d, dcid: "", payload: crypto(0, rfcHello[:5]) + crypto(9, rfcHello[9:])}.build(t),
		packet{version: 1, dcid: rfcID, payload: "\x02\x05\x0a\x01\x00\x01\x02\x1c\x01\x02\x03abc"}.build(t),
		packet{version: 0x0a1a2a3a, dcid: rfcID, payload: hello, clear: true}.build(t),
		packet{version: 0x0a1a2a3a, suite: &suites[4], dcid: rfcID, payload: hello}.build(t),
	}
}

func TestAllocs(t *testing.T) {
	m := newMessage(proto.Options{Metadata: true, QUICTrialDecryption: true})
	var w record.Writer
	var b npf.Builder
	var c proto.Context
	var frags []reassembly.Fragment
	for i, in := range seeds(t) {
		if n := testing.AllocsPerRun(100, func() {
			w.Reset(0)
			b.Reset()
			if m.Parse(in, &proto.Packet{}) {
				m.Fingerprint(&b)
				m.Context(&c)
				m.WriteRecord(&w)
				frags = m.Fragments(frags[:0], true)
			}
		}); n != 0 {
			t.Errorf("%d: %v allocations", i, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	m := newMessage(proto.Options{Metadata: true, QUICTrialDecryption: true})
	f.Fuzz(func(t *testing.T, in []byte) { use(t, m, in) })
}

// FuzzPayload protects what it is given, so that frames are reached.
func FuzzPayload(f *testing.F) {
	f.Add(uint32(1), crypto(0, rfcHello))
	f.Add(uint32(0x6b3343cf), crypto(100, rfcHello[100:])+"\x01"+crypto(0, rfcHello[:100]))
	f.Add(uint32(1), crypto(0, rfcHello[:5])+crypto(9, rfcHello[9:]))
	f.Add(uint32(0xff00001d), "\x02\x05\x0a\x01\x00\x01\x02\x1c\x01\x02\x03abc"+crypto(8000, "abc")+crypto(0, "\x01\x00\x10\x00"))
	m := newMessage(proto.Options{Metadata: true})
	f.Fuzz(func(t *testing.T, version uint32, payload string) {
		if len(payload) > 2000 {
			return
		}
		s := suiteOf(version)
		if s == nil {
			version, s = 1, &suites[3]
		}
		use(t, m, packet{version: version, suite: s, dcid: rfcID, payload: payload}.build(t))
		if !m.clear && m.suite == nil {
			t.Error("not decrypted")
		}
	})
}

// use does all that the engine does with a message.
func use(t *testing.T, m *Initial, in []byte) {
	var p proto.Packet
	if m.Parse(wire.Of(in), &p) {
		write(t, m)
		fingerprint(m)
		var c proto.Context
		m.Context(&c)
	}
	_, length, _ := m.Extent()
	if length == 0 {
		return
	}
	frags := m.Fragments(nil, p.Missing != 0)
	if len(frags) == 0 {
		return
	}
	r := reassembly.NewReassembler(10)
	part := r.Begin(&p.Key, 0, 0, frags[0], p.Missing, false, nil)
	for _, f := range frags[1:] {
		part.Add(f)
	}
	m.Reparse(part.Data())
	write(t, m)
	fingerprint(m)
}

func BenchmarkRecord(b *testing.B) {
	in := packet{version: 1, dcid: rfcID, payload: crypto(0, rfcHello)}.build(b)
	m := newMessage(proto.Options{Metadata: true})
	var w record.Writer
	var fp npf.Builder
	p := new(proto.Packet)
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		w.Reset(0)
		fp.Reset()
		m.Parse(in, p)
		m.Fingerprint(&fp)
		m.WriteRecord(&w)
	}
}

// Every packet belongs to a connection that has not been seen.
func BenchmarkNewConnections(b *testing.B) {
	var ins [4 * keySets * keyWays][]byte
	for i := range ins {
		ins[i] = packet{version: 1, dcid: rfcID + string(rune(i)), payload: crypto(0, rfcHello)}.build(b)
	}
	m := newMessage(proto.Options{Metadata: true})
	var w record.Writer
	var fp npf.Builder
	p := new(proto.Packet)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		w.Reset(0)
		fp.Reset()
		m.Parse(ins[i], p)
		m.Fingerprint(&fp)
		m.WriteRecord(&w)
		i = (i + 1) % len(ins)
	}
}

// With Options.Deep more versions are known, and suites are tried where a
// version is one of those that may have any.
func TestDeepVersions(t *testing.T) {
	google := "\x08" + crypto(0, rfcHello)[1:]
	for _, tt := range []struct {
		version uint32
		suite   *suite
		payload string
	}{
		{0xff000015, &suites[0], crypto(0, rfcHello)},
		{0x54303530, &googleSuites[0], google},
		{0x54303531, &googleSuites[1], google},
		{0x1a2a3a4a, &suites[1], crypto(0, rfcHello)},
		{0xff0000ff, &suites[3], crypto(0, rfcHello)},
	} {
		in := packet{version: tt.version, suite: tt.suite, dcid: rfcID, payload: tt.payload}.build(t)
		for _, deep := range []bool{false, true} {
			m := newMessage(proto.Options{Deep: deep})
			if !m.Parse(wire.Of(in), &proto.Packet{}) || m.ClientHello().Ok() != deep {
				t.Errorf("%08x, deep %v: a hello %v", tt.version, deep, m.ClientHello().Ok())
			}
		}
	}
	// One without a reason to try is not decrypted.
	in := packet{version: 0x12345678, suite: &suites[3], dcid: rfcID, payload: crypto(0, rfcHello)}.build(t)
	if m := newMessage(proto.Options{Deep: true}); !m.Parse(wire.Of(in), &proto.Packet{}) || m.ClientHello().Ok() {
		t.Error("a version of nobody's was decrypted")
	}
}
