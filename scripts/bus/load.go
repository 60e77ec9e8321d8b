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
	url := "nats://127.0.0.1:" + p + "/"
	fmt.Print("| command | CPU | records/s of CPU | time | records/s | memory |\n|---|---:|---:|---:|---:|---:|\n")
	one := func(what string, input *os.File, count int, args ...string) error {
		begun := time.Now()
		q, err := l.start("bus", input, "merc-bus", args...)
		if err != nil {
			return err
		}
		if err := l.wait(q); err != nil {
			return err
		}
		measurement{what, q.ProcessState.UserTime() + q.ProcessState.SystemTime(), time.Since(begun), peak(q), count}.print()
		return nil
	}
	for i := range 3 {
		in, err := os.Open(*name)
		if err != nil {
			return err
		}
		err = one("`put`", in, n, "put", fmt.Sprintf("%sr%d", url, i))
		in.Close()
		if err != nil {
			return err
		}
	}
	if err := one("`get`", nil, n, "get", "--once", url+"r0"); err != nil {
		return err
	}
	if err := one("`work -- cat`", nil, n, "work", "--once", url+"r0?group=cat", url+"cat", "--", "cat"); err != nil {
		return err
	}
	if err := one("`sink file://`, 8 columns", nil, n, "sink", "--once", url+"r0?group=f8", "file://"+l.path("f8")+"?fields=src_ip,dst_ip,protocol,src_port,dst_port,event_start,fingerprints,tls.client.server_name"); err != nil {
		return err
	}
	if err := one("`sink file://`, all columns", nil, n, "sink", "--once", url+"r0?group=all", "file://"+l.path("all")); err != nil {
		return err
	}
	if *clickhouse != "" {
		if err := one("`sink clickhouse://`", nil, n, "sink", "--once", url+"r0?group=ch", fmt.Sprintf("clickhouse://%s/load_%d", *clickhouse, time.Now().Unix())); err != nil {
			return err
		}
	}
	for _, workers := range []int{1, 2, 4} {
		begun := time.Now()
		var all sync.WaitGroup
		list := make([]*process, workers)
		var cpu time.Duration
		for i := range list {
			if list[i], err = l.start(fmt.Sprint("worker-", i), nil, "merc-bus", "work", "--once", fmt.Sprintf("%sr1?group=w%d", url, workers), fmt.Sprintf("%sw%d", url, workers), "--", "merc-analyze", "-t", "1"); err != nil {
				return err
			}
			all.Go(func() { <-list[i].ended })
		}
		all.Wait()
		took := time.Since(begun)
		for _, p := range list {
			if err := l.wait(p); err != nil {
				return err
			}
			cpu += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
		}
		measurement{fmt.Sprintf("%d × `work -- merc-analyze -t 1`, with its filters", workers), cpu, took, peak(list[0]), n}.print()
	}
	server.Process.Signal(os.Interrupt)
	<-server.ended
	measurement{"`nats-server`, for all of this", server.ProcessState.UserTime() + server.ProcessState.SystemTime(), time.Since(l.begun), peak(server), 0}.print()
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
