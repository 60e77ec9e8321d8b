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
	prefix, err := parseNetwork(string(network))
	if err != nil {
		return err
	}
	digits, _ := cutSpace(rest)
	asn, err := strconv.ParseUint(string(digits), 10, 32)
	if err != nil {
		return errASN
	}
	if p.table.Size() == maxNetworks {
		return errNetworks
	}
	if _, ok := p.table.Get(prefix); !ok {
		p.table.Insert(prefix, uint32(asn))
	}
	return nil
}

// cutSpace returns the first word of s and what follows the white space after
// it.
func cutSpace(s []byte) (word, rest []byte) {
	s = bytes.TrimLeft(s, " \t")
	i := bytes.IndexAny(s, " \t")
	if i < 0 {
		return s, nil
	}
	return s[:i], bytes.TrimLeft(s[i:], " \t")
}

// parseNetwork reads address/length; bits of the address beyond the length
// are set to zero. A length of 0 isn't accepted.
func parseNetwork(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Bits() == 0 || p.Addr().Is4In6() {
		return netip.Prefix{}, errNetwork
	}
	return p.Masked(), nil
}
