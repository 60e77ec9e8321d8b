package engine_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"merctools/lib/packet"
)

// A ClientHello gives one record, whatever pieces it comes in, in whatever
// order, over however many packets, with copies.
func TestDeepQUIC(t *testing.T) {
	hello := clientHello[5:]
	const want = `"quic":"quic/(00000001)(0303)(1301)[(0000)(000a00040002001d)]"`
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		most := []int{1, 5, 40}[seed%3]
		var frames [][]byte
		for at := 0; at < len(hello); {
			n := min(1+r.IntN(most), len(hello)-at)
			frames = append(frames, cryptoFrame(at, hello[at:at+n]))
			if r.IntN(5) == 0 {
				frames = append(frames, cryptoFrame(at, hello[at:at+n]))
			}
			at += n
		}
		r.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
		w := newDeepWorker(t)
		var records []string
		for len(frames) > 0 {
			n := min(1+r.IntN(30), len(frames))
			var payload []byte
			for _, f := range frames[:n] {
				payload = append(append(payload, f...), 1) // and a PING
			}
			frames = frames[n:]
			p := udp(50000, 443, quicInitial("abcdefgh", payload))
			for range 1 + r.IntN(2) {
				if out := w.Packet(nil, packet.LinkEthernet, p, 0); len(out) > 0 {
					records = append(records, string(out))
				}
			}
		}
		if len(records) != 1 || !strings.Contains(records[0], want) {
			t.Fatalf("seed %d: %q", seed, records)
		}
	}
}

// The key stays that of the first packet when the destination's ID changes,
// and a new one begins where packets have the keys of their own ID, as after
// Retry.
func TestDeepQUICAfterRetry(t *testing.T) {
	hello := clientHello[5:]
	w := newDeepWorker(t)
	for i, p := range []string{
		quicInitial("abcdefgh", cryptoFrame(0, hello[:30])),
		quicInitial("retry-id", cryptoFrame(0, hello[:30])),
		quicInitial("retry-id", cryptoFrame(30, hello[30:])),
	} {
		out := string(w.Packet(nil, packet.LinkEthernet, udp(50000, 443, p), 0))
		if strings.Contains(out, `"server_name":"example.com"`) != (i == 2) {
			t.Errorf("packet %d: %s", i, out)
		}
	}
}
