package fingerprintdb

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// ASNs finds the number of the autonomous system that an address belongs to.
// It is called by many goroutines at once and must not allocate.
type ASNs interface {
	// ASN returns 0 where the number isn't known.
	ASN(netip.Addr) uint32
}

// A subnetTable is what pyasn.db says: networks and the numbers of autonomous
// systems. Of several lines for one network the first one counts.
type subnetTable struct {
	v4 routes
	v6 bart.Table[uint32]
}

// ASN implements ASNs.
func (t *subnetTable) ASN(a netip.Addr) uint32 {
	if a.Is4() {
		return t.v4.find(number4(a))
	}
	n, _ := t.v6.Lookup(a)
	return n
}

// A subnet is a network and its autonomous system, without pointers. It stands for
// none if it has no bits.
type subnet struct {
	route          // its start is for IPv4 only
	addr6 [16]byte // of IPv6
	is6   bool
}

var (
	errNetwork = errors.New("not a network (address/length)")
	errASN     = errors.New("no number of an autonomous system")
)

// readSubnet reads a line of pyasn.db: a network, white space, a decimal number.
func readSubnet(text []byte, minimizeRAM bool) (s subnet, err error) {
	if text[0] == ';' || text[0] == '#' {
		return s, nil
	}
	network, rest := cutSpace(text)
	if minimizeRAM && bytes.IndexByte(network, '.') < 0 {
		return s, nil
	}
	p, err := parseNetwork(network)
	if err != nil {
		return s, err
	}
	digits, _ := cutSpace(rest)
	asn, ok := decimal(digits)
	if !ok {
		return s, errASN
	}
	return newSubnet(p, asn), nil
}

func newSubnet(p netip.Prefix, asn uint32) subnet {
	s := subnet{route: route{bits: uint8(p.Bits()), asn: asn}, is6: p.Addr().Is6()}
	if s.is6 {
		s.addr6 = p.Addr().As16()
	} else {
		s.start = number4(p.Addr())
	}
	return s
}

// expect makes room for the lines of a file of a size.
func (t *subnetTable) expect(size int64) {
	t.v4.list = make([]route, 0, min(size/bytesRoute, mostRoutes))
}

// add adds a network after those before it.
func (t *subnetTable) add(s subnet) error {
	switch {
	case s.bits == 0:
		return nil
	case len(t.v4.list)+t.v6.Size() == maxNetworks:
		return errNetworks
	case !s.is6:
		t.v4.list = append(t.v4.list, s.route)
		return nil
	}
	t.v6.Modify(netip.PrefixFrom(netip.AddrFrom16(s.addr6), int(s.bits)), func(old uint32, ok bool) (uint32, bool) {
		if ok {
			return old, false
		}
		return s.asn, false
	})
	return nil
}

// done ends reading.
func (t *subnetTable) done() { t.v4.done() }

// ReadSubnets reads a file of networks and numbers of autonomous systems, such
// as pyasn.db in a resource archive. The first line that makes no sense is an
// error.
func ReadSubnets(r io.Reader) (ASNs, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var t subnetTable
	err = eachLine(text, func(line []byte) error {
		s, err := readSubnet(line, false)
		if err != nil {
			return err
		}
		return t.add(s)
	})
	if err != nil {
		return nil, err
	}
	t.done()
	return &t, nil
}

// routes are the networks of IPv4, as ranges of addresses that have no holes
// between them: a million networks are a few arrays of numbers, made in one pass.
type routes struct {
	list []route // while they are read

	starts []uint32 // of ranges, ascending
	asns   []uint32 // of ranges
	index  []uint32 // by the upper 16 bits of an address: ranges that start before all that have them; nil if there are few
}

// A route is a network of IPv4.
type route struct {
	start uint32 // its first address
	bits  uint8
	asn   uint32
}

func number4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// key is the network as a number.
func (r route) key() uint64 { return uint64(r.start)<<8 | uint64(r.bits) }

// end is the last address.
func (r route) end() uint32 { return r.start | (1<<(32-r.bits) - 1) }

// fewRoutes is up to how many ranges are searched without an index.
const fewRoutes = 1 << 12

// done makes the ranges. Files are mostly in the order that it takes: by address,
// a network before those in it.
func (r *routes) done() {
	order := func(a, b route) int { return cmp.Compare(a.key(), b.key()) }
	if !slices.IsSortedFunc(r.list, order) {
		slices.SortStableFunc(r.list, order)
	}
	r.starts = make([]uint32, 0, len(r.list)+len(r.list)/4)
	r.asns = make([]uint32, 0, cap(r.starts))
	var outer [32]route // around the last one, each in the one before
	depth := 0
	for i, n := range r.list {
		if i > 0 && n.key() == r.list[i-1].key() {
			continue // the first one counts
		}
		for depth > 0 && outer[depth-1].end() < n.start {
			depth = r.leave(outer[:depth])
		}
		r.begin(n.start, n.asn)
		outer[depth] = n
		depth++
	}
	for depth > 0 {
		depth = r.leave(outer[:depth])
	}
	r.list = nil
	r.starts, r.asns = exact(r.starts), exact(r.asns)
	if len(r.starts) > fewRoutes {
		r.makeIndex()
	}
}

// leave ends the last one of networks that are each in the one before, and returns
// how many are left.
func (r *routes) leave(outer []route) (left int) {
	left = len(outer) - 1
	end := outer[left].end()
	if end == 1<<32-1 {
		return left
	}
	asn := uint32(0)
	if left > 0 {
		asn = outer[left-1].asn
	}
	r.begin(end+1, asn)
	return left
}

// begin begins a range, whose start is not below that of the one before.
func (r *routes) begin(start, asn uint32) {
	last := len(r.starts) - 1
	if last >= 0 && r.starts[last] == start {
		r.starts, r.asns = r.starts[:last], r.asns[:last]
		last--
	}
	if last >= 0 && r.asns[last] == asn || last < 0 && asn == 0 {
		return
	}
	r.starts, r.asns = append(r.starts, start), append(r.asns, asn)
}

func (r *routes) makeIndex() {
	r.index = make([]uint32, 1<<16+1)
	n := 0
	for high := range r.index {
		for n < len(r.starts) && r.starts[n]>>16 < uint32(high) {
			n++
		}
		r.index[high] = uint32(n)
	}
}

// find returns the number of the smallest network around an address, or 0.
func (r *routes) find(a uint32) uint32 {
	first, last := 0, len(r.starts)
	if r.index != nil {
		first, last = int(r.index[a>>16]), int(r.index[a>>16+1])
	}
	for first < last { // ranges before first start at a or below, those from last on above
		if m := int(uint(first+last) / 2); r.starts[m] <= a {
			first = m + 1
		} else {
			last = m
		}
	}
	if first == 0 {
		return 0
	}
	return r.asns[first-1]
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

// decimal reads a number of 32 bits.
func decimal(s []byte) (n uint32, ok bool) {
	v := uint64(0)
	for _, c := range s {
		if !isDigit(c) {
			return 0, false
		}
		if v = 10*v + uint64(c-'0'); v > 1<<32-1 {
			return 0, false
		}
	}
	return uint32(v), len(s) > 0
}

// parseNetwork reads address/length; bits of the address beyond the length
// are set to zero. A length of 0 isn't accepted.
func parseNetwork(s []byte) (netip.Prefix, error) {
	// Nearly all are of IPv4 in its usual form: to read it here takes a third of
	// the time.
	var a [4]byte
	rest := s
	for i := range a {
		end := byte('.')
		if i == len(a)-1 {
			end = '/'
		}
		v, n := octet(rest)
		if n == 0 || n == len(rest) || rest[n] != end {
			return parseAnyNetwork(s)
		}
		a[i], rest = v, rest[n+1:]
	}
	bits, n := octet(rest)
	if n == 0 || n < len(rest) || bits == 0 || bits > 32 {
		return parseAnyNetwork(s)
	}
	return netip.PrefixFrom(netip.AddrFrom4(a), int(bits)).Masked(), nil
}

func parseAnyNetwork(s []byte) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(string(s))
	if err != nil || p.Bits() == 0 || p.Addr().Is4In6() {
		return netip.Prefix{}, errNetwork
	}
	return p.Masked(), nil
}

// octet reads the number from 0 to 255 that s begins with, which has no leading
// zeros, and returns how many digits it has; 0 if there is none.
func octet(s []byte) (v byte, digits int) {
	n := 0
	for digits < len(s) && digits < 4 && isDigit(s[digits]) {
		n = 10*n + int(s[digits]-'0')
		digits++
	}
	if n > 255 || digits > 1 && s[0] == '0' {
		return 0, 0
	}
	return byte(n), digits
}
