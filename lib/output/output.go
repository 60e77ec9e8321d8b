package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"merctools/lib/capture/pcap"
	"merctools/lib/packet"
)

// Config says where output goes and what it is.
type Config struct {
	Name   string    // of the file, or of those that rotation makes; see [IsStdout]
	Stdout io.Writer // what the name of standard output stands for

	Packets bool   // pcap files, not lines of records
	SnapLen uint32 // that pcap files state; 0: [pcap.DefaultSnapLen]
	Nano    bool   // packets have nanoseconds; otherwise as the first one has

	// Link is the link type of packets. Where LinkKnown is not set, it is that
	// of the first one. Others can't be in the same file.
	Link      uint16
	LinkKnown bool

	Limit     uint64        // records or packets that a file has at most; 0: any number
	Every     time.Duration // after which a new file is begun; 0: never
	KeepFiles int           // of those that rotation has finished, the newest stay; 0: all
	KeepSize  int64         // the same, by the bytes that they have together; 0: any number
	Overwrite bool          // replace files that exist

	// Live is for output that never ends by itself. What can't be written,
	// as when the disk is full, is lost and counted until writing works
	// again. A single file has its name from the start. Without Live, an
	// error of writing ends the command, and a file gets its name when it is
	// complete.
	Live bool

	// Uncounted says that Written, Lost and Pending are not wanted: to find the ends
	// of records takes a look at all of them.
	Uncounted bool

	Inputs *Inputs              // none of which is written; may be nil
	Notice func(message string) // is told what happens to the output meanwhile; may be nil
}

// An Output writes records or packets. Any goroutine may use it. Reopen and
// RotateIfDue wait for a write that waits for its reader; the counts don't.
type Output struct {
	config Config

	pending atomic.Uint64 // records in calls that have not returned
	written atomic.Uint64
	lost    atomic.Uint64

	unfit unfit

	mu     sync.Mutex // held while the output is written
	files  *rotator
	format *pcap.PCAPFormat // of pcap files, once it is known
	closed bool

	failing    bool   // the last write failed
	lostBefore uint64 // how many records were lost until then
	failure    error  // the last one
}

var errClosed = errors.New("the output is closed")

// New opens the first file. Where the link type of packets is known, that has
// its header then. It returns an error, and has opened nothing for writing,
// where an input is the output.
func New(config Config) (*Output, error) {
	if config.SnapLen == 0 {
		config.SnapLen = pcap.DefaultSnapLen
	}
	o := &Output{config: config}
	if err := o.open(); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%w (--overwrite replaces it)", err)
		}
		return nil, err
	}
	if config.Packets && config.LinkKnown {
		if _, err := o.begin(config.Link, config.Nano); err != nil {
			o.Discard()
			return nil, err
		}
	}
	return o, nil
}

func (o *Output) open() error {
	c := rotatorConfig{
		name:      o.config.Name,
		stdout:    o.config.Stdout,
		records:   o.config.Limit,
		every:     o.config.Every,
		split:     lines,
		keep:      retention{files: o.config.KeepFiles, size: o.config.KeepSize},
		overwrite: o.config.Overwrite,
		notice:    o.notice,
		inPlace:   o.config.Live && o.config.Limit == 0 && o.config.Every == 0,
	}
	if o.config.Packets {
		c.split = pcaps
	}
	if in := o.config.Inputs; in != nil {
		c.refuse = in.Refuse
		if IsStdout(c.name) {
			if err := in.RefuseOpen("standard output", c.stdout); err != nil {
				return err
			}
		}
	}
	var err error
	o.files, err = newRotator(c)
	return err
}

// Records writes lines.
func (o *Output) Records(text []byte) error {
	n := min(len(text), 1)
	if !o.config.Uncounted || o.config.Limit > 0 {
		n = bytes.Count(text, []byte{'\n'})
	}
	return o.write(text, n)
}

// write writes n records and counts them. What is not counted has any number but 0.
func (o *Output) write(p []byte, n int) error {
	if n == 0 {
		return nil
	}
	if !o.config.Uncounted {
		o.pending.Add(uint64(n))
		defer o.pending.Add(-uint64(n))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return errClosed
	}
	written, err := o.files.write(p, n)
	if o.config.Uncounted {
		return o.outcome(err)
	}
	o.written.Add(uint64(written))
	if !o.failing {
		o.lostBefore = o.lost.Load()
	}
	o.lost.Add(uint64(n - written))
	o.countGone()
	return o.outcome(err)
}

// countGone counts what was written to files that are gone as lost.
func (o *Output) countGone() {
	if n := o.files.takeGone(); n > 0 {
		o.lost.Add(n)
		o.written.Add(-n)
	}
}

// outcome tells when writing begins to fail, and when it works again.
func (o *Output) outcome(err error) error {
	if err == nil {
		if o.failing {
			o.failing = false
			o.notice("writing output again; lost %d %s", o.lost.Load()-o.lostBefore, o.What())
		}
		return nil
	}
	if !o.config.Live || errors.Is(err, syscall.EPIPE) {
		return err
	}
	o.failure = err
	if !o.failing {
		o.failing = true
		o.notice("output is being lost: %s", oneLine(err))
	}
	return nil
}

func (o *Output) notice(format string, args ...any) {
	if o.config.Notice != nil {
		o.config.Notice(fmt.Sprintf(format, args...))
	}
}

// RotateIfDue begins a new file if it is time to, or if the present one was
// removed. It is to be called now and then while nothing is written.
func (o *Output) RotateIfDue() error { return o.maintain((*rotator).lookAfter) }

// Reopen finishes the present file and begins another one, as SIGHUP asks for.
func (o *Output) Reopen() error { return o.maintain((*rotator).reopen) }

func (o *Output) maintain(do func(*rotator) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	err := do(o.files)
	if !o.failing {
		o.lostBefore = o.lost.Load()
	}
	o.countGone()
	if err != nil {
		return o.outcome(err)
	}
	return nil
}

// Close finishes the last file; of pcap, it has a header also without packets.
// failed is what went wrong before, if anything did: a file that may lack
// something gets its name only if it replaces no other. Close returns what else
// went wrong. Later calls do nothing.
func (o *Output) Close(failed error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.close(failed)
}

func (o *Output) close(failed error) error {
	if o.closed {
		return nil
	}
	var err error
	if o.config.Packets && o.format == nil {
		_, err = o.beginLocked(packet.LinkEthernet, false)
	}
	o.closed = true
	if !o.config.Live {
		err = errors.Join(err, o.unfitError())
	}
	err = errors.Join(err, o.files.close(o.config.Live || failed == nil && err == nil))
	o.countGone()
	return err
}

// Discard gives up the output before anything is written to it: a file that has no
// name yet is removed.
func (o *Output) Discard() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.files.file.discard()
}

// Abandon finishes the last file when the process is about to end, as Close
// does after a failure, unless a write holds it for longer than a moment.
func (o *Output) Abandon() error {
	for begin := time.Now(); time.Since(begin) < abandonTimeout; time.Sleep(time.Millisecond) {
		if o.mu.TryLock() {
			defer o.mu.Unlock()
			return o.close(errInterrupted)
		}
	}
	return nil
}

// abandonTimeout is more than a write to a disk takes.
const abandonTimeout = time.Second

var errInterrupted = errors.New("interrupted")

// Packets reports whether the output is one of packets.
func (o *Output) Packets() bool { return o.config.Packets }

// IsStdout reports whether the output goes to standard output.
func (o *Output) IsStdout() bool { return IsStdout(o.config.Name) }

// What names what is written: "records" or "packets".
func (o *Output) What() string {
	if o.config.Packets {
		return "packets"
	}
	return "records"
}

// Written is how many records or packets were written.
func (o *Output) Written() uint64 { return o.written.Load() }

// Lost is how many could not be written.
func (o *Output) Lost() uint64 { return o.lost.Load() }

// Pending is how many are being written. If a reader has stalled, they are what
// is lost when the process ends.
func (o *Output) Pending() uint64 { return o.pending.Load() }

// Failure is an error that says how many records or packets were lost and why,
// or what else went wrong meanwhile; nil if nothing did.
func (o *Output) Failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.Lost()
	switch others := o.unfit.otherLink.Load(); {
	case n == 0:
		return o.failure
	case n == others:
		return o.unfitError()
	case o.failure == nil:
		return fmt.Errorf("lost %d %s", n, o.What())
	}
	return fmt.Errorf("lost %d %s: %s", n, o.What(), oneLine(o.failure))
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
