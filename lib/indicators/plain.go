package indicators

import (
	"bytes"
	"net/netip"
	"unsafe"
)

// Lengths of hashes in hexadecimal digits.
const (
	md5Digits    = 32
	sha1Digits   = 40
	sha256Digits = 64
)

// plain reads lists of lines that are an indicator each. What follows " # " in
// a line is its text.
func (b *builder) plain(lines *lines) error {
	for lines.next() {
		line := bytes.TrimSpace(lines.text)
		if isComment(line) {
			continue
		}
		value, about := line, []byte(nil)
		for i, c := range line {
			if c == '#' && i > 0 && isSpace(line[i-1]) {
				value, about = bytes.TrimSpace(line[:i]), bytes.TrimSpace(line[i+1:])
				break
			}
		}
		b.result(b.any(value, about, lines.number), lines.number, "")
	}
	return lines.err
}

// isComment reports whether a line, without space around it, says nothing.
func isComment(line []byte) bool {
	return len(line) == 0 || line[0] == '#' || line[0] == ';' || bytes.HasPrefix(line, []byte("//"))
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// agentMark begins a line that is a user agent.
const agentMark = "ua:"

// any adds an indicator whose kind shows by its form.
func (b *builder) any(value, about []byte, line int) outcome {
	if agent, ok := bytes.CutPrefix(value, []byte(agentMark)); ok {
		return b.agent(bytes.TrimSpace(agent), about, line)
	}
	switch {
	case isHex(value):
		if k, ok := hashKind(value); ok {
			return b.lower(k, value, about, line)
		}
	case isNPF(value):
		return b.npf(value, about, line)
	case isJA4(value):
		return b.add(JA4, value, about, line)
	case bytes.Contains(value, []byte("://")):
		return b.url(value, about, line)
	}
	if out := b.address(value, about, line); out == added {
		return out
	}
	return b.domain(value, about, line)
}

// hashKind is what a hash can be by its length.
func hashKind(digits []byte) (Kind, bool) {
	switch len(digits) {
	case md5Digits:
		return MD5, true
	case sha1Digits:
		return SHA1, true
	case sha256Digits:
		return SHA256, true
	}
	return 0, false
}

// hash adds a hash of one of some kinds.
func (b *builder) hash(value, about []byte, line int, kinds ...Kind) outcome {
	if k, ok := hashKind(value); ok && isHex(value) {
		for _, wanted := range kinds {
			if k == wanted {
				return b.lower(k, value, about, line)
			}
		}
	}
	return bad
}

func isHex(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return len(text) > 0
}

// isJA4 reports whether text is a JA4 fingerprint: ten characters, and two
// hashes of twelve digits.
func isJA4(text []byte) bool {
	const head, hash = 10, 12
	return len(text) == head+2*(1+hash) && bytes.IndexByte([]byte("tqd"), text[0]) >= 0 &&
		text[head] == '_' && text[head+1+hash] == '_' &&
		isHex(text[head+1:head+1+hash]) && isHex(text[head+2+hash:])
}

// isNPF reports whether text is a fingerprint in NPF's format, or how one
// begins: type, perhaps version, and something in parentheses.
func isNPF(text []byte) bool {
	i := bytes.IndexByte(text, '/')
	if i <= 0 {
		return false
	}
	for _, c := range text[:i] {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	rest := text[i+1:]
	if len(rest) > 1 && rest[0] >= '0' && rest[0] <= '9' && rest[1] == '/' {
		rest = rest[2:]
	}
	return len(rest) > 0 && (rest[0] == '(' || rest[0] == '*' || string(rest) == "randomized")
}

func (b *builder) npf(value, about []byte, line int) outcome {
	if value[len(value)-1] == '*' {
		return b.add(NPFPrefix, value, about, line)
	}
	return b.add(NPF, value, about, line)
}

func (b *builder) agent(value, about []byte, line int) outcome {
	switch {
	case len(value) == 0, string(value) == "*":
		return bad
	case value[len(value)-1] == '*':
		return b.add(UserAgentPrefix, value, about, line)
	}
	return b.add(UserAgent, value, about, line)
}

// url adds an address of a page. Its scheme, user, fragment and port don't
// count.
func (b *builder) url(value, about []byte, line int) outcome {
	if i := bytes.Index(value, []byte("://")); i >= 0 {
		value = value[i+len("://"):]
	}
	value, _, _ = bytes.Cut(value, []byte{'#'})
	end := bytes.IndexAny(value, "/?")
	if end < 0 {
		end = len(value)
	}
	host := value[:end]
	if i := bytes.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host = withoutPort(host)
	if len(host) == 0 || bytes.IndexByte(value, ' ') >= 0 {
		return bad
	}
	b.scratch = appendLower(b.scratch[:0], host)
	if path := value[end:]; len(path) == 0 || path[0] != '/' {
		b.scratch = append(b.scratch, '/')
	}
	b.scratch = append(b.scratch, value[end:]...)
	return b.add(URL, b.scratch, about, line)
}

// address adds an address, or a network in CIDR notation.
func (b *builder) address(value, about []byte, line int) outcome {
	if bytes.IndexByte(value, '/') >= 0 {
		p, err := netip.ParsePrefix(unsafe.String(&value[0], len(value)))
		if err != nil {
			return bad
		}
		if !p.IsSingleIP() {
			return b.network(p.Masked(), about, line)
		}
		return b.single(p.Addr(), about, line)
	}
	a, ok := parseAddr(value)
	if !ok {
		return bad
	}
	return b.single(a, about, line)
}

func (b *builder) single(a netip.Addr, about []byte, line int) outcome {
	a = a.Unmap()
	b.set.filter.add(netip.PrefixFrom(a, a.BitLen()))
	b.scratch = a.AppendTo(b.scratch[:0])
	return b.add(Address, b.scratch, about, line)
}

// parseAddr reads an address without a zone.
func parseAddr(text []byte) (netip.Addr, bool) {
	if !looksLikeAddr(text) {
		return netip.Addr{}, false
	}
	// An error would keep the text; it goes no further.
	a, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	return a, err == nil && a.Zone() == ""
}

// looksLikeAddr reports whether text has only characters of an address, and
// what divides its parts. ParseAddr would make an error of any other, which
// takes memory.
func looksLikeAddr(text []byte) bool {
	dots, colons, letters := 0, 0, false
	for _, c := range text {
		switch {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c >= '0' && c <= '9':
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			letters = true
		default:
			return false
		}
	}
	return colons >= 2 || dots == 3 && !letters
}

// domain adds a host name, also *.example.com or .example.com.
func (b *builder) domain(value, about []byte, line int) outcome {
	kind, name := Domain, value
	if rest, ok := bytes.CutPrefix(value, []byte("*.")); ok {
		kind, name = Below, rest
	} else if rest, ok := bytes.CutPrefix(value, []byte(".")); ok {
		kind, name = DomainAndBelow, rest
	}
	value, name = bytes.TrimSuffix(value, []byte{'.'}), bytes.TrimSuffix(name, []byte{'.'})
	if !isDomain(name) || kind == Domain && bytes.IndexByte(name, '.') < 0 {
		return bad
	}
	return b.lower(kind, value, about, line)
}

// isDomain reports whether text can be the name of a host: labels of letters,
// digits, hyphens, underscores or bytes beyond ASCII, of which the last is not a
// number.
func isDomain(text []byte) bool {
	if len(text) == 0 || len(text) > maxName {
		return false
	}
	label, digits := 0, true
	for _, c := range text {
		switch {
		case c == '.':
			if label == 0 {
				return false
			}
			label, digits = 0, true
			continue
		case c >= '0' && c <= '9':
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '-', c == '_', c >= 0x80:
			digits = false
		default:
			return false
		}
		label++
	}
	return label > 0 && !digits
}
