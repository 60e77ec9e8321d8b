// Trim-capture keeps of each flow in a capture what opens it and the first
// packets with data.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
)

func main() {
	n := flag.Int("n", 20, "packets with data to keep, of each flow in each direction")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: trim-capture [-n N] IN OUT")
		os.Exit(2)
	}
	if err := trim(flag.Arg(0), flag.Arg(1), *n); err != nil {
		fmt.Fprintln(os.Stderr, "trim-capture:", err)
		os.Exit(1)
	}
}

func trim(from, to string, n int) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := pcap.Open(in, from)
	if err != nil {
		return err
	}
	defer r.Close()
	var out []byte
	var format pcap.PCAPFormat
	seen := map[string]int{}
	var b capture.Batch
	for {
		if err := r.ReadBatch(&b); err != nil {
			if err != io.EOF || out == nil {
				return fmt.Errorf("%s: no packets, or worse: %w", from, err)
			}
			return os.WriteFile(to, out, 0o644)
		}
		for i := range b.Packets {
			p := &b.Packets[i]
			if out == nil {
				format = pcap.PCAPFormat{Nano: p.Nano, SnapLen: pcap.DefaultSnapLen, Link: p.Link}
				out = format.AppendHeader(nil)
			}
			if !keep(p.Link, b.Bytes(i), seen, n) {
				continue
			}
			out = format.AppendPacket(out, p.Time, b.Bytes(i), int(p.OrigLen))
		}
	}
}

// keep counts the packets with data by addresses and ports. What is neither
// TCP nor UDP has no ports: there, at most n packets of each kind are kept.
func keep(link uint16, frame []byte, seen map[string]int, n int) bool {
	const (
		ethernet = 1
		syn      = 0x02
		fin      = 0x01
		tcp      = 6
	)
	if link != ethernet || len(frame) < 34 {
		return true
	}
	packet := frame[14:]
	var protocol byte
	var addresses, payload []byte
	switch binary.BigEndian.Uint16(frame[12:]) {
	case 0x0800:
		ihl := int(packet[0]&15) * 4
		total := int(binary.BigEndian.Uint16(packet[2:]))
		if total > len(packet) || ihl > total {
			return true
		}
		protocol, addresses, payload = packet[9], packet[12:20], packet[ihl:total]
	case 0x86dd:
		if len(packet) < 40 {
			return true
		}
		protocol, addresses, payload = packet[6], packet[8:40], packet[40:]
	default:
		return true
	}
	key := string(addresses) + string(protocol)
	if len(payload) >= 4 {
		key += string(payload[:4])
	}
	if protocol == tcp && len(payload) >= 20 {
		flags := payload[13]
		if flags&(syn|fin) != 0 {
			return true
		}
		if len(payload) == int(payload[12]>>4)*4 {
			return false
		}
	}
	seen[key]++
	return seen[key] <= n
}
