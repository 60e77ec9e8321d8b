// Replay sends the messages of programs that can't be run here, to a server of its
// own, and writes which source port sent which. They are what others measured of
// browsers, the client hellos and requests in the profiles of the npm package
// @ulixee/default-browser-emulator (Chrome and Safari on Windows and macOS); or,
// with -stacks and -requests, the messages of libraries of which the parts are
// known.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// timeout bounds each connection.
const timeout = 2 * time.Second

// A label is what a record of the browser's says of its sender.
type label struct {
	Port    int    `json:"port"`
	Process string `json:"name"`
	Version string `json:"version"`
	OS      string `json:"os,omitempty"`
	Library string `json:"library"`
	Kind    string `json:"kind"`
	Family  string `json:"family"`
}

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "192.0.2.1", "address of the server")
	stacksFile := flag.String("stacks", "", "file with TLS stacks, to send their hellos instead")
	requestsFile := flag.String("requests", "", "file with HTTP stacks, to send their requests instead")
	flag.Parse()
	if flag.NArg() != 2 && *stacksFile == "" && *requestsFile == "" {
		log.Fatal("usage: replay [-addr ADDRESS] SOURCE DIR\nSOURCE says what the profiles in DIR are of, with the version")
	}
	for _, port := range []string{"80", "443"} {
		if err := swallow(net.JoinHostPort(*addr, port)); err != nil {
			log.Fatal(err)
		}
	}
	r := &replayer{addr: *addr, out: json.NewEncoder(os.Stdout), port: 10_000}
	if *stacksFile != "" {
		if err := r.stacks(*stacksFile); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *requestsFile != "" {
		if err := r.httpStacks(*requestsFile); err != nil {
			log.Fatal(err)
		}
		return
	}
	source, dir := flag.Arg(0), flag.Arg(1)
	browsers, err := filepath.Glob(filepath.Join(dir, "as-*"))
	if err != nil || len(browsers) == 0 {
		log.Fatalf("%s has no profiles", dir)
	}
	for _, b := range browsers {
		l, ok := labelOf(filepath.Base(b))
		if !ok {
			log.Printf("%s: unknown browser", b)
			continue
		}
		l.Library, l.Kind = source, "measured"
		if err := r.requests(filepath.Join(b, "headers.json"), l); err != nil {
			log.Print(err)
		}
		systems, _ := filepath.Glob(filepath.Join(b, "as-*"))
		for _, s := range systems {
			l.OS = system(filepath.Base(s))
			if err := r.hello(filepath.Join(s, "clienthello.json"), l); err != nil {
				log.Printf("%s: %v", s, err)
			}
		}
	}
}

// labelOf reads names such as as-chrome-88-0.
func labelOf(dir string) (label, bool) {
	words := strings.Split(strings.TrimPrefix(dir, "as-"), "-")
	l := label{Process: words[0], Version: strings.Join(words[1:], ".")}
	l.Family = map[string]string{"chrome": "chromium", "safari": "apple"}[words[0]]
	return l, l.Family != ""
}

// system reads names such as as-mac-os-10-15 and as-windows-8-1.
func system(dir string) string {
	for prefix, product := range map[string]string{"as-mac-os-": "apple:macos:", "as-windows-": "microsoft:windows_"} {
		if version, ok := strings.CutPrefix(dir, prefix); ok {
			cpe := "cpe:2.3:o:" + product + strings.ReplaceAll(version, "-", ".")
			if strings.HasPrefix(product, "microsoft") {
				cpe += ":*"
			}
			return cpe + ":*:*:*:*:*:*:*"
		}
	}
	return ""
}

type replayer struct {
	addr string
	out  *json.Encoder
	port int // source port of the last connection
}

func (r *replayer) stacks(file string) error {
	list, err := readStacks(file)
	if err != nil {
		return err
	}
	for _, s := range list {
		records, err := s.records()
		if err != nil {
			return err
		}
		for _, record := range records {
			l := label{Process: s.Name, Version: s.Version, OS: s.OS, Library: s.Library, Kind: "emulated", Family: s.Family}
			if err := r.send("443", record, l); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *replayer) httpStacks(file string) error {
	list, err := readHTTPStacks(file)
	if err != nil {
		return err
	}
	for _, s := range list {
		l := label{Process: s.Name, Version: s.Version, OS: s.OS, Library: s.Library, Kind: "emulated", Family: s.Family}
		for _, q := range s.requests() {
			if err := r.send("80", []byte(q), l); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *replayer) hello(file string, l label) error {
	h, err := readHello(file)
	if err != nil {
		return err
	}
	if l.Process == "chrome" && !h.hasGREASE() {
		return errors.New("no GREASE: the hello of a proxy in between")
	}
	record, err := h.record()
	if err != nil {
		return err
	}
	return r.send("443", record, l)
}

// A request is an order of headers for a kind of resource.
type request struct {
	Origins  []string            `json:"originTypes"`
	Method   string              `json:"method"`
	Order    []string            `json:"order"`
	Defaults map[string][]string `json:"defaults"`
}

func (r *replayer) requests(file string, l label) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var all struct {
		HTTP map[string][]request `json:"http"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	sent := map[string]bool{}
	for _, kind := range all.HTTP {
		for _, q := range kind {
			for i := range max(1, q.choices()) {
				text := q.text(i)
				if sent[text] {
					continue
				}
				sent[text] = true
				if err := r.send("80", []byte(text), l); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// choices is how many values the header with most of them has.
func (q *request) choices() (most int) {
	for _, v := range q.Defaults {
		most = max(most, len(v))
	}
	return most
}

// text is the request with the i-th of each header's values. Values that a
// profile doesn't have depend on the request: of them, only the name is in
// fingerprints.
func (q *request) text(i int) string {
	var b strings.Builder
	method := q.Method
	if method == "" {
		method = "GET"
	}
	fmt.Fprintf(&b, "%s / HTTP/1.1\r\n", method)
	for _, name := range q.Order {
		value := "x"
		switch strings.ToLower(name) {
		case "host":
			value = "www.lab.test"
		case "content-length":
			value = "0"
		}
		if v := q.Defaults[name]; len(v) > 0 {
			value = v[i%len(v)]
		}
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	b.WriteString("\r\n")
	return b.String()
}

// send sends bytes from a port of their own.
func (r *replayer) send(port string, data []byte, l label) error {
	r.port++
	l.Port = r.port
	d := &net.Dialer{Timeout: timeout, LocalAddr: &net.TCPAddr{Port: r.port}}
	c, err := d.Dial("tcp", net.JoinHostPort(r.addr, port))
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(timeout))
	if _, err := c.Write(data); err != nil {
		return err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	io.Copy(io.Discard, c)
	return r.out.Encode(l)
}

// swallow accepts connections and reads what comes.
func swallow(addr string) error {
	l, err := net.Listen("tcp", addr)
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
				io.Copy(io.Discard, bufio.NewReader(c))
			}()
		}
	}()
	return nil
}
