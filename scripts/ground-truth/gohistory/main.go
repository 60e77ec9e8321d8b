// Gohistory connects to a website as programs in Go do, with nothing but the
// standard library as it was in Go 1.3: all releases since can build it.
package main

import (
	"crypto/tls"
	"io"
	"io/ioutil"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const timeout = 3 * time.Second

func main() {
	log.SetFlags(0)
	host := os.Args[1]
	cache := tls.NewLRUClientSessionCache(4)
	for i := 0; i < 2; i++ {
		// A new transport makes a new connection; the cache makes it resume.
		get("https://"+host+"/empty", &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ClientSessionCache: cache}})
		get("https://"+host+"/empty", &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}})
		get("https://"+host+":8443/empty", &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ClientSessionCache: cache}})
		dial(host, &tls.Config{InsecureSkipVerify: true, ServerName: host, ClientSessionCache: cache})
	}
	https := http.DefaultTransport.(*http.Transport)
	get("https://"+host+"/empty", https) // fails behind the hello, for the certificate
	get("https://"+os.Args[2]+"/empty", https)
	dial(os.Args[2], &tls.Config{InsecureSkipVerify: true})
	dial(host, &tls.Config{InsecureSkipVerify: true, ServerName: host, MaxVersion: tls.VersionTLS12})
	dial(host, &tls.Config{InsecureSkipVerify: true, ServerName: host, MinVersion: tls.VersionTLS12})
	dial(host, &tls.Config{InsecureSkipVerify: true, ServerName: host, MinVersion: tls.VersionTLS10})
	dial(host, &tls.Config{InsecureSkipVerify: true, ServerName: host, NextProtos: []string{"http/1.1"}})
	plain := &http.Transport{}
	get("http://"+host+"/empty", plain)
	get("http://"+host+"/empty", &http.Transport{DisableCompression: true})
	get("http://"+host+"/empty", &http.Transport{DisableKeepAlives: true})
	request("HEAD", "http://"+host+"/empty", "", nil, plain)
	request("POST", "http://"+host+"/empty", "application/json", strings.NewReader("{}"), plain)
	request("PUT", "http://"+host+"/empty", "application/octet-stream", strings.NewReader("a"), plain)
	request("POST", "http://"+host+"/empty", "application/x-www-form-urlencoded", strings.NewReader("a=b"), plain)
}

func get(url string, t http.RoundTripper) { request("GET", url, "", nil, t) }

func request(method, url, kind string, body io.Reader, t http.RoundTripper) {
	q, err := http.NewRequest(method, url, body)
	if err != nil {
		log.Fatal(err)
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	r, err := (&http.Client{Transport: t, Timeout: timeout}).Do(q)
	if err != nil {
		log.Print(err)
		return
	}
	ioutil.ReadAll(r.Body)
	r.Body.Close()
	if t, ok := t.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

func dial(host string, config *tls.Config) {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: timeout}, "tcp", net.JoinHostPort(host, "443"), config)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(timeout))
	c.Write([]byte("GET /empty HTTP/1.0\r\n\r\n"))
	ioutil.ReadAll(c)
}
