package report

import (
	"net/netip"
	"strconv"
	"strings"

	"merctools/lib/record"
)

// jq programs select the records that a row was counted from. They go between
// single quotes in a shell, so that whatever is not plain ASCII, and each single
// quote, is escaped.

// quote returns a text as a string of jq.
func quote(s string) string {
	b := record.AppendText([]byte{'"'}, []byte(s))
	return strings.ReplaceAll(string(append(b, '"')), "'", `\u0027`)
}

// address is how records write one.
func address(a netip.Addr) string {
	if a.Is4In6() {
		return string(record.AppendIPv6(nil, a.As16()))
	}
	return a.String()
}

// equals compares an expression with a text, of which only so much is kept as of
// all texts.
func equals(expression, text string) string {
	if kept := clip([]byte(text)); len(text) > maxText {
		return begins(expression, strings.TrimSuffix(string(kept), "…"))
	}
	return expression + "==" + quote(text)
}

func begins(expression, text string) string {
	return "(" + expression + " | tostring | startswith(" + quote(text) + "))"
}

// sent selects what one address sends to a port of another, or, where it is
// from the server, what comes back.
func sent(client netip.Addr, server netip.AddrPort, fromServer bool) string {
	c, s, port := quote(address(client)), quote(address(server.Addr())), strconv.Itoa(int(server.Port()))
	if fromServer {
		return ".src_ip==" + s + " and .src_port==" + port + " and .dst_ip==" + c
	}
	return ".src_ip==" + c + " and .dst_ip==" + s + " and .dst_port==" + port
}

// between selects what two sides send each other.
func between(client netip.Addr, server netip.AddrPort) string {
	return "(" + sent(client, server, false) + ") or (" + sent(client, server, true) + ")"
}

// ofServer selects what a server sends from a port.
func ofServer(s netip.AddrPort) string {
	return ".src_ip==" + quote(address(s.Addr())) + " and .src_port==" + strconv.Itoa(int(s.Port()))
}

// ofQuestion selects messages that ask for a DNS name first, or answer that, in
// JSON or in base64: there the question begins behind 12 bytes. It is empty for a
// name with unusual characters.
func ofQuestion(name string) string {
	// A dot in a label looks like one between labels, where the length of the
	// next stands.
	const length = `[\u0001-\u003f]`
	pattern := "^"
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			return ""
		}
		pattern += length + label
	}
	in := func(from string) string { return "(" + from + "?.question[0]?.name?)==" + quote(name) }
	return "(" + in(".dns.query") + " or " + in(".dns.response") +
		` or ((.dns.base64? // "")[16:] | @base64d | test("` + pattern + `\u0000")))`
}

// any1 selects records with an element of a list, by conditions on it.
func any1(list, condition string) string { return "any(" + list + "[]?; " + condition + ")" }
