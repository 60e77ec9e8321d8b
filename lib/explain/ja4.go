package explain

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"merctools/lib/proto/tls"
)

// ja4Form is JA4 and JA4_r: transport, version, destination, numbers of suites
// and extensions, ALPN; hashes or lists.
var ja4Form = regexp.MustCompile(`^([tqd])([0-9a-z]{2})([di])([0-9]{2})([0-9]{2})([0-9A-Za-z]{2})_([0-9a-f,]*)_([0-9a-f,]*)(?:_([0-9a-f,]+))?$`)

// looksLikeJA4 reports whether text begins as JA4 does.
func looksLikeJA4(s string) bool {
	const summary = len("t13d1516h2")
	return len(s) > summary && s[summary] == '_' && !strings.Contains(s, "/")
}

var errJA4 = errors.New("not JA4, as in t13d1516h2_8daaf6152771_d8a2da3f94cd, nor JA4_r")

// ja4 explains JA4 and JA4_r.
func ja4(fp string) (*Explanation, error) {
	m := ja4Form.FindStringSubmatch(fp)
	if m == nil {
		return nil, errJA4
	}
	e := &Explanation{Fingerprint: fp, Type: "ja4", Summary: "JA4 of a ClientHello: a summary, and hashes of the sorted cipher suites and extensions"}
	e.add(
		Part{Name: "transport", Code: m[1], Text: map[string]string{"t": "TCP", "q": "QUIC", "d": "DTLS"}[m[1]]},
		Part{Name: "version", Code: m[2], Text: ja4Versions[m[2]]},
		Part{Name: "server name", Code: m[3], Text: map[string]string{"d": "yes", "i": "no"}[m[3]]},
		Part{Name: "cipher suites", Code: m[4], Text: count(m[4])},
		Part{Name: "extensions", Code: m[5], Text: count(m[5])},
		Part{Name: "first ALPN", Code: m[6], Text: firstALPN(m[6])},
	)
	if !isHash(m[7]) || !isHash(m[8]) || m[9] != "" {
		suites, err := list(m[7])
		x, err2 := list(m[8])
		algorithms, err3 := list(m[9])
		if err := errors.Join(err, err2, err3); err != nil {
			return nil, errJA4
		}
		e.Type = "ja4_r"
		e.Summary = "JA4_r of a ClientHello: a summary, the sorted cipher suites and extensions, and the signature algorithms"
		e.add(
			Part{Name: "sorted cipher suites", Parts: codes(suites, tls.CipherSuiteName)},
			Part{Name: "sorted extensions without server_name and ALPN", Parts: codes(x, func(t uint16) string { return tls.ExtensionType(t).CommonName() })},
			Part{Name: "signature algorithms", Parts: codes(algorithms, tls.SignatureAlgorithmName)},
		)
		return e, nil
	}
	e.add(
		Part{Name: "hash of the cipher suites", Code: m[7], Text: noneIfZero(m[7])},
		Part{Name: "hash of extensions and signature algorithms", Code: m[8], Text: noneIfZero(m[8])},
	)
	return e, nil
}

var ja4Versions = map[string]string{
	"13": "TLSv1.3", "12": "TLSv1.2", "11": "TLSv1.1", "10": "TLSv1.0", "s3": "SSLv3", "s2": "SSLv2",
	"d1": "DTLSv1.0", "d2": "DTLSv1.2", "d3": "DTLSv1.3", "00": "unknown",
}

// count is a count of two digits, which stands for more at 99.
func count(s string) string {
	if s == "99" {
		return "99 or more"
	}
	return strings.TrimPrefix(s, "0")
}

// firstALPN is what the first and the last character of the name of a protocol
// say.
func firstALPN(s string) string {
	switch s {
	case "00":
		return "none"
	case "h1":
		return "http/1.1, or another name that begins with h and ends with 1"
	case "h2", "h3":
		return s
	}
	return fmt.Sprintf("a name that begins with %c and ends with %c, or has such hexadecimal digits", s[0], s[1])
}

func isHash(s string) bool { return len(s) == 12 && !strings.Contains(s, ",") }

func noneIfZero(s string) string {
	if s == "000000000000" {
		return "there are none"
	}
	return ""
}

// list is a list of code points in hexadecimal digits, with commas.
func list(s string) (codes []byte, err error) {
	if s == "" {
		return nil, nil
	}
	for word := range strings.SplitSeq(s, ",") {
		b, err := hex.DecodeString(word)
		if err != nil || len(b) != 2 {
			return nil, errJA4
		}
		codes = append(codes, b...)
	}
	return codes, nil
}
