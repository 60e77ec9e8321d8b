package fdc

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"merctools/lib/npf"
	"merctools/lib/record"
)

// fingerprints are what mercury 2.18 makes of them.
var fingerprints = []struct{ text, want string }{
	{"tls/1/(0303)(130113021303)[(0000)(000500050100000000)(0017)]", "bf01bf019f42030346130113021303d8fb9f42000049000500050100000000420017ffffffff"},
	{"tls/(0303)(0a0a1301)((0a0a)(0000)(000a00080006001d00170018))", "bf01bf009f420303440a0a13019f420a0a4200004c000a00080006001d00170018ffffffff"},
	{"tls/(0303)(1301)()", "bf01bf009f4203034213019fffffffff"},
	{"tls_server/(0303)(c02f)((0000)(ff01))", "bf02bf009f42030342c02f9f42000042ff01ffffffff"},
	{"quic/(00000001)(0303)(130113021303)[(002b0003020304)((0039)[(01)(03)(80004752)])(4469)]", "bf0cbf009f440000000142030346130113021303d8fb9f47002b00030203049f420039d8fb9f410141034480004752ffff424469ffffffff"},
	{"http/(474554)(485454502f312e31)((486f7374)(557365722d4167656e74))", "bf03bf009f4347455448485454502f312e319f44486f73744a557365722d4167656e74ffffffff"},
	{"http_server/(485454502f312e31)(323030)(4f4b)((5365727665723a2073))", "bf04bf009f48485454502f312e3143323030424f4b9f495365727665723a2073ffffffff"},
	{"stun/1/(00)(0001)(01)((8022)(0006))", "bf10bf019f410042000141019f428022420006ffffffff"},
	{"ssh/(61)(62)(63)(63)(64)(64)(65)(65)()()", "bf05bf009f416141624163416341644164416541654040ffffff"},
	{"ssh_server/(61)(62)(63)(63)(64)(64)(65)(65)()()", "bf12bf009f416141624163416341644164416541654040ffffff"},
	{"dtls/1/(fefd)(c02c)[(000a000400020017)(0016)]", "bf0abf019f42fefd42c02cd8fb9f48000a000400020017420016ffffffff"},
	{"dtls_server/(fefd)(0035)((0000)(ff01)(000b))", "bf0bbf009f42fefd4200359f42000042ff0142000bffffffff"},
	{"tofsee/1/generic", "bf0fbf0102ff"},
	{"http/randomized", "bf03bf0001ffff"},
	{"tls/1/randomized", "bf01bf0101ffff"},
	{"quic/randomized", "bf0cbf0001ffff"},
	{"stun/1/randomized", "bf10bf0101ffff"},
}

func TestFingerprint(t *testing.T) {
	for _, tt := range fingerprints {
		var w Writer
		if !w.Fingerprint([]byte(tt.text)) || hex.EncodeToString(w.Bytes()) != tt.want {
			t.Errorf("%s:\n got %x\nwant %s", tt.text, w.Bytes(), tt.want)
		}
		r := reader{c: w.Bytes()}
		if got := string(r.fingerprint(nil)); got != tt.text || r.c.Failed() || r.c.More() {
			t.Errorf("read %q, want %q (left %x)", got, tt.text, r.c)
		}
	}
	// Formats that the objects don't have.
	for text, want := range map[string]string{"tls/2/(0303)(1301)[(0000)]": "bf01bfffff", "quic/1/(00000001)(0303)(1301)[(0000)]": "bf0cbfffff"} {
		var w Writer
		if !w.Fingerprint([]byte(text)) || hex.EncodeToString(w.Bytes()) != want {
			t.Errorf("%s: got %x", text, w.Bytes())
		}
	}
	for _, text := range []string{"", "tls", "tcp/(40)", "tls/", "tls/(0303)", "tls/(0303)(1301)((0000)", "tls/(03)(1)()", "tls/(0303)(13zz)()",
		"tls/(0303)(1301)()x", "tls/1/(0303)(1301)()", "tls/1/(0303)(1301)[" + strings.Repeat("((00)", 20)} {
		w := Writer{buf: []byte("x")}
		if w.Fingerprint([]byte(text)) || string(w.Bytes()) != "x" {
			t.Errorf("%q: got %x", text, w.Bytes())
		}
	}
}

// contexts are what mercury 2.18 makes of them.
var contexts = []struct {
	Context
	want string
}{
	{Context{Fingerprint: []byte("tls/1/(0303)(1301)[(0000)]"), ServerName: []byte("example.com"), Address: []byte("192.0.2.1"), Port: 443},
		"bf019fbf01bf019f420303421301d8fb9f420000ffffffff6b6578616d706c652e636f6d693139322e302e322e311901bb6000ffff"},
	{Context{Fingerprint: []byte("http/(474554)(485454502f312e31)((486f7374))"), UserAgent: []byte("curl/8.5.0"), ServerName: []byte("example.com:80"),
		Address: []byte("2001:db8::1"), Port: 80, Truncation: ReassembledTruncated},
		"bf019fbf03bf009f4347455448485454502f312e319f44486f7374ffffffff6e6578616d706c652e636f6d3a38306b323030313a6462383a3a3118506a6375726c2f382e352e3003ffff"},
	{Context{Fingerprint: []byte("stun/1/(00)(0001)(01)()"), Address: []byte("192.0.2.1"), Port: 3478, Truncation: Truncated},
		"bf019fbf10bf019f410042000141019fffffffff60693139322e302e322e31190d966002ffff"},
}

func TestContext(t *testing.T) {
	rules := ReadSchema(t, "fdc.cddl")
	var c Context
	for _, tt := range contexts {
		var w Writer
		if !tt.Write(&w) || hex.EncodeToString(w.Bytes()) != tt.want {
			t.Errorf("got %x\nwant %s", w.Bytes(), tt.want)
		}
		if err := c.Parse(w.Bytes()); err != nil {
			t.Fatalf("%x: %v", w.Bytes(), err)
		}
		got, want := show(&c), show(&tt.Context)
		if got != want || c.Version != Version1 {
			t.Errorf("read %s, want %s", got, want)
		}
		if err := rules.Check("version-1", w.Bytes()); err != nil {
			t.Errorf("%x: %v", w.Bytes(), err)
		}
	}
	w := Writer{buf: []byte("x")}
	if (&Context{Fingerprint: []byte("tcp/()")}).Write(&w) || string(w.Bytes()) != "x" {
		t.Errorf("got %x", w.Bytes())
	}
}

func show(c *Context) string {
	return fmt.Sprintf("%s %s %s %d %q %v", c.Fingerprint, c.ServerName, c.Address, c.Port, c.UserAgent, c.Truncation)
}

// version2Object is an object of version 2 with everything that is read of one.
func version2Object(t testing.TB) []byte {
	var w Writer
	w.Map()
	w.Key("version").Uint(2)
	w.Key("fingerprints").Array()
	w.FingerprintTag()
	if !w.Fingerprint([]byte("tls/(0303)(1301)((0000))")) {
		t.Fatal("no fingerprint")
	}
	w.End()
	w.Protocol("tls")
	w.Key("tls").Map()
	w.Key("other").Array()
	w.Uint(math.MaxUint32 + 1)
	w.End()
	w.Key("client").Map()
	w.BytesMember("random", []byte{1, 2})
	w.TextMember("server_name", []byte("example.com"))
	w.TextMember("nothing", nil)
	w.End()
	w.End()
	w.Key("http").Map()
	w.Key("request").Map()
	w.TextMember("host", []byte("example.com:80"))
	w.TextMember("user_agent", []byte("curl"))
	w.End()
	w.End()
	w.Key("truncation").Uint(uint64(Truncated))
	w.End()
	return w.Bytes()
}

func TestParse2(t *testing.T) {
	var c Context
	data := version2Object(t)
	if err := c.Parse(data); err != nil {
		t.Fatal(err)
	}
	if got, want := show(&c), `tls/(0303)(1301)((0000)) example.com:80  0 "curl" truncated`; got != want || c.Version != Version2 {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := ReadSchema(t, "fdc.cddl").Check("version-2", data); err != nil {
		t.Error(err)
	}
	for in, want := range map[string]string{
		`{"version": 2, "stun": {"software": "s"}}`:                "s",
		`{"version": 2, "ssh": {"protocol": "p", "comment": "c"}}`: "pc",
		`{"version": 2, "ssh": {"protocol": "p", "x": false}}`:     "",
	} {
		if err := c.Parse(indefinite2(t, in)); err != nil || string(c.UserAgent) != want {
			t.Errorf("%s: %v, %q", in, err, c.UserAgent)
		}
	}
	// Every object that is cut short is refused.
	for n := range data {
		if err := c.Parse(data[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// indefinite2 makes an object, with maps of indefinite length, of the few
// members that tests have.
func indefinite2(t *testing.T, text string) []byte {
	t.Helper()
	var w Writer
	for text := strings.NewReplacer(",", " ", ":", " ", "{", " { ", "}", " } ").Replace(text); text != ""; {
		var word string
		word, text, _ = strings.Cut(strings.TrimLeft(text, " "), " ")
		switch {
		case word == "{":
			w.Map()
		case word == "}":
			w.End()
		case word == "2":
			w.Uint(2)
		case word == "false":
			w.buf = append(w.buf, falseByte)
		case word != "":
			w.Key(strings.Trim(word, `"`))
		}
	}
	return w.Bytes()
}

func TestJSON(t *testing.T) {
	var w record.Writer
	if err := AppendJSON(&w, version2Object(t)); err != nil {
		t.Fatal(err)
	}
	const want = `{"version":2,"fingerprints":["tls/(0303)(1301)((0000))"],"protocols":["tls"],"tls":{"other":[4294967296],"client":{"random":"0102","server_name":"example.com"}},"http":{"request":{"host":"example.com:80","user_agent":"curl"}},"truncation":2}`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// An object of version 1 as earlier releases write it, without truncation.
	data, _ := hex.DecodeString("bf019fbf01bf019f420303421301d8fb9f420000ffffffff616161311901bb60ffff")
	w.Reset(0)
	if err := AppendJSON(&w, data); err != nil {
		t.Fatal(err)
	}
	const want1 = `{"fdc":{"fingerprint":"tls/1/(0303)(1301)[(0000)]","sni":"a","dst_ip_str":"1","dst_port":443,"user_agent":"","truncation":"unknown"}}`
	if got := string(w.Bytes()); got != want1 {
		t.Errorf("got  %s\nwant %s", got, want1)
	}
	for _, bad := range []string{"", "bf", "9f", "a0", "bf02", "bf6161ff", "bf61611c" + "ff", "bf6161c000ff", "bf6161f9ff", "bf01009fffff", strings.Repeat("bf6161", 100)} {
		data, _ := hex.DecodeString(bad)
		n := w.Len()
		if err := AppendJSON(&w, data); !errors.Is(err, ErrFormat) || w.Len() != n {
			t.Errorf("%s: %v, %s", bad, err, w.Bytes()[n:])
		}
	}
}

// Another implementation of CBOR finds what was written well-formed.
func TestWellFormed(t *testing.T) {
	objects := [][]byte{version2Object(t)}
	for _, tt := range contexts {
		data, _ := hex.DecodeString(tt.want)
		objects = append(objects, data)
	}
	for _, v := range []uint64{0, 23, 24, 255, 256, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64} {
		var w Writer
		w.Uint(v)
		var got uint64
		if err := cbor.Unmarshal(w.Bytes(), &got); err != nil || got != v {
			t.Errorf("%d: %x: %d, %v", v, w.Bytes(), got, err)
		}
		if short, _ := cbor.Marshal(v); !bytes.Equal(short, w.Bytes()) {
			t.Errorf("%d: %x, want %x", v, w.Bytes(), short)
		}
	}
	for _, data := range objects {
		if err := cbor.Wellformed(data); err != nil {
			t.Errorf("%x: %v", data, err)
		}
	}
}

// The rules refuse what they should.
func TestRules(t *testing.T) {
	rules := ReadSchema(t, "fdc.cddl")
	for _, tt := range []struct{ data, rule, why string }{
		{"bf019f00ffff", "object", "no fingerprint"},
		{"bf6776657273696f6e02ff", "object", "no truncation"},
		{"bf6776657273696f6e026a7472756e636174696f6e04ff", "object", "unknown truncation"},
		{"bf6776657273696f6e036a7472756e636174696f6e00ff", "object", "unknown version"},
		{"bf6776657273696f6e026a7472756e636174696f6e006970726f746f636f6c739fffff", "object", "no protocols"},
		{"bf6776657273696f6e026a7472756e636174696f6e006970726f746f636f6c739f01ffff", "object", "a protocol without a name"},
		{"bf6776657273696f6e026a7472756e636174696f6e00016161ff", "object", "a number as key"},
		{"bf029fffff", "version-1", "unknown version"},
		{"bf01bf009f01ffffff", "fingerprint", "a number in it"},
		{"bf01bf029fffffff", "fingerprint", "unknown format"},
		{"bf14bf009fffffff", "fingerprint", "unknown type"},
		{"bf01bf009fffff03bf009fffffff", "fingerprint", "two types"},
		{"bf01bf009fc14161ffffff", "fingerprint", "unknown tag"},
	} {
		data, err := hex.DecodeString(tt.data)
		if err != nil {
			t.Fatal(err)
		}
		if err := cbor.Wellformed(data); err != nil || rules.Check(tt.rule, data) == nil {
			t.Errorf("%s (%s) passes, or is no CBOR: %v", tt.data, tt.why, err)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	w := Writer{buf: make([]byte, 0, 4096)}
	var c Context
	data := version2Object(t)
	in := contexts[1].Context
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		in.Write(&w)
		if c.Parse(data) != nil || c.Parse(w.Bytes()) != nil {
			t.Fatal("not read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is read can be written, and is the same then.
func Fuzz(f *testing.F) {
	for _, tt := range contexts {
		data, _ := hex.DecodeString(tt.want)
		f.Add(data)
	}
	f.Add(version2Object(f))
	other, _ := hex.DecodeString("bf019fbf03bf019fffffff606930303030303030303019303060ffff") // http/1
	f.Add(other)
	f.Fuzz(func(t *testing.T, data []byte) {
		var c, again Context
		var w record.Writer
		err := c.Parse(data)
		if jsonErr := AppendJSON(&w, data); err == nil && jsonErr != nil {
			t.Errorf("%x: read, but no JSON: %v", data, jsonErr)
		}
		if err != nil || c.Version != Version1 {
			return
		}
		t0, format, _ := split(c.Fingerprint)
		if _, known := shapeOf(t0, format); !known && format > 0 && t0 != npf.Tofsee {
			return // a format that is read, but not written
		}
		var b Writer
		if !c.Write(&b) {
			return // a shape that fingerprints don't have
		}
		if err := again.Parse(b.Bytes()); err != nil || show(&again) != show(&c) {
			t.Errorf("%x: %v: %s, %s", data, err, show(&c), show(&again))
		}
	})
}
