package engine_test

import (
	"testing"

	"merctools/lib/engine"
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// BenchmarkStage measures what happens to a packet with a ClientHello, stage
// by stage, and all of it together.
func BenchmarkStage(b *testing.B) {
	data := tcp(50000, 443, 1, clientHello)
	payload := wire.Of([]byte(clientHello))
	e, err := engine.New(engine.Config{Options: proto.Options{Metadata: true}})
	if err != nil {
		b.Fatal(err)
	}

	var h packet.Headers
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			e.Decoder().Decode(&h, packet.LinkEthernet, data)
		}
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			h.Hash(data)
		}
	})
	b.Run("identify", func(b *testing.B) {
		t := table(detect.TCP)
		for b.Loop() {
			t.Find(payload, 50000, 443)
		}
	})
	b.Run("identify unknown", func(b *testing.B) {
		t := table(detect.TCP)
		unknown := wire.Of(make([]byte, 1400))
		unknown[0] = 0x17
		for b.Loop() {
			t.Find(unknown, 50000, 443)
		}
	})
	m := message(b, tls.Protocol, "client hello")
	var p proto.Packet
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			m.Parse(payload, &p)
		}
	})
	m.Parse(payload, &p)
	b.Run("fingerprint", func(b *testing.B) {
		var f npf.Builder
		for b.Loop() {
			m.(proto.Fingerprinter).Fingerprint(&f)
		}
	})
	b.Run("record", func(b *testing.B) {
		var w record.Writer
		for b.Loop() {
			w.Reset(0)
			w.Object()
			m.WriteRecord(&w)
			w.EndObject()
		}
	})
	b.Run("all", func(b *testing.B) {
		w := e.NewWorker(nil)
		var out []byte
		b.ReportAllocs()
		for b.Loop() {
			out = w.Packet(out[:0], packet.LinkEthernet, data, second)
		}
	})
}

// BenchmarkPacket measures packets as they are found together, with few
// options and with all.
func BenchmarkPacket(b *testing.B) {
	for _, cfg := range []struct {
		name string
		engine.Config
	}{{"default", engine.Config{}}, {"complete", complete(b)}} {
		for name, packets := range mixes() {
			b.Run(name+"/"+cfg.name, func(b *testing.B) {
				w := newWorker(b, cfg.Config)
				var out []byte
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					out = w.Packet(out[:0], packet.LinkEthernet, packets[n%len(packets)], second)
					n++
				}
			})
		}
	}
}

// table holds the rules of all protocols.
func table(layer detect.Layer) *detect.Table {
	var t detect.Table
	kind := detect.Kind(0)
	for _, p := range registry.All {
		for i := range p.Messages {
			kind++
			for _, r := range p.Messages[i].Match {
				if r.Layer == layer {
					t.Add(kind, r)
				}
			}
		}
	}
	return &t
}

// message makes the value that a kind of message is parsed into.
func message(b *testing.B, p *proto.Protocol, kind string) proto.Message {
	for i := range p.Messages {
		if p.Messages[i].Name == kind {
			return p.Messages[i].New(&proto.Options{Metadata: true})
		}
	}
	b.Fatalf("no message %q", kind)
	return nil
}
