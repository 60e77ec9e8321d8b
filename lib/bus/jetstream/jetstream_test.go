package jetstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"merctools/lib/bus"
	"merctools/lib/bus/bustest"
)

// patience is how long tests wait for what comes soon unless the machine is busy.
const patience = 5 * time.Minute

// start starts a server, on the port of an earlier one if it isn't -1.
func start(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// parse returns the configuration for a stream of a server.
func parse(t testing.TB, s *server.Server, name string) *Config {
	t.Helper()
	// Nothing is delivered again because a busy machine was slow.
	separator := "?"
	if strings.Contains(name, "?") {
		separator = "&"
	}
	u, err := bus.ParseURL(s.ClientURL() + "/" + name + separator + "ack-wait=10m")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	c.Notice = func(text string) { t.Log(text) }
	return c
}

// put publishes lines in segments of 1000.
func put(t testing.TB, c *Config, name string, all []string, between func(segment int)) *bus.Counters {
	t.Helper()
	var counters bus.Counters
	p, err := c.NewPublisher(t.Context(), &counters)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := bus.NewWriter(t.Context(), bus.Config{Publisher: p, Compress: true, Size: 4096, Counters: &counters})
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for segment := range slices.Chunk(all, 1000) {
		w.Begin(fmt.Sprintf("%s-%d", name, i))
		if err := w.Add([]byte(strings.Join(segment, ""))); err != nil {
			t.Fatal(err)
		}
		w.End(func(error) {})
		if between != nil {
			between(i)
		}
		i++
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &counters
}

// get takes all lines that a group has not taken yet.
func get(t testing.TB, c *Config, group string, order bool) ([]string, *bus.Counters) {
	t.Helper()
	k, err := c.NewConsumer(t.Context(), group, order, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	return bustest.Get(t, k)
}

func TestPutGet(t *testing.T) {
	s := start(t, t.TempDir(), -1)
	c := parse(t, s, "r?partitions=5&max-age=1h")
	all := bustest.Lines(20000)
	n := put(t, c, "a", all, nil)
	if n.Records.Load() != 20000 || n.Duplicate.Load() != 0 || n.Retries.Load() != 0 {
		t.Errorf("%d records, %d duplicates, %d retries", n.Records.Load(), n.Duplicate.Load(), n.Retries.Load())
	}
	// The same once more is recognized.
	if n := put(t, c, "a", all, nil); n.Duplicate.Load() != n.Messages.Load() {
		t.Errorf("%d duplicates of %d messages", n.Duplicate.Load(), n.Messages.Load())
	}
	got, counters := get(t, c, "g", false)
	bustest.Same(t, got, all)
	if counters.Again.Load() != 0 || counters.Records.Load() != 20000 {
		t.Errorf("%d messages again, %d records", counters.Again.Load(), counters.Records.Load())
	}
	if got, _ := get(t, c, "g", false); len(got) != 0 {
		t.Errorf("%d lines again", len(got))
	}
	put(t, c, "b", all[:2000], nil)
	got, _ = get(t, c, "g", false)
	bustest.Same(t, got, all[:2000])
}

// What a member did not acknowledge goes to another one.
func TestNotAcknowledged(t *testing.T) {
	s := start(t, t.TempDir(), -1)
	// What is given back comes at once, not after ack-wait.
	c := parse(t, s, "r")
	all := bustest.Lines(5000)
	put(t, c, "a", all, nil)
	for _, order := range []bool{false, true} {
		group := fmt.Sprintf("g%v", order)
		k, err := c.NewConsumer(t.Context(), group, order, 64)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := k.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		k.Close()
		begun := time.Now()
		got, counters := get(t, c, group, order)
		if order {
			bustest.Same(t, got, all)
		} else {
			bustest.Complete(t, got, all) // what is given back may come behind what follows
		}
		if counters.Again.Load() < 3 {
			t.Errorf("%d messages again", counters.Again.Load())
		}
		if took := time.Since(begun); took > patience {
			t.Errorf("order %v: it took %v", order, took)
		}
	}
}

// The members of an ordered group never have two messages of a partition, and
// share the partitions.
func TestOrderedGroup(t *testing.T) {
	s := start(t, t.TempDir(), -1)
	c := parse(t, s, "r?partitions=8")
	all := bustest.Lines(20000)
	put(t, c, "a", all, nil)
	var mu sync.Mutex
	held := map[int]bool{}
	var got []string
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	shares := make([]int, 3)
	begin := make(chan struct{})
	for me := range shares {
		k, err := c.NewConsumer(t.Context(), "w", true, 0)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer k.Close()
			d, _ := bus.NewDecoder()
			<-begin
			for {
				msg, err := k.Next(ctx)
				if err != nil {
					return
				}
				text, err := d.AppendLines(nil, &msg.Message)
				if err != nil {
					t.Error(err)
				}
				var number, host int
				fmt.Sscanf(string(text), `{"number":%d,"src_ip":"192.0.2.%d"`, &number, &host)
				mu.Lock()
				shares[me]++
				if held[host] {
					t.Errorf("host %d is with two members", host)
				}
				held[host] = true
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				held[host] = false
				got = slices.AppendSeq(got, strings.Lines(string(text)))
				if len(got) == len(all) {
					cancel()
				}
				mu.Unlock()
				msg.Ack()
			}
		})
	}
	close(begin)
	wg.Wait()
	bustest.Same(t, got, all)
	if slices.Min(shares) == 0 {
		t.Errorf("shares %v", shares)
	}
}

// The server goes away in the midst and comes back: everything is there once,
// and in order.
func TestServerRestarts(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, -1)
	c := parse(t, s, "r")
	lost, back := make(chan bool, 100), make(chan bool, 100)
	c.Notice = func(text string) {
		t.Log(text)
		switch {
		case strings.HasPrefix(text, "connection lost"):
			lost <- true
		case strings.HasPrefix(text, "connected to"):
			back <- true
		}
	}
	noticed := func(what <-chan bool) {
		select {
		case <-what:
		case <-time.After(patience):
			t.Error("the publisher did not notice")
		}
	}
	all := bustest.Lines(30000)
	up := make(chan *server.Server, 1)
	up <- s
	n := put(t, c, "a", all, func(segment int) {
		if segment != 5 && segment != 20 {
			return
		}
		s := <-up
		if segment == 20 {
			noticed(back) // or there is no connection that can be lost
		}
		_, text, err := net.SplitHostPort(s.Addr().String())
		if err != nil {
			t.Error(err)
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Error(err)
		}
		s.Shutdown()
		s.WaitForShutdown()
		noticed(lost)
		go func() {
			time.Sleep(300 * time.Millisecond) // while more is published
			up <- start(t, dir, port)
		}()
	})
	t.Logf("%d messages, %d retries, %d duplicates", n.Messages.Load(), n.Retries.Load(), n.Duplicate.Load())
	got, _ := get(t, c, "g", false)
	bustest.Same(t, got, all)
}

// A cluster of three, with three replicas, has no leader yet, and one server goes
// away in the midst: everything is there once, and in order.
func TestCluster(t *testing.T) {
	var routes []*url.URL
	var options []*server.Options
	for i := range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
		options = append(options, &server.Options{
			ServerName: fmt.Sprint("s", i), Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port},
		})
	}
	var servers []*server.Server
	var hosts []string
	for _, o := range options {
		o.Routes = routes
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		servers = append(servers, s)
	}
	for _, s := range servers {
		if !s.ReadyForConnections(patience) {
			t.Fatal("a server does not start")
		}
		hosts = append(hosts, strings.TrimPrefix(s.ClientURL(), "nats://"))
	}
	u, err := bus.ParseURL("nats://" + strings.Join(hosts, ",") + "/r?replicas=3&partitions=4&ack-wait=10m")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	c.Notice = func(text string) { t.Log(text) }
	all := bustest.Lines(20000)
	n := put(t, c, "a", all, func(segment int) {
		for begun := time.Now(); segment == 5; time.Sleep(50 * time.Millisecond) {
			for _, s := range servers {
				if s.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "r") {
					s.Shutdown()
					return
				}
			}
			if time.Since(begun) > patience {
				t.Fatal("the stream has no leader")
			}
		}
	})
	t.Logf("%d messages, %d retries, %d duplicates", n.Messages.Load(), n.Retries.Load(), n.Duplicate.Load())
	got, _ := get(t, c, "g", false)
	bustest.Same(t, got, all)
}

// A stream that is full stops the publisher until there is room.
func TestFull(t *testing.T) {
	s := start(t, t.TempDir(), -1)
	c := parse(t, s, "r?max-bytes=20000")
	all := bustest.Lines(20000)
	var counters bus.Counters
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	go func() { // once the stream has what fits
		for begun := time.Now(); (counters.Retries.Load() == 0 || counters.Records.Load() == 0) && time.Since(begun) < patience; {
			time.Sleep(10 * time.Millisecond)
		}
		cancel(errors.New("full"))
	}()
	p, err := c.NewPublisher(ctx, &counters)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := bus.NewWriter(ctx, bus.Config{Publisher: p, Size: 4096, Counters: &counters})
	if err != nil {
		t.Fatal(err)
	}
	w.Begin("a")
	err = w.Add([]byte(strings.Join(all, "")))
	w.End(func(error) {})
	if e := w.Close(); e == nil || counters.Retries.Load() == 0 || counters.Records.Load() == 0 || counters.Records.Load() == 20000 {
		t.Errorf("%v, %v: %d retries, %d records", err, e, counters.Retries.Load(), counters.Records.Load())
	}
}

func TestUnreachable(t *testing.T) {
	u, err := bus.ParseURL("nats://127.0.0.1:1/r")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.NewPublisher(t.Context(), new(bus.Counters)); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("%v", err)
	}
	c.Wait = true
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.NewPublisher(ctx, new(bus.Counters)); err == nil {
		t.Error("no error")
	}
}

func TestParse(t *testing.T) {
	bustest.Refused(t, Parse, map[string]string{
		"nats://a/x.y":            "a stream's name",
		"nats://a/x?group=a b":    "a group's name",
		"nats://a/x?storage=tape": "storage is file or memory, not tape",
		"nats://a/x?ack-wait=1ms": "ack-wait is at least 1s",
		"nats://a/x?partitions=0": "partitions=0",
		"nats://a/x?colour=red":   "unknown option colour",
	})
}
