package fingerprintdb

import (
	"bytes"
	"strconv"
)

// Special names for servers that aren't named by a domain name, below the
// top-level domain that RFC 9476 sets aside.
const (
	nameMissing     = "missing.alt"     // no name at all
	nameOther       = "other.alt"       // neither a name nor an address
	nameUnqualified = "unqualified.alt" // a single label
	nameAddress     = "address.alt"     // an address; it is put before this as a label
)

// appendServerName appends the normal form of a name by which a client calls
// a server, such as the TLS server_name or the HTTP Host header: a domain name
// as it is, without the dot at its end, or one of the special names. A port
// number is put before it as a label with an underscore.
func appendServerName(b, s []byte) []byte {
	if len(s) == 0 || s[0] == '#' {
		return append(b, nameMissing...)
	}
	if s[0] == ' ' || s[0] == '\t' {
		s = s[1:]
	}
	const (
		isNone = iota
		isIPv6
		isName
		isIPv4
	)
	kind := isNone
	v6, n, ok := scanIPv6(s)
	var v4 [4]byte
	var name domainName
	if ok {
		kind = isIPv6
	} else if name, n, ok = scanName(s); ok {
		kind = isName
		if n < len(s) && s[n] == '.' {
			n++
		}
	} else if v4, n, ok = scanIPv4(s); ok {
		kind = isIPv4
	}
	missing := false
	if rest := s[n:]; len(rest) > 0 {
		if port, ok := scanPort(rest); ok {
			b = append(b, '_')
			b = strconv.AppendUint(b, uint64(port), 10)
			b = append(b, '.')
			missing = kind == isNone
		} else {
			kind = isNone
		}
	}
	switch {
	case kind == isIPv6:
		return append(appendLabel6(b, normalIPv6(v6)), nameAddress...)
	case kind == isIPv4:
		return append(appendLabel4(b, normalIPv4(v4)), nameAddress...)
	// Quirk Q123: somebody's null.
	case missing, kind == isName && string(name.text) == "None":
		return append(b, nameMissing...)
	case kind == isNone:
		return append(b, nameOther...)
	case name.labels == 1 && string(name.text) != "localhost":
		return append(b, nameUnqualified...)
	}
	return append(b, name.text...)
}

// A domainName is what scanName found.
type domainName struct {
	text   []byte // without a dot at the end
	labels int
}

// scanName reads a domain name at the start of s and returns how long it is
// with the dot after it. Its last label must have a letter in it (RFC 1123,
// section 2.1), and its first one may be an asterisk. No bytes at all are a
// name without labels.
func scanName(s []byte) (name domainName, n int, ok bool) {
	if len(s) == 0 {
		return name, 0, true
	}
	if s[0] == '*' {
		if len(s) < 2 || s[1] != '.' {
			return name, 0, false
		}
		name.labels, n = 1, 2
	}
	letter := false
	for n < len(s) && isNameByte(s[n]) {
		letter = false
		for ; n < len(s) && isNameByte(s[n]); n++ {
			letter = letter || isLetter(s[n])
		}
		name.text = s[:n]
		name.labels++
		if n == len(s) || s[n] != '.' {
			break
		}
		n++
	}
	if !letter {
		return domainName{}, 0, false
	}
	return name, n, true
}

func isNameByte(c byte) bool { return isDigit(c) || isLetter(c) || c == '-' || c == '_' }

// scanPort reads a colon and a port number; what follows them doesn't matter.
func scanPort(s []byte) (uint16, bool) {
	if len(s) < 2 || s[0] != ':' || !isDigit(s[1]) {
		return 0, false
	}
	v := 0
	for i := 1; i < len(s) && isDigit(s[i]); i++ {
		if v = 10*v + int(s[i]-'0'); v > 0xffff {
			return 0, false
		}
	}
	return uint16(v), true
}

// registrable is the last two labels of a domain name, or all of it where it
// has no more than those.
//
// Quirk Q124: the public suffix list is not used.
func registrable(name []byte) []byte {
	dots := 0
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			if dots++; dots == 2 {
				return name[i+1:]
			}
		}
	}
	return name
}

// clip cuts s at max bytes, and at its first zero byte.
func clip(s []byte, max int) []byte {
	if len(s) > max {
		s = s[:max]
	}
	if i := bytes.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}
