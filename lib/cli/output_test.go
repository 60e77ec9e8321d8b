package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/capture"
)

func TestOutputLimit(t *testing.T) {
	dir := t.TempDir()
	o, err := NewOutput(OutputConfig{Env: quiet, Name: filepath.Join(dir, "out"), Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if err := o.Records([]byte(fmt.Sprintf("%d a\n%d b\n", i, i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Close(); err != nil || o.Written() != 8 || o.Lost() != 0 {
		t.Errorf("%v, %d written, %d lost", err, o.Written(), o.Lost())
	}
	entries, _ := os.ReadDir(dir)
	var all string
	for _, e := range entries {
		b, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		all += strings.ReplaceAll(string(b), "\n", ",") + "|"
	}
	if all != "0 a,0 b,1 a,|1 b,2 a,2 b,|3 a,3 b,|" {
		t.Errorf("%q", all)
	}
}

// A pcap file has one link type, that of the first packet where none is given.
func TestOutputLinkTypes(t *testing.T) {
	for _, strict := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "out")
		o, err := NewOutput(OutputConfig{Env: quiet, Name: name, Packets: true, Strict: strict})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			p := capture.Packet{Link: uint16(101 + i%2), CapLen: 5, OrigLen: 5}
			if err := o.Packet(&p, []byte("hello")); err != nil {
				t.Fatal(err)
			}
			if err := o.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Close(); (err != nil) != strict || o.Written() != 2 || o.Lost() != 2 {
			t.Errorf("%v, %d written, %d lost", err, o.Written(), o.Lost())
		}
		b, err := os.ReadFile(name)
		if err != nil || len(b) != 24+2*21 || b[20] != 101 {
			t.Errorf("%v, %x", err, b)
		}
	}
}

func TestOutputWithoutPackets(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out")
	o, err := NewOutput(OutputConfig{Env: quiet, Name: name, Packets: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); err != nil || len(b) != 24 {
		t.Errorf("%v, %x", err, b)
	}
}
