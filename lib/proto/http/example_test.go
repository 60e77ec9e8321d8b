package http_test

import (
	"fmt"
	"log"
	"net/netip"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto/http"
)

func ExampleRequest() {
	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:80"))
	w.InspectPayload(&k, []byte("POST /search HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\nq=1"), 0)

	if m, ok := w.Message().(*http.Request); ok {
		fmt.Printf("%s http://%s%s by %s\n", m.Method, m.Host, m.URI, m.UserAgent)
		for f := range m.Fields() {
			fmt.Printf("%s: %s\n", f.Name, f.Value)
		}
		fmt.Printf("body: %s\n", m.Body())
	}
	// Output:
	// POST http://example.com/search by curl/8.5.0
	// Host: example.com
	// User-Agent: curl/8.5.0
	// Accept: */*
	// body: q=1
}

func ExampleResponse() {
	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.2:80"), netip.MustParseAddrPort("192.0.2.1:50000"))
	w.InspectPayload(&k, []byte("HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n"), 0)

	if m, ok := w.Message().(*http.Response); ok {
		fmt.Printf("%s %s from %s\n", m.Status, m.Reason, m.Server)
	}
	// Output:
	// 404 Not Found from nginx
}
