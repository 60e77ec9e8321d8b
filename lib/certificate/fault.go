package certificate

import (
	"time"

	"merctools/lib/ber"
)

// A Fault is something that is wrong with a certificate; several are the sum.
type Fault uint8

// The faults. They are those that records list as violations.
const (
	WeakKey       Fault = 1 << iota // short, or of an unknown kind
	WeakSignature                   // short, or can't be read
	SelfIssued                      // issuer and subject have the same name
	Nonconformant                   // the two algorithms of the signature differ (RFC 5280, section 4.1.1.2)
)

// Faults are those that the certificate has.
func (c *Certificate) Faults() (f Fault) {
	if c.publicKey.weak() {
		f |= WeakKey
	}
	if c.weakSignature() {
		f |= WeakSignature
	}
	if c.selfIssued() {
		f |= SelfIssued
	}
	if c.nonconformant() {
		f |= Nonconformant
	}
	return f
}

// ValidAt reports whether a time is in the period in which the certificate is
// valid. It is false where the period can't be read.
func (c *Certificate) ValidAt(t time.Time) bool {
	from, begins := c.NotBefore()
	to, ends := c.NotAfter()
	return begins && ends && !t.Before(from) && !t.After(to)
}

// Modulus is the modulus of an RSA key, most significant octet first, or nil
// where there is none.
func (c *Certificate) Modulus() []byte {
	if string(c.publicKey.algorithm.id.Value) != oidRSA {
		return nil
	}
	key := c.publicKey.rsa()
	if !key.modulus.Complete() || ber.BitLen(key.modulus.Value) == 0 {
		return nil
	}
	return key.modulus.Value
}

// Exponent is the public exponent of an RSA key, or 0 where there is none, or one
// of more than 64 bits.
func (c *Certificate) Exponent() uint64 {
	if string(c.publicKey.algorithm.id.Value) != oidRSA {
		return 0
	}
	key := c.publicKey.rsa()
	return ber.Uint64(key.exponent.Value)
}
