package engine_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"merctools/lib/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
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

// serverHandshake is a ServerHello of TLS 1.3 as a handshake message, without
// a record around it.
func serverHandshake(random string) string {
	body := "\x03\x03" + random + "\x00\x13\x01\x00" + "\x00\x0e" + "\x00\x33\x00\x04\x00\x1d\x00\x00" + "\x00\x2b\x00\x02\x03\x04"
	return "\x02\x00\x00" + string(rune(len(body))) + body
}

// retryRandom is the random of a HelloRetryRequest (RFC 8446, section 4.1.3).
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

// tellHello leaves of records what tells the hello in them.
func tellHello(t *testing.T, records []string) (all []string) {
	t.Helper()
	for _, r := range records {
		s := ""
		for name, text := range map[string]string{
			"client": `"quic":"quic/(00000001)(0303)(1301)[(0000)(000a00040002001d)]"`,
			"server": `"tls_server":"tls_server/(0303)(1301)((0033)(002b00020304))"`,
		} {
			if strings.Contains(r, text) {
				s += name
			}
		}
		for _, x := range []string{"truncated", "reassembled"} {
			if strings.Contains(r, `"`+x+`":true`) {
				s += " " + x
			}
		}
		all = append(all, s)
	}
	return all
}

func TestDeepQUICServer(t *testing.T) {
	const id = "abcdefgh"
	hello, answer := clientHello[5:], serverHandshake(strings.Repeat("s", 32))
	client := udp(50000, 443, quicInitial(id, cryptoFrame(0, hello)))
	back := func(data string) []byte {
		return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP, 2, 1),
			&layers.UDP{SrcPort: 443, DstPort: 50000}, gopacket.Payload(data))
	}
	server := func(size int, frames ...[]byte) string {
		return quicPacket("server in", id, "", slices.Concat(frames...), size)
	}
	ack := []byte{2, 0, 0, 0, 0}
	handshake := "\xe0\x00\x00\x00\x01\x00\x00\x1e" + strings.Repeat("x", 30)
	retry := serverHandshake(retryRandom)
	for name, tt := range map[string]struct {
		packets [][]byte
		want    []string
	}{
		"small":                 {[][]byte{client, back(server(200, ack, cryptoFrame(0, answer)))}, []string{"client", "server"}},
		"coalesced":             {[][]byte{client, back(server(150, ack, cryptoFrame(0, answer)) + handshake)}, []string{"client", "server"}},
		"behind a packet":       {[][]byte{client, back(server(100, ack) + server(150, cryptoFrame(0, answer)))}, []string{"client", "server"}},
		"in two":                {[][]byte{client, back(server(100, ack, cryptoFrame(0, answer[:9]))), back(server(150, cryptoFrame(9, answer[9:])))}, []string{"client", "server reassembled"}},
		"last part first":       {[][]byte{client, back(server(150, cryptoFrame(9, answer[9:]))), back(server(100, cryptoFrame(0, answer[:9])))}, []string{"client", "server reassembled"}},
		"again":                 {[][]byte{client, back(server(150, cryptoFrame(0, answer))), back(server(150, cryptoFrame(0, answer)))}, []string{"client", "server"}},
		"before the client":     {[][]byte{back(server(1200, ack, cryptoFrame(0, answer))), client}, []string{"", "client", "server"}},
		"acknowledgement":       {[][]byte{client, back(server(100, ack))}, []string{"client"}},
		"hello that ends early": {[][]byte{client, back(server(100, cryptoFrame(0, answer[:50])))}, []string{"client", " truncated"}},
		"other keys":            {[][]byte{client, back(quicPacket("server in", "x", "", cryptoFrame(0, answer), 150))}, []string{"client"}},
		"after a retry request": {[][]byte{
			client, back(server(150, cryptoFrame(0, retry))),
			udp(50000, 443, quicPacket("client in", id, "new-one!", cryptoFrame(len(hello), hello), 1200)),
			back(server(150, cryptoFrame(len(retry), answer))),
		}, []string{"client", "server", "client", "server"}},
	} {
		if got := tellHello(t, deepRecords(newDeepWorker(t), tt.packets)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// What has come of a hello when its connection is given up is written.
func TestDeepQUICIncomplete(t *testing.T) {
	hello := clientHello[5:]
	w := newDeepWorker(t)
	var packets [][]byte
	for i := range 3000 {
		packets = append(packets, udp(layers.UDPPort(10000+i), 443, quicInitial("id"+string(rune('A'+i)), cryptoFrame(0, hello[:len(hello)-4]))))
	}
	got := deepRecords(w, packets)
	if len(got) != len(packets) {
		t.Fatalf("%d records for %d connections", len(got), len(packets))
	}
	for i, r := range got {
		if !strings.Contains(r, `"truncated":true`) || !strings.Contains(r, `"src_port":`+strconv.Itoa(10000+i)+`,`) || !strings.Contains(r, `"server_name":"example.com"`) {
			t.Fatalf("record %d: %s", i, r)
		}
	}
	if n := w.Counters().Panics; n != 0 {
		t.Errorf("%d parsers failed", n)
	}
}
