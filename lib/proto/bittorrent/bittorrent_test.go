package bittorrent

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

var raw = proto.Options{RawFeatures: map[string]bool{"bittorrent": true}}

const (
	hello = "\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x05" + "iiiiiiiiiiiiiiiiiiii" + "-UT3550-zzzzzzzzzzzz"
	lsd   = "BT-SEARCH * HTTP/1.1\r\n"
)

// deep is a dictionary with n more inside it, and a value in the last.
func deep(n int) string {
	return strings.Repeat("d1:k", n+1) + "4:testeeeeeeeeeeeeeee"
}

func TestRecords(t *testing.T) {
	const handshake, dht, discovery = "handshake", "DHT message", "local service discovery"
	tests := []struct{ kind, name, data, want string }{
		{handshake, "alone", hello, `"bittorrent":{"extension_bytes":"0000000000100005","info_dict":"6969696969696969696969696969696969696969","peer_id":"2d5554333535302d7a7a7a7a7a7a7a7a7a7a7a7a","features":"[\"0000000000100005\",\"6969696969696969696969696969696969696969\",\"2d5554333535302d7a7a7a7a7a7a7a7a7a7a7a7a\",[]]"}`},
		{handshake, "messages", hello + "\x00\x00\x00\x01\x02" + "\x00\x00\x00\x03\x14\x00a" + "\x00\x00\x00\x02\x09x", `"bittorrent":{"extension_bytes":"0000000000100005","info_dict":"6969696969696969696969696969696969696969","peer_id":"2d5554333535302d7a7a7a7a7a7a7a7a7a7a7a7a","messages":[{"message_length":1,"message_type":"interested","message":""},{"message_length":3,"message_type":"extended","message":"0061"},{"message_length":2,"message_type":"UNKNOWN (9)","message":"78"}],"features":"[\"0000000000100005\",\"6969696969696969696969696969696969696969\",\"2d5554333535302d7a7a7a7a7a7a7a7a7a7a7a7a\",[[\"02\",\"\"],[\"14\",\"0061\"],[\"09\",\"78\"]]]"}`},
		{handshake, "keep-alive", hello + "\x00\x00\x00\x00" + "\x00\x00\x00\x01\x02", "none"},
		{handshake, "message cut off", hello + "\x00\x00\x00\x05\x04\x00\x00", "none"},
		{handshake, "greatest length", hello + "\xff\xff\xff\xff\x04\x00\x00", "none"},
		{handshake, "features too long", hello + "\x00\x00\x04\x01\x07" + strings.Repeat("x", 1024), `"bittorrent":{"extension_bytes":"0000000000100005","info_dict":"6969696969696969696969696969696969696969","peer_id":"2d5554333535302d7a7a7a7a7a7a7a7a7a7a7a7a","messages":[{"message_length":1025,"message_type":"piece","message":"78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"}],"features":"[]"}`},
		{handshake, "cut off", hello[:67], "none"},
		{handshake, "another protocol", "\x13BitTorrent protocoL" + hello[20:], "none"},
		{handshake, "empty", "", "none"},
		{dht, "ping", "d1:ad2:id4:abc\x80e1:q4:ping1:t2:aa1:y1:qe", `"bittorrent_dht":{"attributes":[{"key":"a","attributes":[{"key":"id","value_hex":"61626380"}]},{"key":"q","value":"ping"},{"key":"t","value":"aa"},{"key":"y","value":"q"}],"features":"[[\"61\",[[\"6964\",\"61626380\"]]],[\"71\",\"70696e67\"],[\"74\",\"6161\"],[\"79\",\"71\"]]"}`},
		{dht, "lists and integers", "d1:rd2:idl3:abci42ee6:valuesl2:xx2:yyeee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id","attributes":[{"value":"abc"},{"value":"42"}]},{"key":"values","attributes":[{"value":"xx"},{"value":"yy"}]}]}],"features":"[[\"72\",[[\"6964\",[\"616263\",\"3432\"]],[\"76616c756573\",[\"7878\",\"7979\"]]]]]"}`},
		{dht, "empty list", "d1:rd2:idle1:xi1eee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"},{"key":"x","value":"1"}]}],"features":"[[\"72\",[[\"6964\",]]],[\"78\",\"31\"]]"}`},
		{dht, "empty dictionary", "d1:rd2:idde1:xi1eee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"},{"key":"x","value":"1"}]}],"features":"[[\"72\",[[\"6964\",]]],[\"78\",\"31\"]]"}`},
		{dht, "empty strings", "d1:rd2:id0:0:1:xee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"},{"value":"x"}]}],"features":"[[\"72\",[[\"6964\",\"\"],[\"\",\"78\"]]]]"}`},
		{dht, "negative integer", "d1:rd2:idi-5eee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"}]}],"features":"[[\"72\",[[\"6964\",\"\"]]]]"}`},
		{dht, "integer without an end", "d1:rd2:idi5", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"}]}],"features":"[[\"72\",[[\"6964\",\"35\"]]]]"}`},
		{dht, "unknown type", "d1:rd2:idx", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"}]}],"features":"[[\"72\",[[\"6964\",]]]]"}`},
		{dht, "key of another type", "d1:rd2:id1:ai5ei6eee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id","value":"a"},{}]}],"features":"[[\"72\",[[\"6964\",\"61\"],[\"\",]]]]"}`},
		{dht, "string too long", "d1:rd2:id257:" + strings.Repeat("x", 257) + "ee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"}]}],"features":"[[\"72\",[[\"6964\",\"\"]]]]"}`},
		{dht, "string cut off", "d1:rd2:id20:abc", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"}]}],"features":"[[\"72\",[[\"6964\",\"\"]]]]"}`},
		{dht, "length of many digits", "d1:rd2:id99999999999999999999999999:ee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id"}]}],"features":"[[\"72\",[[\"6964\",\"\"]]]]"}`},
		{dht, "ten levels", deep(10), `"bittorrent_dht":{"attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","unparsed_value_hex":"343a74657374656565656565656565656565656565"}]}]}]}]}]}]}]}]}]}]}],"features":"[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",\"74657374\"]]]]]]]]]]]]]]]]]]]]]]"}`},
		{dht, "eleven levels", deep(11), `"bittorrent_dht":{"attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","attributes":[{"key":"k","unparsed_value_hex":"64313a6b343a74657374656565656565656565656565656565"}]}]}]}]}]}]}]}]}]}]}],"features":"[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",[[\"6b\",\"74657374\"]]]]]]]]]]]]]]]]]]]]]]]]"}`},
		{dht, "eleven levels of lists", "d1:rd2:id" + strings.Repeat("l", 10) + "i5e", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id","attributes":[{"attributes":[{"attributes":[{"attributes":[{"attributes":[{"attributes":[{"attributes":[{"attributes":[{"attributes":[{"unparsed_value_hex":"6c693565"}]},{"attributes":[{"unparsed_value_hex":"693565"}]},{"value":"5"}]}]}]}]}]}]}]}]}]}],"features":"[[\"72\",[[\"6964\",[[[[[[[[[[\"35\"]]]]]]]]]]]]]]"}`},
		{dht, "features too long", "d1:rd2:idl" + strings.Repeat("250:"+strings.Repeat("x", 250), 5) + "eee", `"bittorrent_dht":{"attributes":[{"key":"r","attributes":[{"key":"id","attributes":[{"value":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},{"value":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},{"value":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},{"value":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},{"value":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}]}]}],"features":"[]"}`},
		{dht, "empty message", "de", `"bittorrent_dht":{"features":"[]"}`},
		{dht, "one letter", "d", `"bittorrent_dht":{"attributes":[],"features":"[]"}`},
		{dht, "no dictionary", "l1:ae", "none"},
		{dht, "empty", "", "none"},
		{discovery, "headers", lsd + "Host: 239.192.152.143:6771\r\nPort:\t51413\r\n\r\n\r\n", `"bittorrent_lsd":{"version":"HTTP/1.1","headers":[{"key":"Host:","value":"239.192.152.143:6771"},{"key":"Port:","value":"51413"}],"features":"[\"485454502f312e31\",[[\"486f73743a\",\"3233392e3139322e3135322e3134333a36373731\"],[\"506f72743a\",\"3531343133\"]]]"}`},
		{discovery, "no headers", lsd, `"bittorrent_lsd":{"version":"HTTP/1.1","features":"[\"485454502f312e31\",]"}`},
		{discovery, "no headers, blank line", lsd + "\r\nx", `"bittorrent_lsd":{"version":"HTTP/1.1","features":"[\"485454502f312e31\",]"}`},
		{discovery, "no blank line", lsd + "Host: x\r\n", `"bittorrent_lsd":{"version":"HTTP/1.1","headers":[{"key":"Host:","value":"x"}],"features":"[\"485454502f312e31\",[[\"486f73743a\",\"78\"]]]"}`},
		{discovery, "header without an end", lsd + "Host: x", "none"},
		{discovery, "header without a space", lsd + "Host:x\r\n\r\n", "none"},
		{discovery, "header without a value", lsd + "Host: \r\n\r\n", "none"},
		{discovery, "no header at all", lsd + "(\r\n\r\n", "none"},
		{discovery, "control character", lsd + "Host: \x01\r\n\r\n", "none"},
		{discovery, "another version", "BT-SEARCH * HTTP/2.0\r\n", `"bittorrent_lsd":{"version":"HTTP/2.0","features":"[\"485454502f322e30\",]"}`},
		{discovery, "version of no digits", "BT-SEARCH * HTTP/1.x\r\n", "none"},
		{discovery, "version cut off", "BT-SEARCH * HTTP/1.", "none"},
		{discovery, "two spaces", "BT-SEARCH  * HTTP/1.1\r\n", "none"},
		{discovery, "features too long", lsd + "Host: " + strings.Repeat("x", 1024) + "\r\n", `"bittorrent_lsd":{"version":"HTTP/1.1","headers":[{"key":"Host:","value":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}],"features":"[]"}`},
		{discovery, "empty", "", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.kind+"/"+tt.name, func(t *testing.T) {
			p := prototest.New(t, Protocol, tt.kind, raw)
			got := p.Record([]byte(tt.data))
			if got != tt.want {
				t.Fatalf("got\n%s\nwant\n%s", got, tt.want)
			}
			if got == "none" {
				return
			}
			p.NoAllocations([]byte(tt.data))
			if len(tt.data) < 1000 {
				p.Truncated([]byte(tt.data))
			}
			i := strings.LastIndex(got, `"features":`)
			p = prototest.New(t, Protocol, tt.kind, proto.Options{})
			if got, want := p.Record([]byte(tt.data)), strings.TrimSuffix(tt.want[:i], ",")+"}"; got != want {
				t.Errorf("without features: got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Lists that are nested too deep write the rest of the message for each of
// their elements; it must not be written for all of a long message.
func TestLimit(t *testing.T) {
	p := prototest.New(t, Protocol, "DHT message", proto.Options{})
	if n := len(p.Record([]byte("d1:rd2:id" + strings.Repeat("l", 60000)))); n > 2<<20 {
		t.Errorf("%d bytes", n)
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, raw,
		[]byte(hello+"\x00\x00\x00\x01\x02"),
		[]byte("d1:ad2:id4:abc\x80e1:q4:ping1:t2:aa1:y1:qe"),
		[]byte("d1:rd2:idl3:abci42ee6:valuesl2:xx2:yyeee"),
		[]byte(deep(11)),
		[]byte(lsd+"Host: 239.192.152.143:6771\r\nPort:\t51413\r\n\r\n\r\n"),
	)
}
