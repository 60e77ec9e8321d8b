package cli

import (
	"fmt"
	"io"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/packet"
)

// A PacketFile writes packets as pcap. The file's link type is that of the
// first packet; those with another one can't be in the same file.
type PacketFile struct {
	out    io.Writer
	w      *pcap.Writer
	link   uint16
	others uint64
}

// NewPacketFile returns a PacketFile that writes to out.
func NewPacketFile(out io.Writer) *PacketFile { return &PacketFile{out: out} }

// Add writes a packet.
func (f *PacketFile) Add(p *capture.Packet, data []byte) error {
	if f.w == nil {
		f.begin(p.Link)
	}
	if p.Link != f.link {
		f.others++
		return nil
	}
	return f.w.WritePacket(p.Time, data, int(p.OrigLen))
}

func (f *PacketFile) begin(linkType uint16) {
	f.link = linkType
	f.w = pcap.NewWriter(f.out, pcap.PCAPFormat{SnapLen: pcap.DefaultSnapLen, Link: linkType})
}

// Flush writes what is buffered.
func (f *PacketFile) Flush() error {
	if f.w == nil {
		return nil
	}
	return f.w.Flush()
}

// Close writes what is buffered, and a header where there was no packet. It
// returns an error where packets had to be left out.
func (f *PacketFile) Close() error {
	if f.w == nil {
		f.begin(packet.LinkEthernet)
	}
	if err := f.w.Flush(); err != nil {
		return err
	}
	if f.others > 0 {
		return fmt.Errorf("%d packets left out: their link type is not %d, that of the first packet, and a pcap file has one", f.others, f.link)
	}
	return nil
}
