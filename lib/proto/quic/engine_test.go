package quic_test

import (
	"encoding/binary"
	"encoding/json"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/proto"
	"merctools/lib/proto/quic"
)

const linkTypeRaw = 101

// datagram puts a payload into UDP and IPv4.
func datagram(payload []byte) []byte {
	b := []byte{0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	binary.BigEndian.PutUint16(b[2:], uint16(28+len(payload)))
	b = binary.BigEndian.AppendUint16(b, 40000)
	b = binary.BigEndian.AppendUint16(b, 443)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	b = append(b, 0, 0)
	return append(b, payload...)
}

type result struct {
	Fingerprints struct{ QUIC string }
	Properties   map[string]bool `json:"reassembly_properties"`
}

// A ClientHello in several packets: which of them have a record, and what the
// last one says.
func TestReassembly(t *testing.T) {
	n := quic.HelloLen
	type parts = [][2]int
	for _, tt := range []struct {
		name       string
		packets    []parts
		records    []bool
		properties map[string]bool
	}{
		{"in order", []parts{{{0, 80}}, {{80, n}}}, []bool{false, true}, map[string]bool{"reassembled": true}},
		{"in pieces", []parts{{{60, 80}, {0, 30}}, {{30, 60}, {100, n}}, {{80, 100}}}, []bool{false, false, true}, map[string]bool{"reassembled": true}},
		{"short beginning", []parts{{{20, 80}, {0, 5}}, {{80, n}, {5, 20}}}, []bool{false, true},
			map[string]bool{"reassembled": true, "segment_overlaps": true, "back_partial_overlap": true}},
		{"overlapping", []parts{{{0, 80}}, {{70, n}}}, []bool{false, true},
			map[string]bool{"reassembled": true, "segment_overlaps": true, "back_partial_overlap": true}},
		{"second part first", []parts{{{80, n}}, {{0, 80}}, {{80, n}}}, []bool{true, false, true}, map[string]bool{"reassembled": true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := engine.New(engine.Config{Options: proto.Options{Select: proto.Selection{"quic": true}, Reassembly: true}})
			if err != nil {
				t.Fatal(err)
			}
			w := e.NewWorker(nil)
			var out []byte
			for i, p := range tt.packets {
				out = w.Packet(nil, linkTypeRaw, datagram(quic.BuildInitial(t, p...)), int64(i)*1e6)
				if (len(out) > 0) != tt.records[i] {
					t.Fatalf("packet %d: %s", i, out)
				}
			}
			var r result
			if err := json.Unmarshal(out, &r); err != nil {
				t.Fatal(err)
			}
			if r.Fingerprints.QUIC != quic.HelloFingerprint {
				t.Errorf("fingerprint %s", r.Fingerprints.QUIC)
			}
			for k := range r.Properties {
				if !tt.properties[k] {
					t.Errorf("%s", k)
				}
			}
			if len(r.Properties) != len(tt.properties) {
				t.Errorf("%v, not %v", r.Properties, tt.properties)
			}
		})
	}
}

// Without reassembly, a part of a message is written as it is.
func TestTruncated(t *testing.T) {
	e, err := engine.New(engine.Config{Options: proto.Options{Select: proto.Selection{"quic": true}}})
	if err != nil {
		t.Fatal(err)
	}
	w := e.NewWorker(nil)
	out := w.Packet(nil, linkTypeRaw, datagram(quic.BuildInitial(t, [2]int{0, 80})), 0)
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if r.Fingerprints.QUIC == "" || len(r.Properties) != 1 || !r.Properties["truncated"] {
		t.Errorf("%s", out)
	}
}
