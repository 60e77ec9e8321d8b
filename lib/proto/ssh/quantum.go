package ssh

import "bytes"

// hybrids are what the names of key exchange methods begin with that resist
// quantum computers, all of them together with a conventional method or by
// themselves.
var hybrids = [][]byte{[]byte("sntrup"), []byte("mlkem"), []byte("kyber"), []byte("ecdh-nistp256-kyber"), []byte("x25519-kyber")}

// IsPostQuantum reports whether a key exchange method resists quantum
// computers, by its name.
func IsPostQuantum(method []byte) bool {
	for _, prefix := range hybrids {
		if bytes.HasPrefix(method, prefix) {
			return true
		}
	}
	return false
}
