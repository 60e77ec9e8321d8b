package engine_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/record"
)

var (
	stretches   = flag.Int("stretches", 3000, "how many packets TestStretched makes (scripts/nightly: a million)")
	stretchSeed = flag.Uint64("stretch-seed", 0, "what TestStretched begins with; 0: the time")
)

// A payload is what a packet of a capture carries.
type payload struct {
	header []byte // Ethernet, IPv4, TCP or UDP: those of packets of its own
	data   []byte
}

// payloads are those of all captures that make a record, a few of each kind.
func payloads(t *testing.T) []payload {
	t.Helper()
	const ofKind = 3
	w := newWorker(t, complete(t))
	decoder := packet.NewDecoder(packet.Config{})
	seen := map[string]int{}
	var all []payload
	for _, list := range corpus(t) {
		for _, m := range list {
			out := w.Packet(nil, m.link, m.data, m.time)
			var h packet.Headers
			decoder.Decode(&h, m.link, m.data)
			data := h.Payload(m.data)
			if len(out) == 0 || !h.HasTransport || len(data) == 0 {
				continue
			}
			kind := fmt.Sprint(h.Protocol)
			scan := record.Scan(out)
			for x := (record.Member{}); scan.Next(&x); {
				kind += " " + string(x.Name)
				if inner := record.Scan(x.Value); x.Value[0] == '{' {
					for y := (record.Member{}); inner.Next(&y); {
						kind += " " + string(y.Name)
					}
				}
			}
			if seen[kind]++; seen[kind] > ofKind {
				continue
			}
			p := payload{data: bytes.Clone(data)}
			if h.Protocol == packet.ProtocolTCP {
				p.header = tcp(0, 0, 1, "")
			} else {
				p.header = udp(0, 0, "")
			}
			binary.BigEndian.PutUint16(p.header[14+20:], h.SrcPort)
			binary.BigEndian.PutUint16(p.header[14+22:], h.DstPort)
			all = append(all, p)
		}
	}
	if len(all) < 50 {
		t.Fatalf("%d kinds of payloads", len(all))
	}
	return all
}

// packet is one with other data, from a sender of its own.
func (p *payload) packet(buf, data []byte, sender int) []byte {
	data = data[:min(len(data), 65535+14-len(p.header))]
	b := append(append(buf[:0], p.header...), data...)
	binary.BigEndian.PutUint16(b[14+2:], uint16(len(b)-14))
	b[14+12+1], b[14+12+2], b[14+12+3] = byte(sender>>16), byte(sender>>8), byte(sender)
	if b[14+9] == packet.ProtocolUDP {
		binary.BigEndian.PutUint16(b[14+20+4:], uint16(len(b)-14-20))
	}
	return b
}

// A stretcher makes long messages of short ones: some bytes come again and again.
// Lengths in front of them are made to fit, in one way or another.
type stretcher struct{ *rand.Rand }

func (s stretcher) stretch(data []byte, size int) []byte {
	at := min(s.IntN(len(data)), s.IntN(len(data)), 2000)
	unit := bytes.Clone(data[at:min(at+1+min(s.IntN(40), s.IntN(40)), len(data))])
	switch s.IntN(8) {
	case 0:
		unit[s.IntN(len(unit))] = byte(s.Uint32())
	case 1:
		unit = []byte{[]byte("\x00\x01\x02\x30\x7f\x80\xff\r\n\t :;,&=\"\\({[<*")[s.IntN(22)]}
	}
	extra := bytes.Repeat(unit, size/len(unit))
	end := at + len(extra)*s.IntN(2) // behind it, either what was there, or nothing
	if s.IntN(4) == 0 {
		if grown, ok := growElement(data, at, extra); ok {
			return grown
		}
	}
	out := append(append(bytes.Clone(data[:at]), extra...), data[min(at, len(data)):]...)
	if end == at {
		out = out[:at+len(extra)]
	}
	mode := s.IntN(3)
	if mode == 0 {
		return out
	}
	// Lengths before the place: those of all that follows, or of whatever it is in.
	fits := func(i, width int, v uint64) bool {
		left := uint64(len(data) - i - width)
		return v == left || mode == 2 && v < left && i+width+int(v) > at
	}
	grown := uint64(len(out) - len(data))
	for i := 0; i+2 <= at; i++ {
		switch {
		case i+4 <= at && fits(i, 4, uint64(binary.BigEndian.Uint32(data[i:]))):
			binary.BigEndian.PutUint32(out[i:], uint32(uint64(binary.BigEndian.Uint32(data[i:]))+grown))
			i += 3
		case i+4 <= at && fits(i, 4, uint64(binary.LittleEndian.Uint32(data[i:]))):
			binary.LittleEndian.PutUint32(out[i:], uint32(uint64(binary.LittleEndian.Uint32(data[i:]))+grown))
			i += 3
		case fits(i, 2, uint64(binary.BigEndian.Uint16(data[i:]))):
			if i > 0 && mode == 1 && data[i-1] == 0 && uint64(data[i-1])<<16+uint64(binary.BigEndian.Uint16(data[i:]))+grown > 0xffff {
				out[i-1]++
			}
			binary.BigEndian.PutUint16(out[i:], uint16(uint64(binary.BigEndian.Uint16(data[i:]))+grown))
			i++
		case fits(i, 2, uint64(binary.LittleEndian.Uint16(data[i:]))):
			binary.LittleEndian.PutUint16(out[i:], uint16(uint64(binary.LittleEndian.Uint16(data[i:]))+grown))
			i++
		case mode == 1 && fits(i, 1, uint64(data[i])):
			out[i] = 0xff
		}
	}
	return out
}

// growElement puts bytes into data that is BER, with lengths that are right for all
// elements around them.
func growElement(data []byte, at int, extra []byte) (out []byte, ok bool) {
	for i := 0; i+2 <= len(data); {
		if at <= i {
			return append(append(bytes.Clone(data[:i]), extra...), data[i:]...), true
		}
		head, n := 2, int(data[i+1])
		if n&0x80 != 0 {
			k := n & 0x7f
			if k == 0 || k > 3 || i+2+k > len(data) {
				return nil, false
			}
			n = 0
			for _, b := range data[i+2 : i+2+k] {
				n = n<<8 | int(b)
			}
			head += k
		}
		if i+head+n > len(data) {
			return nil, false
		}
		if at < i+head+n {
			value := data[i+head : i+head+n]
			inner, ok := []byte(nil), false
			if data[i]&0x20 != 0 || data[i] == 4 {
				inner, ok = growElement(value, at-i-head, extra)
			}
			if !ok {
				k := max(at-i-head, 0)
				inner = append(append(bytes.Clone(value[:k]), extra...), value[k:]...)
			}
			out = append(bytes.Clone(data[:i]), element(data[i], string(inner))...)
			return append(out, data[i+head+n:]...), true
		}
		i += head + n
	}
	return nil, false
}

// TestStretched holds the bounds of TestWorstCase for messages of captures in
// which something comes again and again.
func TestStretched(t *testing.T) {
	if raceEnabled {
		t.Skip("one goroutine, and neither time nor memory are what they are without the race detector")
	}
	seed := *stretchSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-stretch-seed=%d", seed)
	s := stretcher{rand.New(rand.NewPCG(seed, 1))}
	all := payloads(t)
	configs := worstConfigs(t)
	workers := make([]*engine.Worker, len(configs))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var buf, out []byte
	var slowest time.Duration
	now, failed := int64(1.7e18), 0
	for i := range *stretches {
		p := &all[s.IntN(len(all))]
		data := s.stretch(p.data, 1000<<s.IntN(7))
		k := s.IntN(len(configs))
		x := &configs[k]
		w := workers[k]
		if w == nil {
			w = newWorker(t, x.cfg)
			workers[k] = w
		}
		now += 1e9
		once := func(n int) (took time.Duration) {
			buf = p.packet(buf, data, i*160+n)
			before := threadTime()
			out = w.Packet(out[:0], packet.LinkEthernet, buf, now)
			return threadTime() - before
		}
		took := once(0)
		for n := 1; n < 16 && took > x.time/2; n++ {
			took = min(took, once(n))
		}
		slowest = max(slowest, took)
		longest := 0
		for line := range bytes.Lines(out) {
			longest = max(longest, len(line))
		}
		may := x.time
		for try := 1; took > may && try < 10; try++ {
			if may = allowed(x.time, len(buf), bytes.Count(out, []byte("\n"))); took <= may {
				break
			}
			for n := range 16 {
				took = min(took, once(16*try+n))
			}
		}
		if took > may {
			failed++
			t.Errorf("%s: %v for a packet of %d bytes, %v are allowed: %s", x.name, took, len(buf), may, inShort(buf))
		}
		if longest > x.limit || cap(out) > mostOutput {
			failed++
			t.Errorf("%s: a record of %d bytes, and %d of memory: %s", x.name, longest, cap(out), inShort(buf))
			out = nil
		}
		if n := w.Counters().Panics; n > 0 {
			t.Fatalf("%s: a parser failed: %s", x.name, inShort(buf))
		}
		if failed > 20 {
			t.FailNow()
		}
	}
	t.Logf("%d packets of %d messages, the slowest takes %v", *stretches, len(all), slowest)
}

// inShort shows a packet in which something comes again and again.
func inShort(p []byte) string {
	const head, tail = 300, 40
	if len(p) <= head+tail {
		return fmt.Sprintf("%x", p)
	}
	return fmt.Sprintf("%x...%x", p[:head], p[len(p)-tail:])
}
