// Emulate sends the TLS client hellos of browsers and apps, as the profiles of
// github.com/bogdanfinn/tls-client and its fork of utls imitate them, to a
// server of its own, and writes which source port sent which.
//
// Each profile is sent in the variants that a real client has: with and without
// a server name, with names of several lengths (which decide over padding), with
// and without HTTP/2, and as the second connection that resumes the first in
// TLS 1.3 and 1.2.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdtls "crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bogdanfinn/tls-client/profiles"
	tls "github.com/bogdanfinn/utls"
)

// timeout bounds each connection.
const timeout = 3 * time.Second

// The ports of the server: one speaks TLS 1.3 at most, the other TLS 1.2.
const (
	newPort = 443
	oldPort = 8443
)

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "192.0.2.1", "address of the server")
	runs := flag.Int("runs", 3, "how often to send what a client varies at random")
	flag.Parse()
	for port, version := range map[int]uint16{newPort: stdtls.VersionTLS13, oldPort: stdtls.VersionTLS12} {
		if err := serve(net.JoinHostPort(*addr, fmt.Sprint(port)), version); err != nil {
			log.Fatal(err)
		}
	}
	for _, c := range clients() {
		for range times(c, *runs) {
			for _, v := range variants {
				for _, port := range []int{newPort, oldPort} {
					connectTwice(c, v, net.JoinHostPort(*addr, fmt.Sprint(port)))
				}
			}
		}
	}
}

// times is how often to send a client's hello: those of Chromium since 106 vary
// the order of extensions, and others nothing.
func times(c client, runs int) int {
	if c.label.Family == "chromium" && len(c.label.Version) >= len("106") {
		return runs
	}
	return 1
}

// A client is a program whose hello a profile imitates.
type client struct {
	id    tls.ClientHelloID
	form  form
	label label
}

// A label is what a record of the client's says of its sender; Port is where the
// client sent it from.
type label struct {
	Port    int    `json:"port"`
	Process string `json:"name"`
	Version string `json:"version"`
	OS      string `json:"os,omitempty"`
	Library string `json:"library"`
	Kind    string `json:"kind"`
	Family  string `json:"family"`
}

// A variant is what differs between connections of the same client.
type variant struct {
	name string   // server name; none if it is empty
	alpn []string // application protocols in place of the profile's; nil leaves them
	none bool     // no application protocols at all
}

var variants = []variant{
	{name: "www.lab.test"},
	{name: strings.Repeat("long", 12) + "." + strings.Repeat("name", 12) + ".lab.test"},
	{},
	{name: "www.lab.test", alpn: []string{"http/1.1"}},
	{name: "www.lab.test", none: true},
}

func clients() []client {
	ids := map[string]tls.ClientHelloID{}
	for _, id := range parrots {
		ids[id.Client+" "+id.Version] = id
	}
	var list []client
	for key, id := range ids {
		if l, ok := labelOf(key); ok {
			list = append(list, inForms(id, l)...)
		}
	}
	for name, p := range profiles.MappedTLSClients {
		l, ok := labelOf(strings.ReplaceAll(name, "_", " "))
		if !ok {
			log.Printf("profile %s: no label", name)
			continue
		}
		l.Library = "tls-client 1.11.2 " + name
		list = append(list, inForms(p.GetClientHelloId(), l)...)
	}
	slices.SortFunc(list, func(a, b client) int { return strings.Compare(a.label.Library, b.label.Library) })
	return list
}

// inForms returns a client for each form of a profile.
func inForms(id tls.ClientHelloID, l label) (list []client) {
	for _, f := range forms(l.Library, l.Family) {
		named := l
		if f.name != "" {
			named.Library += " (" + f.name + ")"
		}
		if f.version != "" {
			named.Version = f.version
		}
		list = append(list, client{id, f, named})
	}
	return list
}

// labelOf says which program a profile imitates; false if it is none of the
// world's.
func labelOf(profile string) (label, bool) {
	l := label{Kind: "emulated", Library: "utls " + profile}
	words := strings.Fields(strings.ToLower(profile))
	if len(words) < 2 {
		return l, false
	}
	l.Version = words[1]
	switch words[0] {
	case "chrome":
		l.Process, l.Family = "chrome", "chromium"
	case "edge":
		l.Process, l.Family = "msedge", "chromium"
	case "opera":
		l.Process, l.Family = "opera", "chromium"
	case "qqbrowser", "qq":
		l.Process, l.Family = "qqbrowser", "chromium"
	case "360browser", "360":
		l.Process, l.Family = "360browser", "chromium"
	case "firefox":
		l.Process, l.Family = "firefox", "firefox"
	case "ios":
		l.Process, l.Family, l.OS = "safari", "apple", cpe("apple:iphone_os", iosVersion(words[1]))
		l.Version = iosVersion(words[1])
	case "ipados", "ipad":
		l.Process, l.Family, l.OS = "safari", "apple", cpe("apple:ipados", words[1])
	case "safari":
		l.Process, l.Family = "safari", "apple"
		if words[1] == "ios" || words[1] == "ipad" {
			l.Version = strings.Join(words[2:], ".")
			l.OS = cpe(map[string]string{"ios": "apple:iphone_os", "ipad": "apple:ipados"}[words[1]], l.Version)
		} else {
			l.Version = strings.Join(words[1:], ".")
			l.OS = cpe("apple:macos", "*")
		}
	case "android":
		l.Process, l.Family, l.OS = "okhttp", "android", cpe("google:android", words[1])
	case "okhttp4":
		l.Process, l.Family, l.Version = "okhttp", "android", "4"
		l.OS = cpe("google:android", words[2])
	case "zalando", "nike", "mms", "mesh", "confirmed":
		// Apps, which use what their system has, as others do.
		l.Version = ""
		if words[0] == "mms" && words[len(words)-1] != "3" {
			l.Process, l.Family, l.OS = "boringssl program", "boringssl", cpe("apple:iphone_os", "*")
		} else if slices.Contains(words, "ios") {
			l.Process, l.Family, l.OS = "apple program", "apple", cpe("apple:iphone_os", "*")
		} else if words[0] == "mesh" && !slices.Contains(words, "2") { // the second one is as Android's own: without GREASE
			l.Process, l.Family, l.OS = "chromium", "chromium", cpe("google:android", "*") // by Cronet
		} else {
			l.Process, l.Family, l.OS = "android program", "android", cpe("google:android", "*")
		}
	default:
		return l, false
	}
	return l, true
}

// iosVersion undoes the old name "111", which means 11.1.
func iosVersion(v string) string {
	if v == "111" {
		return "11.1"
	}
	return v
}

func cpe(product, version string) string {
	return "cpe:2.3:o:" + product + ":" + version + ":*:*:*:*:*:*:*"
}

// lastPort is the source port of the last connection.
var lastPort = 10_000

// connectTwice connects, and once more with what the server gave to resume.
func connectTwice(c client, v variant, addr string) {
	cache := tls.NewLRUClientSessionCache(2)
	for second := range 2 {
		if err := connect(c, v, addr, cache, second == 1); err != nil {
			// The hello has been sent: what the server or the library makes of
			// the rest doesn't matter.
			log.Printf("%s: %v", c.label.Library, err)
		}
	}
}

func connect(c client, v variant, addr string, cache tls.ClientSessionCache, resume bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	// Each connection has a source port of its own, which tells it from others.
	lastPort++
	d := &net.Dialer{Timeout: timeout, LocalAddr: &net.TCPAddr{Port: lastPort}}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(timeout))
	spec, err := c.id.ToSpec()
	if err != nil {
		if spec, err = tls.UTLSIdToSpec(c.id); err != nil {
			return err
		}
	}
	c.form.apply(&spec)
	edit(&spec, v, resume)
	l := c.label
	l.Port = lastPort
	if err := json.NewEncoder(os.Stdout).Encode(l); err != nil {
		return err
	}
	config := &tls.Config{ServerName: v.name, InsecureSkipVerify: true, ClientSessionCache: cache, OmitEmptyPsk: true}
	if v.name == "" {
		config.ServerName = addr // for the cache; no extension is sent for an address
	}
	u := tls.UClient(conn, config, tls.HelloCustom, false, false, false)
	if err := u.ApplyPreset(&spec); err != nil {
		return err
	}
	if err := u.Handshake(); err != nil {
		return err
	}
	// Tickets of TLS 1.3 come behind the handshake.
	if _, err := fmt.Fprint(u, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return err
	}
	u.Read(make([]byte, 64))
	return nil
}

// edit makes a variant of a hello.
func edit(spec *tls.ClientHelloSpec, v variant, resume bool) {
	tls13, psk := false, false
	spec.Extensions = slices.DeleteFunc(spec.Extensions, func(e tls.TLSExtension) bool {
		switch e := e.(type) {
		case *tls.ALPNExtension:
			if v.alpn != nil {
				e.AlpnProtocols = v.alpn
			}
			return v.none
		case *tls.ApplicationSettingsExtension:
			// It is about HTTP/2.
			return v.none || v.alpn != nil
		case *tls.SNIExtension:
			return v.name == ""
		case *tls.SupportedVersionsExtension:
			tls13 = slices.Contains(e.Versions, tls.VersionTLS13)
		case tls.PreSharedKeyExtension:
			psk = true
		}
		return false
	})
	if tls13 && resume && !psk {
		spec.Extensions = append(spec.Extensions, &tls.UtlsPreSharedKeyExtension{})
	}
}

// serve lets clients connect and answers a request with a line.
func serve(addr string, version uint16) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(0, 0, 1), DNSNames: []string{"www.lab.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	l, err := stdtls.Listen("tcp", addr, &stdtls.Config{
		Certificates: []stdtls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		NextProtos:   []string{"h2", "http/1.1"},
		MaxVersion:   version,
	})
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(timeout))
				c.Read(make([]byte, 1024))
				fmt.Fprint(c, "HTTP/1.0 204 No Content\r\n\r\n")
			}()
		}
	}()
	return nil
}
