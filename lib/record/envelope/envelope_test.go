package envelope

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/geoip"
	"merctools/lib/members"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// section writes a member with a name of its own.
type section string

// WriteMatches implements envelope.Matcher.
func (s section) WriteMatches(w *record.Writer, _, message []byte) {
	if len(message) > 0 {
		s.WriteRecord(w)
	}
}

func (s section) WriteRecord(w *record.Writer) {
	w.Key(string(s)).Object()
	w.EndObject()
}

// everywhere says of every address that it is in the same place.
type everywhere struct{}

func (everywhere) Place(netip.Addr) geoip.Place { return geoip.Place{ASN: 7} }

// whole is a record that has all members.
func whole(r *Record, result *fingerprintdb.Result, key *flow.Key) []byte {
	result.Set(fingerprintdb.PlaintextPassword)
	var fp npf.Builder
	fp.Begin(npf.HTTP, 0)
	*r = Record{
		Fingerprint: &fp, Message: section("http"), Assessment: []byte(`"cryptographic_security_assessment":[]`),
		Context: &proto.Context{ServerName: []byte(`a"b`), UserAgentShown: true},
		Formats: [][]byte{[]byte("http/1/()")},
		FDC:     []byte{1}, WithFDC: true,
		Analysis:   result,
		Indicators: section("indicators"),
		Reassembly: section("reassembly_properties"),
		Headers:    new(packet.Headers), Packet: tunneled, WithIP: true,
		Flow: key, Places: everywhere{}, Members: added(key), Time: 1e9,
		Limit: MinLimit,
	}
	packet.NewDecoder(packet.Config{}).Decode(r.Headers, packet.LinkEthernet, tunneled)
	r.Members.Headers, r.Members.Bytes = r.Headers, r.Packet
	r.leaveOut()
	r.Prepare()
	var w record.Writer
	r.Write(&w)
	return w.Bytes()
}

// added writes all members on demand but those in notAdded: they are of messages
// of other protocols, or of packets with VLAN tags.
func added(key *flow.Key) *members.Set {
	l, err := members.Parse("all", 0)
	if err != nil {
		panic(err)
	}
	s := l.NewSet()
	s.Packet = members.Packet{Message: l.NewMessage(nil, &proto.Kind{Select: []string{"http"}}), Packet: &proto.Packet{Key: *key}}
	s.SetSource(members.Source{File: "a.pcap", Interfaces: []string{"eth0"}, At: func() members.Place { return members.Place{Number: 1, Length: 60} }})
	return s
}

var notAdded = []string{"tls_params", "ssh_params", "dns_header", "credentials", "vlan"}

// leaveOut has Write say that something was left out.
func (r *Record) leaveOut() {
	s := &Shortener{cuts: 1}
	s.cut[0].n = copy(s.cut[0].text[:], "http")
	r.LeftOut, r.Shortener = 1, s
}

// tunneled is a frame with an IPv4 packet in another.
var tunneled = []byte("............\x08\x00" +
	"\x45\x00\x00\x28\x00\x00\x00\x00\x40\x04\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
	"\x45\x00\x00\x14\x00\x00\x00\x00\x40\x06\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02")

var testKey = flow.NewKey(6, netip.MustParseAddrPort("192.0.2.1:1025"), netip.MustParseAddrPort("192.0.2.2:80"))

// A record has the members of the table in its order, and each of them is
// found again at its position.
func TestTableOrder(t *testing.T) {
	var r Record
	var result fingerprintdb.Result
	key := testKey
	line := whole(&r, &result, &key)
	var want, got []string
	for p := range table {
		if Position(p) == names[message].row {
			want = append(want, "http")
		}
		for _, name := range namesOf(&table[p]) {
			if !slices.Contains(notAdded, name) {
				want = append(want, name)
			}
		}
	}
	var m record.Member
	s := record.Scan(line)
	for s.Next(&m) {
		got = append(got, string(m.Name))
	}
	if !slices.Equal(got, want) {
		t.Errorf("members %q, want %q", got, want)
	}
	var v View
	if !v.Read(line) {
		t.Fatalf("not a record: %s", line)
	}
	if v.Type != npf.HTTP || string(v.Fingerprint) != "http/" || string(v.ServerName) != `a\"b` || v.Key != testKey {
		t.Errorf("read %+v of %s", v, line)
	}
	for p := range table {
		spans := v.Spans(nil, Position(p))
		if len(spans) == 0 {
			t.Fatalf("nothing at position %d", p)
		}
		if Position(p) == names[message].row {
			continue
		}
		// Without these members, they belong where they were.
		cut := slices.Concat(line[:spans[0].From], line[spans[len(spans)-1].To:])
		var without View
		if !json.Valid(cut) {
			t.Fatalf("without position %d: %s", p, cut)
		}
		without.Read(cut)
		if at := without.InsertAt(Position(p)); at != spans[0].From {
			t.Errorf("position %d belongs at %d, and was at %d: %s", p, at, spans[0].From, cut)
		}
	}
	if at := v.Spans(nil, PositionOf("analysis"))[0].From; at != r.AnalysisAt {
		t.Errorf("the analysis is at %d, not %d", at, r.AnalysisAt)
	}
}

// Every name has one row, and the documents know it.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for i, n := range names {
		if i == message {
			continue
		}
		if seen[n.text] || nameOf([]byte(n.text)) < 0 || names[nameOf([]byte(n.text))] != n {
			t.Errorf("%q is not found, or twice", n.text)
		}
		seen[n.text] = true
		if PositionOf(n.text) != n.row {
			t.Errorf("%q is at %d, not %d", n.text, PositionOf(n.text), n.row)
		}
	}
	for _, f := range Fields() {
		if !seen[f.Name] {
			t.Errorf("%q is in no row", f.Name)
		}
	}
	for _, other := range []string{"", "http", "src_ipx", strings.Repeat("x", 100)} {
		if nameOf([]byte(other)) != message {
			t.Errorf("%q is in the table", other)
		}
	}
}

func TestWriteAllocatesNothing(t *testing.T) {
	var r Record
	var result fingerprintdb.Result
	key := testKey
	line := whole(&r, &result, &key)
	var w record.Writer
	var v View
	write := func() {
		w.Reset(0)
		r.Write(&w)
		if !v.Read(line) {
			t.Error("no record")
		}
	}
	write()
	if n := testing.AllocsPerRun(100, write); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A fingerprint that is in the context goes before one that is converted.
func TestInFormat(t *testing.T) {
	const flow = `"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":443`
	const own = `"fingerprints":{"tls":"tls/(0303)(1301)((0023)(0000))"},`
	for _, tt := range []struct {
		name, context, fingerprints string
		format                      int
		want                        string
		ok                          bool
	}{
		{"converted", `{}`, own, 1, "tls/1/(0303)(1301)[(0000)(0023)]", true},
		{"in the context", `{"fingerprints":["tls/1/(a)","tls/2/(b)"]}`, own, 2, "tls/2/(b)", true},
		{"another one in the context", `{"fingerprints":["tls/1/(a)"]}`, own, 2, "tls/2/(0303)(1301)[(0000)]", true},
		{"none in that format", `{"fingerprints":["tls/1/"]}`, own, 1, "", true},
		{"only in the context", `{"fingerprints":["tls/2/(b)"]}`, "", 2, "tls/2/(b)", true},
		{"only in another format", `{"fingerprints":["tls/2/(b)"]}`, "", 1, "", true},
		{"no list", `{"fingerprints":7}`, own, 0, "tls/(0303)(1301)((0023)(0000))", true},
	} {
		var v View
		if !v.Read([]byte(`{` + tt.fingerprints + `"context":` + tt.context + `,` + flow + `,"event_start":1}`)) {
			t.Fatal(tt.name)
		}
		var c npf.Converter
		fp, ok := v.InFormat(&c, tt.format, 0)
		if v.Type != npf.TLS || string(fp) != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %s, %v", tt.name, v.Type, fp, ok)
		}
	}
}

func FuzzView(f *testing.F) {
	var r Record
	var result fingerprintdb.Result
	key := testKey
	f.Add(whole(&r, &result, &key))
	f.Add([]byte(`{"context":{"fingerprints":["tls/1/","quic/1/()"]},"fingerprints":{"quic":"quic/()"},"dst_ip":"::1"}`))
	f.Add([]byte(` { "stun":{"attributes":[{"type":"SOFTWARE","value":"x"},]} , "fingerprints":{"stun":"stun/1"} ,"dst_ip":"::1"} `))
	f.Fuzz(func(t *testing.T, line []byte) {
		v := View{Keys: true}
		if !v.Read(line) {
			return
		}
		for p := range table {
			if at := v.InsertAt(Position(p)); at < -1 || at > len(line) {
				t.Errorf("position %d belongs at %d of %d", p, at, len(line))
			}
			for _, s := range v.Spans(nil, Position(p)) {
				if s.From < 0 || s.To > len(line) || s.From >= s.To {
					t.Errorf("position %d is at %v of %d", p, s, len(line))
				}
			}
		}
		if v.FingerprintAt >= 0 && string(line[v.FingerprintAt:][:len(v.Fingerprint)]) != string(v.Fingerprint) {
			t.Errorf("the fingerprint is not at %d", v.FingerprintAt)
		}
		var c npf.Converter
		v.InFormat(&c, 1, 1)
		v.CertificateName()
		v.EachObjectID(func([]byte) {})
	})
}

// NPF's fingerprint is found among others, wherever it stands.
func TestFingerprintAmongOthers(t *testing.T) {
	const flow = `"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":443`
	for _, tt := range []struct{ object, fingerprint, member, further string }{
		{`{"tls":"tls/(a)"}`, "tls/(a)", "", ""},
		{`{"tls":"tls/(a)","ja3":"0","ja4":"t"}`, "tls/(a)", `"tls":"tls/(a)",`, `"ja3"`},
		{`{"ja3":"0", "tls":"tls/(a)"}`, "tls/(a)", `, "tls":"tls/(a)"`, `"ja3"`},
		{`{"ja3s":"0"}`, "", "", `"ja3s"`},
		{`{}`, "", "", ""},
	} {
		line := `{"fingerprints":` + tt.object + `,` + flow + `,"event_start":1.000000}`
		var v View
		if !v.Read([]byte(line)) {
			t.Fatalf("%s: no record", line)
		}
		member := ""
		if s, ok := v.FingerprintMember(); ok {
			member = line[s.From:s.To]
		}
		if string(v.Fingerprint) != tt.fingerprint || (v.Type == npf.TLS) != (tt.fingerprint != "") ||
			v.FingerprintAt >= 0 && line[v.FingerprintAt:][:len(tt.fingerprint)] != tt.fingerprint ||
			strings.Trim(member, ", ") != strings.Trim(tt.member, ", ") {
			t.Errorf("%s: %v %q, member %q", tt.object, v.Type, v.Fingerprint, member)
		}
		if at := v.FurtherAt(); (at < 0) != (tt.further == "") || at >= 0 && !strings.HasPrefix(line[at:], tt.further) {
			t.Errorf("%s: others at %d", tt.object, at)
		}
	}
}

// Records that a classifier leaves as they are need no more than to be scanned.
func TestFinal(t *testing.T) {
	const rest = `,"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":2,"event_start":1.000000}`
	for _, tt := range []struct {
		line  string
		final bool
	}{
		{`{"fingerprints":{"tcp":"tcp/(40)()"}`, true},
		{`{"fingerprints":{"http_server":"http_server/(00)"},"http":{}`, true},
		{`{"fingerprints":{"tls":"tls/(0303)(1301)()"}`, false},
		{`{"fingerprints":{"dtls":"dtls/(fefd)(1301)()"}`, false}, // has formats
		{`{"fingerprints":{"tcp":""}`, false},
		{`{"fingerprints":{"tcp":"tcp/(40)()"},"context":{}`, false},
		{`{"fingerprints":{"tcp":"tcp/(40)()"},"analysis":{}`, false},
		{`{"dns":{}`, false},
	} {
		for _, only := range []bool{true, false} {
			v := View{FingerprintsOnly: only}
			if !v.Read([]byte(tt.line + rest)) {
				t.Fatalf("%s is no record", tt.line)
			}
			if v.Final != (tt.final && only) {
				t.Errorf("%s: final %v", tt.line, v.Final)
			}
		}
	}
}
