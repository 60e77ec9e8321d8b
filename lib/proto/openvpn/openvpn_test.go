package openvpn

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
)

func u16(v int) string { return string([]byte{byte(v >> 8), byte(v)}) }

func u32(v uint32) string { return string(binary.BigEndian.AppendUint32(nil, v)) }

func vec16(s string) string { return u16(len(s)) + s }

// A spec says what a packet has.
type spec struct {
	op, key      int
	hmac         string
	replay       uint32
	time         uint32 // 0: none
	acknowledged []uint32
	number       uint32
	data         string
	extra        int // what the length is too large by
}

const session = "\x01\x02\x03\x04\x05\x06\x07\x08"

func (s spec) String() string {
	b := string([]byte{byte(s.op<<3 | s.key)}) + session + s.hmac + u32(s.replay)
	if s.time != 0 {
		b += u32(s.time)
	}
	b += string([]byte{byte(len(s.acknowledged))})
	for _, a := range s.acknowledged {
		b += u32(a)
	}
	if len(s.acknowledged) > 0 {
		b += session
	}
	if Opcode(s.op).Control() {
		b += u32(s.number)
	}
	b += s.data
	return u16(len(b)+s.extra) + b
}

// clientHello is a record with a ClientHello that has n bytes of session
// ticket.
func clientHello(n int) string {
	body := "\x03\x03" + strings.Repeat("R", 32) + "\x00" + vec16("\x13\x01") + "\x01\x00" +
		vec16("\x00\x00\x00\x06\x00\x04\x00\x00\x01a"+"\x00\x23"+vec16(strings.Repeat("t", n)))
	return "\x16\x03\x01" + vec16("\x01\x00"+vec16(body))
}

const helloFingerprint = "(0303)(1301)((0000)(0023))"

func run(opt *proto.Options, payload string) (fingerprint, json string) {
	m := newMessage(opt).(*Message)
	var p proto.Packet
	if !m.Parse([]byte(payload), &p) {
		return "", ""
	}
	var b npf.Builder
	m.Fingerprint(&b)
	var w record.Writer
	w.Object()
	m.WriteRecord(&w)
	w.EndObject()
	if p.Missing != 0 {
		return "missing", "missing"
	}
	return string(b.Bytes()), string(w.Bytes())
}

func TestMessage(t *testing.T) {
	hmac := strings.Repeat("\x88", 20)
	hello := clientHello(0)
	long := clientHello(700)
	if len(long) > maxStream {
		t.Fatalf("%d bytes are more than what is put together", len(long))
	}
	reset := spec{op: 7, hmac: hmac, replay: 1, time: 0x5f000000}
	const tlsObject = `,"tls":{"client":{"server_name":"a"}}`
	tests := []struct {
		name        string
		packets     []spec
		fingerprint string
		record      string
	}{
		{"reset", []spec{reset}, "",
			`{"openvpn":{"num_records":1,"records":[{"opcode":"P_CONTROL_HARD_RESET_CLIENT_V2","replay_pkt_id":1,"id_array_len":0,"msg_pkt_id":0}]}}`},
		{"control packets before acknowledgements", []spec{{op: 5, replay: 3, time: 0x5f000000, acknowledged: []uint32{1, 2}}, {op: 8, replay: 4, time: 0x5f000000, number: 9}}, "",
			`{"openvpn":{"num_records":2,"records":[{"opcode":"P_CONTROL_HARD_RESET_SERVER_V2","replay_pkt_id":4,"id_array_len":0,"msg_pkt_id":9},{"opcode":"P_ACK_V1","replay_pkt_id":3,"id_array_len":2}]}}`},
		{"data is only counted", []spec{{op: 6, replay: 3}, {op: 9, replay: 3}}, "", `{"openvpn":{"num_records":2,"records":[]}}`},
		{"hello in one packet", []spec{{op: 4, key: 3, hmac: hmac, replay: 2, time: 0x5f000000, acknowledged: []uint32{0}, number: 1, data: hello}},
			"openvpn/(06)(01)(0401)(14)" + helloFingerprint,
			`{"openvpn":{"num_records":1,"records":[{"opcode":"P_CONTROL_V1","replay_pkt_id":2,"id_array_len":1,"msg_pkt_id":1}],"has_tls":true}` + tlsObject + `}`},
		{"hello in two packets, without HMAC", []spec{{op: 4, replay: 2, number: 1, data: hello[:30]}, {op: 4, replay: 3, number: 2, data: hello[30:]}},
			"openvpn/(06)(02)(0400)(00)" + helloFingerprint,
			`{"openvpn":{"num_records":2,"records":[{"opcode":"P_CONTROL_V1","replay_pkt_id":2,"id_array_len":0,"msg_pkt_id":1},{"opcode":"P_CONTROL_V1","replay_pkt_id":3,"id_array_len":0,"msg_pkt_id":2}],"has_tls":true}` + tlsObject + `}`},
		{"the first control packet counts", []spec{{op: 5, replay: 1, time: 0x5f000000, acknowledged: []uint32{0}}, reset, {op: 4, replay: 2, number: 1, data: hello}},
			"openvpn/(06)(02)(0700)(14)" + helloFingerprint,
			`{"openvpn":{"num_records":3,"records":[{"opcode":"P_CONTROL_HARD_RESET_CLIENT_V2","replay_pkt_id":1,"id_array_len":0,"msg_pkt_id":0},{"opcode":"P_CONTROL_V1","replay_pkt_id":2,"id_array_len":0,"msg_pkt_id":1},{"opcode":"P_ACK_V1","replay_pkt_id":1,"id_array_len":1}],"has_tls":true}` + tlsObject + `}`},
		{"no hello in the data", []spec{{op: 4, replay: 2, number: 1, data: "\x16\x03\x01\x00\x04\x0e\x00\x00\x00"}}, "",
			`{"openvpn":{"num_records":1,"records":[{"opcode":"P_CONTROL_V1","replay_pkt_id":2,"id_array_len":0,"msg_pkt_id":1}]}}`},
		{"as much as is put together", []spec{{op: 4, replay: 2, number: 1, data: long}, {op: 4, replay: 3, number: 2, data: strings.Repeat("x", maxStream-len(long))}},
			"openvpn/(06)(02)(0400)(00)" + helloFingerprint,
			`{"openvpn":{"num_records":2,"records":[{"opcode":"P_CONTROL_V1","replay_pkt_id":2,"id_array_len":0,"msg_pkt_id":1},{"opcode":"P_CONTROL_V1","replay_pkt_id":3,"id_array_len":0,"msg_pkt_id":2}],"has_tls":true}` + tlsObject + `}`},
		{"one byte more", []spec{{op: 4, replay: 2, number: 1, data: long}, {op: 4, replay: 3, number: 2, data: strings.Repeat("x", maxStream-len(long)+1)}}, "",
			`{"openvpn":{"num_records":2,"records":[{"opcode":"P_CONTROL_V1","replay_pkt_id":2,"id_array_len":0,"msg_pkt_id":1},{"opcode":"P_CONTROL_V1","replay_pkt_id":3,"id_array_len":0,"msg_pkt_id":2}],"data_len":` + strconv.Itoa(maxStream-len(long)+1) + `}}`},
	}
	for _, tt := range tests {
		payload := ""
		for _, s := range tt.packets {
			payload += s.String()
		}
		fingerprint, got := run(&proto.Options{}, payload)
		if fingerprint != tt.fingerprint || got != tt.record {
			t.Errorf("%s:\n got %s %s\nwant %s %s", tt.name, fingerprint, got, tt.fingerprint, tt.record)
		}
	}
}

func TestMetadata(t *testing.T) {
	_, got := run(&proto.Options{Metadata: true}, spec{op: 1, hmac: strings.Repeat("\x88", 64), replay: 1, time: 0x5f000000}.String()+
		spec{op: 2, replay: 2}.String())
	want := `{"openvpn":{"num_records":2,"records":[` +
		`{"opcode":"P_CONTROL_HARD_RESET_CLIENT_V1","session_id":"0102030405060708","hmac":true,"net_time":1593835520,"replay_pkt_id":1,"id_array_len":0,"msg_pkt_id":0},` +
		`{"opcode":"P_CONTROL_HARD_RESET_SERVER_V1","session_id":"0102030405060708","hmac":false,"replay_pkt_id":2,"id_array_len":0,"msg_pkt_id":0}]}}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestNoMessage(t *testing.T) {
	good := spec{op: 7, replay: 1}.String()
	hello := clientHello(0)
	for name, payload := range map[string]string{
		"empty":                      "",
		"cut off":                    good[:len(good)-1],
		"second packet cut off":      good + good[:len(good)-1],
		"unknown opcode":             spec{op: 12, replay: 1}.String(),
		"opcode 0":                   spec{op: 0, replay: 1}.String(),
		"HMAC too short":             spec{op: 7, hmac: strings.Repeat("\x88", 15), replay: 1}.String(),
		"HMAC without an end":        "\x00\x20\x38" + session + strings.Repeat("\x88", 80),
		"acknowledgements cut off":   spec{op: 5, replay: 1, time: 0x5f000000, acknowledged: []uint32{1, 2}}.String()[:24],
		"peer's session cut off":     spec{op: 5, replay: 1, time: 0x5f000000, acknowledged: []uint32{1}}.String()[:30],
		"no data in a data packet":   spec{op: 4, replay: 1, number: 1}.String(),
		"length beyond the data":     spec{op: 4, replay: 1, number: 1, data: hello, extra: 1}.String(),
		"length before the data":     spec{op: 4, replay: 1, number: 1, data: hello, extra: -len(hello)}.String(),
		"256 packets, which count 0": strings.Repeat(spec{op: 7, replay: 1}.String(), 256),
	} {
		if _, got := run(&proto.Options{}, payload); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestHMACWithoutEnd has no zeros in sight, so that the length of the rest,
// which is taken modulo 256, decides.
func TestHMACWithoutEnd(t *testing.T) {
	// 400 bytes: an HMAC of 110 bytes (-402 modulo 256), number, time,
	// no acknowledgements, number.
	rest := strings.Repeat("\x88", 110) + strings.Repeat("\x77", 8) + "\x01" + strings.Repeat("\x66", 4+8+4)
	for len(rest) < 400 {
		rest += "\x55"
	}
	payload := u16(1+8+len(rest)) + "\x20" + session + rest
	m := newMessage(&proto.Options{Metadata: true}).(*Message)
	var pkt proto.Packet
	if !m.Parse([]byte(payload), &pkt) {
		t.Fatal("no message")
	}
	if p := m.first; len(p.HMAC) != 110 || p.ReplayNumber != 0x77777777 || p.Time != 0x77777777 || p.Acknowledged != 1 || p.MessageNumber != 0x66666666 || len(p.Data) != 400-110-8-1-4-8-4 {
		t.Errorf("%+v", p)
	}
}

func TestReuse(t *testing.T) {
	m := newMessage(&proto.Options{}).(*Message)
	var p proto.Packet
	m.Parse([]byte(spec{op: 4, replay: 1, number: 1, data: clientHello(0)}.String()), &p)
	if !m.Hello.Ok() {
		t.Fatal("no hello")
	}
	m.Parse([]byte(spec{op: 7, replay: 1}.String()), &p)
	if m.Hello.Ok() {
		t.Error("the hello of an earlier message")
	}
}

func TestAllocations(t *testing.T) {
	hello := clientHello(0)
	payload := []byte(spec{op: 4, replay: 2, number: 1, data: hello[:30]}.String() + spec{op: 5, replay: 1, time: 0x5f000000, acknowledged: []uint32{1}}.String() +
		spec{op: 4, replay: 3, number: 2, data: hello[30:]}.String())
	m := newMessage(&proto.Options{Metadata: true}).(*Message)
	var p proto.Packet
	var b npf.Builder
	w := record.NewWriter(make([]byte, 0, 4096))
	f := func() {
		w.Reset(0)
		m.Parse(payload, &p)
		m.Fingerprint(&b)
		m.WriteRecord(w)
	}
	f()
	if n := testing.AllocsPerRun(100, f); n != 0 || !m.Hello.Ok() {
		t.Errorf("%v allocations", n)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(spec{op: 4, key: 1, hmac: strings.Repeat("\x88", 20), replay: 2, time: 9, number: 1, data: clientHello(10)}.String()))
	f.Add([]byte(spec{op: 5, replay: 1, time: 0x5f000000, acknowledged: []uint32{1}}.String() + spec{op: 7, replay: 1}.String()))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if _, got := run(&proto.Options{Metadata: true}, string(payload)); got != "" && !json.Valid([]byte(got)) {
			t.Errorf("no JSON: %s", got)
		}
	})
}

// A number without zeros is taken for the beginning of an HMAC, and an HMAC
// that begins with two zeros for a number.
func TestSeemsHMAC(t *testing.T) {
	for data, want := range map[string]bool{
		"\x00\x00\x00\x01": false, "\x00\x00\x12\x34": false, "\x00\x12\x34\x56": true, "\x12\x34\x56\x78": true,
	} {
		if got := seemsHMAC([]byte(data)); got != want {
			t.Errorf("%x: %v", data, got)
		}
	}
}

// TLS data of more than 800 bytes is dropped.
func TestLongHello(t *testing.T) {
	for _, n := range []int{700, 900} {
		hello := clientHello(n)
		fingerprint, record := run(&proto.Options{}, spec{op: 4, replay: 1, number: 1, data: hello}.String())
		left := strings.Contains(record, `"data_len":`+strconv.Itoa(len(hello)))
		if (fingerprint == "") != (n == 900) || left != (n == 900) {
			t.Errorf("%d bytes: %s, %s", n, fingerprint, record)
		}
	}
}
