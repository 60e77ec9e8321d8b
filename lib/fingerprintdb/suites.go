package fingerprintdb

import (
	"merctools/lib/npf"
)

// A range of cipher suites, both ends included.
type suites struct{ first, last uint16 }

// Cipher suites that were assigned by IANA ("TLS Cipher Suites"), and others
// that real clients offer: values from drafts, from vendors, and GREASE (RFC
// 8701), which in a fingerprint is always 0a0a.
var (
	assignedSuites = []suites{
		{0x0000, 0x001b}, {0x001e, 0x0046}, {0x0067, 0x006d}, {0x0084, 0x00c7}, {0x00ff, 0x00ff},
		{0x1301, 0x1307}, {0x5600, 0x5600}, {0xc001, 0xc0b5}, {0xc100, 0xc106}, {0xcca8, 0xccae},
		{0xd001, 0xd003}, {0xd005, 0xd005},
	}
	otherSuites = []suites{
		{0x001c, 0x001d}, {0x0047, 0x005c}, {0x0060, 0x0066}, {0x0072, 0x0074}, {0x0077, 0x0079},
		{0x007c, 0x007e}, {0x0080, 0x0083}, {0x00fb, 0x00fc}, {0x0a0a, 0x0a0a}, {0x16b7, 0x16ba},
		{0xcafe, 0xcafe}, {0xcc13, 0xcc15}, {0xe001, 0xe001}, {0xe003, 0xe003}, {0xe011, 0xe011},
		{0xe013, 0xe013}, {0xfefe, 0xff03}, {0xff85, 0xff85}, {0xff87, 0xff87}, {0xffa7, 0xffa8},
		{0xffe0, 0xffe1},
	}
)

func contains(list []suites, s uint16) bool {
	for _, r := range list {
		if s <= r.last {
			return s >= r.first
		}
	}
	return false
}

// offersNoSuites says whether a TLS fingerprint has no cipher suite that
// anybody uses, or none at all. The suites are the second string of the
// fingerprint, whatever its format.
func offersNoSuites(fingerprint []byte) bool {
	open := 0
	for len(fingerprint) > 0 && open < 2 {
		if fingerprint[0] == '(' {
			open++
		}
		fingerprint = fingerprint[1:]
	}
	for len(fingerprint) >= 4 && isHexDigit(fingerprint[0]) {
		v := uint16(0)
		for _, c := range fingerprint[:4] {
			v = v<<4 | hexValue(c)
		}
		if contains(assignedSuites, v) || contains(otherSuites, v) {
			return false
		}
		fingerprint = fingerprint[4:]
	}
	return true
}

// SetFakeTLS adds the attribute of TLS clients that offer no cipher suite that
// anybody uses, where the fingerprint says so.
func (r *Result) SetFakeTLS(t npf.Type, fingerprint []byte) {
	if t == npf.TLS && offersNoSuites(fingerprint) {
		r.add(fakeTLS, 1)
	}
}
