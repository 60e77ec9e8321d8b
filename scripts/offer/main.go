//go:build linux

// Offer sends the frames of a capture through a network interface, over and
// over, at a steady rate. It is for measuring what a capture command can bear;
// scripts/drops does that in a network of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"merctools/lib/capfile"
	"merctools/lib/link"
	"merctools/lib/ring/testnet"
)

func main() {
	rate := flag.Float64("rate", 0, "frames per second; 0: as many as possible")
	d := flag.Duration("time", 3*time.Second, "how long to send")
	once := flag.Bool("once", false, "send each frame once, whatever the time")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: offer [flags] INTERFACE CAPTURE")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *rate, *d, *once); err != nil {
		fmt.Fprintln(os.Stderr, "offer:", err)
		os.Exit(1)
	}
}

func run(name, file string, rate float64, d time.Duration, once bool) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	frames, left, err := load(file, i.MTU)
	if err != nil {
		return err
	}
	s, err := testnet.NewSender(name)
	if err != nil {
		return err
	}
	defer s.Close()
	sent, bytes := 0, 0
	begin := time.Now()
	if once {
		if sent, err = len(frames), s.Send(frames...); err != nil {
			return err
		}
	} else if sent, err = s.SendAtRate(frames, rate, d); err != nil {
		return err
	}
	took := time.Since(begin).Seconds()
	for k := range sent {
		bytes += len(frames[k%len(frames)])
	}
	fmt.Printf("%d frames sent, %d left out, %.0f per second, %.3f Gbit/s\n", sent, left, float64(sent)/took, float64(bytes)*8/1e9/took)
	return nil
}

// maxMemory is how much of a capture is sent, in bytes.
const maxMemory = 256 << 20

// load reads the frames that an interface can send, and counts the others.
func load(file string, mtu int) (frames [][]byte, left int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	r, err := capfile.Open(f, file)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	const header = 14
	for size := 0; size < maxMemory; {
		var b capfile.Batch
		if err := r.ReadBatch(&b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, 0, err
		}
		for i, p := range b.Packets {
			if p.Link != link.Ethernet || p.CapLen < header || int(p.CapLen) > mtu+header {
				left++
				continue
			}
			frames = append(frames, b.Bytes(i))
			size += int(p.CapLen)
		}
	}
	if len(frames) == 0 {
		return nil, left, fmt.Errorf("%s: no frame that the interface can send", file)
	}
	return frames, left, nil
}
