package main

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"strconv"

	"merctools/lib/certificate/batchgcd"
	"merctools/lib/record"
)

// moduli are those of RSA keys, each once.
type moduli struct {
	index   map[[sha256.Size]byte]int32 // of the modulus by its hash
	list    []*big.Int
	first   []int32 // of the origins of each modulus; they go on by next
	last    []int32
	origins []origin
	long    int // those that are left out
}

// maxModulus is how many bytes a modulus may have: four times as many as those
// that programs take. The time to find factors grows with the square of that.
const maxModulus = 64 << 10 / 8

// An origin is where a modulus comes from: a line, or a certificate.
type origin struct {
	line        uint64
	certificate [sha256.Size]byte // hash
	exponent    uint64            // 0 where it is not known
	next        int32             // -1 at the end
}

func newModuli() *moduli { return &moduli{index: map[[sha256.Size]byte]int32{}} }

// add adds a modulus, most significant octet first.
func (m *moduli) add(modulus []byte, from origin) {
	modulus = bytes.TrimLeft(modulus, "\x00")
	if len(modulus) > maxModulus {
		m.long++
		return
	}
	sum := sha256.Sum256(modulus)
	at := int32(len(m.origins))
	i, ok := m.index[sum]
	if !ok {
		i = int32(len(m.list))
		m.index[sum] = i
		m.list = append(m.list, new(big.Int).SetBytes(modulus))
		m.first, m.last = append(m.first, at), append(m.last, at)
	} else {
		m.origins[m.last[i]].next = at
		m.last[i] = at
	}
	from.next = -1
	m.origins = append(m.origins, from)
}

// write writes those that have a factor in common with others, with private keys
// if they are asked for.
func (m *moduli) write(out io.Writer, keys bool) error {
	m.index = nil // memory is scarce now
	var w record.Writer
	found := batchgcd.Find(m.list)
	var common []int // those with a factor in common
	for i, g := range found {
		if g != nil {
			common = append(common, i)
		}
	}
	for _, i := range common {
		p := m.factor(i, found[i], common)
		q := new(big.Int).Quo(m.list[i], p)
		w.Reset(0)
		w.Object()
		w.Key("modulus").Hex(m.list[i].Bytes())
		w.Key("factors").Array()
		for _, f := range []*big.Int{p, q} {
			w.Elem().Hex(f.Bytes())
		}
		w.EndArray()
		if keys {
			if key := privateKey(m.list[i], p, q, m.origins[m.first[i]].exponent); key != nil {
				w.Key("private_key").Text(key)
			}
		}
		w.Key("found_in").Array()
		for at := m.first[i]; at >= 0; {
			o := &m.origins[at]
			if o.line > 0 {
				w.Elem().Str(strconv.FormatUint(o.line, 10))
			} else {
				w.Elem().Str(hex.EncodeToString(o.certificate[:]))
			}
			at = o.next
		}
		w.EndArray()
		w.EndObject()
		w.Newline()
		if _, err := out.Write(w.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// factor returns a factor of modulus i, which has g in common with all others
// together. Where g is all of it, each of its factors is in another one: that
// one is looked for, among those that have a factor in common.
func (m *moduli) factor(i int, g *big.Int, common []int) *big.Int {
	if g.Cmp(m.list[i]) != 0 {
		return g
	}
	p := new(big.Int)
	for _, k := range common {
		if k == i {
			continue
		}
		if p.GCD(nil, nil, m.list[i], m.list[k]); p.Cmp(m.list[i]) != 0 && p.BitLen() > 1 {
			return p
		}
	}
	return g
}

// privateKey returns the key (RFC 8017, appendix A.1.2) with two factors, in PEM,
// or nil where they are no primes that can have it. An exponent that is not known
// is taken to be 65537.
func privateKey(n, p, q *big.Int, exponent uint64) []byte {
	const usual, largest = 65537, 1<<31 - 1
	if exponent == 0 {
		exponent = usual
	}
	one := big.NewInt(1)
	e := new(big.Int).SetUint64(exponent)
	order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	if exponent > largest || order.Sign() <= 0 || p.Cmp(q) == 0 || !p.ProbablyPrime(1) || !q.ProbablyPrime(1) {
		return nil
	}
	d := new(big.Int).ModInverse(e, order)
	if d == nil {
		return nil
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(exponent)}, D: d, Primes: []*big.Int{p, q}}
	key.Precompute()
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}
