package engine_test

import (
	"runtime"
	"strings"
	"testing"

	"merctools/lib/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// What never ends takes no more memory than its bound, however much there is of
// it.
func TestDeepMemory(t *testing.T) {
	const mib = 1 << 20
	half := longHello(3000)[:1400]
	body := dtlsClient + strings.Repeat("x", 8000)
	fragment := strings.Repeat("f", 1400)
	frame := ethernet(layers.EthernetTypeIPv4)
	for name, tt := range map[string]struct {
		packets int
		bound   int // bytes
		packet  func(i int) []byte
	}{
		"half-open streams": {40_000, 48 * mib, func(i int) []byte {
			return tcp(layers.TCPPort(1024+i%60_000), layers.TCPPort(443+i/60_000), 1, half)
		}},
		"streams with gaps": {40_000, 48 * mib, func(i int) []byte {
			return tcp(layers.TCPPort(1024+i%500), 443, uint32(1+i/500*600), half[:500])
		}},
		"connection IDs": {8_000, 16 * mib, func(i int) []byte {
			id := "id" + string([]byte{byte(i), byte(i >> 8), 0, 0, 0, 0})
			return udp(layers.UDPPort(1024+i), 443, quicInitial(id, cryptoFrame(0, longHello(1500)[5:1100])))
		}},
		"connection IDs in a flow": {8_000, 16 * mib, func(i int) []byte {
			id := "id" + string([]byte{byte(i), byte(i >> 8), 0, 0, 0, 0})
			return udp(50000, 443, quicInitial(id, cryptoFrame(0, longHello(1500)[5:1100])))
		}},
		"hellos of DTLS": {20_000, 16 * mib, func(i int) []byte {
			return udp(layers.UDPPort(1024+i), 443, dtlsRecord(22, 0, dtlsPart(1, 0, body, 0, 1200)))
		}},
		"messages of DTLS in a flow": {20_000, 16 * mib, func(i int) []byte {
			return udp(50000, 443, dtlsRecord(22, 0, dtlsPart(1, byte(i), body, 0, 1200)))
		}},
		"fragments": {40_000, 16 * mib, func(i int) []byte {
			ip := ipv4(layers.IPProtocolUDP, 1, 2)
			ip.Id, ip.Flags, ip.FragOffset = uint16(i), layers.IPv4MoreFragments, uint16(i%30*175)
			return encode(frame, ip, gopacket.Payload(fragment))
		}},
	} {
		w := newDeepWorker(t)
		var out []byte
		before := heap()
		for i := range tt.packets {
			out = w.Packet(out[:0], packet.LinkEthernet, tt.packet(i), int64(i)*1e3)
		}
		if n := heap() - before; n > tt.bound {
			t.Errorf("%s: %d bytes, want at most %d", name, n, tt.bound)
		}
		reached := uint64(0)
		for _, c := range w.Counters().States {
			reached += c.Evicted + c.Incomplete
		}
		if reached == 0 {
			t.Errorf("%s: no bound was reached", name)
		}
		runtime.KeepAlive(w)
	}
}

// heap is how many bytes are in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What streams have held is not kept once it is read, nor where it came from.
func TestReleasedMemory(t *testing.T) {
	const rounds, flows, bound = 20, 1000, 8 << 20
	hello := longHello(3000)
	w := newAddingWorker(t, "")
	var out []byte
	before := 0
	for round := range rounds {
		for _, from := range []int{0, 1400, 2800} {
			part := hello[from:min(from+1400, len(hello))]
			for i := range flows {
				data := tcp(layers.TCPPort(1024+round*flows+i), 443, uint32(1+from), part)
				out = w.Packet(out[:0], packet.LinkEthernet, data, int64(round)*1e9)
			}
		}
		if round == 0 {
			before = heap()
		}
	}
	if n := heap() - before; n > bound {
		t.Errorf("%d bytes, want at most %d", n, bound)
	}
	if s := w.Counters(); s.Records != rounds*flows {
		t.Errorf("%d records of %d", s.Records, rounds*flows)
	}
	runtime.KeepAlive(w)
}
