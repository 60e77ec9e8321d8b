// Server answers the clients of the ground truth: it speaks, on their usual
// ports, just enough of many protocols for clients to show how they begin a
// conversation. It is for a laboratory network without a way out.
//
// It makes a certificate authority of its own and writes its certificate to a
// file, for clients to trust.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"time"
)

// idle is for how long a connection may be silent.
const idle = 5 * time.Second

func main() {
	domain := flag.String("domain", "lab.test", "names of servers are in this domain")
	addrs := flag.String("addr", "192.0.2.1,2001:db8::1", "addresses of the server")
	ca := flag.String("ca", "ca.pem", "file for the certificate of the authority")
	pins := flag.String("pins", "pins.txt", "file for the digests of the servers' keys, as Chromium wants them")
	flag.Parse()
	log.SetFlags(0)

	ips := strings.Split(*addrs, ",")
	authority, err := newAuthority()
	if err != nil {
		log.Fatal(err)
	}
	certificates, err := authority.certificates(*domain, ips)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{domain: *domain, tls: &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS10}}
	for _, a := range ips {
		ip := net.ParseIP(a)
		if ip == nil {
			log.Fatalf("%s is not an address", a)
		}
		s.addrs = append(s.addrs, ip)
	}
	for _, ip := range s.addrs {
		if err := s.listen(ip); err != nil {
			log.Fatal(err)
		}
	}
	for name, content := range map[string][]byte{*ca: authority.pem(), *pins: pinsOf(certificates)} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("ready")
	select {}
}

type server struct {
	domain string
	addrs  []net.IP
	tls    *tls.Config
}

// A handler speaks a protocol over a connection. Errors end it.
type handler func(s *server, c net.Conn) error

var tcpServices = map[int]handler{
	21:   ftp,
	22:   ssh,
	25:   smtp,
	53:   dnsOverTCP,
	110:  pop3,
	143:  imap,
	389:  ldap,
	465:  overTLS(smtp),
	587:  smtp,
	636:  overTLS(silent),
	853:  overTLS(dnsOverTCP, "dot"),
	990:  overTLS(ftp),
	993:  overTLS(imap),
	995:  overTLS(pop3),
	3306: mysql,
	3389: rdp,
	4433: overTLS(silent),
	4460: overTLS(silent, "ntske/1"),
	5432: postgres,
	5671: overTLS(silent),
	6380: overTLS(redis),
	6697: overTLS(silent),
	8883: overTLS(mqtt),
	9001: overTLS(silent),
}

func (s *server) listen(ip net.IP) error {
	for port, h := range tcpServices {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: ip, Port: port})
		if err != nil {
			return err
		}
		go s.serve(l, h)
	}
	return s.listenHTTP(ip, s.listenUDP(ip))
}

func (s *server) serve(l net.Listener, h handler) {
	for {
		c, err := l.Accept()
		if err != nil {
			log.Print(err)
			return
		}
		go func() {
			defer c.Close()
			h(s, &patient{c})
		}()
	}
}

// patient waits no longer than idle for anything.
type patient struct{ net.Conn }

func (p *patient) Read(b []byte) (int, error) {
	p.SetReadDeadline(time.Now().Add(idle))
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	p.SetWriteDeadline(time.Now().Add(idle))
	return p.Conn.Write(b)
}

// overTLS speaks a protocol within TLS, which has one of the application
// protocols if the client offers any.
func overTLS(h handler, alpn ...string) handler {
	return func(s *server, c net.Conn) error {
		config := s.tls.Clone()
		config.NextProtos = alpn
		t := tls.Server(c, config)
		if err := t.Handshake(); err != nil {
			return err
		}
		defer t.CloseWrite()
		return h(s, t)
	}
}

// silent reads until the client has had enough.
func silent(s *server, c net.Conn) error {
	b := make([]byte, 4096)
	for {
		if _, err := c.Read(b); err != nil {
			return err
		}
	}
}
