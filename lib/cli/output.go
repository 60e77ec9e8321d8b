package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/packet"
	"merctools/lib/pipeline"
)

// OutputConfig says where the output of a capture goes.
type OutputConfig struct {
	Env       *Env          // has standard output, and gets notices
	Name      string        // of the file, or of those that rotation makes; "" is standard output
	Limit     uint64        // records or packets that a file has at most; 0: any number
	Every     time.Duration // after which a new file is begun; 0: never
	Overwrite bool          // replace files that are there
	Packets   bool          // pcap files, not lines of records

	// Link is the link type of packets. Where LinkKnown is not set, it is that
	// of the first one. Others can't be in the same file.
	Link      uint16
	LinkKnown bool

	// Strict makes every error of writing one that ends the command.
	// Otherwise what can't be written to a file is lost, and counted, until
	// writing works again, as when a disk is full.
	Strict bool
}

// An Output takes the records or packets of a capture. Any goroutine may use
// it.
type Output struct {
	config  OutputConfig
	written atomic.Uint64
	lost    atomic.Uint64
	others  atomic.Uint64 // of those lost, packets of another link type

	mu      sync.Mutex
	begun   bool          // what follows is set
	file    *pcap.Rotator // nil for standard output
	format  pcap.PCAPFormat
	buf     []byte // packets that are not yet written
	count   int    // their number
	failing bool   // the last write failed
	before  uint64 // how many were lost until then
}

// wholePackets is what a pcap file says where packets are not cut: the limit
// of libpcap, which no packet reaches.
const wholePackets = 262144

// NewOutput opens the first file, or writes the header of a pcap file to
// standard output, if the link type is known.
func NewOutput(config OutputConfig) (*Output, error) {
	o := &Output{config: config}
	if config.Packets && !config.LinkKnown {
		return o, nil
	}
	return o, o.begin(config.Link)
}

// begin opens the first file. Packets are those of a link type.
func (o *Output) begin(linkType uint16) error {
	o.begun = true
	var header []byte
	split := pcap.SplitLines
	if o.config.Packets {
		o.format = pcap.PCAPFormat{SnapLen: wholePackets, Link: linkType}
		header = o.format.AppendHeader(nil)
		split = pcap.SplitPackets
	}
	if o.config.Name == "" {
		_, err := o.config.Env.Stdout.Write(header)
		return err
	}
	rotate := o.config.Limit > 0 || o.config.Every > 0
	var err error
	o.file, err = pcap.NewRotator(pcap.RotatorConfig{
		Name:      o.config.Name,
		Records:   o.config.Limit,
		Every:     o.config.Every,
		Split:     split,
		Header:    header,
		Overwrite: o.config.Overwrite,
		InPlace:   !rotate, // one file has its name at once, for readers that follow it
	})
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%w (--overwrite replaces it)", err)
	}
	return err
}

// sink is what workers hand their results to.
func (o *Output) sink() pipeline.Sink {
	if o.config.Packets {
		return pipeline.Sink{Packet: o.Packet, Flush: o.Flush}
	}
	return pipeline.Sink{Records: o.Records}
}

// Records writes lines.
func (o *Output) Records(lines []byte) error {
	n := bytes.Count(lines, []byte{'\n'})
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.write(lines, n)
}

// Packet takes a packet, to be written by Flush.
func (o *Output) Packet(p *capture.Packet, data []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun {
		if err := o.begin(p.Link); err != nil {
			return err
		}
	}
	if p.Link != o.format.Link {
		o.lost.Add(1)
		o.others.Add(1)
		return nil
	}
	o.buf = o.format.AppendPacket(o.buf, p.Time, data, int(p.OrigLen))
	o.count++
	return nil
}

// Flush writes the packets that were taken.
func (o *Output) Flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	buf, n := o.buf, o.count
	o.buf, o.count = o.buf[:0], 0
	return o.write(buf, n)
}

func (o *Output) write(p []byte, n int) error {
	if n == 0 {
		return nil
	}
	if o.file == nil {
		_, err := o.config.Env.Stdout.Write(p)
		if err == nil {
			o.written.Add(uint64(n))
		}
		return err
	}
	written, err := o.file.WriteRecords(p, n)
	o.written.Add(uint64(written))
	if !o.failing {
		o.before = o.lost.Load()
	}
	o.lost.Add(uint64(n - written))
	return o.outcome(err)
}

// outcome tells when writing begins to fail, and when it works again.
func (o *Output) outcome(err error) error {
	if err == nil {
		if o.failing {
			o.failing = false
			o.config.Env.Notice(fmt.Sprintf("writing output again; %d %s were lost", o.lost.Load()-o.before, o.what()))
		}
		return nil
	}
	if o.config.Strict || errors.Is(err, syscall.EPIPE) {
		return err
	}
	if !o.failing {
		o.failing = true
		o.config.Env.Notice(fmt.Sprintf("output is being lost: %s", oneLine(err)))
	}
	return nil
}

// what is that which is written.
func (o *Output) what() string {
	if o.config.Packets {
		return "packets"
	}
	return "records"
}

// RotateIfDue begins a new file if it is time to. It is to be called now and
// then.
func (o *Output) RotateIfDue() error { return o.on((*pcap.Rotator).RotateIfDue) }

// Reopen finishes the present file and begins another one, as SIGHUP asks for.
func (o *Output) Reopen() error { return o.on((*pcap.Rotator).Reopen) }

// Close finishes the last file. Without packets, that is one with a header.
func (o *Output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun {
		if err := o.begin(packet.LinkEthernet); err != nil {
			return err
		}
	}
	var err error
	if o.file != nil {
		err = o.file.Close()
	}
	if n := o.others.Load(); n > 0 && o.config.Strict {
		err = errors.Join(err, fmt.Errorf("%d packets left out: their link type is not %d, that of the first packet, and a pcap file has one", n, o.format.Link))
	}
	return err
}

func (o *Output) on(do func(*pcap.Rotator) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	if err := do(o.file); err != nil {
		return o.outcome(err)
	}
	return nil
}

// Written is how many records or packets were written.
func (o *Output) Written() uint64 { return o.written.Load() }

// Lost is how many could not be written.
func (o *Output) Lost() uint64 { return o.lost.Load() }

func oneLine(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
