package bus

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain makes the test a filter where it is asked to be one.
func TestMain(m *testing.M) {
	if how := os.Getenv("MERC_TEST_FILTER"); how != "" {
		filter(how)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func filter(how string) {
	in := bufio.NewReader(os.Stdin)
	var held strings.Builder
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil {
			fmt.Print(held.String())
			return
		}
		switch {
		case how == "hold":
			held.WriteString(line)
			continue
		case how == "double":
			fmt.Print(line)
		case how == "swallow" && n == 5:
			continue
		case how == "die" && n == 5:
			os.Exit(3)
		}
		fmt.Print("<" + strings.TrimSuffix(line, "\n") + ">\n")
	}
}

// A queue is a Consumer of messages; what is not acknowledged comes again.
type queue struct {
	mu     sync.Mutex
	ready  []*Message
	out    map[*Message]bool
	acks   int
	nacked int
}

func newQueue(lines []string, size int) *queue {
	q := &queue{out: map[*Message]bool{}}
	for i := range slices.Collect(slices.Chunk(lines, size)) {
		some := lines[i*size : min((i+1)*size, len(lines))]
		q.ready = append(q.ready, &Message{ID: fmt.Sprint("m", i), Records: len(some), Partition: i % 4, Body: []byte(strings.Join(some, ""))})
	}
	return q
}

func (q *queue) Partitions() int { return 4 }

func (q *queue) Next(ctx context.Context) (*Delivery, error) {
	for {
		q.mu.Lock()
		if len(q.ready) > 0 && ctx.Err() == nil {
			defer q.mu.Unlock()
			m := q.ready[0]
			q.ready = q.ready[1:]
			q.out[m] = true
			ack := func() {
				q.mu.Lock()
				defer q.mu.Unlock()
				delete(q.out, m)
				q.acks++
			}
			d := NewDelivery(ack, ack)
			d.Message = *m
			return d, nil
		}
		q.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (q *queue) Lag(context.Context) (uint64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(len(q.ready) + len(q.out)), nil
}

// Close gives back what was not acknowledged.
func (q *queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for m := range q.out {
		q.ready = append(q.ready, m)
		q.nacked++
	}
	clear(q.out)
}

func worker(t *testing.T, how string, in Consumer, out Publisher) *Worker {
	t.Setenv("MERC_TEST_FILTER", how)
	return &Worker{In: in, Out: out, Filter: []string{os.Args[0]}, Name: "w", Once: true, Compress: true, Counters: new(Counters), Stderr: os.Stderr,
		Notice: func(text string) { t.Log(text) }, Patience: 5 * time.Minute}
}

func TestWork(t *testing.T) {
	lines := records(5000, 10)
	in, out := newQueue(lines, 70), &memory{partitions: 3, most: 300}
	w := worker(t, "mark", in, out)
	if err := w.Run(t.Context(), t.Context()); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&want, "<%s>\n", strings.TrimSuffix(line, "\n"))
	}
	if got := text(t, out.messages); got != want.String() {
		t.Errorf("%d bytes, not %d", len(got), want.Len())
	}
	if in.acks != 72 || w.Counters.Records.Load() != 5000 || w.Counters.Waiting.Load() != 0 {
		t.Errorf("%d messages acknowledged, %d records, %d under way", in.acks, w.Counters.Records.Load(), w.Counters.Waiting.Load())
	}
	if !strings.HasPrefix(out.messages[0].ID, "m0-w") || len(out.messages) <= 72 {
		t.Errorf("message %s, %d messages", out.messages[0].ID, len(out.messages))
	}
}

// When a worker fails, nothing is lost: each message is acknowledged only when
// all of its lines are published; another worker does the rest, under the same
// IDs.
func TestWorkFails(t *testing.T) {
	lines := records(1000, 10)
	for how, want := range map[string]string{
		"die":     "ended too early, with 4 lines of",
		"double":  "writes more lines than it reads",
		"swallow": "must write a line for each line",
	} {
		in, out := newQueue(lines, 50), &memory{partitions: 4, most: 1 << 20}
		if how == "swallow" {
			in.ready = in.ready[:3]
			in.ready[0].Body, in.ready[0].Records = in.ready[0].Body[:0], 0 // an empty message is acknowledged
		}
		w := worker(t, how, in, out)
		w.Once = how != "swallow"
		if how == "swallow" {
			w.Patience = 2 * time.Second
		}
		err := w.Run(t.Context(), t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", how, err)
		}
		if how == "die" && !strings.Contains(err.Error(), "exit status 3") {
			t.Errorf("%v", err)
		}
		if how != "die" {
			continue
		}
		if in.acks > 0 {
			t.Errorf("%s: %d messages acknowledged", how, in.acks)
		}
		in.Close()
		if err := worker(t, "mark", in, out).Run(t.Context(), t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(text(t, out.messages), "\n"); got != 1000 {
			t.Errorf("%s: %d lines", how, got)
		}
	}
}

// What can't be published is not acknowledged.
func TestWorkNotStored(t *testing.T) {
	full := errors.New("full")
	in, out := newQueue(records(100, 10), 10), &memory{partitions: 4, most: 1 << 20, err: full}
	if err := worker(t, "mark", in, out).Run(t.Context(), t.Context()); !errors.Is(err, full) || in.acks > 0 {
		t.Errorf("%v, %d messages acknowledged", err, in.acks)
	}
}

// A signal lets the filter finish what it has.
func TestWorkSignal(t *testing.T) {
	in, out := newQueue(records(20000, 10), 100), &memory{partitions: 4, most: 1 << 20}
	w := worker(t, "mark", in, out)
	w.Once = false
	soft, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	go func() {
		for w.Counters.Records.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel(over)
	}()
	if err := w.Run(soft, t.Context()); !errors.Is(err, over) {
		t.Fatal(err)
	}
	if in.acks == 0 || len(out.messages) != in.acks || len(in.out) > 1 {
		t.Errorf("%d messages acknowledged, %d published, %d neither", in.acks, len(out.messages), len(in.out))
	}
	if w.Counters.Waiting.Load() > 1 {
		t.Errorf("%d messages under way", w.Counters.Waiting.Load())
	}
}

func TestWorkNoFilter(t *testing.T) {
	w := worker(t, "mark", newQueue(nil, 1), &memory{partitions: 4, most: 1 << 20})
	w.Filter = []string{"/nowhere/filter"}
	if err := w.Run(t.Context(), t.Context()); err == nil || !strings.Contains(err.Error(), "/nowhere/filter") {
		t.Errorf("%v", err)
	}
}

// Messages that nobody can read are left out and counted, by readers and
// workers.
func TestUnreadable(t *testing.T) {
	lines := records(30, 10)
	for _, work := range []bool{false, true} {
		in := newQueue(lines, 10)
		in.ready[1].Encoding = "br"
		var out bytes.Buffer
		var counters Counters
		if work {
			m := &memory{partitions: 4, most: 1 << 20}
			w := worker(t, "mark", in, m)
			w.Counters = &counters
			if err := w.Run(t.Context(), t.Context()); err != nil {
				t.Error(err)
			}
			out.WriteString(text(t, m.messages))
		} else if err := Get(t.Context(), in, &out, true, &counters, func(text string) { t.Log(text) }); err != nil {
			t.Error(err)
		}
		if n := strings.Count(out.String(), "\n"); n != 20 || counters.Rejected.Load() != 1 || in.acks != 3 {
			t.Errorf("%d lines, %d messages left out, %d acknowledged", n, counters.Rejected.Load(), in.acks)
		}
	}
}

// Of what a signal keeps from the filter nothing is waited for, or counted.
func TestWorkEnds(t *testing.T) {
	in, out := newQueue(records(2000, 10), 10), &memory{partitions: 3, most: 1 << 20}
	w := worker(t, "hold", in, out)
	w.Once = false
	soft, cancel := context.WithCancel(t.Context())
	go func() {
		// One is in the hands of who collects, as many as may be are behind it, and
		// one does not get in.
		for taken := 0; taken < workAhead+2; time.Sleep(time.Millisecond) {
			in.mu.Lock()
			taken = len(in.out)
			in.mu.Unlock()
		}
		cancel()
	}()
	err := w.Run(soft, t.Context())
	if n := w.Counters.Waiting.Load(); !errors.Is(err, context.Canceled) || n != 0 || in.acks != workAhead+1 || w.Counters.Records.Load() != 10*(workAhead+1) {
		t.Errorf("%v: %d messages waiting, %d acknowledged, %d records", err, n, in.acks, w.Counters.Records.Load())
	}
}
