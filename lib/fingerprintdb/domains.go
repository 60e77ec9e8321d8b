package fingerprintdb

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/gaissmai/bart"
)

// A domainMap knows for some domains which networks their servers are in. A
// name of such a domain with a server elsewhere is false: a client that hides
// where it really goes.
type domainMap struct {
	domains  map[string]uint16
	networks bart.Table[network]
	has4     bool
	has6     bool

	// While it is read: the first network with a given address counts, and
	// with the same length it can belong to further domains.
	mapped map[netip.Addr]int
	list   []domainNetwork
}

type domainNetwork struct {
	prefix netip.Prefix // as it was written
	network
}

// A network is one where the servers of some domains are, or one that serves
// any domain.
type network struct {
	any     bool
	domains []uint16
}

func newDomainMap() *domainMap {
	return &domainMap{domains: make(map[string]uint16), mapped: make(map[netip.Addr]int)}
}

var errMapping = errors.New("not a mapping with subnet, type and tag")

// line reads a line of domain-mappings.db.
func (m *domainMap) line(d *document, text []byte, minimizeRAM bool) error {
	if err := d.parse(text); err != nil {
		return err
	}
	subnet, typ, tag := d.member(root, "subnet"), d.member(root, "type"), d.member(root, "tag")
	if !d.isString(subnet) || !d.isString(typ) || !d.isString(tag) {
		return errMapping
	}
	s := string(d.str(subnet))
	if minimizeRAM && !strings.Contains(s, ".") {
		return nil
	}
	// The text of the address says which lines are about the same network, so
	// it must not be masked yet.
	prefix, err := netip.ParsePrefix(s)
	if err != nil || prefix.Bits() == 0 || prefix.Addr().Is4In6() {
		return errNetwork
	}
	if len(m.list) == maxNetworks {
		return errNetworks
	}
	name := string(d.str(tag))
	switch string(d.str(typ)) {
	case "domain_mapping":
		if name == "proxy" || name == "sinkhole" {
			m.except(prefix)
			return nil
		}
		return m.add(prefix, name)
	case "proxy", "sinkhole":
		m.except(prefix)
		return nil
	}
	return errMapping
}

func (m *domainMap) except(prefix netip.Prefix) {
	m.list = append(m.list, domainNetwork{prefix, network{any: true}})
}

func (m *domainMap) add(prefix netip.Prefix, domain string) error {
	id, ok := m.domains[domain]
	if !ok {
		if len(m.domains) == maxDomains {
			return errDomains
		}
		id = uint16(len(m.domains))
		m.domains[domain] = id
	}
	i, ok := m.mapped[prefix.Addr()]
	if !ok {
		m.mapped[prefix.Addr()] = len(m.list)
		m.list = append(m.list, domainNetwork{prefix, network{domains: []uint16{id}}})
	} else if m.list[i].prefix == prefix {
		m.list[i].domains = append(m.list[i].domains, id)
	}
	return nil
}

// done ends reading.
func (m *domainMap) done() {
	for _, n := range m.list {
		p := n.prefix.Masked()
		if _, ok := m.networks.Get(p); !ok {
			m.networks.Insert(p, n.network)
		}
		m.has4 = m.has4 || p.Addr().Is4()
		m.has6 = m.has6 || p.Addr().Is6()
	}
	m.mapped, m.list = nil, nil
}

// isFaked says whether a server of that name ought to be elsewhere. The
// private addresses of IPv4 can be anybody's.
func (m *domainMap) isFaked(serverName []byte, a netip.Addr) bool {
	// Quirk Q127: other names below the domain don't count.
	if len(serverName) >= 4 && string(serverName[:4]) == "www." {
		serverName = serverName[4:]
	}
	id, ok := m.domains[string(serverName)]
	if !ok || !a.IsValid() || a.Is4() && a.IsPrivate() {
		return false
	}
	if a.Is4() && !m.has4 || a.Is6() && !m.has6 {
		return false
	}
	n, ok := m.networks.Lookup(a)
	return !ok || !n.any && !slices.Contains(n.domains, id)
}
