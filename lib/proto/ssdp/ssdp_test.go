package ssdp

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/record"
)

var (
	raw      = proto.Options{RawFeatures: map[string]bool{"ssdp": true}}
	complete = proto.Options{RawFeatures: map[string]bool{"all": true}, Metadata: true}
)

const search = "M-SEARCH * HTTP/1.1\r\nHOST:239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\nST : all\r\nx: y\r\n\r\n"

func TestMessage(t *testing.T) {
	tests := []struct {
		opt      proto.Options
		in, want string
	}{
		{proto.Options{}, search, `"m_search":{}`},
		{proto.Options{Metadata: true}, search, `"m_search":{"method":"M-SEARCH * HTTP/1.1"}`},
		{raw, search, `"m_search":{"host":"239.255.255.250:1900","target":" all",` +
			`"features":"[\"4d2d534541524348202a20485454502f312e31\",[[\"686f7374\",\"3233392e3235352e3235352e3235303a31393030\"],[\"746172676574\",\"20616c6c\"]]]"}`},
		{complete, search, `"m_search":{"method":"M-SEARCH * HTTP/1.1","host":"239.255.255.250:1900","man":" \"ssdp:discover\"","delay":" 3","target":" all",` +
			`"features":"[\"4d2d534541524348202a20485454502f312e31\",[[\"686f7374\",\"3233392e3235352e3235352e3235303a31393030\"],` +
			`[\"6d616e\",\"2022737364703a646973636f76657222\"],[\"64656c6179\",\"2033\"],[\"746172676574\",\"20616c6c\"]]]"}`},
		{complete, "NOTIFY * HTTP/1.1\nNT:a\nNTS:b\nUSN:c\nLocation:d\nCache-Control:e\nServer:f\n\n", // lines that end in LF
			`"notify":{"method":"NOTIFY * HTTP/1.1","notify_type":"a","notify_subtype":"b","usn":"c","location":"d","cache_control":"e","server":"f",` +
				`"features":"[\"4e4f54494659202a20485454502f312e31\",[[\"6e6f746966795f74797065\",\"61\"],[\"6e6f746966795f73756274797065\",\"62\"],[\"75736e\",\"63\"],` +
				`[\"6c6f636174696f6e\",\"64\"],[\"63616368655f636f6e74726f6c\",\"65\"],[\"736572766572\",\"66\"]]]"}`},
		{complete, "HTTP/1.1 200 OK\r\nEXT:\r\nDATE:a\r\nBOOTID.UPNP.ORG:b\r\nCONFIGID.UPNP.ORG:c\r\nSEARCHPORT.UPNP.ORG:d\r\nOPT:e\r\n01-NLS:f\r\nUser-Agent:g\r\n",
			`"response":{"method":"HTTP/1.1 200 OK","ext":"","date":"a","bootid":"b","conf_id":"c","searchport":"d","opt":"e","nls":"f","user_agent":"g",` +
				`"features":"[\"485454502f312e3120323030204f4b\",[[\"657874\",\"\"],[\"64617465\",\"61\"],[\"626f6f746964\",\"62\"],[\"636f6e665f6964\",\"63\"],` +
				`[\"736561726368706f7274\",\"64\"],[\"6f7074\",\"65\"],[\"6e6c73\",\"66\"],[\"757365725f6167656e74\",\"67\"]]]"}`},
		// A header that is not known counts for the comma, one that is cut off
		// does not count at all, and one may come twice.
		{raw, "NOTIFY\r\nX:y\r\nhost:a\r\nHost:b\r\nnt:cut", `"notify":{"host":"a","host":"b",` +
			`"features":"[\"4e4f54494659\",[,[\"686f7374\",\"61\"],[\"686f7374\",\"62\"]]]"}`},
		// A line without a colon belongs to the next name, empty lines too.
		{raw, "NOTIFY\r\nfoo\r\nhost:a\r\n\r\nnt:b\r\nst:c\r\n", `"notify":{"target":"c","features":"[\"4e4f54494659\",[,[\"746172676574\",\"63\"]]]"}`},
		{raw, "NOTIFY\r\r\r\n   :x\r\nhost:a\rb\r\n\r\n", `"notify":{"host":"a\u000db","features":"[\"4e4f54494659\",[,[\"686f7374\",\"610d62\"]]]"}`},
		{raw, "NOTIFY", `"notify":{"features":"[\"4e4f54494659\",[]]"}`},
		{raw, "NOTIFY\n", `"notify":{"features":"[\"4e4f54494659\",[]]"}`},
		{raw, "N", `"notify":{"features":"[\"4e\",[]]"}`},
		{raw, "OPTIONS * HTTP/1.1\r\n", "none"},
		{raw, "", "none"},
	}
	for _, tt := range tests {
		p := prototest.New(t, Protocol, "message", tt.opt)
		want := tt.want
		if want != "none" {
			want = `"ssdp":{` + want + `}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
}

// Raw features that are too long are left out as a whole.
func TestFeaturesLength(t *testing.T) {
	p := prototest.New(t, Protocol, "message", raw)
	// ["4e",[["686f7374","…"]]] has 24 characters beside the value.
	const room = (record.MaxFeatures - 24) / 2
	for n, want := range map[int]bool{room: true, room + 1: false} {
		got := p.Record([]byte("N\r\nhost:" + strings.Repeat("a", n) + "\r\n\r\n"))
		if fits := !strings.HasSuffix(got, `"features":"[]"}}`); fits != want {
			t.Errorf("%d bytes: %v", n, fits)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	prototest.New(t, Protocol, "message", complete).NoAllocations([]byte(search))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, complete,
		[]byte(search),
		[]byte("NOTIFY * HTTP/1.1\nNT:a\nNTS:b\n\n"),
		[]byte("HTTP/1.1 200 OK\r\nEXT:\r\nX:y\r\nhost :z\r\n"),
	)
}
