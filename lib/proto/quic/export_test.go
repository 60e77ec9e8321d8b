package quic

import "testing"

// BuildInitial builds an Initial packet of version 1 with the given CRYPTO
// frames, each of them a part of the ClientHello of RFC 9001, appendix A.2,
// from one offset up to another.
func BuildInitial(t testing.TB, parts ...[2]int) []byte {
	payload := ""
	for _, p := range parts {
		payload += crypto(p[0], rfcHello[p[0]:p[1]])
	}
	return packet{version: 1, dcid: rfcID, payload: payload}.build(t)
}

// HelloLen is the length of that ClientHello.
var HelloLen = len(rfcHello)

// HelloFingerprint is its fingerprint.
const HelloFingerprint = rfcFingerprint
