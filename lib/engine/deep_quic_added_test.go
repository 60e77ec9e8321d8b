package engine_test

import (
	"strings"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/proto"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Hellos of QUIC servers have JA3S and tls_params: also where they come in
// several packets, and again for another hello after a HelloRetryRequest.
func TestDeepQUICServerAdded(t *testing.T) {
	const id = "abcdefgh"
	hello, answer, retry := clientHello[5:], serverHandshake(strings.Repeat("s", 32)), serverHandshake(retryRandom)
	client := udp(50000, 443, quicInitial(id, cryptoFrame(0, hello)))
	server := func(frame []byte) []byte {
		return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP, 2, 1),
			&layers.UDP{SrcPort: 443, DstPort: 50000}, gopacket.Payload(quicPacket("server in", id, "", frame, 150)))
	}
	const (
		ja3s   = `"ja3s":"eb1d94daa7e0344597e756a1fb6e7054"` // of 771,4865,51-43
		params = `"tls_params":{"version":"TLSv1.3","cipher_suite":"TLS_AES_128_GCM_SHA256","group":"x25519","post_quantum":false,"hello_retry":`
		offer  = `"tls_params":{"versions":["TLSv1.2"],"groups":["x25519"],"post_quantum_offered":false`
	)
	for name, tt := range map[string]struct {
		packets [][]byte
		want    []string // of each record
	}{
		"whole": {[][]byte{client, server(cryptoFrame(0, answer))}, []string{offer, params + "false}"}},
		"in two": {[][]byte{client, server(cryptoFrame(0, answer[:20])), server(cryptoFrame(20, answer[20:]))},
			[]string{offer, params + "false}"}},
		"after a retry request": {[][]byte{
			client, server(cryptoFrame(0, retry)),
			udp(50000, 443, quicPacket("client in", id, "new-one!", cryptoFrame(len(hello), hello), 1200)),
			server(cryptoFrame(len(retry), answer)),
		}, []string{offer, params + "true}", offer, params + "false}"}},
		"that ends early": {[][]byte{client, server(cryptoFrame(0, answer[:50]))}, []string{offer, ""}},
	} {
		for _, list := range []string{"all", "ja3s"} {
			w := newAddingWorker(t, list)
			got := deepRecords(w, tt.packets)
			if len(got) != len(tt.want) {
				t.Errorf("%s: %d records: %q", name, len(got), got)
				continue
			}
			for i, r := range got {
				want := tt.want[i]
				if want == "" && strings.Contains(r, `"tls_params"`) || !strings.Contains(r, want) {
					t.Errorf("%s: %s, want %s", name, r, want)
				}
				if has := strings.HasPrefix(want, params); strings.Contains(r, ja3s) != has {
					t.Errorf("%s, --fingerprints=%s: %s, JA3S wanted: %t", name, list, r, has)
				}
				if is := want == offer && list == "all"; strings.Contains(r, `"ja3":"`) != is || strings.Contains(r, `"ja4":"q`) != is {
					t.Errorf("%s, --fingerprints=%s: %s, JA3 and JA4 wanted: %t", name, list, r, is)
				}
			}
			if n := w.Counters().Panics; n != 0 {
				t.Errorf("%s: %d parsers failed", name, n)
			}
		}
	}
}

// newAddingWorker returns a Worker for all members, and a list of fingerprints.
func newAddingWorker(t *testing.T, list string) *engine.Worker {
	t.Helper()
	further, err := fingerprints.Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	added, err := members.Parse("all", 0)
	if err != nil {
		t.Fatal(err)
	}
	return newWorker(t, engine.Config{Options: proto.Options{Deep: true}, Fingerprints: further, Members: added})
}
