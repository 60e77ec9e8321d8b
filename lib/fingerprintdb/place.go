package fingerprintdb

import (
	"net/netip"

	"merctools/lib/flow"
	"merctools/lib/record"
)

// A Place says where an address is used.
type Place struct {
	Country string // ISO 3166 code of two letters; empty where it isn't known
	ASN     uint32 // number of the autonomous system; 0 where it isn't known
}

// Places finds out where an address is used. It is called by many goroutines
// at once and must not allocate.
type Places interface {
	// Place returns the zero Place for an address of which nothing is known.
	Place(netip.Addr) Place
}

// WritePlaces writes the members src_geo and dst_geo of a record, as far as
// anything is known of a flow's addresses.
func WritePlaces(w *record.Writer, p Places, k *flow.Key) {
	writePlace(w, "src_geo", p, address(k, &k.Src))
	writePlace(w, "dst_geo", p, address(k, &k.Dst))
}

func writePlace(w *record.Writer, key string, p Places, a netip.Addr) {
	if !a.IsValid() {
		return
	}
	place := p.Place(a)
	if place == (Place{}) {
		return
	}
	w.Key(key).Object()
	if place.Country != "" {
		w.Key("country").Text([]byte(place.Country))
	}
	if place.ASN != 0 {
		w.Key("asn").Uint(uint64(place.ASN))
	}
	w.EndObject()
}

// address is one of the two addresses of a flow.
func address(k *flow.Key, a *[16]byte) netip.Addr {
	switch k.Version {
	case 4:
		return netip.AddrFrom4([4]byte(a[:4]))
	case 6:
		return netip.AddrFrom16(*a)
	}
	return netip.Addr{}
}
