package fingerprintdb_test

import (
	"bytes"
	"fmt"
	"log"
	"net/netip"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/build"
	"merctools/lib/flow"
	"merctools/lib/npf"
)

const fingerprint = "tls/(0303)(1301)((0000))"

// archive makes a resource archive of two labelled records.
func archive() *bytes.Buffer {
	b := build.NewBuilder(build.Options{Version: "example"})
	for _, process := range []string{"curl", "wget"} {
		b.Add(fmt.Appendf(nil, `{"fingerprints":{"tls":%q},"tls":{"client":{"server_name":"%s.example.com"}},`+
			`"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":50000,"dst_port":443,"event_start":1.5,`+
			`"src_process":{"name":%q,"os":"cpe:2.3:o:debian:debian_linux:13"}}`, fingerprint, process, process))
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		log.Fatal(err)
	}
	return &out
}

func ExampleResult() {
	model, err := fingerprintdb.Load(archive(), fingerprintdb.LoadOptions{Systems: true})
	if err != nil {
		log.Fatal(err)
	}
	k := flow.NewKey(6, netip.MustParseAddrPort("192.0.2.1:50001"), netip.MustParseAddrPort("192.0.2.2:443"))
	var result fingerprintdb.Result
	fingerprintdb.NewAnalyzer(model).Analyze(&fingerprintdb.Observation{
		Type: npf.TLS, Fingerprint: []byte(fingerprint), Key: &k, ServerName: []byte("curl.example.com"),
	}, &result)

	if process, score, ok := result.Process(); ok {
		fmt.Printf("%s, %.2f\n", process, score)
	}
	if malware, probability, ok := result.Malware(); ok {
		fmt.Printf("malware: %t, %.2f\n", malware, probability)
	}
	for system, count := range result.OperatingSystems() {
		fmt.Println(system, count)
	}
	result.Set(fingerprintdb.PlaintextPassword) // known by other means
	for attribute, probability := range result.Attributes() {
		fmt.Printf("%s, %.2f\n", attribute, probability)
	}
	// Output:
	// curl, 0.90
	// malware: false, 0.00
	// cpe:2.3:o:debian:debian_linux:13 1
	// exposed_credentials_plaintext, 1.00
}
