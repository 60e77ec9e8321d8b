package quic

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"

	"merctools/lib/proto"
)

// Sizes in bytes (RFC 9001, sections 5.1 to 5.4).
const (
	keyLen = 16
	ivLen  = 12
)

// keys protect the Initial packets of one side of a connection.
type keys struct {
	suite   *suite // nil where the value is not in use
	server  bool   // the server's
	id      [maxConnIDLen]byte
	idLen   int
	header  cipher.Block
	secret  [sha256.Size]byte
	payload cipher.AEAD // nil until it is needed
	iv      [ivLen]byte // valid with payload
}

// derive derives the secret of a client's or a server's Initial packets from the
// destination ID of the client's first one (RFC 9001, section 5.2), and the key of
// their headers.
func (k *keys) derive(s *suite, dcid []byte, server bool) {
	*k = keys{suite: s, server: server}
	k.idLen = copy(k.id[:], dcid)
	label := "client in"
	if server {
		label = "server in"
	}
	var secret [sha256.Size]byte
	copy(secret[:], s.salt) // HMAC pads a key with zeros anyway
	var h hmac
	h.setKey(&secret)
	secret = h.sum(dcid)
	h.setKey(&secret)
	k.secret = h.expandLabel(label, sha256.Size)
	h.setKey(&k.secret)
	hp := h.expandLabel(s.hp, keyLen)
	k.header, _ = aes.NewCipher(hp[:keyLen]) // does not fail with keys of this length
}

// derivePayload derives the key and the initialization vector of payloads. They take
// more than half of the time, and three of four headers show that the secret is that of
// another connection.
func (k *keys) derivePayload() {
	var h hmac
	h.setKey(&k.secret)
	key := h.expandLabel(k.suite.key, keyLen)
	iv := h.expandLabel(k.suite.iv, ivLen)
	copy(k.iv[:], iv[:])

	// Neither fails with keys of this length and a cipher of this block size.
	block, _ := aes.NewCipher(key[:keyLen])
	k.payload, _ = cipher.NewGCM(block)
}

// hmac is HMAC-SHA-256 (RFC 2104) for keys of 32 bytes and messages of up to
// 64, without the allocations of the general one. Saving the states
// of the hash behind the pads takes as long as hashing these again.
type hmac struct {
	inner [2 * sha256.BlockSize]byte           // the key with the inner pad, room for the message
	outer [sha256.BlockSize + sha256.Size]byte // the key with the outer pad, the inner hash
}

func (h *hmac) setKey(key *[sha256.Size]byte) {
	const inner, outer, ones, word = 0x36, 0x5c, 0x0101010101010101, 8
	for i := 0; i < sha256.BlockSize; i += word {
		var k uint64
		if i < sha256.Size {
			k = binary.LittleEndian.Uint64(key[i:])
		}
		binary.LittleEndian.PutUint64(h.inner[i:], k^inner*ones)
		binary.LittleEndian.PutUint64(h.outer[i:], k^outer*ones)
	}
}

func (h *hmac) sum(message []byte) [sha256.Size]byte {
	n := copy(h.inner[sha256.BlockSize:], message)
	sum := sha256.Sum256(h.inner[:sha256.BlockSize+n])
	copy(h.outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(h.outer[:])
}

// expandLabel is HKDF-Expand-Label with the key as secret and an empty context
// (RFC 8446, section 7.1), for outputs of up to the length of the hash. Only the
// first length bytes of what it returns count. With crypto/hkdf, keys take 1.6
// times as long (50 allocations in place of 3).
func (h *hmac) expandLabel(label string, length byte) [sha256.Size]byte {
	const prefix = "tls13 "
	var info [40]byte
	b := append(info[:0], 0, length, byte(len(prefix)+len(label)))
	b = append(b, prefix...)
	b = append(b, label...)
	b = append(b, 0) // length of the context
	b = append(b, 1) // number of the block (RFC 5869, section 2.3)
	return h.sum(b)
}

// A keyCache keeps the keys for some of the connection IDs seen last. It is
// what makes the packets of a connection that has been seen cheap, and free
// of allocations: the ciphers of the standard library can't be given a new
// key. A hit takes 30 ns; in a least-recently-used list it takes 90.
type keyCache []keySet

// A keySet has the keys of connection IDs whose hashes end alike.
type keySet struct {
	ways [keyWays]keys
	next uint8 // the one that makes room
}

// A client sends its second Initial packet when it has the server's answer, by when
// others have begun: 1024 connection IDs are those of 20,000 connections a second that
// take 50 ms for that. Their keys take 1.5 MB.
const (
	keySets    = 128 // a power of two
	keySetsLow = 16  // where memory is scarce
	keyWays    = 8
)

func newKeyCache(o *proto.Options) keyCache {
	if o.MinimizeRAM || o.Memory.QUIC > 0 {
		return make(keyCache, keySetsLow)
	}
	return make(keyCache, keySets)
}

// get returns the keys of a connection ID in a suite.
func (c keyCache) get(s *suite, dcid []byte, server bool) *keys {
	h := uint32(s.salt[0]) // FNV-1a, begun with what tells the suites apart
	if server {
		h ^= 1 << 8
	}
	for _, b := range dcid {
		h = (h ^ uint32(b)) * 16777619
	}
	set := &c[(h^h>>16)%uint32(len(c))]
	for i := range set.ways {
		if k := &set.ways[i]; k.suite == s && k.server == server && bytes.Equal(k.id[:k.idLen], dcid) {
			return k
		}
	}
	k := &set.ways[set.next]
	set.next = (set.next + 1) % keyWays
	k.derive(s, dcid, server)
	return k
}
