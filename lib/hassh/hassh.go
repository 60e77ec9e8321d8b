// Package hassh makes the HASSH fingerprints of SSH clients and servers
// (https://github.com/salesforce/hassh): MD5 hashes of the algorithms that a
// KEXINIT offers for key exchange, encryption, authentication and compression.
package hassh

import (
	"crypto/md5"
	"encoding/hex"

	"merctools/lib/proto/ssh"
)

// A Hasher makes fingerprints. Its zero value is ready; it keeps memory to
// work in, so that making a fingerprint does not allocate, and is for one
// goroutine at a time.
type Hasher struct{ text []byte }

// AppendClient appends hassh, the fingerprint of a client's KEXINIT: 32
// hexadecimal digits.
func (h *Hasher) AppendClient(dst []byte, k *ssh.KEXInit) []byte {
	return h.AppendLists(dst, k.KeyExchange(), k.CiphersToServer(), k.MACsToServer(), k.CompressionToServer())
}

// AppendServer appends hasshServer, the fingerprint of a server's KEXINIT: 32
// hexadecimal digits.
func (h *Hasher) AppendServer(dst []byte, k *ssh.KEXInit) []byte {
	return h.AppendLists(dst, k.KeyExchange(), k.CiphersToClient(), k.MACsToClient(), k.CompressionToClient())
}

// AppendLists appends the fingerprint of four comma-separated lists: key
// exchange, encryption, MAC and compression algorithms in the same direction.
func (h *Hasher) AppendLists(dst []byte, kex, ciphers, macs, compression []byte) []byte {
	h.text = h.text[:0]
	for i, list := range [...][]byte{kex, ciphers, macs, compression} {
		if i > 0 {
			h.text = append(h.text, ';')
		}
		h.text = append(h.text, list...)
	}
	sum := md5.Sum(h.text)
	return hex.AppendEncode(dst, sum[:])
}
