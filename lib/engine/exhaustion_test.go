package engine_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/hoststats"
	"merctools/lib/packet"
)

// An attack is traffic that makes state of a kind, of which nothing becomes.
type attack struct {
	name    string
	packets int // that fill what a test gives it several times
	packet  func(i int) []byte
}

// Offsets in frames of Ethernet with IPv4 without options.
const (
	atSource = 14 + 12
	atPort   = 14 + 20
)

// sources returns a frame from another address each time. The memory is used
// again.
func sources(frame []byte) func(i int) []byte {
	return func(i int) []byte {
		binary.BigEndian.PutUint32(frame[atSource:], uint32(i)*2654435761)
		return frame
	}
}

// attacks are all of them. Those of which parts are missing never complete.
func attacks() []attack {
	half := longHello(3000)[:1400]
	hello := "\x03\x03" + strings.Repeat("R", 32) + "\x00\x00\x3c" + strings.Repeat("\x13\x01", 30) + "\x01\x00"
	random := tcp(50000, 443, 1, "\x16\x03\x01\x00"+string([]byte{byte(4 + len(hello)), 1, 0, 0, byte(len(hello))})+hello)
	suites := bytes.Index(random, []byte(strings.Repeat("\x13\x01", 30)))
	ids := func(port func(i int) layers.UDPPort) func(i int) []byte {
		return func(i int) []byte {
			id := string(binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15))
			return udp(port(i), 443, quicInitial(id, cryptoFrame(0, longHello(1500)[5:1100])))
		}
	}
	gaps := tcp(50000, 443, 1, "x")
	body := dtlsClient + strings.Repeat("x", 8000)
	ip := ipv4(layers.IPProtocolUDP, 1, 2)
	ip.Flags = layers.IPv4MoreFragments
	fragment := encode(ethernet(layers.EthernetTypeIPv4), ip, gopacket.Payload(strings.Repeat("f", 1400)))
	return []attack{
		{"flows of UDP", 8_000, sources(udp(50000, 50001, "nothing known"))},
		{"SYN flood", 8_000, sources(syn(50000, 443, 1))},
		{"half hellos over TCP", 4_000, sources(tcp(50000, 443, 1, half))},
		{"segments with gaps", 16_000, func(i int) []byte {
			binary.BigEndian.PutUint32(gaps[atSource:], uint32(i/300)*2654435761)
			binary.BigEndian.PutUint32(gaps[atPort+4:], uint32(3+i%300*2))
			return gaps
		}},
		{"half hellos over QUIC", 1_600, ids(func(i int) layers.UDPPort { return layers.UDPPort(1024 + i) })},
		{"connection IDs in a flow", 800, ids(func(int) layers.UDPPort { return 50000 })},
		{"half hellos of DTLS", 3_000, sources(udp(50000, 443, dtlsRecord(22, 0, dtlsPart(1, 0, body, 0, 1200))))},
		{"fragments", 4_000, sources(fragment)},
		{"random fingerprints", 12_000, func(i int) []byte {
			binary.BigEndian.PutUint32(random[atSource:], uint32(i)*2654435761)
			for k := range 7 {
				binary.LittleEndian.PutUint64(random[suites+8*k:], uint64(i*7+k+1)*0x9e3779b97f4a7c15)
			}
			return random
		}},
	}
}

// exhausted is a worker with a bound of memory, and what belongs to it.
type exhausted struct {
	*engine.Worker
	history *fingerprintdb.History
	stats   *hoststats.Aggregator
	memory  int // bytes that all of it may take
	out     []byte
	now     int64
}

const (
	exhaustedState   = 3 << 20 // of the worker, beside the least
	exhaustedHistory = 1 << 20
	exhaustedText    = 1 << 20
	exhaustedEntries = 2000
	exhaustedStats   = exhaustedText + exhaustedEntries*600
)

// exhaustedWorker returns a worker that may take little more than it must.
func exhaustedWorker(t testing.TB, model *fingerprintdb.Model, cfg engine.Config) *exhausted {
	x := &exhausted{history: fingerprintdb.NewHistoryWithin(exhaustedHistory), stats: hoststats.New(exhaustedEntries), now: 1.7e18}
	x.stats.LimitText(exhaustedText)
	cfg.Model = model
	cfg.Observe = func() engine.Observer { return x.stats.NewCollector() }
	cfg.Memory = cfg.LeastMemory() + exhaustedState
	x.memory = cfg.Memory + exhaustedHistory + exhaustedStats
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	x.Worker = e.NewWorker(x.history)
	return x
}

func (x *exhausted) process(data []byte) {
	x.now += 1e4
	x.out = x.Packet(x.out[:0], packet.LinkEthernet, data, x.now)
}

// Whatever comes, all state stays within the bound that is set for it, and what
// makes room is counted by kind.
func TestExhaustion(t *testing.T) {
	if raceEnabled {
		t.Skip("one goroutine, and neither time nor memory are what they are without the race detector")
	}
	model, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	shallow, deep := complete(t), complete(t)
	deep.Deep = true
	for _, c := range []struct {
		name  string
		cfg   engine.Config
		kinds []engine.StateKind // that reach their bound
	}{
		{"as mercury does", shallow, []engine.StateKind{engine.StateFirstTCP, engine.StateFirstUDP, engine.StateMessages}},
		{"deep", deep, []engine.StateKind{engine.StateFirstUDP, engine.StateStreams, engine.StateHeld, engine.StateFragments, engine.StateQUIC, engine.StateDTLS}},
	} {
		// What is made once for all workers is there already.
		warm := exhaustedWorker(t, model, c.cfg)
		warm.process(attacks()[0].packet(0))
		x := (*exhausted)(nil)
		before := heap()
		x = exhaustedWorker(t, model, c.cfg)
		most := 0
		for _, a := range attacks() {
			for i := range a.packets {
				x.process(a.packet(i))
			}
			took := heap() - before
			most = max(most, took)
			if took > x.memory {
				t.Errorf("%s, %s: %d KiB are in use, more than %d", c.name, a.name, took>>10, x.memory>>10)
			}
		}
		if most < exhaustedState {
			t.Errorf("%s: only %d KiB of %d were ever in use", c.name, most>>10, x.memory>>10)
		}
		t.Logf("%s: at most %d KiB in use of %d", c.name, most>>10, x.memory>>10)
		s := x.Counters()
		for _, k := range c.kinds {
			if n := s.States[k]; n.Evicted == 0 || n.Evicted > n.Begun {
				t.Errorf("%s: %v: %+v", c.name, k, n)
			}
		}
		if begun, evicted := x.history.Sightings(); evicted == 0 || evicted >= begun {
			t.Errorf("%s: %d fingerprints of %d were forgotten", c.name, evicted, begun)
		}
		if entries, dropped := x.stats.Counts(); entries > exhaustedEntries || entries == 0 || dropped == 0 {
			t.Errorf("%s: %d observations, %d were dropped", c.name, entries, dropped)
		}
		runtime.KeepAlive(x)
		runtime.KeepAlive(warm)
	}
}

var manyFlows = flag.Int("flows", 300_000, "how many flows TestManyFlows begins (scripts/nightly: 50 million)")

// Many different flows, each of one datagram or one SYN, take no more memory than
// is set, nor more time when there were many of them.
func TestManyFlows(t *testing.T) {
	if raceEnabled {
		t.Skip("one goroutine, and neither time nor memory are what they are without the race detector")
	}
	model, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	deep := complete(t)
	deep.Deep = true
	for name, cfg := range map[string]engine.Config{"as mercury does": complete(t), "deep": deep} {
		x := (*exhausted)(nil)
		before := heap()
		x = exhaustedWorker(t, model, cfg)
		datagram, opening := sources(udp(50000, 50001, "nothing known")), sources(syn(50000, 443, 1))
		runtime.LockOSThread()
		begin, most := threadTime(), 0
		for i := range *manyFlows / 2 {
			x.process(datagram(i))
			x.process(opening(i))
			if i%(1<<20) == 1<<17 {
				most = max(most, heap()-before)
			}
		}
		took := threadTime() - begin
		runtime.UnlockOSThread()
		if most = max(most, heap()-before); most > x.memory {
			t.Errorf("%s: %d KiB are in use, more than %d", name, most>>10, x.memory>>10)
		}
		s := x.Counters()
		for _, k := range []engine.StateKind{engine.StateFirstUDP, engine.StateFirstTCP, engine.StateStreams} {
			if n := s.States[k]; n.Begun > 0 && (n.Evicted == 0 || n.Evicted > n.Begun) {
				t.Errorf("%s: %v: %+v", name, k, n)
			}
		}
		t.Logf("%s: %d flows in %d KiB of %d, %v each", name, *manyFlows, most>>10, x.memory>>10, took/time.Duration(*manyFlows))
		runtime.KeepAlive(x)
	}
}

var exhaustion = flag.Bool("exhaustion", false, "have TestExhaustionTime measure (scripts/nightly)")

// TestExhaustionTime measures what traffic costs that nothing becomes of once
// state has reached its bound, and what other traffic costs beside it: less than
// twice of what they cost before.
func TestExhaustionTime(t *testing.T) {
	if !*exhaustion {
		t.Skip("it measures time: run with -args -exhaustion on a quiet machine, as scripts/nightly does")
	}
	model, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	good := corpus(t)
	deep := complete(t)
	deep.Deep = true
	for name, cfg := range map[string]engine.Config{"as mercury does": complete(t), "deep": deep} {
		for _, a := range attacks() {
			// The shortest of several: that without what else the machine does.
			const tries = 5
			least := func(f func() time.Duration) time.Duration {
				d := f()
				for range tries - 1 {
					d = min(d, f())
				}
				return d
			}
			batch := a.packets / 8
			frames := make([][]byte, batch)
			fill := func(from int) {
				for i := range frames {
					frames[i] = append(frames[i][:0], a.packet(from+i)...)
				}
			}
			run := func(x *exhausted) time.Duration {
				begin := threadTime()
				for _, f := range frames {
					x.process(f)
				}
				return threadTime() - begin
			}
			legitimate := func(x *exhausted) time.Duration {
				begin := threadTime()
				for _, list := range good {
					for i := range list {
						x.out = x.Packet(x.out[:0], list[i].link, list[i].data, x.now)
					}
				}
				return threadTime() - begin
			}
			fill(0)
			// What is held gives a record at the end, or when it makes room.
			fresh := least(func() time.Duration {
				x := exhaustedWorker(t, model, cfg)
				took, begin := run(x), threadTime()
				for _, ok := x.Pending(); ok; _, ok = x.Pending() {
					x.out = x.Flush(x.out[:0])
				}
				return took + threadTime() - begin
			})
			beside := least(func() time.Duration {
				x := exhaustedWorker(t, model, cfg)
				legitimate(x)
				return legitimate(x)
			})
			x := exhaustedWorker(t, model, cfg)
			next := 0
			for ; next < a.packets; next += batch {
				fill(next)
				run(x)
			}
			full := least(func() time.Duration {
				fill(next)
				next += batch
				return run(x)
			})
			besideFull := least(func() time.Duration { legitimate(x); return legitimate(x) })
			each := func(d time.Duration) time.Duration { return d / time.Duration(batch) }
			t.Logf("%-16s %-26s %7v a packet, %7v at the bound (%.2f); captures %.2f", name, a.name, each(fresh), each(full),
				float64(full)/float64(fresh), float64(besideFull)/float64(beside))
			if full > 2*fresh || besideFull > 2*beside {
				t.Errorf("%s, %s: %v for %v packets, %v at the bound; captures %v, %v at the bound", name, a.name, fresh, batch, full, beside, besideFull)
			}
		}
	}
}
