package arp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

const (
	head      = "\x00\x01\x08\x00\x06\x04\x00"
	addresses = "\x00\x11\x22\x33\x44\x55\x0a\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x02"
)

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "packet", proto.Options{})
	const (
		ethernet = `"arp":{"hwtype":1,"protocol":2048,"hw_addr_len":6,"proto_addr_len":4,"opcode":`
		written  = `,"sender_hw_addr":"001122334455","sender_proto_addr":"10.0.0.1","target_hw_addr":"000000000000","target_proto_addr":"10.0.0.2"}`
	)
	for _, tt := range []struct{ name, data, want string }{
		{"request", head + "\x01" + addresses, ethernet + `"REQUEST"` + written},
		{"reply, padded", head + "\x02" + addresses + "padding", ethernet + `"REPLY"` + written},
		{"reverse request", head + "\x03" + addresses, ethernet + `"REQUEST REVERSE"` + written},
		{"reverse reply", head + "\x04" + addresses, ethernet + `"REPLY REVERSE"` + written},
		{"opcode 0", head + "\x00" + addresses, ethernet + `"RESERVED"` + written},
		{"opcode 5", head + "\x05" + addresses, ethernet + `"unknown"` + written},
		{"large opcode", "\x00\x01\x08\x00\x06\x04\x01\x01" + addresses, ethernet + `"unknown"` + written},
		{"addresses cut off", head + "\x01" + addresses[:19], ethernet + `"REQUEST"}`},
		{"no addresses", head + "\x01", ethernet + `"REQUEST"}`},
		{"other lengths", "\x00\x06\x86\xdd\x08\x10\x00\x02" + addresses + addresses + addresses, `"arp":{"hwtype":6,"protocol":34525,"hw_addr_len":8,"proto_addr_len":16,"opcode":"REPLY"}`},
		{"other hardware of the same length", "\x00\x06\x08\x00\x06\x04\x00\x02" + addresses, `"arp":{"hwtype":6,"protocol":2048,"hw_addr_len":6,"proto_addr_len":4,"opcode":"REPLY"` + written},
		{"header cut off", head, "none"},
		{"empty", "", "none"},
	} {
		if got := p.Record([]byte(tt.data)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		p.Truncated([]byte(tt.data))
	}
	p.NoAllocations([]byte(head + "\x01" + addresses))
}
