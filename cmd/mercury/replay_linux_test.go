package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring/testnet"
	"merctools/lib/packet"
)

// TestReplay sends captures from one interface to another, where they are
// captured, and expects the records that the same command makes of the file.
// Only times differ, so options whose records depend on time are left out.
//
// It does that with some of the project's captures and of those below the
// directory that the environment variable MERC_CAPTURES names; with all of
// them where MERC_REPLAY is "all". See [unreplayable] for what is left out.
func TestReplay(t *testing.T) {
	t.Parallel()
	const sample = 8 // of each directory, about
	all := os.Getenv("MERC_REPLAY") == "all"
	var files []string
	for _, dir := range []string{"../../testdata/captures", os.Getenv("MERC_CAPTURES")} {
		if dir == "" {
			continue
		}
		found := capturesBelow(t, dir)
		every := max(len(found)/sample, 1)
		if all {
			every = 1
		}
		for i := 0; i < len(found); i += every {
			files = append(files, found[i])
		}
	}
	sets := []struct {
		rings string
		args  []string
	}{
		{"1", nil},
		{"4", []string{"--metadata", "--certs-json", "--dns-json", "--reassembly"}},
		{"2", []string{"--raw-features=all", "--exposed-creds", "--crypto-assess"}},
	}
	var n replayNet
	n.Net = testnet.New(t)
	n.Pair("a", "b", maxMTU)
	n.dir = t.TempDir()
	var err error
	n.Do(func() { n.sender, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	defer n.sender.Close()
	compared, records, left := 0, 0, map[string]int{}
	for i, file := range files {
		frames, reason := replayable(t, file)
		if reason != "" {
			left[reason]++
			continue
		}
		compared++
		for k, set := range sets {
			if !all && i%len(sets) != k {
				continue
			}
			if fragmented(frames) {
				set.rings = "1"
			}
			args := append([]string{"-t", set.rings}, set.args...)
			want := n.fromFile(t, file, args)
			got := n.live(t, frames, args)
			records += len(want)
			if set.rings != "1" { // there is no order
				slices.Sort(want)
				slices.Sort(got)
			}
			if at, a, b := firstDifferent(got, want); at >= 0 {
				t.Errorf("%s %v: %d records instead of %d; record %d:\nlive %s\nfile %s", file, args, len(got), len(want), at, a, b)
			}
		}
	}
	t.Logf("%d captures, %d records; left out: %v", compared, records, left)
	if compared == 0 || records == 0 {
		t.Error("nothing was compared")
	}
}

// maxMTU is the largest MTU of an interface of a pair, in bytes.
const maxMTU = 65535

func capturesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(name, ".jsonl") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// replayable returns the frames of a capture, or why an Ethernet interface
// can't have the same packets.
func replayable(t *testing.T, name string) (frames [][]byte, reason string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		return nil, "no capture"
	}
	defer r.Close()
	for {
		var b capture.Batch
		if err := r.ReadBatch(&b); err != nil { // also one that is cut off
			if frames == nil {
				reason = "no packets"
			}
			return frames, reason
		}
		for i, p := range b.Packets {
			data := b.Bytes(i)
			if reason = unreplayable(p, data); reason != "" {
				return nil, reason
			}
			frames = append(frames, data)
		}
	}
}

const ethernetHeader = 14

// unreplayable says why a packet can't be sent through an interface as it is.
func unreplayable(p capture.Packet, data []byte) string {
	switch {
	case p.Link != packet.LinkEthernet:
		return "not Ethernet"
	case len(data) < ethernetHeader:
		return "a frame without a whole header"
	case len(data) > maxMTU+ethernetHeader:
		return "a frame longer than the MTU"
	}
	return ""
}

// fragmented reports whether there are fragments of IPv4 packets. With several
// rings the kernel puts them together, because only the first says what flow
// they are of; in a file they stay what they are.
func fragmented(frames [][]byte) bool {
	return slices.ContainsFunc(frames, func(f []byte) bool {
		at := 12
		for len(f) > at+4 && string(f[at:at+2]) == "\x81\x00" {
			at += 4
		}
		const offset = 8 // of the fragment's flags and offset, from the Ethernet type
		return len(f) > at+2+offset && string(f[at:at+2]) == "\x08\x00" &&
			(f[at+offset]&^0xc0 != 0 || f[at+offset+1] != 0)
	})
}

type replayNet struct {
	*testnet.Net
	sender *testnet.Sender
	dir    string
}

// fromFile returns the records of a capture without their times.
func (n *replayNet) fromFile(t *testing.T, file string, args []string) []string {
	t.Helper()
	out := filepath.Join(n.dir, "file.json")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, append(args, "-r", file, "-f", out)...)
	cmd.Env = testnet.Environ()
	if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	_ = cmd.Run() // fails for captures that are cut off
	return readRecords(t, out)
}

// live returns the records of frames that are captured, without their times.
func (n *replayNet) live(t *testing.T, frames [][]byte, args []string) []string {
	t.Helper()
	out := filepath.Join(n.dir, "live.json")
	c := n.Self(nil, append(args, "-c", "b", "-b", "0.002", "-u", "root", "-o", "-f", out, "-v")...)
	c.Said("capturing from b")
	if err := n.sender.Send(frames...); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); c.Counts()["packets captured"] < len(frames) && time.Since(begin) < 5*time.Second; {
		c.Signal(syscall.SIGUSR1)
		time.Sleep(10 * time.Millisecond)
	}
	c.Signal(syscall.SIGINT)
	if counts := c.Wait(); counts["packets captured"] != len(frames) || counts["packets dropped"] != 0 {
		t.Errorf("%d frames, %v", len(frames), counts)
	}
	return readRecords(t, out)
}

var eventTime = regexp.MustCompile(`"event_start":[0-9.]+`)

func readRecords(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(string(eventTime.ReplaceAll(b, []byte(`"event_start":0`))), "\n")
}

func firstDifferent(got, want []string) (at int, a, b string) {
	for i := range max(len(got), len(want)) {
		if i >= len(got) {
			return i, "", want[i]
		}
		if i >= len(want) {
			return i, got[i], ""
		}
		if got[i] != want[i] {
			return i, got[i], want[i]
		}
	}
	return -1, "", ""
}
