package geoip

import (
	"net/netip"

	"merctools/lib/flow"
	"merctools/lib/record"
)

// A Place says where an address is used.
type Place struct {
	Country string // ISO 3166 code of two letters; empty if unknown
	ASN     uint32 // number of the autonomous system; 0 if unknown
}

// Places looks up where an address is used. Many goroutines call it at once;
// it must not allocate.
type Places interface {
	// Place returns the zero Place for an unknown address.
	Place(netip.Addr) Place
}

// Fields describes the members that say where addresses are used.
var Fields = []record.Field{
	record.O("src_geo", "where the address of the sender is used, as far as the database knows", place...).If("--geo-db"),
	record.O("dst_geo", "where the address of the receiver is used", place...).If("--geo-db"),
}

// place is what --geo-db says of an address.
var place = []record.Field{
	record.F("country", record.String, "ISO 3166 code of the country, two letters"),
	record.F("asn", record.Uint, "number of the autonomous system"),
}

// WritePlaces writes the members src_geo and dst_geo of a record for the
// addresses of a flow. It leaves out what is unknown.
func WritePlaces(w *record.Writer, p Places, k *flow.Key) {
	writePlace(w, "src_geo", p, k.SrcAddr())
	writePlace(w, "dst_geo", p, k.DstAddr())
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
