package flow

import (
	"net/netip"
	"testing"

	"merctools/lib/record"
)

func TestNewKey(t *testing.T) {
	for _, tt := range []struct {
		src, dst string
		version  uint8
		want     string
	}{
		{"192.0.2.1:1", "192.0.2.2:2", 4, `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":2}`},
		{"[2001:db8::1]:1", "[2001:db8::2]:2", 6, `{"src_ip":"2001:db8::1","dst_ip":"2001:db8::2","protocol":6,"src_port":1,"dst_port":2}`},
		{"[::ffff:192.0.2.1]:1", "192.0.2.2:2", 4, `{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":2}`},
		{"192.0.2.1:1", "[2001:db8::2]:2", 6, `{"src_ip":"::ffff:c000:201","dst_ip":"2001:db8::2","protocol":6,"src_port":1,"dst_port":2}`},
	} {
		k := NewKey(6, netip.MustParseAddrPort(tt.src), netip.MustParseAddrPort(tt.dst))
		var w record.Writer
		w.Object()
		k.Write(&w)
		w.EndObject()
		if got := string(w.Bytes()); got != tt.want || k.Version != tt.version {
			t.Errorf("%s, %s: version %d, %s", tt.src, tt.dst, k.Version, got)
		}
	}
	if k := NewKey(17, netip.AddrPort{}, netip.AddrPort{}); k.Version != 0 {
		t.Errorf("%v", k)
	}
}
