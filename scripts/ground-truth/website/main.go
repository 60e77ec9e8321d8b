// Website is what browsers visit in the laboratory: HTTP, HTTP over TLS 1.3 and,
// on port 8443, 1.2, and HTTP/3 in QUIC version 1 and draft 29. It ends idle
// connections soon, so that browsers resume sessions.
//
// Its page makes the browser do what the query says: it fetches each url, one
// after the other, and then /done, which the website writes to its standard
// output together with the user agent.
//
// It is built with Go 1.20: later releases of quic-go don't speak draft 29.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// idle is how long connections stay open when nothing happens.
const idle = 400 * time.Millisecond

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "192.0.2.1", "address of the website")
	pin := flag.String("pin", "", "file for the digest of the certificate's key, as Chromium wants it")
	flag.Parse()
	cert, digest, err := certificate()
	if err != nil {
		log.Fatal(err)
	}
	if *pin != "" {
		if err := os.WriteFile(*pin, []byte(digest), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", page)
	mux.HandleFunc("/empty", empty)
	mux.HandleFunc("/video", video)
	mux.HandleFunc("/done", done)
	quiet := log.New(io.Discard, "", 0)
	failed := make(chan error)
	go func() {
		failed <- (&http.Server{Addr: *addr + ":80", Handler: mux, ErrorLog: quiet, IdleTimeout: idle}).ListenAndServe()
	}()
	for port, version := range map[string]uint16{"443": tls.VersionTLS13, "8443": tls.VersionTLS12} {
		s := &http.Server{
			Addr: *addr + ":" + port, Handler: mux, ErrorLog: quiet, IdleTimeout: idle,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: version},
		}
		go func() { failed <- s.ListenAndServeTLS("", "") }()
	}
	h3 := &http3.Server{
		Addr: *addr + ":443", Handler: mux,
		TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}),
		QuicConfig: &quic.Config{
			MaxIdleTimeout: idle,
			Versions:       []quic.VersionNumber{quic.VersionDraft29, quic.Version1, quic.Version2},
			Allow0RTT:      func(net.Addr) bool { return true },
		},
	}
	go func() { failed <- h3.ListenAndServe() }()
	fmt.Println("ready")
	log.Fatal(<-failed)
}

// certificate makes a certificate for the laboratory's names.
func certificate() (c tls.Certificate, digest string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, "", err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "lab.test"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 10),
		DNSNames:    []string{"lab.test", "*.lab.test"},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return c, "", err
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return c, "", err
	}
	sum := sha256.Sum256(spki)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, base64.StdEncoding.EncodeToString(sum[:]), nil
}

// The script is plain, for old browsers. Each "url" of the query is fetched; a
// pause that is longer than idle lets its connection end.
const script = `<!DOCTYPE html><title>Laboratory</title><link rel="stylesheet" href="/empty?css"><script src="/empty?js"></script>
<p>A page. <img src="/empty?png"><video src="/video" autoplay muted></video><iframe src="/empty?frame"></iframe>
<script>
function wait(ms) { return new Promise(function (r) { setTimeout(r, ms) }) }
function visit(url) {
	if (/^ws/.test(url)) return new Promise(function (r) {
		try { var s = new WebSocket(url); s.onclose = s.onerror = r } catch (e) { r() }
	})
	return Promise.race([wait(1500), fetch(url, {mode: "no-cors", cache: "no-store"}).catch(function () {})])
}
var q = new URLSearchParams(location.search), work = Promise.resolve()
q.getAll("url").forEach(function (url) {
	work = work.then(function () { return visit(url) }).then(function () { return wait(Number(q.get("pause"))) })
})
work.then(function () {
	var x = new XMLHttpRequest()
	x.open("POST", "/done?id=" + q.get("id"))
	x.setRequestHeader("Content-Type", "application/x-www-form-urlencoded")
	x.send("a=b")
})
</script>
`

func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.URL.Path == "/" {
		io.WriteString(w, script)
	}
}

func empty(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.URL.RawQuery {
	case "css":
		w.Header().Set("Content-Type", "text/css")
	case "js":
		w.Header().Set("Content-Type", "text/javascript")
	case "frame":
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>A frame.")
	}
}

func video(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "video/mp4")
	w.Header().Set("Accept-Ranges", "bytes")
}

func done(w http.ResponseWriter, r *http.Request) {
	fmt.Printf("done\t%s\t%s\n", r.URL.Query().Get("id"), r.UserAgent())
}
