package fdc_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/engine"
	"merctools/lib/fdc"
	"merctools/lib/fingerprintdb"
	"merctools/lib/proto"
)

// All objects that captures give are as fdc.cddl has it. MERC_CAPTURES names a
// folder of folders with more captures.
func TestCaptures(t *testing.T) {
	rules := fdc.ReadSchema(t, "fdc.cddl")
	files, _ := filepath.Glob("../../testdata/captures/*.pcap*")
	if more := os.Getenv("MERC_CAPTURES"); more != "" {
		others, _ := filepath.Glob(more + "/*/*")
		files = append(files, others...)
	}
	e, err := engine.New(engine.Config{Options: proto.Options{
		Select: proto.All(), Reassembly: true, HTTPHeaders: proto.HTTPHeadersAll, HTTPBodyMax: 100, CertsJSON: true, DNSJSON: true, Metadata: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	objects := map[int]int{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pcap.Open(f, name)
		if err != nil {
			f.Close()
			continue // of a kind that can't be read
		}
		w := e.NewWorker(fingerprintdb.NewHistory())
		var b capture.Batch
		var record []byte
		for err == nil {
			err = r.ReadBatch(&b)
			for i := range b.Packets {
				p := &b.Packets[i]
				record = w.Packet(record[:0], p.Link, b.Bytes(i), p.Time)
				for _, version := range []int{fdc.Version1, fdc.Version2} {
					data, ok := w.AppendFDC(nil, version)
					if !ok {
						continue
					}
					objects[version]++
					if err := rules.Check("object", data); err != nil {
						t.Errorf("%s: %x: %v", name, data, err)
					}
				}
			}
		}
		if !errors.Is(err, io.EOF) {
			t.Logf("%s: %v", name, err)
		}
		f.Close()
	}
	t.Logf("%d captures, objects by version: %d", len(files), objects)
	if objects[fdc.Version1] < 100 || objects[fdc.Version2] < 100 {
		t.Errorf("objects by version: %d", objects)
	}
}
