// Derive-captures makes captures out of those that make-captures recorded: in
// other file formats, and with the packets in tunnels and behind tags that the
// lab's hosts do not do.
//
// The files are byte for byte the same on each run on the same captures.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: derive-captures DIRECTORY")
		os.Exit(2)
	}
	if err := derive(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "derive-captures:", err)
		os.Exit(1)
	}
}

// packet is a packet of a capture.
type packet struct {
	time int64 // nanoseconds
	link uint16
	data []byte
}

// Link types and Ethernet types.
const (
	linkNull     = 0
	linkEthernet = 1
	linkPPP      = 9
	linkRaw      = 101
	linkLoop     = 108
	linkIPv4     = 228
	linkIPv6     = 229

	etherIPv4  = 0x0800
	etherVLAN  = 0x8100
	etherTEB   = 0x6558 // transparent Ethernet bridging, in tunnels
	etherIPv6  = 0x86dd
	etherMPLS  = 0x8847
	etherPPPoE = 0x8864
	etherQinQ  = 0x88a8
	etherCMD   = 0x8909
)

func derive(dir string) error {
	read := func(name string) []packet {
		packets, err := readCapture(filepath.Join(dir, name))
		if err != nil {
			fmt.Fprintln(os.Stderr, "derive-captures:", err)
			os.Exit(1)
		}
		return packets
	}
	dns, http, tls, icmp := read("dns.pcap"), read("http.pcap"), read("tls13.pcap"), read("icmp.pcap")
	files := []struct {
		name string
		data []byte
	}{
		{"dns-bigendian.pcap", pcapFile(binary.BigEndian, 1, dns)},
		{"dns-nanoseconds.pcap", pcapFile(binary.LittleEndian, 1000, dns)},
		{"dns-fcs.pcap", withChecks(dns)},
		{"http.pcap.gz", gzipped(pcapFile(binary.LittleEndian, 1, http))},
		{"tls13.pcap.zst", zstandard(pcapFile(binary.LittleEndian, 1, tls))},
		{"tags.pcap", pcapFile(binary.LittleEndian, 1, tags(http))},
		{"tunnels.pcap", pcapFile(binary.LittleEndian, 1, tunnels(http, icmp, dns))},
		{"mixed.pcapng", mixed(http, icmp, dns)},
		{"mixed.pcapng.gz", gzipped(mixed(http, icmp, dns))},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func readCapture(name string) ([]packet, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var packets []packet
	var b capture.Batch
	for {
		switch err := r.ReadBatch(&b); err {
		case nil:
		case io.EOF:
			return packets, nil
		default:
			return nil, err
		}
		for i, p := range b.Packets {
			packets = append(packets, packet{p.Time, p.Link, bytes.Clone(b.Bytes(i))})
		}
	}
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// pcapFile writes a file whose times are in units of 1/unit microseconds. Packets
// of other link types than the first are left out.
func pcapFile(o byteOrder, unit int64, packets []packet) []byte {
	magic := uint32(0xa1b2c3d4)
	if unit == 1000 {
		magic = 0xa1b23c4d
	}
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = o.AppendUint64(b, 0)
	b = o.AppendUint32(b, 65535)
	b = o.AppendUint32(b, uint32(packets[0].link))
	for i, p := range packets {
		if p.link != packets[0].link {
			continue
		}
		ns := p.time
		if unit == 1000 {
			ns += int64(i) % 1000
		}
		b = o.AppendUint32(b, uint32(ns/1e9))
		b = o.AppendUint32(b, uint32(ns%1e9*unit/1000))
		b = o.AppendUint32(b, uint32(len(p.data)))
		b = o.AppendUint32(b, uint32(len(p.data)))
		b = append(b, p.data...)
	}
	return b
}

// withChecks has frame check sequences behind the frames, and says so in the
// upper bits of the link type field.
func withChecks(packets []packet) []byte {
	var all []packet
	for _, p := range packets {
		p.data = append(bytes.Clone(p.data), 0xde, 0xad, 0xbe, 0xef)
		all = append(all, p)
	}
	b := pcapFile(binary.LittleEndian, 1, all)
	const (
		present = 1 << 26
		length  = 4 / 2 << 28 // in units of 16 bits
	)
	binary.LittleEndian.PutUint32(b[20:], linkEthernet|present|length)
	return b
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zstandard(b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}
