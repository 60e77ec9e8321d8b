package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/capture"
)

// A capture whose packets can't be read is an error, once, with their number.
func TestInputUnsupportedLinkType(t *testing.T) {
	zigbee, private, ethernet := writeCapture(t, 195, strings.Repeat("a", 1204)), writeCapture(t, 147, "b"), writeCapture(t, 1, "c")
	in := NewInput(nil, zigbee, ethernet, private, ethernet)
	defer in.Close()
	want := zigbee + ": unsupported link type 195 (IEEE 802.15.4), 1,204 packets skipped\n" +
		private + ": unsupported link type 147, 1 packet skipped"
	if got, err := readAll(in); len(got) != 1207 || err == nil || err.Error() != want {
		t.Errorf("%d packets, %v, want %s", len(got), err, want)
	}

	in = NewInput(nil, ethernet, zigbee)
	in.AnyLink = true
	if got, err := readAll(in); len(got) != 1205 || err != io.EOF {
		t.Errorf("where all are wanted: %d packets, %v", len(got), err)
	}
	in.Close()
}

// Captures that were joined have several link types.
func TestSupported(t *testing.T) {
	var joined []byte
	for _, name := range []string{writeCapture(t, 189, "a"), writeCapture(t, 1, "bc"), writeCapture(t, 147, "de"), writeCapture(t, 189, "f")} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		joined = append(joined, data...)
	}
	name := filepath.Join(t.TempDir(), "joined.pcap")
	if err := os.WriteFile(name, joined, 0o666); err != nil {
		t.Fatal(err)
	}
	in := NewInput(nil, name)
	in.AnyLink = true // counted once
	defer in.Close()
	src := Supported(in, "joined.pcap")
	var b capture.Batch
	var err error
	for err == nil {
		err = src.ReadBatch(&b)
	}
	want := "joined.pcap: unsupported link type 147, 2 packets skipped\n" +
		"joined.pcap: unsupported link type 189 (Linux USB), 2 packets skipped"
	if err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestUnsupportedDoesNotAllocate(t *testing.T) {
	packets := make([]capture.Packet, 1000)
	for i := range packets {
		packets[i].Link = uint16(i & 1)
	}
	var u unsupported
	if n := testing.AllocsPerRun(100, func() { u.count(packets) }); n != 0 || u.counts != nil {
		t.Errorf("%v allocations", n)
	}
}
