package packet

import (
	"strings"
	"testing"
)

// What there is of packets that never become whole comes at the end, if it is
// the beginning; those that timed out come, too.
func TestRest(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	list := split(macs+ipv4Type, ip4(ProtocolUDP, udpTo(53, long)), 64)
	tunneled := split(macs+ipv6Type, ip6(ProtocolGRE, "\x00\x00"+ipv4Type+ip4(ProtocolUDP, udpTo(53, long))), 64)
	for _, tt := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"the first two", []string{list[1], list[0], list[3]}, long[:120]},
		{"not the first", []string{list[1], list[2]}, ""},
		{"all of it", list, ""},
		{"in a tunnel", tunneled[:1], long[:64-4-20-8]},
	} {
		for _, later := range []int64{0, 3600e9} {
			reader := deepAll.NewReader(0)
			var h Headers
			var memory []byte
			for _, p := range tt.parts {
				reader.Read(&h, LinkEthernet, []byte(p), 7, &memory)
			}
			if later > 0 {
				reader.Read(&h, LinkEthernet, []byte(list[2][:18]+"\xff\xff"+list[2][20:]), later, &memory)
			}
			var got string
			reader.Rest(&memory, func(h *Headers, data []byte, at int64) {
				got += string(h.Payload(data))
				if at != 7 || h.DstPort != 53 || !h.Reassembled {
					t.Errorf("%s: %d, %+v", tt.name, at, h)
				}
			})
			if got != tt.want {
				t.Errorf("%s: %q", tt.name, got)
			}
			reader.Rest(&memory, func(*Headers, []byte, int64) { t.Errorf("%s: again", tt.name) })
		}
	}
}
