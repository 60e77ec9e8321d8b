package cmd

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// liveDelay is how long a record may take through a pipe that has no more to
// give at the time. A loaded machine is allowed some more.
const liveDelay = 100 * time.Millisecond

// TestLive writes packets and records into a command bit by bit, and checks
// that what belongs to them comes out before the next are written.
func TestLive(t *testing.T) {
	capture, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	packets := packetRecords(capture)
	lines, err := exec.Command(command("merc-fp"), filepath.Join(captures, "dhcp.pcap")).Output()
	if err != nil {
		t.Fatal(err)
	}
	records := bytes.SplitAfter(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n"))
	// The last packet is a message cut short, and has no record.
	packets = packets[:len(packets)-1]
	if len(records) < 5 || len(records) != len(packets)-1 {
		t.Fatalf("%d records of %d packets", len(records), len(packets)-1)
	}
	// The file header goes with the first packet.
	packets = append([][]byte{slices.Concat(packets[0], packets[1])}, packets[2:]...)
	for i := range records {
		records[i] = append(bytes.TrimSuffix(records[i], []byte("\n")), '\n')
	}

	tests := []struct {
		args []string
		in   [][]byte
		read func(*bufio.Reader) error // reads what one input gives
	}{
		{[]string{"merc-fp"}, packets, readLine},
		{[]string{"merc-fp", "-t", "4", "--reassembly"}, packets, readLine},
		{[]string{"mercury"}, packets, readLine},
		{[]string{"merc-select", "dhcp"}, packets, readPacket()},
		{[]string{"merc-select", "dhcp"}, records, readLine},
	}
	for _, test := range tests {
		t.Run(filepath.Join(test.args...), func(t *testing.T) {
			cmd := exec.Command(command(test.args[0]), test.args[1:]...)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			deadline := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
			defer deadline.Stop()
			r := bufio.NewReader(out)
			late := 0
			for i, data := range test.in {
				if _, err := in.Write(data); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				if err := test.read(r); err != nil {
					t.Fatalf("nothing for input %d of %d: %v", i+1, len(test.in), err)
				}
				if i > 0 && time.Since(begin) > liveDelay {
					late++
				}
			}
			if late > len(test.in)/3 {
				t.Errorf("%d of %d took more than %v", late, len(test.in), liveDelay)
			}
			in.Close()
			if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
				t.Errorf("%q at the end, %v", rest, err)
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// command is the path of a command.
func command(name string) string { return filepath.Join(bin, name) }

// packetRecords are the header of a little-endian pcap file, and each record.
func packetRecords(capture []byte) [][]byte {
	const fileHeader, recordHeader, lengthAt = 24, 16, 8
	parts := [][]byte{capture[:fileHeader]}
	for rest := capture[fileHeader:]; len(rest) > 0; {
		n := recordHeader + int(rest[lengthAt]) + int(rest[lengthAt+1])<<8
		parts = append(parts, rest[:n])
		rest = rest[n:]
	}
	return parts
}

func readLine(r *bufio.Reader) error {
	_, err := r.ReadBytes('\n')
	return err
}

// readPacket reads a packet of a pcap file, before the first one the header.
func readPacket() func(*bufio.Reader) error {
	first := true
	return func(r *bufio.Reader) error {
		const fileHeader, recordHeader, lengthAt = 24, 16, 8
		if first {
			first = false
			if _, err := r.Discard(fileHeader); err != nil {
				return err
			}
		}
		h, err := r.Peek(recordHeader)
		if err != nil {
			return err
		}
		_, err = r.Discard(recordHeader + int(h[lengthAt]) + int(h[lengthAt+1])<<8)
		return err
	}
}
