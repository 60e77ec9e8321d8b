package cli

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"merctools/lib/report"
)

const (
	// quietTime is how long a command runs before it shows how far it is.
	quietTime = 2 * time.Second

	// progressInterval is how often it shows that.
	progressInterval = 250 * time.Millisecond
)

// position is how far an Input is. Any goroutine may read it.
type position struct {
	before  atomic.Int64            // bytes of the files that were read, as they are on disk
	file    atomic.Pointer[os.File] // the one that is being read, if any
	packets atomic.Uint64
}

// bytes is how much of the files was read, as they are on disk. Files are asked for it
// when somebody wants to know, since that takes a system call.
func (p *position) bytes() int64 {
	n := p.before.Load()
	if f := p.file.Load(); f != nil {
		if at, err := f.Seek(0, io.SeekCurrent); err == nil {
			n += at
		}
	}
	return n
}

// endFile is called before the present file is closed.
func (p *position) endFile() {
	n := p.bytes()
	p.file.Store(nil)
	p.before.Store(n)
}

// ShowProgress shows on standard error how far the input is, until stop is
// called: as a bar where that is a terminal, nothing goes to a terminal as
// standard output, and the command takes longer than two seconds; and as a line
// for each SIGUSR1 or SIGINFO.
func (in *Input) ShowProgress(env *Env) (stop func()) {
	return showProgress(&progress{at: &in.at, env: env, size: in.size(), packets: true, toFile: in.ToFile})
}

// ShowProgress shows how far a file is that Open or OpenRecords has opened, as that of an Input
// does. What is read from r counts.
func (e *Env) ShowProgress(file io.Reader) (r io.Reader, stop func()) {
	p := progress{at: new(position), env: e}
	var f any = file
	if s, ok := f.(sniffed); ok {
		f = s.file
	}
	if nop, ok := f.(stdin); ok {
		f = nop.Reader
	}
	if f, ok := f.(interface{ Stat() (os.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			p.size = info.Size()
		}
	}
	return &countingReader{file, p.at}, showProgress(&p)
}

// A countingReader counts what is read.
type countingReader struct {
	io.Reader
	at *position
}

// Read implements io.Reader.
func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.at.before.Add(int64(n))
	return n, err
}

func showProgress(p *progress) (stop func()) {
	p.begin = time.Now()
	env := p.env
	if p.wantsBar(isTerminal(env.Stderr), isTerminal(env.Stdout)) {
		p.newBar()
	}
	signals := make(chan os.Signal, 1)
	notify(signals, infoSignals)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		p.run(signals, quit)
	}()
	return func() {
		signal.Stop(signals)
		close(quit)
		<-done
	}
}

type progress struct {
	at      *position
	env     *Env
	size    int64 // of all files; 0 where it is not known
	packets bool  // they are counted, too
	toFile  bool  // nothing goes to standard output
	begin   time.Time
	bar     *progressbar.ProgressBar // nil where none is wanted
	shown   bool                     // it is to be seen
}

// wantsBar reports whether a bar has an end, a terminal and no lines of standard
// output around it.
func (p *progress) wantsBar(stderr, stdout bool) bool {
	return p.size > 0 && stderr && (p.toFile || !stdout)
}

func (p *progress) newBar() {
	p.bar = progressbar.NewOptions64(p.size,
		progressbar.OptionSetWriter(p),
		progressbar.OptionSetDescription(p.env.Name),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(20),
		progressbar.OptionClearOnFinish(),
	)
}

// Write writes what the bar is made of, from when it may be seen.
func (p *progress) Write(b []byte) (int, error) {
	if !p.shown {
		return len(b), nil
	}
	return p.env.Stderr.Write(b)
}

func (p *progress) run(signals <-chan os.Signal, quit <-chan struct{}) {
	var tick <-chan time.Time
	if p.bar != nil {
		ticker := time.NewTicker(progressInterval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-quit:
			p.clear()
			return
		case <-tick:
			p.update()
		case <-signals:
			p.clear()
			p.env.Notice(p.line())
		}
	}
}

// update moves the bar. The last byte stays away: the bar would end with it.
func (p *progress) update() {
	p.shown = time.Since(p.begin) > quietTime
	p.bar.Set64(min(p.at.bytes(), p.size-1))
}

// clear takes the bar from the terminal until it moves again.
func (p *progress) clear() {
	if p.shown {
		p.bar.Clear()
	}
}

// line says how far the input is.
func (p *progress) line() string {
	bytes := p.at.bytes()
	took := time.Since(p.begin)
	s := fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	if p.packets {
		s = report.Count(p.at.packets.Load()) + " packets"
	}
	if bytes == 0 {
		return s
	}
	rate := float64(bytes) / took.Seconds()
	s += fmt.Sprintf(", %.1f MB/s", rate/1e6)
	if p.size > 0 {
		left := time.Duration(float64(max(p.size-bytes, 0)) / rate * float64(time.Second))
		s = fmt.Sprintf("%.0f %%, %s, %s left", 100*float64(bytes)/float64(p.size), s, left.Round(time.Second))
	}
	return s
}
