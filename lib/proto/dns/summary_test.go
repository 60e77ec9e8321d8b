package dns

import (
	"testing"

	"merctools/lib/flow"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestSummary(t *testing.T) {
	in := "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"
	const data = `{"data":"1234000000010000000000000161000001` + `0001"}}`
	p := prototest.New(t, Protocol, "message over UDP", proto.Options{Select: proto.All()})
	for _, tt := range []struct {
		key  flow.Key
		want string
	}{
		{flow.Key{Version: 4, Protocol: 17, SrcPort: 1000, DstPort: 53}, `{"protocols":["dns"],"dns":` + data},
		{flow.Key{Version: 4, Protocol: 17, SrcPort: 5353, DstPort: 5353, Dst: [16]byte{224, 0, 0, 251}}, `{"protocols":["mdns"]}`},
		{flow.Key{Version: 6, Protocol: 17, SrcPort: 5353, DstPort: 5353}, `{"protocols":["dns"],"dns":` + data},
	} {
		p.Packet.Key = tt.key
		if got := p.Summary([]byte(in)); got != tt.want {
			t.Errorf("%v:\n got %s\nwant %s", tt.key, got, tt.want)
		}
	}
}
