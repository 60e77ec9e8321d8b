package certificate

import (
	"iter"
	"net/netip"
	"time"

	"merctools/lib/ber"
)

// Version is the version of the certificate, from 1 on; it is 0 where it can't
// be read.
func (c *Certificate) Version() int {
	if !c.version.Value.More() {
		return 0
	}
	return int(ber.Uint64(c.version.Value)) + 1
}

// SerialNumber is the serial number, most significant octet first; it is nil
// where it can't be read.
func (c *Certificate) SerialNumber() []byte { return c.serialNumber.Value }

// Issuer yields the attributes of the issuer's name, in their order.
func (c *Certificate) Issuer() iter.Seq[Attribute] { return attributes(c.issuer.Value) }

// Subject yields the attributes of the subject's name, in their order.
func (c *Certificate) Subject() iter.Seq[Attribute] { return attributes(c.subject.Value) }

// NotBefore is the beginning of the period in which the certificate is valid. ok is
// false where there is none, or where it is no time in DER.
func (c *Certificate) NotBefore() (t time.Time, ok bool) { return c.validity.notBefore.Time() }

// NotAfter is the end of the period in which the certificate is valid. ok is
// false where there is none, or where it is no time in DER.
func (c *Certificate) NotAfter() (t time.Time, ok bool) { return c.validity.notAfter.Time() }

// KeyAlgorithm is the object identifier of the algorithm of the subject's key;
// ber.OIDName names it.
func (c *Certificate) KeyAlgorithm() ber.TLV { return c.publicKey.algorithm.id }

// PublicKey is the subject's key: subjectPublicKey (RFC 5280, section 4.1.2.7)
// without the count of unused bits.
func (c *Certificate) PublicKey() []byte {
	key := c.publicKey.key.Octets()
	return key.Value
}

// KeyBits is the size of the subject's key: of the modulus of RSA, of a
// coordinate on an elliptic curve. It is 0 where it can't be read.
func (c *Certificate) KeyBits() int {
	if string(c.publicKey.algorithm.id.Value) == oidRSA {
		key := c.publicKey.rsa()
		return int(ber.BitLen(key.modulus.Value))
	}
	key := c.publicKey.key.Octets()
	if string(c.publicKey.algorithm.id.Value) == oidEC {
		key.Value.Skip(1) // form of the point
		return key.Value.Len() * 4
	}
	return key.Value.Len() * 8
}

// SignatureAlgorithm is the object identifier of the algorithm of the
// signature; ber.OIDName names it.
func (c *Certificate) SignatureAlgorithm() ber.TLV { return c.signatureAlgorithm.id }

// Extensions yields the extensions, in their order.
func (c *Certificate) Extensions() iter.Seq[Extension] {
	return func(yield func(Extension) bool) {
		for rest := c.extensions.Value; rest.More(); {
			if x, ok := readExtension(&rest); ok && !yield(x) {
				return
			}
		}
	}
}

// AlternativeNames yields the further names of the subject (RFC 5280, section
// 4.2.1.6). The tag says of what kind a name is.
func (c *Certificate) AlternativeNames() iter.Seq[ber.TLV] {
	return func(yield func(ber.TLV) bool) {
		for x := range c.Extensions() {
			if string(x.ID.Value) != oidSubjectAltName {
				continue
			}
			names := ber.Read(&x.Value)
			for names.Value.More() {
				if !yield(ber.Read(&names.Value)) {
					return
				}
			}
		}
	}
}

// DNSNames yields the host names among the further names of the subject.
func (c *Certificate) DNSNames() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for name := range c.AlternativeNames() {
			if name.Tag == tagDNSName && !yield(name.Value) {
				return
			}
		}
	}
}

// IPAddresses yields the IP addresses among the further names of the subject.
func (c *Certificate) IPAddresses() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for name := range c.AlternativeNames() {
			if name.Tag != tagIPAddress {
				continue
			}
			if a, ok := netip.AddrFromSlice(name.Value); ok && !yield(a) {
				return
			}
		}
	}
}
