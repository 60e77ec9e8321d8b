package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// listenHTTP serves HTTP, HTTP over TLS in versions 1.1 and 2, and HTTP/3.
func (s *server) listenHTTP(ip net.IP, err error) error {
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", page)
	mux.HandleFunc("/dns-query", s.dnsOverHTTPS)
	quiet := log.New(io.Discard, "", 0)
	at := func(port int) string { return net.JoinHostPort(ip.String(), strconv.Itoa(port)) }
	for _, port := range []int{80, 8080} {
		l, err := net.Listen("tcp", at(port))
		if err != nil {
			return err
		}
		go (&http.Server{Handler: mux, ErrorLog: quiet, IdleTimeout: idle}).Serve(l)
	}
	for _, port := range []int{443, 8443} {
		l, err := net.Listen("tcp", at(port))
		if err != nil {
			return err
		}
		h3 := &http3.Server{
			Addr:       at(port),
			Handler:    mux,
			TLSConfig:  http3.ConfigureTLSConfig(s.tls.Clone()),
			QUICConfig: &quic.Config{MaxIdleTimeout: idle, Versions: []quic.Version{quic.Version1, quic.Version2}},
		}
		go func() { log.Print(h3.ListenAndServe()) }()
		https := &http.Server{
			ErrorLog:    quiet,
			IdleTimeout: idle,
			TLSConfig:   s.tls.Clone(),
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				// Browsers learn of HTTP/3 by this header (RFC 7838).
				w.Header().Set("Alt-Svc", fmt.Sprintf(`h3=":%d"; ma=3600`, port))
				mux.ServeHTTP(w, r)
			}),
		}
		go https.ServeTLS(l, "", "")
	}
	return nil
}

func page(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, text("<!DOCTYPE html>\n<title>Laboratory</title>\n<p>A page.\n"))
}

// quicOnly is a QUIC service that lets clients connect and no more.
func (s *server) quicOnly(addr string, alpn ...string) error {
	config := s.tls.Clone()
	config.MinVersion = tls.VersionTLS13
	config.NextProtos = alpn
	l, err := quic.ListenAddr(addr, config, &quic.Config{MaxIdleTimeout: idle})
	if err != nil {
		return err
	}
	go serveDNSOverQUIC(s, l)
	return nil
}
