package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"merctools/lib/ber"
)

// The accessors tell the same as package x509.
func TestAccessors(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edKey := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	for _, tt := range []struct {
		key       crypto.Signer
		algorithm string
		bits      int
	}{
		{rsaKey, "rsaEncryption", 2048}, {ecKey, "id-ecPublicKey", 256}, {edKey, "id-Ed25519", 256},
	} {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(0x123456),
			Subject:      pkix.Name{CommonName: "www.example.com", Organization: []string{"Example"}},
			NotBefore:    time.Date(1949, 1, 2, 3, 4, 5, 0, time.UTC),
			NotAfter:     time.Date(2051, 12, 31, 23, 59, 59, 0, time.UTC),
			DNSNames:     []string{"www.example.com", "example.com"},
			IPAddresses:  []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")},
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, tt.key.Public(), tt.key)
		if err != nil {
			t.Fatal(err)
		}
		want, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		var c Certificate
		c.Parse(der)
		if c.Version() != want.Version || new(big.Int).SetBytes(c.SerialNumber()).Cmp(want.SerialNumber) != 0 {
			t.Errorf("version %d, serial number %x", c.Version(), c.SerialNumber())
		}
		for _, name := range []struct {
			got  []Attribute
			want pkix.Name
		}{{slices.Collect(c.Subject()), want.Subject}, {slices.Collect(c.Issuer()), want.Issuer}} {
			if len(name.got) != len(name.want.Names) {
				t.Fatalf("%d attributes, want %d", len(name.got), len(name.want.Names))
			}
			for i, a := range name.got {
				w := name.want.Names[i]
				if oid := string(ber.AppendDotted(nil, a.Type.Value)); oid != w.Type.String() || string(a.Value.Value) != w.Value {
					t.Errorf("attribute %s (%s) = %q, want %v", oid, a.Name(), a.Value.Value, w)
				}
			}
		}
		if from, ok := c.NotBefore(); !ok || !from.Equal(want.NotBefore) {
			t.Errorf("not before %v, want %v", from, want.NotBefore)
		}
		if to, ok := c.NotAfter(); !ok || !to.Equal(want.NotAfter) {
			t.Errorf("not after %v, want %v", to, want.NotAfter)
		}
		if name := ber.OIDName(c.KeyAlgorithm().Value); name != tt.algorithm || c.KeyBits() != tt.bits {
			t.Errorf("%s of %d bits, want %s of %d", name, c.KeyBits(), tt.algorithm, tt.bits)
		}
		if !slices.Contains([]string{"id-Ed25519", "sha256WithRSAEncryption", "ecdsa-with-SHA256"}, ber.OIDName(c.SignatureAlgorithm().Value)) {
			t.Errorf("signature by %q", ber.OIDName(c.SignatureAlgorithm().Value))
		}
		if info, err := x509.MarshalPKIXPublicKey(tt.key.Public()); err != nil || string(info[len(info)-len(c.PublicKey()):]) != string(c.PublicKey()) || len(c.PublicKey()) < 32 {
			t.Errorf("key %x, want the end of %x", c.PublicKey(), info)
		}
		var names []string
		for name := range c.DNSNames() {
			names = append(names, string(name))
		}
		if !slices.Equal(names, want.DNSNames) {
			t.Errorf("names %q, want %q", names, want.DNSNames)
		}
		if got := slices.Collect(c.IPAddresses()); !slices.Equal(got, []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}) {
			t.Errorf("addresses %v", got)
		}
		i := 0
		for x := range c.Extensions() {
			w := want.Extensions[i]
			if string(ber.AppendDotted(nil, x.ID.Value)) != w.Id.String() || x.Critical != w.Critical || string(x.Value) != string(w.Value) {
				t.Errorf("extension %+v, want %+v", x, w)
			}
			i++
		}
		if i != len(want.Extensions) {
			t.Errorf("%d extensions, want %d", i, len(want.Extensions))
		}
	}
}
