package main

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/oschwald/maxminddb-golang/v2"
)

const asns = `192.0.2.0,192.0.2.127,64496,"Example, Inc."
192.0.2.128,192.0.2.191,64497,Other
2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64498,Six
`

const countries = `192.0.2.64,192.0.2.255,CH
`

func TestRanges(t *testing.T) {
	tree, err := newTree("terms", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{asns, countries} {
		if _, err := add(tree, strings.NewReader(list)); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	db, err := maxminddb.OpenBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if db.Metadata.Description["en"] != "terms" {
		t.Errorf("description %v", db.Metadata.Description)
	}
	type result struct {
		ASN     uint32 `maxminddb:"autonomous_system_number"`
		Name    string `maxminddb:"autonomous_system_organization"`
		Country struct {
			Code string `maxminddb:"iso_code"`
		} `maxminddb:"country"`
	}
	for _, c := range []struct {
		addr          string
		asn           uint32
		name, country string
	}{
		{"192.0.2.0", 64496, "Example, Inc.", ""},
		{"192.0.2.63", 64496, "Example, Inc.", ""},
		{"192.0.2.64", 64496, "Example, Inc.", "CH"},
		{"192.0.2.191", 64497, "Other", "CH"},
		{"192.0.2.192", 0, "", "CH"},
		{"192.0.3.0", 0, "", ""},
		{"2001:db8::1", 64498, "Six", ""},
		{"2001:db9::", 0, "", ""},
	} {
		var r result
		if err := db.Lookup(netip.MustParseAddr(c.addr)).Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.ASN != c.asn || r.Name != c.name || r.Country.Code != c.country {
			t.Errorf("%s: %+v, want %+v", c.addr, r, c)
		}
	}
}

func TestBadLists(t *testing.T) {
	for _, bad := range []string{
		"192.0.2.0,192.0.2.127,x,Name\n",
		"192.0.2.0,192.0.2.127,4294967296,Name\n",
		"192.0.2.9,192.0.2.1,1,Name\n",
		"192.0.2.0,2001:db8::,1,Name\n",
		"192.0.2,192.0.2.127,1,Name\n",
		"192.0.2.0,192.0.2.127,CHE\n",
		"192.0.2.0,192.0.2.127\n",
		"192.0.2.0,\"192.0.2.127,1\n",
	} {
		tree, err := newTree("terms", 1)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := add(tree, strings.NewReader(bad)); err == nil || n != 0 {
			t.Errorf("%q: %d, %v", bad, n, err)
		}
	}
}
