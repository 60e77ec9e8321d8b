package engine_test

import (
	"testing"

	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// TestQuiet checks that a worker which passes over quiet packets, or does not get
// them, writes and counts what one does that looks at all of them.
func TestQuiet(t *testing.T) {
	reassembly := complete(t)
	reassembly.NonselectedTCPData, reassembly.NonselectedUDPData = false, false
	deep := reassembly
	deep.Deep = true
	for name, test := range map[string]struct {
		cfg  engine.Config
		rest bool // some packets may carry on with a message only
		none bool // some are of no message
	}{
		"default":    {engine.Config{}, false, true},
		"reassembly": {reassembly, true, true},
		"first data": {complete(t), false, false},
		"only TLS":   {engine.Config{Options: proto.Options{Select: proto.Selection{"tls": true}}}, false, true},
		"deep":       {deep, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := engine.New(test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			all, some := e.NewWorker(nil), e.NewWorker(nil)
			reader := e.NewReader()
			parts := map[packet.Part]int{}
			for round := range 3 {
				for i, p := range append(mix(), tcp(50000, 443, 1600, "")) { // an acknowledgment, too
					at := int64(10*round+i) * second // some reassemblies time out
					var h packet.Headers
					var memory []byte
					data := reader.Read(&h, packet.LinkEthernet, p, at, &memory)
					reader.Mark(&h, data)
					h.SetFlow(data)
					parts[h.Part]++
					for _, w := range []*engine.Worker{all, some} {
						w.SetSource(somewhere)
					}
					want := all.Packet(nil, packet.LinkEthernet, p, at)
					var got []byte
					kept := false
					if h.Part == packet.PartNone && round != 1 {
						some.PassedOver(1, uint64(len(data)))
					} else {
						got = some.Decoded(nil, &h, data, at)
						kept = some.Kept()
					}
					if string(got) != string(want) || kept != all.Kept() {
						t.Errorf("packet %d, part %d: %s kept %v, want %s kept %v", i, h.Part, got, kept, want, all.Kept())
					}
				}
			}
			if got, want := some.Counters(), all.Counters(); got != want {
				t.Errorf("counts %+v, want %+v", got, want)
			}
			if parts[packet.PartRest] > 0 != test.rest || parts[packet.PartNone] > 0 != test.none {
				t.Errorf("%v packets by their parts", parts)
			}
		})
	}
}
