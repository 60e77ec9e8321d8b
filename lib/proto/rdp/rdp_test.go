package rdp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// head is the TPKT header and that of an X.224 connection request; their
// lengths are not looked at.
const head = "\x03\x00\x00\x2c\x27\xe0\x00\x00\x12\x34\x00"

func TestConnectionRequest(t *testing.T) {
	p := prototest.New(t, Protocol, "connection request", proto.Options{})
	tests := []struct{ name, data, want string }{
		{"cookie", head + "Cookie: mstshash=\"eltons\r\n", `"rdp":{"cookie":"Cookie: mstshash=\"eltons"}`},
		{"cookie and request", head + "Cookie: mstshash=x\r\n\x01\x0b\x08\x00\x1f\x00\x00\x00", `"rdp":{"cookie":"Cookie: mstshash=x","negotiation_request":{"flags":["RESTRICTED_ADMIN_MODE_REQUIRED","REDIRECTED_AUTHENTICATION_MODE_REQUIRED","CORRELATION_INFO_PRESENT"],"requested_protocols":["PROTOCOL_SSL","PROTOCOL_HYBRID","PROTOCOL_RDSTLS","PROTOCOL_HYBRID_EX","PROTOCOL_RDSAAD"]}}`},
		{"request", head + "\x01\x00\x08\x00\x00\x00\x00\x00", `"rdp":{"negotiation_request":{"flags":[],"requested_protocols":[]}}`},
		{"request, other bits", head + "\x01\xf4\x08\x00\xe3\xff\xff\xff", `"rdp":{"negotiation_request":{"flags":[],"requested_protocols":["PROTOCOL_SSL","PROTOCOL_HYBRID"]}}`},
		{"empty cookie", head + "\r\n\x01\x01\x08\x00\x01\x00\x00\x00", `"rdp":{"negotiation_request":{"flags":["RESTRICTED_ADMIN_MODE_REQUIRED"],"requested_protocols":["PROTOCOL_SSL"]}}`},
		{"cookie without a line feed", head + "Cookie: x\rx", `"rdp":{}`},
		{"cookie cut off", head + "Cookie: mstshash=x", `"rdp":{}`},
		{"request cut off", head + "\x01\x00\x08\x00\x01\x00\x00", `"rdp":{}`},
		{"request of another length", head + "\x01\x00\x09\x00\x01\x00\x00\x00", `"rdp":{}`},
		{"negotiation response", head + "\x02\x00\x08\x00\x01\x00\x00\x00", `"rdp":{}`},
		{"nothing else", head, `"rdp":{}`},
		{"header cut off", head[:10], "none"},
		{"connection confirm", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00", "none"},
		{"destination reference", "\x03\x00\x00\x13\x0e\xe0\x00\x01\x12\x34\x00", "none"},
		{"another version", "\x02\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00", "none"},
		{"empty", "", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := p.Record([]byte(tt.data)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			p.Truncated([]byte(tt.data))
		})
	}
	p.NoAllocations([]byte(tests[1].data))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(head+"Cookie: mstshash=x\r\n\x01\x0b\x08\x00\x1f\x00\x00\x00"),
		[]byte(head+"\x01\x00\x08\x00\x01\x00\x00\x00"),
	)
}
