package stun

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

const transaction = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"

// attr builds an attribute with its padding.
func attr(typ uint16, value string) string {
	b := binary.BigEndian.AppendUint16(nil, typ)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return string(b)
}

// build builds a message; id is the transaction ID of 16 bytes.
func build(typ uint16, id string, attrs ...string) []byte {
	body := strings.Join(attrs, "")
	b := binary.BigEndian.AppendUint16(nil, typ)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	b = append(b, id...)
	return append(b, body...)
}

func modern(typ uint16, attrs ...string) []byte { return build(typ, cookie+transaction, attrs...) }

func parse(t testing.TB, o proto.Options, b []byte) (*Message, bool) {
	t.Helper()
	m := Protocol.Messages[0].New(&o).(*Message)
	return m, m.Parse(wire.Of(b), &proto.Packet{})
}

func write(t testing.TB, m *Message) string {
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

func TestRecord(t *testing.T) {
	const head = `{"stun":{"method":"Binding","class":"request","message_length":%d,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[`
	for _, tt := range []struct {
		name  string
		attrs string
		want  string // attributes and usage
	}{
		{"none", "", `],"usage":"stun"`},
		{"address", attr(mappedAddress, "\x00\x01\x00\x50\xc0\xa8\x01\x01"),
			`{"type":"MAPPED_ADDRESS","length":8,"family":"ipv4","port":80,"address":"192.168.1.1"}],"usage":"stun"`},
		{"IPv6 address", attr(otherAddress, "\x00\x02\x00\x50\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"),
			`{"type":"OTHER_ADDRESS","length":20,"family":"ipv6","port":80,"address":"2001:db8::1"}],"usage":"stun"`},
		{"unknown family", attr(sourceAddress, "\x00\x03\x00\x50\x01\x02\x03\x04"),
			`{"type":"SOURCE_ADDRESS","length":8,"family":"UNKNOWN","port":80,"address":"malformed"}],"usage":"stun"`},
		{"short address", attr(alternateServer, "\x00\x02\x00\x50\x01\x02\x03\x04"),
			`{"type":"ALTERNATE_SERVER","length":8}],"usage":"stun"`},
		{"XOR address", attr(xorMappedAddress, "\x00\x01\xa1\x47\xe1\x12\xa6\x43"), // RFC 5769, section 2.2
			`{"type":"XOR_MAPPED_ADDRESS","length":8,"family":"ipv4","x_port":32853,"x_address":"192.0.2.1"}],"usage":"stun"`},
		{"XOR IPv6 address", attr(xorPeerAddress, "\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"),
			`{"type":"XOR_PEER_ADDRESS","length":20,"family":"ipv6","x_port":32853,"x_address":"0113a9faa5d3f179bc25f4b5bed2b9d9"}],"usage":"turn"`},
		{"XOR address of unknown family", attr(xorRelayedAddress, "\x00\x00\xa1\x47\x01\x13\xa9\xfa"),
			`{"type":"XOR_RELAYED_ADDRESS","length":8,"family":"UNKNOWN","x_port":32853,"x_address":"0113a9fa"}],"usage":"turn"`},
		{"texts", attr(software, "a\"b") + attr(username, "") + attr(nonce, "\xff"),
			`{"type":"SOFTWARE","length":3,"value":"a\"b"},{"type":"USERNAME","length":0,"value":""},{"type":"NONCE","length":1,"value":"\ufffd"}],"usage":"stun"`},
		{"error", attr(errorCode, "\x00\x00\x04\x01no") + attr(errorCode, "\xff\xff\xff\xff") + attr(errorCode, "\x00\x00\x04"),
			`{"type":"ERROR_CODE","length":6,"class":4,"number":1,"reason_phrase":"no"},{"type":"ERROR_CODE","length":4,"class":7,"number":255},{"type":"ERROR_CODE","length":3}],"usage":"stun"`},
		{"ICE", attr(priority, "\x00\x00\x01\x00") + attr(useCandidate, "") + attr(iceControlled, "\x01\x02\x03\x04\x05\x06\x07\x08") + attr(iceControlling, "\x01"),
			`{"type":"PRIORITY","length":4,"priority":256},{"type":"USE_CANDIDATE","length":0},{"type":"ICE_CONTROLLED","length":8,"tiebreaker":"0102030405060708"},{"type":"ICE_CONTROLLING","length":1}],"usage":"ice"`},
		{"TURN", attr(channelNumber, "\x40\x01\x00\x00") + attr(channelNumber, "\x40\x01") + attr(lifetime, "\x00\x00\x02\x58") + attr(requestedTransport, "\x11\x00\x00\x00") + attr(requestedTransport, "\x06") + attr(requestedTransport, ""),
			`{"type":"CHANNEL_NUMBER","length":4,"channel_number":16385},{"type":"CHANNEL_NUMBER","length":2},{"type":"LIFETIME","length":4,"seconds":600},{"type":"REQUESTED_TRANSPORT","length":4,"protocol":17},{"type":"REQUESTED_TRANSPORT","length":1,"protocol":6},{"type":"REQUESTED_TRANSPORT","length":0}],"usage":"turn"`},
		{"Microsoft", attr(bandwidth, "\x00\x00\x00\x40") + attr(msBandwidthAdmission, "\x00\x00\x00\x01") + attr(msBandwidthAdmission, "\x00\x00\x00\x02") + attr(msBandwidthAdmission, "\x00\x00\x00\x00") + attr(msBandwidthAdmission, "\x00\x00\x00\x03") + attr(msBandwidthAdmission, "\x00") + attr(msImplementationVersion, "\x00\x00\x00\x06"),
			`{"type":"BANDWIDTH","length":4,"kbps":64},{"type":"MS_BANDWIDTH_ADMISSION_CONTROL_MESSAGE","length":4,"message_type":"reservation_commit"},{"type":"MS_BANDWIDTH_ADMISSION_CONTROL_MESSAGE","length":4,"message_type":"reservation_update"},{"type":"MS_BANDWIDTH_ADMISSION_CONTROL_MESSAGE","length":4,"message_type":"reservation_check"},{"type":"MS_BANDWIDTH_ADMISSION_CONTROL_MESSAGE","length":4,"message_type":"UNKNOWN (0003)"},{"type":"MS_BANDWIDTH_ADMISSION_CONTROL_MESSAGE","length":1},{"type":"MS_IMPLEMENTATION_VERSION","length":4,"number":6}],"usage":"stun"`},
		{"others", attr(fingerprint, "\xde\xad\xbe\xef") + attr(0xbeef, ""),
			`{"type":"FINGERPRINT","length":4,"hex_value":"deadbeef"},{"type":"UNKNOWN (beef)","length":0,"hex_value":""}],"usage":"stun"`},
		{"TURN and ICE", attr(lifetime, "") + attr(priority, ""),
			`{"type":"LIFETIME","length":0},{"type":"PRIORITY","length":0}],"usage":"unknown"`},
		{"cut value", attr(fingerprint, "\x01\x02\x03\x04") + "\x80\x22\x00\x08abcd",
			`{"type":"FINGERPRINT","length":4,"hex_value":"01020304"},{"unparseable":"8022000861626364"}],"usage":"stun"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, ok := parse(t, proto.Options{}, modern(0x0001, tt.attrs))
			if !ok {
				t.Fatal("not taken")
			}
			want := fmt.Sprintf(head, len(tt.attrs)) + tt.want + "}}"
			if got := write(t, m); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	for _, tt := range []struct {
		typ  uint16
		id   string
		want string
	}{
		{0x0101, cookie + transaction, `"method":"Binding","class":"success_resp","message_length":0,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[],"usage":"stun"`},
		{0x0113, cookie + transaction, `"method":"Allocate","class":"err_resp","message_length":0,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[],"usage":"turn"`},
		{0x0016, cookie + transaction, `"method":"Send","class":"indication","message_length":0,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[],"usage":"turn"`},
		{0x0200, cookie + transaction, `"method":"GOOG_PING","class":"request","message_length":0,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[],"usage":"unknown"`},
		{0x3eef, cookie + transaction, `"method":"UNKNOWN (0fff)","class":"request","message_length":0,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[],"usage":"unknown"`},
		{0x0001, "abcd" + transaction, `"method":"Binding","class":"request","message_length":0,"transaction_id":"616263640102030405060708090a0b0c","magic_cookie":false,"attributes":[],"usage":"stun"`},
	} {
		m, ok := parse(t, proto.Options{}, build(tt.typ, tt.id))
		if !ok {
			t.Fatalf("%04x not taken", tt.typ)
		}
		if got, want := write(t, m), `{"stun":{`+tt.want+`}}`; got != want {
			t.Errorf("%04x:\ngot  %s\nwant %s", tt.typ, got, want)
		}
	}
}

func TestMalformed(t *testing.T) {
	m, ok := parse(t, proto.Options{}, modern(0x0001, "abc"))
	if !ok {
		t.Fatal("not taken")
	}
	want := `{"stun":{"malformed":true,"method":"Binding","class":"request","message_length":3,"transaction_id":"0102030405060708090a0b0c","magic_cookie":true,"attributes":[{"unparseable":"616263"}],"usage":"stun"}}`
	if got := write(t, m); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParse(t *testing.T) {
	classic := "\x11\x22\x33\x44" + transaction
	for _, tt := range []struct {
		name string
		in   []byte
		want bool
	}{
		{"empty", nil, false},
		{"header only", modern(0x0001), true},
		{"short header", modern(0x0001)[:19], false},
		{"cut body", modern(0x0001, attr(software, "abcd"))[:26], false},
		{"classic", build(0x0001, classic), true},
		{"classic error", build(0x0112, classic), true},
		{"classic with a type of its successor", build(0x0003, classic), false},
		{"classic with one zero", build(0x0001, "\x00"+classic[1:]), true},
		{"classic with two zeros", build(0x0001, "\x00\x00"+classic[2:]), false},
		{"classic with zeros and an attribute", build(0x0001, "\x00\x00"+classic[2:], attr(username, "a")), true},
		{"classic with a cut attribute", build(0x0001, classic, "\x00\x06\x00\x08abcd"), false},
		{"classic with a cut second attribute", build(0x0001, classic, attr(username, "a"), "\x00\x06"), true},
	} {
		if _, got := parse(t, proto.Options{}, tt.in); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestDatagramLen(t *testing.T) {
	b := modern(0x0001, attr(software, "abcd"))
	if got := datagramLen(b); got != len(b) {
		t.Errorf("%d, not %d", got, len(b))
	}
	if got := datagramLen([]byte{0, 1, 0}); got == 3 {
		t.Error("three bytes taken for a message")
	}
}

func TestFingerprint(t *testing.T) {
	for _, tt := range []struct {
		in   []byte
		want string
	}{
		{modern(0x0001), "stun/1/(00)(0001)(01)()"},
		{modern(0x0016), "stun/1/(01)(0006)(01)()"},
		{modern(0x0101, attr(software, "abc")), ""},
		{modern(0x0111), ""},
		{build(0x0001, "abcd"+transaction, attr(username, "abc")), "stun/1/(00)(0001)(00)((0006))"},
		{modern(0x0003, attr(requestedTransport, "\x11\x00\x00\x00"), attr(msAppID, "\x01\x02"), attr(msImplementationVersion, "\x00\x00\x00\x05"), attr(0xdaba, "x"), attr(0xc003, ""), attr(0x8007, ""), attr(fingerprint, "\x01\x02\x03\x04")),
			"stun/1/(00)(0003)(01)((803700020102)(8070000400000005)(daba)(c003)(8007)(8028))"},
		{modern(0x0001, attr(software, "abc"), "\x00\x06\x00\x08"), "stun/1/(00)(0001)(01)((8022))"},
		{modern(0x0001, attr(msAppID, strings.Repeat("x", 4096))), ""},
	} {
		m, ok := parse(t, proto.Options{}, tt.in)
		if !ok {
			t.Errorf("%x not taken", tt.in)
			continue
		}
		var b npf.Builder
		m.Fingerprint(&b)
		if got := string(b.Bytes()); got != tt.want {
			t.Errorf("%x:\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestContext(t *testing.T) {
	for _, tt := range []struct {
		in   []byte
		want string
		ok   bool
	}{
		{modern(0x0001), "", true},
		{modern(0x0101, attr(software, "abc")), "abc", false},
		{modern(0x0001, attr(software, "abc"), attr(software, `d"é`)), `d"é`, true},
		{modern(0x0001, attr(software, "\xff")), "\xff", true},
	} {
		m, _ := parse(t, proto.Options{}, tt.in)
		var c proto.Context
		ok := m.Context(&c)
		if ok != tt.ok || string(c.UserAgent) != tt.want || c.ServerName != nil || c.ALPN != nil {
			t.Errorf("%.50q: %v %+v", tt.in, ok, c)
		}
	}
}

func TestFeatures(t *testing.T) {
	raw := proto.Options{RawFeatures: map[string]bool{"stun": true}}
	for _, tt := range []struct {
		in   []byte
		want string
	}{
		{modern(0x0001), `["0001",[]]`},
		{modern(0x0101, attr(software, "abc"), attr(useCandidate, "")), `["0101",[["8022","616263"],["0025",""]]]`},
		{modern(0x0001, attr(software, "abc"), "\x00\x06\x00\x08"), `["0001",[["8022","616263"]]]`},
		{modern(0x0001, attr(software, strings.Repeat("x", 1013))), `["0001",[["8022","` + strings.Repeat("78", 1013) + `"]]]`},
		{modern(0x0001, attr(software, strings.Repeat("x", 1014))), `[]`},
		{modern(0x0001, attr(software, strings.Repeat("x", 500)), attr(software, strings.Repeat("x", 530))), `[]`},
	} {
		m, ok := parse(t, raw, tt.in)
		if !ok {
			t.Fatalf("%.40x not taken", tt.in)
		}
		var v struct{ Stun struct{ Features string } }
		if err := json.Unmarshal([]byte(write(t, m)), &v); err != nil {
			t.Fatal(err)
		}
		if v.Stun.Features != tt.want {
			t.Errorf("%.40x:\ngot  %s\nwant %s", tt.in, v.Stun.Features, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	for typ := range 0x10000 {
		if got := AttributeName(uint16(typ)); strings.ContainsAny(got, `"\ `) {
			t.Errorf("%04x: %q", typ, got)
		}
	}
}

func seeds() [][]byte {
	return [][]byte{
		nil,
		modern(0x0001),
		modern(0x0101, attr(xorMappedAddress, "\x00\x01\xa1\x47\xe1\x12\xa6\x43"), attr(mappedAddress, "\x00\x02\x00\x50\x01\x02\x03\x04")),
		modern(0x0003, attr(requestedTransport, "\x11"), attr(software, "\xe2\x82"), attr(msAppID, "\x01\x02"), attr(channelNumber, "\x40\x01")),
		build(0x0001, "abcd"+transaction, attr(errorCode, "\x00\x00\x04\x01no"), attr(iceControlled, "\x01\x02\x03\x04\x05\x06\x07\x08"), "\x00"),
		modern(0x0001, attr(msBandwidthAdmission, "\x00\x00\x00\x01"), attr(priority, "\x00\x00\x00\x01"), attr(lifetime, "abcd")),
	}
}

func TestAllocs(t *testing.T) {
	m := Protocol.Messages[0].New(&proto.Options{RawFeatures: map[string]bool{"all": true}}).(*Message)
	var w record.Writer
	var b npf.Builder
	var c proto.Context
	for _, in := range seeds() {
		if n := testing.AllocsPerRun(100, func() {
			w.Reset(0)
			if m.Parse(in, nil) {
				m.Fingerprint(&b)
				m.Context(&c)
				m.WriteRecord(&w)
			}
		}); n != 0 {
			t.Errorf("%x: %v allocations", in, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, ok := parse(t, proto.Options{RawFeatures: map[string]bool{"all": true}}, in)
		if !ok {
			return
		}
		write(t, m)
		var b npf.Builder
		m.Fingerprint(&b)
		var c proto.Context
		m.Context(&c)
		if text := record.AppendText([]byte{'"'}, c.UserAgent); !json.Valid(append(text, '"')) {
			t.Errorf("user agent %q as %s", c.UserAgent, text)
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	in, _ := hex.DecodeString("000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a683676592020200008001402f5fd6c3ddc1d2f1d1c0e36eec2a8f9d0f3a6a080280004e57a3bcf")
	var m Message
	var w record.Writer
	b.ReportAllocs()
	for b.Loop() {
		w.Reset(0)
		m.Parse(in, nil)
		m.WriteRecord(&w)
	}
}
