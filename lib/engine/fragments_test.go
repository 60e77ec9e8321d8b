package engine_test

import (
	"github.com/gopacket/gopacket/layers"

	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// pieces cuts the IPv4 packet in an Ethernet frame into fragments of at most
// size bytes, a multiple of 8.
func pieces(frame []byte, id uint16, size int) (all [][]byte) {
	const head = 14 + 20
	payload := frame[head:]
	for at := 0; at < len(payload); at += size {
		end := min(at+size, len(payload))
		b := slices.Concat(frame[:head], payload[at:end])
		field := uint16(at / 8)
		if end < len(payload) {
			field |= 0x2000
		}
		binary.BigEndian.PutUint16(b[14+2:], uint16(20+end-at))
		binary.BigEndian.PutUint16(b[14+4:], id)
		binary.BigEndian.PutUint16(b[14+6:], field)
		all = append(all, b)
	}
	return all
}

// Packets in fragments give the records that they give whole: in any order,
// with copies, for a worker that reads all headers and for several that share
// a reader.
func TestFragments(t *testing.T) {
	e, err := engine.New(engine.Config{Options: proto.Options{Deep: true, DNSJSON: true, Metadata: true}})
	if err != nil {
		t.Fatal(err)
	}
	var whole, cut [][]byte
	for i, data := range []string{clientHello, httpRequest, serverHello, sshInit} {
		whole = append(whole, tcp(layers.TCPPort(1000+i), 443, 1, data))
	}
	whole = append(whole, udp(50000, 53, dnsQuery), udp(53, 50000, dnsResponse))
	var want []string
	for i, p := range whole {
		binary.BigEndian.PutUint16(p[14+4:], uint16(i))
		binary.BigEndian.PutUint16(p[14+6:], 0)
		cut = append(cut, pieces(p, uint16(i), 16)...)
		if record := e.NewWorker(nil).Packet(nil, packet.LinkEthernet, p, 0); len(record) > 0 {
			want = append(want, string(record))
		}
	}
	if len(want) < 5 {
		t.Fatalf("%d records", len(want))
	}
	slices.Sort(want)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := e.NewWorker(fingerprintdb.NewHistory())
		others := []*engine.Worker{e.NewWorker(fingerprintdb.NewHistory()), e.NewWorker(fingerprintdb.NewHistory())}
		reader := e.NewReader()
		var got []string
		var memory []byte
		for _, n := range append(r.Perm(len(cut)), r.Perm(len(cut))...) {
			out := w.Packet(nil, packet.LinkEthernet, cut[n], 0)
			if len(out) > 0 {
				got = append(got, string(out))
			}
			var h packet.Headers
			data := reader.Read(&h, packet.LinkEthernet, cut[n], 0, &memory)
			other := others[h.Hash(data)%2]
			if second := other.Decoded(nil, &h, data, 0); !bytes.Equal(second, out) {
				t.Fatalf("shared out %s\nalone      %s", second, out)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%q\nwant %q", got, want)
		}
		s := w.Counters()
		var shared engine.Stats
		for _, o := range others {
			shared.Add(o.Counters())
		}
		if shared.AddReader(reader); shared != s {
			t.Errorf("shared out %+v, alone %+v", shared, s)
		}
	}
}

// A fragment is kept, whatever it carries, since that shows later; without
// the option the first is a packet like others.
func TestFragmentsKept(t *testing.T) {
	list := pieces(tcp(50000, 443, 1, longHello(500)), 7, 480)
	w := worker(t, proto.Options{Deep: true})
	for i, p := range list {
		out := w.Packet(nil, packet.LinkEthernet, p, 0)
		if !w.Kept() || (len(out) > 0) != (i == len(list)-1) {
			t.Errorf("fragment %d: kept %v, record %q", i, w.Kept(), out)
		}
	}
	w = worker(t, proto.Options{Reassembly: false})
	if out := w.Packet(nil, packet.LinkEthernet, list[0], 0); !bytes.Contains(out, []byte(`"truncated":true`)) {
		t.Errorf("first fragment: %q", out)
	}
}
