package certificate_test

import (
	"encoding/pem"
	"fmt"

	"merctools/lib/ber"
	"merctools/lib/certificate"
)

const serverCertificate = `-----BEGIN CERTIFICATE-----
MIIBMTCB5KADAgECAgEBMAUGAytlcDAsMRAwDgYDVQQKEwdFeGFtcGxlMRgwFgYD
VQQDEw93d3cuZXhhbXBsZS5jb20wHhcNMjYwMTAxMDAwMDAwWhcNMzYwMTAxMDAw
MDAwWjAsMRAwDgYDVQQKEwdFeGFtcGxlMRgwFgYDVQQDEw93d3cuZXhhbXBsZS5j
b20wKjAFBgMrZXADIQA7aie8zrakLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKaMr
MCkwJwYDVR0RBCAwHoIPd3d3LmV4YW1wbGUuY29tggtleGFtcGxlLmNvbTAFBgMr
ZXADQQBOj/nD9Lq/kjOSMs87SWLxMnerZ8BlWN+3px97am75IN34ZlfVKZHT96Ml
2gEf6xSKCvUWwn2/8uOrFo/f6GoD
-----END CERTIFICATE-----
`

func ExampleCertificate() {
	block, _ := pem.Decode([]byte(serverCertificate))
	var c certificate.Certificate
	c.Parse(block.Bytes)
	for a := range c.Subject() {
		fmt.Printf("%s: %s\n", a.Name(), a.Value.Value)
	}
	for name := range c.DNSNames() {
		fmt.Printf("for %s\n", name)
	}
	if end, ok := c.NotAfter(); ok {
		fmt.Println("until", end)
	}
	fmt.Printf("%s, %d bits\n", ber.OIDName(c.KeyAlgorithm().Value), c.KeyBits())
	// Output:
	// organization_name: Example
	// common_name: www.example.com
	// for www.example.com
	// for example.com
	// until 2036-01-01 00:00:00 +0000 UTC
	// id-Ed25519, 256 bits
}
