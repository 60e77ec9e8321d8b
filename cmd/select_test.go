package cmd

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merctools/lib/cli"
	"merctools/lib/proto/registry"
	"merctools/lib/selector"
)

// different are the selectors that make more or less of a capture's packets
// than of its records.
var different = map[string]string{
	// A word that begins a command of several protocols is given to one of
	// those that are selected.
	"ftp.pcap":   "redis redis.request smtp",
	"mail.pcap":  "ftp ftp.request redis redis.request",
	"redis.pcap": "smtp",
	// What looks like a DNS message over TCP is one where that is selected,
	// and an SMB message is data where it is not.
	"smb.pcap":   "nbss",
	"socks.pcap": "socks",
	// The record of a HelloVerifyRequest has no member that tells what it is.
	"dtls.pcap": "dtls",
	// Tunnels are only followed where they are selected.
	"tunnels.pcap": "dns geneve gre http http.request http.response icmp tcp tcp.syn_ack vxlan",
	"vxlan.pcap":   "geneve gre http http.request http.response icmp tcp tcp.syn_ack vxlan",
}

// TestSelectRecords checks that selecting before and after is the same: the
// records of --select=X are those that merc-select X keeps of all records.
func TestSelectRecords(t *testing.T) {
	with := map[string]int{}
	for _, file := range ownCaptures(t) {
		if !isOriginal(file) {
			continue
		}
		flags := cli.Records{Metadata: true}
		all, err := records(flags, 1, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range registry.Selectors() {
			flags.Select = cli.Selectors(name)
			if name == "tcp.syn_ack" {
				// In packets, it goes with tcp only.
				flags.Select = "tcp,tcp.syn_ack"
			}
			want, err := records(flags, 1, file)
			if err != nil {
				t.Fatal(err)
			}
			selection, err := flags.Select.Selection()
			if err != nil {
				t.Fatal(err)
			}
			filter := selector.New(selection)
			var got []byte
			for line := range bytes.Lines(all) {
				ok, err := filter.Match(line)
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					got = append(got, line...)
				}
			}
			line, a, b := firstDifference(got, want)
			known := slices.Contains(strings.Fields(different[filepath.Base(file)]), name)
			if line > 0 && !known {
				t.Errorf("%s, %s: line %d:\nrecords %s\npackets %s", filepath.Base(file), name, line, a, b)
			}
			with[name] += bytes.Count(want, []byte("\n"))
		}
	}
	// Malware is not run for a capture, and the rest of these selects nothing
	// by itself.
	without := map[string]bool{"none": true, "tcp.message": true, "tofsee": true, "geneve": true, "gre": true, "vxlan": true}
	for _, name := range registry.Selectors() {
		if with[name] == 0 && !without[name] {
			t.Errorf("no capture has records of %s", name)
		}
	}
}

// TestSelectLongLine checks that a line that is too long to be looked at is
// left out, and said, and that those behind it are read.
func TestSelectLongLine(t *testing.T) {
	const record = `{"fingerprints":{"http":"http/(00)"},"http":{"request":{}},"src_ip":"192.0.2.1"}` + "\n"
	c := exec.Command(command("merc-select"), "http")
	c.Stdin = io.MultiReader(strings.NewReader(record), strings.NewReader(`{"http":"`+strings.Repeat("x", 17<<20)+"\"}\n"), strings.NewReader(record))
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err == nil || string(out) != record+record {
		t.Errorf("%v, %q", err, out)
	}
	want := fmt.Sprintf("standard input: skipped 1 lines longer than 16 MiB, the first at offset %d\n", len(record))
	if !strings.HasSuffix(said.String(), want) {
		t.Errorf("%q is said, want %q", said.String(), want)
	}
}
