package geoip

import (
	"net/netip"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/record"
)

// key is a flow between two addresses.
func key(src, dst string) *flow.Key {
	k := &flow.Key{}
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	if s.Is4() {
		k.Version = 4
		copy(k.Src[:], s.AsSlice())
		copy(k.Dst[:], d.AsSlice())
		return k
	}
	k.Version, k.Src, k.Dst = 6, s.As16(), d.As16()
	return k
}

type places map[string]Place

func (p places) Place(a netip.Addr) Place { return p[a.String()] }

func TestPlaces(t *testing.T) {
	p := places{"192.0.2.1": {"AQ", 64500}, "192.0.2.2": {"", 64501}, "2001:db8::1": {"DE", 0}}
	for _, tt := range []struct {
		k    *flow.Key
		want string
	}{
		{key("192.0.2.1", "192.0.2.2"), `{"src_geo":{"country":"AQ","asn":64500},"dst_geo":{"asn":64501}}`},
		{key("192.0.2.3", "192.0.2.1"), `{"dst_geo":{"country":"AQ","asn":64500}}`},
		{key("2001:db8::1", "2001:db8::2"), `{"src_geo":{"country":"DE"}}`},
		{key("192.0.2.3", "192.0.2.4"), `{}`},
		{&flow.Key{}, `{}`},
	} {
		var w record.Writer
		w.Object()
		WritePlaces(&w, p, tt.k)
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%s, want %s", w.Bytes(), tt.want)
		}
	}
	k, w := key("192.0.2.1", "192.0.2.2"), record.NewWriter(make([]byte, 0, 1000))
	var c Places = constantPlace{"AQ", 64500}
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		WritePlaces(w, c, k)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

type constantPlace Place

func (c constantPlace) Place(netip.Addr) Place { return Place(c) }
