// Goclient connects to the servers of the ground truth as programs in Go do:
// with net/http, crypto/tls, golang.org/x/crypto/ssh, or quic-go.
package main

import (
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/quic-go/quic-go/http3"
	"golang.org/x/crypto/ssh"
)

// timeout bounds each connection.
const timeout = 5 * time.Second

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: goclient http|tls|ssh|quic HOST")
	}
	connect := map[string]func(host string) error{"http": web, "tls": dial, "ssh": shell, "quic": quicWeb}[os.Args[1]]
	if connect == nil {
		log.Fatalf("%s is nothing to do", os.Args[1])
	}
	if err := connect(os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func web(host string) error {
	c := &http.Client{Timeout: timeout}
	for _, url := range []string{"https://" + host + "/", "http://" + host + "/"} {
		if err := get(c, url); err != nil {
			return err
		}
		r, err := c.Post(url, "text/plain", nil)
		if err != nil {
			return err
		}
		r.Body.Close()
	}
	return nil
}

func get(c *http.Client, url string) error {
	r, err := c.Get(url)
	if err != nil {
		return err
	}
	return r.Body.Close()
}

func dial(host string) error {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: timeout}, "tcp", net.JoinHostPort(host, "443"), nil)
	if err != nil {
		return err
	}
	return c.Close()
}

func shell(host string) error {
	c, err := ssh.Dial("tcp", net.JoinHostPort(host, "22"), &ssh.ClientConfig{
		User:            "a",
		Auth:            []ssh.AuthMethod{ssh.Password("b")},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // a laboratory's keys are new each time
		Timeout:         timeout,
	})
	if err != nil {
		return err
	}
	return c.Close()
}

func quicWeb(host string) error {
	t := &http3.Transport{}
	defer t.Close()
	return get(&http.Client{Transport: t, Timeout: timeout}, "https://"+host+"/")
}
