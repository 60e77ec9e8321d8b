// Quic-peer is both ends of QUIC connections for captures: a server that
// answers every stream, and a client for a choice of versions.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"io"
	"log"
	"math/big"
	"net"
	"time"

	"github.com/quic-go/quic-go"
)

var (
	listen  = flag.String("listen", "", "address to serve on")
	retry   = flag.Bool("retry", false, "as a server, validate addresses with Retry packets")
	connect = flag.String("connect", "", "address to connect to")
	version = flag.Uint("version", 1, "as a client, the version of QUIC: 1 or 2")
	name    = flag.String("name", "www.example.com", "as a client, the server name")
	alpn    = flag.String("alpn", "h3", "the application protocol")
	classic = flag.Bool("classic", false, "as a client, offer no post-quantum key exchange")
	resume  = flag.Bool("resume", false, "as a client, connect twice, the second time with 0-RTT data")
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

func serve() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "www.example.com", Organization: []string{"Example"}},
		DNSNames:     []string{"www.example.com"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour * 24 * 30),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	socket, err := net.ListenPacket("udp", *listen)
	if err != nil {
		return err
	}
	transport := &quic.Transport{Conn: socket, VerifySourceAddress: func(net.Addr) bool { return *retry }}
	l, err := transport.ListenEarly(&tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}},
		NextProtos:   []string{"h3", "hq-interop", "doq"},
	}, &quic.Config{Versions: []quic.Version{quic.Version1, quic.Version2}, Allow0RTT: true})
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept(context.Background())
		if err != nil {
			return err
		}
		go answer(conn)
	}
}

func answer(conn *quic.Conn) {
	for {
		s, err := conn.AcceptStream(context.Background())
		if err != nil {
			return
		}
		io.Copy(s, s)
		s.Close()
	}
}

func dial() error {
	config := &tls.Config{
		ServerName:         *name,
		NextProtos:         []string{*alpn},
		InsecureSkipVerify: true, // the server's certificate is its own
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	if *classic {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	}
	v := quic.Version1
	if *version == 2 {
		v = quic.Version2
	}
	n := 1
	if *resume {
		n = 2
	}
	for range n {
		if err := exchange(config, &quic.Config{Versions: []quic.Version{v}}); err != nil {
			return err
		}
	}
	return nil
}

func exchange(config *tls.Config, q *quic.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := quic.DialAddrEarly(ctx, *connect, config, q)
	if err != nil {
		return err
	}
	s, err := conn.OpenStream()
	if err != nil {
		return err
	}
	if _, err := s.Write([]byte("hello")); err != nil {
		return err
	}
	s.Close()
	if _, err := io.ReadAll(s); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond) // for the session ticket
	return conn.CloseWithError(0, "done")
}
