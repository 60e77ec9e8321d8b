package hoststats_test

import (
	"os"
	"time"

	"merctools/lib/flow"
	"merctools/lib/hoststats"
	"merctools/lib/npf"
)

func Example() {
	counts := hoststats.New(1000)
	c := counts.NewCollector() // one for each goroutine
	k := flow.Key{Version: 4, Src: [16]byte{192, 0, 2, 1}, Dst: [16]byte{198, 51, 100, 7}, SrcPort: 40000, DstPort: 443, Protocol: 6}
	for range 3 {
		c.Client(npf.TLS, []byte("tls/1/(0303)(1301)[]"), &k, []byte("www.example.com"), nil)
	}
	header := hoststats.Header{Start: time.Unix(1709164800, 0), Version: "1.0.0", ResourceVersion: "2024.02.29; 1.0", Commit: "unknown"}
	counts.Take().Write(os.Stdout, &header)
	// Output:
	// {"src_ip":"192.0.2.1", "libmerc_init_time" : "2024-02-29T00:00:00Z","libmerc_version": "1.0.0", "resource_version" : "2024.02.29; 1.0", "build_number" : "0", "git_commit_id": "unknown", "fingerprints":[{"str_repr":"tls/1/(0303)(1301)[]", "sessions": [{"dest_info":[{"dst":"(www.example.com)(198.51.100.7)(443)","count":3}]}]}]}
}
