// Flows writes a capture with many flows to standard output: the Ethernet
// packets of a capture that carry IPv4, over and over, each round from and to
// other addresses.
//
// usage: flows N CAPTURE
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/flow"
	"merctools/lib/packet"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "flows:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: flows N CAPTURE")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	frames, flows, err := load(args[1])
	if err != nil {
		return err
	}
	if flows == 0 {
		return fmt.Errorf("%s: no flows over IPv4 in Ethernet", args[1])
	}
	if n/flows >= 1<<24 {
		return fmt.Errorf("%d flows are too many: %s has %d", n, args[1], flows)
	}
	return write(os.Stdout, frames, max(n/flows, 1))
}

const (
	addresses = 14 + 12 // offset of the two IPv4 addresses in a frame
	interval  = 10_000  // between packets, in nanoseconds
)

// load returns the frames of a capture, and how many flows they are of.
func load(name string) (frames [][]byte, flows int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	seen := map[flow.Key]bool{}
	for {
		var b capture.Batch
		if err := r.ReadBatch(&b); err == io.EOF {
			return frames, len(seen), nil
		} else if err != nil {
			return nil, 0, err
		}
		for i, p := range b.Packets {
			var h packet.Headers
			data := b.Bytes(i)
			new(packet.Decoder).Decode(&h, p.Link, data)
			if p.Link != packet.LinkEthernet || h.EtherType != packet.EtherTypeIPv4 || h.Version != 4 || len(data) < addresses+8 {
				continue
			}
			frames = append(frames, data)
			k := h.Key(data)
			if !seen[reversed(k)] {
				seen[k] = true
			}
		}
	}
}

func reversed(k flow.Key) flow.Key {
	k.Src, k.Dst, k.SrcPort, k.DstPort = k.Dst, k.Src, k.DstPort, k.SrcPort
	return k
}

// write writes all frames as often as there are rounds.
func write(w io.Writer, frames [][]byte, rounds int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	format := pcap.PCAPFormat{SnapLen: pcap.DefaultSnapLen, Link: packet.LinkEthernet}
	if _, err := out.Write(format.AppendHeader(nil)); err != nil {
		return err
	}
	var record []byte
	t := int64(1_700_000_000e9)
	for round := range rounds {
		for _, f := range frames {
			t += interval
			record = format.AppendPacket(record[:0], t, f, len(f))
			a := record[len(record)-len(f)+addresses:]
			for _, at := range []int{0, 4} { // both directions alike
				v := binary.BigEndian.Uint32(a[at:])
				binary.BigEndian.PutUint32(a[at:], v^uint32(round))
			}
			if _, err := out.Write(record); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
