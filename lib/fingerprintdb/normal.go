package fingerprintdb

import (
	"net/netip"
)

// AppendServerName appends the form in which models know the name of a
// server: a domain name as it is, or a special one for a name that is missing,
// an address, or something else.
func AppendServerName(dst, name []byte) []byte {
	return appendServerName(dst, clip(name, maxServerName))
}

// Domain is the part of a name from AppendServerName that models know as its
// domain: the last two labels.
func Domain(name []byte) []byte { return registrable(name) }

// NormalAddress is an address in the form in which models know it: those of
// private networks are one.
func NormalAddress(a netip.Addr) netip.Addr {
	switch {
	case a.Is4():
		return netip.AddrFrom4(normalIPv4(a.As4()))
	case a.Is6():
		return netip.AddrFrom16(normalIPv6(a.As16()))
	}
	return a
}
