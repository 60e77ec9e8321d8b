//go:build linux

// Offer sends the frames of captures through a network interface, over and
// over, at a steady rate. It is for measuring what a capture command can bear;
// scripts/drops does that in a network of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring/testnet"
	"merctools/lib/packet"
)

func main() {
	rate := flag.Float64("rate", 0, "frames per second; 0: as many as possible")
	d := flag.Duration("time", 3*time.Second, "how long to send")
	once := flag.Bool("once", false, "send each frame once, whatever the time")
	inRing := flag.Bool("ring", false, "send through a PACKET_TX_RING; between virtual interfaces that is slower")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: offer [flags] INTERFACE CAPTURE...")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Args()[1:], *inRing, *rate, *d, *once); err != nil {
		fmt.Fprintln(os.Stderr, "offer:", err)
		os.Exit(1)
	}
}

func run(name string, files []string, inRing bool, rate float64, d time.Duration, once bool) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	l := loader{longest: i.MTU + header}
	for _, file := range files {
		if err := l.load(file); err != nil {
			return err
		}
	}
	if len(l.frames) == 0 {
		return fmt.Errorf("no frame that %s can send", name)
	}
	limit := math.MaxInt
	if once {
		limit, d = len(l.frames), math.MaxInt64
	}
	send := sendCalls
	if inRing {
		send = sendRing
	}
	begin := time.Now()
	sent, err := send(name, l.frames, rate, limit, d)
	if err != nil {
		return err
	}
	took := time.Since(begin).Seconds()
	bytes := 0
	for k := range sent {
		bytes += len(l.frames[k%len(l.frames)])
	}
	fmt.Printf("%d frames sent, %d left out, %.0f per second, %.3f Gbit/s\n", sent, l.left, float64(sent)/took, float64(bytes)*8/1e9/took)
	return nil
}

// maxMemory is how much of the captures is sent, in bytes.
const maxMemory = 256 << 20

// sendCalls sends frames with system calls for many frames each.
func sendCalls(name string, frames [][]byte, perSecond float64, limit int, d time.Duration) (int, error) {
	s, err := testnet.NewSender(name)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	return s.SendAtRate(frames, perSecond, limit, d)
}

// sendRing sends frames through a ring.
func sendRing(name string, frames [][]byte, perSecond float64, limit int, d time.Duration) (int, error) {
	longest := 0
	for _, f := range frames {
		longest = max(longest, len(f))
	}
	r, err := newRing(name, longest)
	if err != nil {
		return 0, err
	}
	defer r.close()
	return r.send(frames, perSecond, limit, d)
}

const header = 14 // of an Ethernet frame, in bytes

// A loader reads the frames that an interface can send, and counts the others.
type loader struct {
	longest int // frame that the interface can send, in bytes
	frames  [][]byte
	size    int // of all frames, in bytes
	left    int
}

func (l *loader) load(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := pcap.Open(f, file)
	if err != nil {
		return err
	}
	defer r.Close()
	for l.size < maxMemory {
		var b capture.Batch
		if err := r.ReadBatch(&b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		for i, p := range b.Packets {
			if p.Link != packet.LinkEthernet || p.CapLen < header || int(p.CapLen) > l.longest {
				l.left++
				continue
			}
			l.frames = append(l.frames, b.Bytes(i))
			l.size += int(p.CapLen)
		}
	}
	return nil
}
