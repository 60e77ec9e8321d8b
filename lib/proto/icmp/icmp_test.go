package icmp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	for _, tt := range []struct{ name, data, want string }{
		{"echo request", "\x08\x00\xab\xcd\x00\x01\x00\x02data", `"icmp":{"type":8,"code":0,"echo":{"identifier":1,"sequence_number":2,"data":"64617461"}}`},
		{"echo reply", "\x00\x00\xab\xcd\x00\x01\x00\x02", `"icmp":{"type":0,"code":0,"echo":{"identifier":1,"sequence_number":2,"data":""}}`},
		{"ICMPv6 echo request", "\x80\x01\xab\xcd\x00\x01\x00\x02", `"icmp":{"type":128,"code":1,"echo":{"identifier":1,"sequence_number":2,"data":""}}`},
		{"ICMPv6 echo reply", "\x81\x00\xab\xcd\x00\x01\x00\x02", `"icmp":{"type":129,"code":0,"echo":{"identifier":1,"sequence_number":2,"data":""}}`},
		{"sequence number cut off", "\x08\x00\xab\xcd\x00\x01\x00", `"icmp":{"type":8,"code":0,"echo":{"identifier":1,"sequence_number":0,"data":""}}`},
		{"identifier cut off", "\x08\x00\xab\xcd\x00", `"icmp":{"type":8,"code":0,"echo":{"identifier":0,"sequence_number":0,"data":""}}`},
		{"unreachable", "\x03\x01\xab\xcd\x00\x00\x00\x00E\x00", `"icmp":{"type":3,"code":1,"destination_unreachable":{"original_datagram":"4500"}}`},
		{"ICMPv6 unreachable", "\x01\x04\xab\xcd\x00\x00\x00\x00\x60", `"icmp":{"type":1,"code":4,"destination_unreachable":{"original_datagram":"60"}}`},
		{"time exceeded", "\x0b\x00\xab\xcd\x00\x00\x00\x00E", `"icmp":{"type":11,"code":0,"destination_unreachable":{"original_datagram":"45"}}`},
		{"unreachable, cut off", "\x03\x01\xab\xcd\x00\x00", `"icmp":{"type":3,"code":1,"destination_unreachable":{"original_datagram":""}}`},
		{"too big", "\x02\x00\xab\xcd\x00\x00\x05\xdc\x60\x00", `"icmp":{"type":2,"code":0,"packet_too_big":{"mtu":1500,"original_datagram":"6000"}}`},
		{"too big, cut off", "\x02\x00\xab\xcd\x00\x00\x05", `"icmp":{"type":2,"code":0,"packet_too_big":{"mtu":0,"original_datagram":""}}`},
		{"redirect", "\x05\x01\xab\xcd\x0a\x00\x00\x01", `"icmp":{"type":5,"code":1,"body":"0a000001"}`},
		{"neighbor solicitation", "\x87\x00\xab\xcd\x00\x00\x00\x00", `"icmp":{"type":135,"code":0,"body":"00000000"}`},
		{"no body", "\x08\x00\xab\xcd", "none"},
		{"checksum cut off", "\x08\x00\xab", "none"},
		{"no checksum", "\x08\x00", "none"},
		{"no code", "\x08", "none"},
		{"empty", "", "none"},
	} {
		if got := p.Record([]byte(tt.data)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	p.NoAllocations([]byte("\x08\x00\xab\xcd\x00\x01\x00\x02data"))
}
