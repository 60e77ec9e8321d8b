// Bus tries merc-bus with real servers: what it loses when they fail, and how
// fast it is. scripts/bus-faults and scripts/bus-load call it.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "bus: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: bus faults|load")
	}
	dir, err := os.MkdirTemp("", "merc-bus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := &lab{ctx: ctx, dir: dir, begun: time.Now()}
	defer l.close()
	if err := l.build(); err != nil {
		return err
	}
	switch args[0] {
	case "faults":
		return faults(l, args[1:])
	case "load":
		return load(l, args[1:])
	}
	return fmt.Errorf("%s: neither faults nor load", args[0])
}

// A lab is a directory with programs, and processes of them.
type lab struct {
	ctx     context.Context
	dir     string
	begun   time.Time
	running []*process
}

// say prints what happens, with the time since the beginning.
func (l *lab) say(format string, args ...any) {
	fmt.Printf("%6.1fs  %s\n", time.Since(l.begun).Seconds(), fmt.Sprintf(format, args...))
}

func (l *lab) path(elements ...string) string {
	return filepath.Join(append([]string{l.dir}, elements...)...)
}

// build builds the commands, and the server from the module that the tests use.
func (l *lab) build() error {
	l.say("building")
	for _, pkg := range []string{"./cmd/merc-bus", "./cmd/merc-fp", "./cmd/merc-analyze", "github.com/nats-io/nats-server/v2"} {
		cmd := exec.CommandContext(l.ctx, "go", "build", "-o", l.path()+string(filepath.Separator), pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
		}
	}
	return nil
}

// A process is a program that runs.
type process struct {
	*exec.Cmd
	name  string
	ended chan struct{}
	err   error
}

// cpu is what an ended process took.
func (p *process) cpu() time.Duration { return p.ProcessState.UserTime() + p.ProcessState.SystemTime() }

// start starts a program of the lab. What it says goes to a file of the name.
func (l *lab) start(name string, input *os.File, program string, args ...string) (*process, error) {
	log, err := os.OpenFile(l.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{Cmd: exec.Command(l.path(program), args...), name: name, ended: make(chan struct{})}
	p.Stderr = log
	if program == "nats-server" {
		p.Stdout = log
	}
	if input != nil {
		p.Stdin = input
	}
	p.Env = append(os.Environ(), "PATH="+l.dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if err := p.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.Wait()
		close(p.ended)
	}()
	l.running = append(l.running, p)
	return p, nil
}

// kill ends a process as kill -9 does.
func (p *process) kill() {
	p.Process.Kill()
	<-p.ended
}

// close ends what runs.
func (l *lab) close() {
	for _, p := range l.running {
		p.kill()
	}
}

// wait waits until a process ends by itself.
func (l *lab) wait(p *process) error {
	select {
	case <-p.ended:
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
	if p.err != nil {
		text, _ := os.ReadFile(l.path(p.name + ".log"))
		return fmt.Errorf("%s: %w\n%s", p.name, p.err, text)
	}
	return nil
}

// sleep waits.
func (l *lab) sleep(d time.Duration) error {
	select {
	case <-l.ctx.Done():
		return l.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// port is a free port on the loopback interface.
func port() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, p, err := net.SplitHostPort(l.Addr().String())
	return p, err
}

// listens waits until something listens at an address.
func (l *lab) listens(address string) error {
	for range 3000 { // a busy machine takes long
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		if err := l.sleep(100 * time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("nothing listens at %s", address)
}

// testRecords are the records of the captures in testdata.
func (l *lab) testRecords() ([]byte, error) {
	captures, err := filepath.Glob("testdata/captures/*.pcap")
	if err != nil || len(captures) == 0 {
		return nil, errors.Join(err, errors.New("no captures in testdata/captures"))
	}
	var all bytes.Buffer
	for _, name := range captures {
		cmd := exec.CommandContext(l.ctx, l.path("merc-fp"), "--metadata", name)
		cmd.Stdout = &all
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("merc-fp %s: %w", name, err)
		}
	}
	return all.Bytes(), nil
}

// numbered repeats records until there are n, each with its number.
func numbered(records []byte, n int) []string {
	lines := strings.Split(strings.TrimSpace(string(records)), "\n")
	all := make([]string, n)
	for i := range all {
		line := lines[i%len(lines)]
		all[i] = fmt.Sprintf("%s,\"number\":%d}", line[:len(line)-1], i)
	}
	return all
}
