package tls_test

import (
	"fmt"
	"strings"

	"merctools/lib/npf"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

func ExampleClientHello() {
	data := wire.Of([]byte("\x16\x03\x01\x00\x4b\x01\x00\x00\x47" +
		"\x03\x03" + strings.Repeat("R", 32) + "\x00\x00\x02\x13\x01\x01\x00" +
		"\x00\x1c\x00\x00\x00\x10\x00\x0e\x00\x00\x0bexample.com\x00\x0a\x00\x04\x00\x02\x00\x1d"))
	var (
		record    tls.Record
		handshake tls.Handshake
		hello     tls.ClientHello
	)
	record.Parse(&data)
	handshake.Parse(&record.Fragment)
	if !hello.Parse(handshake.Body) {
		return
	}
	fmt.Printf("%s\n", hello.ServerName())
	for suite := range hello.CipherSuites.All() {
		fmt.Println(tls.CipherSuiteName(suite))
	}
	for group := range hello.SupportedGroups().All() {
		fmt.Println(tls.GroupName(group))
	}
	var fingerprint npf.Builder
	fingerprint.Begin(npf.TLS, int(npf.Sorted))
	hello.WriteFingerprint(&fingerprint, npf.Sorted)
	fmt.Printf("%s\n", fingerprint.Bytes())
	// Output:
	// example.com
	// TLS_AES_128_GCM_SHA256
	// x25519
	// tls/1/(0303)(1301)[(0000)(000a00040002001d)]
}
