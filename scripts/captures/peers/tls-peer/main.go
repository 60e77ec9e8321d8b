// Tls-peer is both ends of TLS connections for captures, with what the common
// tools do not do: encrypted client hello and post-quantum key exchange.
package main

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"flag"
	"io"
	"log"
	"math/big"
	"time"
)

var (
	listen  = flag.String("listen", "", "address to serve on")
	connect = flag.String("connect", "", "address to connect to")
	ech     = flag.Bool("ech", false, "as a client, encrypt the client hello")
	max12   = flag.Bool("tls12", false, "as a client, offer no more than TLS 1.2")
	resume  = flag.Bool("resume", false, "as a client, connect twice")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	var err error
	if *listen != "" {
		err = serve()
	} else {
		err = dial()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// echKey is the same for both ends.
func echKey() *ecdh.PrivateKey {
	b := make([]byte, 32)
	for i := range b {
		b[i] = 7
	}
	k, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		log.Fatal(err)
	}
	return k
}

// echConfig is an ECHConfig (RFC 9849, section 4) for public.example.com.
func echConfig() []byte {
	u16 := binary.BigEndian.AppendUint16
	public := echKey().PublicKey().Bytes()
	c := []byte{42}    // config_id
	c = u16(c, 0x0020) // DHKEM(X25519, HKDF-SHA256)
	c = u16(c, uint16(len(public)))
	c = append(c, public...)
	c = u16(c, 4)      // cipher suites
	c = u16(c, 0x0001) // HKDF-SHA256
	c = u16(c, 0x0001) // AES-128-GCM
	c = append(c, 32)  // maximum_name_length
	name := "public.example.com"
	c = append(c, byte(len(name)))
	c = append(c, name...)
	c = u16(c, 0) // extensions
	return append(u16(u16(nil, 0xfe0d), uint16(len(c))), c...)
}

func serve() error {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7),
		Subject:      pkix.Name{CommonName: "secret.example.com"},
		DNSNames:     []string{"secret.example.com", "public.example.com"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour * 24 * 30),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	l, err := tls.Listen("tcp", *listen, &tls.Config{
		Certificates:             []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}},
		NextProtos:               []string{"h2", "http/1.1"},
		EncryptedClientHelloKeys: []tls.EncryptedClientHelloKey{{Config: echConfig(), PrivateKey: echKey().Bytes(), SendAsRetry: true}},
	})
	if err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			io.Copy(c, c)
			c.Close()
		}()
	}
}

func dial() error {
	config := &tls.Config{
		ServerName:         "secret.example.com",
		NextProtos:         []string{"h2", "http/1.1"},
		InsecureSkipVerify: true, // the server's certificate is its own
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	if *max12 {
		config.MaxVersion = tls.VersionTLS12
	}
	if *ech {
		one := echConfig()
		config.EncryptedClientHelloConfigList = append(binary.BigEndian.AppendUint16(nil, uint16(len(one))), one...)
		config.EncryptedClientHelloRejectionVerify = func(tls.ConnectionState) error { return nil }
	}
	n := 1
	if *resume {
		n = 2
	}
	for range n {
		c, err := tls.Dial("tcp", *connect, config)
		if err != nil {
			return err
		}
		if _, err := c.Write([]byte("hello")); err != nil {
			return err
		}
		if _, err := c.Read(make([]byte, 5)); err != nil {
			return err
		}
		c.Close()
	}
	return nil
}
