package http

import "merctools/lib/npf"

// maxName is the length of the longest name of a header field that is known.
const maxName = 32

// lower writes a name in lower case into buf. A name that is too long to be
// known becomes the empty one.
func lower(buf *[maxName]byte, name []byte) []byte {
	if len(name) > maxName {
		return nil
	}
	for i, b := range name {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		buf[i] = b
	}
	return buf[:len(name)]
}

// A share is how much of a header field is in the fingerprint.
type share uint8

const (
	nothing share = iota
	nameOnly
	wholeLine
)

// add appends the share of a field to a fingerprint.
func (s share) add(b *npf.Builder, f *Field) {
	switch s {
	case nameOnly:
		b.String(f.Name)
	case wholeLine:
		b.String(f.Line)
	}
}

// requestShare is the share of a field in the fingerprint of a request.
func requestShare(name []byte) share {
	var buf [maxName]byte
	switch string(lower(&buf, name)) {
	case "accept", "accept-encoding", "connection", "dnt", "dpr", "upgrade-insecure-requests",
		"x-requested-with":
		return wholeLine
	case "accept-charset", "accept-language", "authorization", "cache-control", "host",
		"if-modified-since", "keep-alive", "user-agent", "x-flash-version", "x-p2p-peerdist":
		return nameOnly
	}
	return nothing
}

// responseShare is the share of a field in the fingerprint of a response.
func responseShare(name []byte) share {
	var buf [maxName]byte
	switch string(lower(&buf, name)) {
	case "access-control-allow-credentials", "access-control-allow-headers",
		"access-control-allow-methods", "access-control-expose-headers", "cache-control", "code",
		"connection", "content-language", "content-transfer-encoding", "p3p", "pragma", "reason",
		"server", "strict-transport-security", "version", "x-aspnetmvc-version", "x-aspnet-version",
		"x-cid", "x-ms-version", "x-xss-protection":
		return wholeLine
	case "appex-activity-id", "cdnuuid", "cf-ray", "content-range", "content-type", "date", "etag",
		"expires", "flow_context", "ms-cv", "msregion", "ms-requestid", "request-id", "vary",
		"x-amz-cf-pop", "x-amz-request-id", "x-azure-ref-originshield", "x-cache", "x-cache-hits",
		"x-ccc", "x-diagnostic-s", "x-feserver", "x-hw", "x-msedge-ref", "x-ocsp-responder-id",
		"x-requestid", "x-served-by", "x-timer", "x-trace-context":
		return nameOnly
	}
	return nothing
}
