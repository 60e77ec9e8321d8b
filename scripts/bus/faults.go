package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A trial is a sensor's records on their way through publisher, cluster and
// workers, any of which may fail.
type trial struct {
	l         *lab
	cluster   *cluster
	cable     *cable
	publisher *process
	workers   [3]*process
	spool     string // the publisher's
	from, to  string // streams of records and of results
}

func newTrial(l *lab) (*trial, error) {
	c, err := newCluster(l)
	if err != nil {
		return nil, err
	}
	servers := "nats://" + strings.Join(c.clients, ",")
	t := &trial{l: l, cluster: c, spool: l.path("spool"), from: servers + "/records?replicas=3", to: servers + "/analyzed?replicas=3"}
	if t.cable, err = newCable(c.clients); err != nil {
		return nil, err
	}
	if err := os.Mkdir(t.spool, 0o777); err != nil {
		return nil, err
	}
	if err := t.publish(); err != nil {
		return nil, err
	}
	for i := range t.workers {
		if err := t.work(i); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// publish starts the publisher.
func (t *trial) publish() (err error) {
	t.publisher, err = t.l.start("put", nil, "merc-bus", "put", "--wait", "--spool", t.spool, "--settle", "0s", "nats://"+t.cable.listener.Addr().String()+"/records?replicas=3")
	return err
}

// work starts a worker.
func (t *trial) work(i int) (err error) {
	t.workers[i], err = t.l.start(fmt.Sprintf("work-%d", i), nil, "merc-bus", "work", "--wait", t.from, t.to, "--", "merc-analyze")
	return err
}

// tend starts again whoever has ended, as for want of a leader, as a service
// manager does.
func (t *trial) tend() error {
	select {
	case <-t.publisher.ended:
		if err := t.publish(); err != nil {
			return err
		}
	default:
	}
	for i, w := range t.workers {
		select {
		case <-w.ended:
			if err := t.work(i); err != nil {
				return err
			}
		default:
		}
	}
	return nil
}

// killAll kills everything, and starts the servers again.
func (t *trial) killAll() error {
	for i := range t.cluster.servers {
		t.cluster.servers[i].kill()
	}
	for i := range t.workers {
		t.workers[i].kill()
	}
	t.publisher.kill()
	for i := range t.cluster.servers {
		if err := t.cluster.start(i); err != nil {
			return err
		}
	}
	return nil
}

// A step is a fault, or the end of one.
type step struct {
	what string
	do   func() error
}

// steps are what happens, one after the other. The publisher is cut off from the
// servers for a while.
func (t *trial) steps(cut time.Duration) []step {
	c := t.cluster
	return []step{
		{"all is well", func() error { return nil }},
		{"kill -9 of a worker; another one takes its place", func() error { t.workers[0].kill(); return nil }},
		{"kill -9 of the publisher, which is started again", func() error { t.publisher.kill(); return nil }},
		{"kill -9 of a server", func() error { c.servers[0].kill(); return nil }},
		{"it is started again", func() error { return c.start(0) }},
		{fmt.Sprintf("the publisher is cut off for %v", cut), func() error {
			t.cable.set(true)
			time.AfterFunc(cut, func() { t.cable.set(false) })
			return nil
		}},
		{"kill -9 of another server, and of a worker", func() error { c.servers[1].kill(); t.workers[1].kill(); return nil }},
		{"it is started again", func() error { return c.start(1) }},
		{"kill -9 of all servers, all workers and the publisher", t.killAll},
		{"all is well again", func() error { return nil }},
	}
}

func faults(l *lab, args []string) error {
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	count := flags.Int("records", 100_000, "how many records")
	cut := flags.Duration("cut", time.Minute, "how long the publisher is cut off")
	if err := flags.Parse(args); err != nil {
		return err
	}
	records, err := l.testRecords()
	if err != nil {
		return err
	}
	lines := numbered(records, *count)
	local := exec.CommandContext(l.ctx, l.path("merc-analyze"))
	local.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	expected, err := local.Output()
	if err != nil {
		return fmt.Errorf("merc-analyze: %w", err)
	}
	t, err := newTrial(l)
	if err != nil {
		return err
	}
	files, err := t.run(t.steps(*cut), lines)
	if err != nil {
		return err
	}
	l.say("%d records in %d files were written; waiting until all are published and analyzed", len(lines), files)
	got, err := l.drained(t.spool, t.to, len(lines), 30+int(cut.Seconds()), t.tend)
	if err != nil {
		return err
	}
	for _, name := range []string{"put", "work-0", "work-1", "work-2"} {
		text, _ := os.ReadFile(l.path(name + ".log"))
		fmt.Printf("         %s said %d lines\n", name, bytes.Count(text, []byte("\n")))
	}
	return compare(expected, got)
}

// run does the steps. Meanwhile the sensor writes files, ten in each step,
// whose number it returns.
func (t *trial) run(steps []step, lines []string) (files int, err error) {
	const filesPerStep = 10
	per := (len(lines) + len(steps)*filesPerStep - 1) / (len(steps) * filesPerStep)
	for _, step := range steps {
		t.l.say("%s", step.what)
		if err := step.do(); err != nil {
			return files, err
		}
		for range filesPerStep {
			some := lines[min(files*per, len(lines)):min((files+1)*per, len(lines))]
			if err := drop(t.spool, files, some); err != nil {
				return files, err
			}
			files++
			if err := t.l.sleep(400 * time.Millisecond); err != nil {
				return files, err
			}
			if err := t.tend(); err != nil {
				return files, err
			}
		}
	}
	return files, nil
}

// drop puts a finished file into the spool.
func drop(spool string, number int, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	name := filepath.Join(spool, fmt.Sprintf("records-%06d", number))
	if err := os.WriteFile(filepath.Join(spool, ".part"), []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		return err
	}
	return os.Rename(filepath.Join(spool, ".part"), name)
}

// drained returns what the stream of results has, when the spool is empty and
// there are as many results as records, or nothing came so many times.
func (l *lab) drained(spool, to string, want, patience int, tend func() error) ([]byte, error) {
	var all bytes.Buffer
	quiet := 0
	for quiet < patience {
		if err := tend(); err != nil {
			return nil, err
		}
		var errors bytes.Buffer
		cmd := exec.CommandContext(l.ctx, l.path("merc-bus"), "get", "--once", to+"&group=check")
		cmd.Stderr = &errors
		out, err := cmd.Output()
		all.Write(out)
		if err != nil {
			l.say("get: %v: %s", err, strings.TrimSpace(errors.String()))
		}
		quiet++
		if len(out) > 0 {
			quiet = 0
		}
		left, err := filepath.Glob(filepath.Join(spool, "records-*"))
		if err != nil {
			return nil, err
		}
		n := bytes.Count(all.Bytes(), []byte("\n"))
		l.say("%d results, %d files left", n, len(left))
		if n >= want && len(left) == 0 && len(out) == 0 {
			break
		}
		if err := l.sleep(time.Second); err != nil {
			return nil, err
		}
	}
	return all.Bytes(), nil
}

// compare counts records that are missing, differ, or came twice.
//
// Which of several records has an unlisted fingerprint first depends on their
// order, and so does whether merc-analyze calls it random: that does not count.
func compare(expected, got []byte) error {
	normal := func(line string) string {
		return strings.Replace(line, `"status":"randomized_fingerprint"`, `"status":"unlabeled_fingerprint"`, 1)
	}
	want := map[string]int{}
	for line := range strings.Lines(string(expected)) {
		want[normal(line)]++
	}
	total, other := len(want), 0
	came := map[string]int{}
	for line := range strings.Lines(string(got)) {
		line = normal(line)
		if came[line]++; want[line] == 0 {
			other++
		}
	}
	missing, twice := 0, 0
	for line := range want {
		if came[line] == 0 {
			missing++
		}
		twice += max(came[line]-1, 0)
	}
	fmt.Printf("\n%d records, %d missing, %d that differ from a local run, %d that came more than once\n", total, missing, other, twice)
	if missing+other > 0 {
		return fmt.Errorf("%d records are missing, %d differ", missing, other)
	}
	return nil
}
