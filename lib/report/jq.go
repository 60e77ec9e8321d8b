package report

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

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

// withServer selects what a server sends from a port, and what it gets there.
func withServer(s netip.AddrPort) string {
	return ofServer(s) + " or .dst_ip==" + quote(address(s.Addr())) + " and .dst_port==" + strconv.Itoa(int(s.Port()))
}

// ofAgent selects messages of a protocol in which a program names itself. All but
// HTTP tell so in their context only, where servers do too: the hosts tell them
// apart, unless they are too many.
func ofAgent(k agentKey, hosts *hostSet) string {
	compare := equals
	text, cut := strings.CutSuffix(k.text, "…")
	if cut {
		compare = begins
	}
	if k.protocol == "http" {
		return compare(`(.http.request.user_agent? // "")`, text)
	}
	jq := ".http==null and (" + compare(`(.context.user_agent? // "")`, text) + " or " +
		compare(`(.context.user_agent_hex? // "")`, hex.EncodeToString([]byte(text))) + ")"
	if !hosts.more {
		var of []string
		for _, a := range hosts.list {
			of = append(of, ".src_ip=="+quote(address(a)))
		}
		jq += " and (" + strings.Join(of, " or ") + ")"
	}
	return jq
}

// ofQuestion selects messages that ask for a DNS name first, or answer that, in
// JSON or in base64: there the question begins behind 12 bytes. It is empty for a
// name that isn't UTF-8.
func ofQuestion(name string) string {
	if strings.ContainsRune(name, utf8.RuneError) {
		return ""
	}
	// A dot in a label looks like one between labels, where the length of the
	// next stands.
	const length = `[\u0001-\u003f]`
	text, cut := strings.CutSuffix(name, "…")
	pattern := "^"
	if name != "" {
		pattern += length
	}
	for _, r := range strings.TrimSuffix(text, ".") {
		switch {
		case r == '.':
			pattern += length
		case r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
			pattern += string(r)
		default:
			pattern += fmt.Sprintf(`\\x{%x}`, r)
		}
	}
	compare := equals
	if cut {
		compare = begins
	} else {
		pattern += `\u0000`
	}
	in := func(from string) string { return compare("("+from+"?.question[0]?.name?)", text) }
	return "(" + in(".dns.query") + " or " + in(".dns.response") +
		` or ((.dns.base64? // "")[16:] | @base64d | test("` + pattern + `")))`
}

// any1 selects records with an element of a list, by conditions on it.
func any1(list, condition string) string { return "any(" + list + "[]?; " + condition + ")" }
