package fingerprintdb

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"

	"github.com/gaissmai/bart"
)

// ASNs finds the number of the autonomous system that an address belongs to.
// It is called by many goroutines at once and must not allocate.
type ASNs interface {
	// ASN returns 0 where the number isn't known.
	ASN(netip.Addr) uint32
}

// A prefixTable is what pyasn.db says: networks and the numbers of autonomous
// systems. Of several lines for one network the first one counts.
type prefixTable struct {
	table bart.Table[uint32]
}

// ASN implements ASNs.
func (p *prefixTable) ASN(a netip.Addr) uint32 {
	n, _ := p.table.Lookup(a)
	return n
}

var (
	errNetwork = errors.New("not a network (address/length)")
	errASN     = errors.New("no number of an autonomous system")
)

// line reads a line of pyasn.db: a network, white space, a decimal number.
func (p *prefixTable) line(text []byte, minimizeRAM bool) error {
	if text[0] == ';' || text[0] == '#' {
		return nil
	}
	network, rest := cutSpace(text)
	if minimizeRAM && bytes.IndexByte(network, '.') < 0 {
		return nil
	}
	prefix, ok := parseIPv4Network(network)
	if !ok {
		var err error
		if prefix, err = parseNetwork(string(network)); err != nil {
			return err
		}
	}
	digits, _ := cutSpace(rest)
	asn, err := strconv.ParseUint(string(digits), 10, 32)
	if err != nil {
		return errASN
	}
	if p.table.Size() == maxNetworks {
		return errNetworks
	}
	p.table.Modify(prefix, func(old uint32, ok bool) (uint32, bool) {
		if ok {
			return old, false
		}
		return uint32(asn), false
	})
	return nil
}

// cutSpace returns the first word of s and what follows the white space after
// it.
func cutSpace(s []byte) (word, rest []byte) {
	s = trimBlanks(s)
	for i, c := range s {
		if isBlank(c) {
			return s[:i], trimBlanks(s[i:])
		}
	}
	return s, nil
}

func trimBlanks(s []byte) []byte {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// parseNetwork reads address/length; bits of the address beyond the length
// are set to zero. A length of 0 isn't accepted.
func parseNetwork(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Bits() == 0 || p.Addr().Is4In6() {
		return netip.Prefix{}, errNetwork
	}
	return p.Masked(), nil
}

// parseIPv4Network is parseNetwork for IPv4 in its usual form, in a third of the
// time. ok is false for anything else, which may be a network all the same.
func parseIPv4Network(s []byte) (p netip.Prefix, ok bool) {
	var a [4]byte
	for i := range a {
		end := byte('.')
		if i == len(a)-1 {
			end = '/'
		}
		n := bytes.IndexByte(s, end)
		if n < 0 {
			return p, false
		}
		if a[i], ok = octet(s[:n]); !ok {
			return p, false
		}
		s = s[n+1:]
	}
	bits, ok := octet(s)
	if !ok || bits == 0 || bits > 32 {
		return p, false
	}
	return netip.PrefixFrom(netip.AddrFrom4(a), int(bits)).Masked(), true
}

// octet reads a number from 0 to 255 without leading zeros.
func octet(s []byte) (n byte, ok bool) {
	if len(s) == 0 || len(s) > 3 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	v := 0
	for _, c := range s {
		if !isDigit(c) {
			return 0, false
		}
		v = 10*v + int(c-'0')
	}
	return byte(v), v <= 255
}
