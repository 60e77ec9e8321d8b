package engine

import (
	"encoding/binary"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// unfinished is a TCP segment with the beginning of a ClientHello, from a port.
func unfinished(port uint16) []byte {
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" // 512 bytes, of which these come
	p := append([]byte{0x45, 0}, make([]byte, 38)...)
	be := binary.BigEndian
	be.PutUint16(p[2:], uint16(40+len(hello)))
	p[8], p[9] = 64, packet.ProtocolTCP
	copy(p[12:], "\xc0\x00\x02\x01\xc0\x00\x02\x02")
	be.PutUint16(p[20:], port)
	be.PutUint16(p[22:], 443)
	be.PutUint32(p[24:], 1)
	p[32], p[33] = 5<<4, packet.FlagACK
	return append(p, hello...)
}

// Workers that share what they remember of flows have the memory of all of them for
// that, and one of them counts.
func TestShareFlows(t *testing.T) {
	cfg := Config{Options: proto.Options{Reassembly: true}}
	cfg.Memory = cfg.LeastMemory()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	reader := e.NewReader()
	evicted := func(workers int) uint64 {
		var all []*Worker
		for i := range workers {
			w := e.NewWorker(fingerprintdb.NewHistory())
			if i > 0 {
				w.ShareFlows(all[0].Flows())
				w.ShareFlows(all[0].Flows()) // again: it has no more to bring
			}
			all = append(all, w)
		}
		if use := all[0].FlowUse(); use != FlowsForSome {
			t.Fatalf("flow use %d", use)
		}
		const segments = 3000
		for i := range segments {
			w, p := all[i%workers], unfinished(uint16(1024+i))
			var h packet.Headers
			reader.Read(&h, packet.LinkRaw, p, 1e9, nil)
			reader.Mark(&h, p)
			h.SetFlow(p)
			if out, done := w.Alone(nil, &h, p, 1e9); len(out) > 0 || done {
				t.Fatalf("alone: %q, done %t", out, done)
			}
			w.InFlow(nil, &h, p, 1e9)
		}
		var sum Stats
		for _, w := range all {
			sum.Add(w.Counters())
		}
		if m := sum.States[StateMessages]; m.Begun != segments || sum.Packets != segments {
			t.Fatalf("%d workers: %d messages begun by %d packets, want %d", workers, m.Begun, sum.Packets, segments)
		}
		return sum.States[StateMessages].Evicted
	}
	one, four := evicted(1), evicted(4)
	if room := 3000 - one; one == 0 || four != 3000-min(4*room, 3000) {
		t.Errorf("one worker evicts %d messages, four evict %d", one, four)
	}
}
