package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A measurement is what a command took.
type measurement struct {
	what    string
	cpu     time.Duration
	wall    time.Duration
	memory  string
	records int
}

func (m measurement) print() {
	perCPU := "-"
	if m.cpu > 0 {
		perCPU = fmt.Sprintf("%.0f", float64(m.records)/m.cpu.Seconds())
	}
	fmt.Printf("| %s | %.2f s | %s | %.1f s | %.0f | %s |\n", m.what, m.cpu.Seconds(), perCPU, m.wall.Seconds(), float64(m.records)/m.wall.Seconds(), m.memory)
}

// A bench is a server, and the records that commands are measured with.
type bench struct {
	l       *lab
	url     string // of the server, with a slash
	records int
}

// measure prints what a merc-bus takes.
func (b *bench) measure(what string, input *os.File, args ...string) error {
	begun := time.Now()
	q, err := b.l.start("bus", input, "merc-bus", args...)
	if err != nil {
		return err
	}
	if err := b.l.wait(q); err != nil {
		return err
	}
	measurement{what, q.cpu(), time.Since(begun), peak(q), b.records}.print()
	return nil
}

// put measures publishing a file to a stream.
func (b *bench) put(name, stream string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	return b.measure("`put`", in, "put", b.url+stream)
}

// work prints what so many workers take that share a stream.
func (b *bench) work(workers int) error {
	begun := time.Now()
	var all sync.WaitGroup
	list := make([]*process, workers)
	for i := range list {
		var err error
		if list[i], err = b.l.start(fmt.Sprint("worker-", i), nil, "merc-bus", "work", "--once", fmt.Sprintf("%sr1?group=w%d", b.url, workers), fmt.Sprintf("%sw%d", b.url, workers), "--", "merc-analyze", "-t", "1"); err != nil {
			return err
		}
		all.Go(func() { <-list[i].ended })
	}
	all.Wait()
	took := time.Since(begun)
	var cpu time.Duration
	for _, p := range list {
		if err := b.l.wait(p); err != nil {
			return err
		}
		cpu += p.cpu()
	}
	measurement{fmt.Sprintf("%d × `work -- merc-analyze -t 1`, with its filters", workers), cpu, took, peak(list[0]), b.records}.print()
	return nil
}

func load(l *lab, args []string) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	name := flags.String("records", "", "a file of records")
	clickhouse := flags.String("clickhouse", "", "HOST:PORT of a ClickHouse")
	if err := flags.Parse(args); err != nil {
		return err
	}
	// What this process has in memory counts as that of those which it starts,
	// so it has as little as possible.
	if *name == "" {
		*name = l.path("records.jsonl")
		if err := l.writeRecords(*name, 300_000); err != nil {
			return err
		}
	}
	n, size, err := count(*name)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d records of %d bytes on average; %d processors\n\n", n, size/n, runtime.NumCPU())

	p, err := port()
	if err != nil {
		return err
	}
	server, err := l.start("server", nil, "nats-server", "-js", "-a", "127.0.0.1", "-p", p, "-sd", l.path("js"))
	if err != nil {
		return err
	}
	if err := l.listens("127.0.0.1:" + p); err != nil {
		return err
	}
	b := &bench{l: l, url: "nats://127.0.0.1:" + p + "/", records: n}
	fmt.Print("| command | CPU | records/s of CPU | time | records/s | memory |\n|---|---:|---:|---:|---:|---:|\n")
	for _, stream := range []string{"r0", "r1", "r2"} {
		if err := b.put(*name, stream); err != nil {
			return err
		}
	}
	commands := []struct {
		what string
		args []string
	}{
		{"`get`", []string{"get", "--once", b.url + "r0"}},
		{"`work -- cat`", []string{"work", "--once", b.url + "r0?group=cat", b.url + "cat", "--", "cat"}},
		{"`sink file://`, 8 columns", []string{"sink", "--once", b.url + "r0?group=f8", "file://" + l.path("f8") + "?fields=src_ip,dst_ip,protocol,src_port,dst_port,event_start,fingerprints,tls.client.server_name"}},
		{"`sink file://`, all columns", []string{"sink", "--once", b.url + "r0?group=all", "file://" + l.path("all")}},
		{"`sink clickhouse://`", []string{"sink", "--once", b.url + "r0?group=ch", fmt.Sprintf("clickhouse://%s/load_%d", *clickhouse, time.Now().Unix())}},
	}
	if *clickhouse == "" {
		commands = commands[:len(commands)-1]
	}
	for _, c := range commands {
		if err := b.measure(c.what, nil, c.args...); err != nil {
			return err
		}
	}
	for _, workers := range []int{1, 2, 4} {
		if err := b.work(workers); err != nil {
			return err
		}
	}
	server.Process.Signal(os.Interrupt)
	<-server.ended
	measurement{"`nats-server`, for all of this", server.cpu(), time.Since(l.begun), peak(server), 0}.print()
	return nil
}

// count counts the lines and the bytes of a file.
func count(name string) (lines, size int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := f.Read(b)
		lines += bytes.Count(b[:n], []byte("\n"))
		size += n
		if err == io.EOF {
			return max(lines, 1), size, nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// writeRecords writes records of the captures in testdata to a file.
func (l *lab) writeRecords(name string, n int) error {
	records, err := l.testRecords()
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for done := 0; done < n; {
		lines := numbered(records, min(n-done, 1000))
		if _, err := f.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
			return err
		}
		done += len(lines)
	}
	return f.Close()
}
