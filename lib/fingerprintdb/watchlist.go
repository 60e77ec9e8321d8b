package fingerprintdb

import (
	"errors"
	"net/netip"
)

var errHost = errors.New("neither an address nor a domain name")

// A watchlist is a set of hosts: names and addresses.
type watchlist struct {
	names map[string]struct{}
	addrs map[netip.Addr]struct{}
}

func newWatchlist() *watchlist {
	return &watchlist{names: make(map[string]struct{}), addrs: make(map[netip.Addr]struct{})}
}

// line reads one line: an IPv4 address, else as much of it as is a domain
// name, else an IPv6 address. A line that begins with # is a comment.
func (w *watchlist) line(text []byte) error {
	if text[0] == '#' {
		return nil
	}
	if len(w.names)+len(w.addrs) == maxHosts {
		return errHosts
	}
	if a, _, ok := scanIPv4(text); ok {
		w.addrs[netip.AddrFrom4(a)] = struct{}{}
	} else if name, _, ok := scanName(text); ok {
		w.names[string(name.text)] = struct{}{}
	} else if a, _, ok := scanIPv6(text); ok {
		w.addrs[netip.AddrFrom16(a)] = struct{}{}
	} else {
		return errHost
	}
	return nil
}

func (w *watchlist) hasName(name []byte) bool {
	_, ok := w.names[string(name)]
	return ok
}

func (w *watchlist) hasAddr(a netip.Addr) bool {
	_, ok := w.addrs[a]
	return ok
}
