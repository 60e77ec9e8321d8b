package engine_test

import (
	"testing"

	"merctools/lib/engine"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// TestQuiet checks that a worker which passes over quiet packets writes and
// counts what one does that looks at all of them.
func TestQuiet(t *testing.T) {
	reassembly := complete(t)
	reassembly.NonselectedTCPData, reassembly.NonselectedUDPData = false, false
	deep := reassembly
	deep.Deep = true
	for name, test := range map[string]struct {
		cfg   engine.Config
		quiet bool // some packets are
	}{
		"default":    {engine.Config{}, true},
		"reassembly": {reassembly, true},
		"first data": {complete(t), false},
		"only TLS":   {engine.Config{Options: proto.Options{Select: proto.Selection{"tls": true}}}, true},
		"deep":       {deep, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := engine.New(test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			all, some := e.NewWorker(nil), e.NewWorker(nil)
			reader := e.NewReader()
			quiet := 0
			for round := range 3 {
				for i, p := range mix() {
					at := int64(10*round+i) * second // some reassemblies time out
					var h packet.Headers
					var memory []byte
					data := reader.Read(&h, packet.LinkEthernet, p, at, &memory)
					reader.Mark(&h, data)
					if h.Quiet {
						quiet++
					}
					for _, w := range []*engine.Worker{all, some} {
						w.SetSource(somewhere)
						w.SetPlace(members.Place{Number: uint64(i) + 1, Length: 1500})
					}
					want := all.Packet(nil, packet.LinkEthernet, p, at)
					got := some.Decoded(nil, &h, data, at)
					if string(got) != string(want) || some.Kept() != all.Kept() {
						t.Errorf("packet %d, quiet %v: %s kept %v, want %s kept %v", i, h.Quiet, got, some.Kept(), want, all.Kept())
					}
				}
			}
			if got, want := some.Counters(), all.Counters(); got != want {
				t.Errorf("counts %+v, want %+v", got, want)
			}
			if (quiet > 0) != test.quiet {
				t.Errorf("%d quiet packets", quiet)
			}
		})
	}
}
