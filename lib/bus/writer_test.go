package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A memory is a Publisher that keeps messages. Every seventh one is stored
// late.
type memory struct {
	partitions, most int

	mu       sync.Mutex
	messages []*Message
	err      error
}

func (m *memory) Partitions() int { return m.partitions }
func (m *memory) MaxMessage() int { return m.most }

func (m *memory) Publish(ctx context.Context, msg *Message, done func(error)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	copied := *msg
	copied.Body = bytes.Clone(msg.Body)
	m.mu.Lock()
	m.messages = append(m.messages, &copied)
	n := len(m.messages)
	m.mu.Unlock()
	if n%7 == 0 {
		go done(m.err)
	} else {
		done(m.err)
	}
	return nil
}

func (m *memory) Close() {}

// text returns the lines of messages.
func text(t *testing.T, messages []*Message) string {
	t.Helper()
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	var lines []byte
	for _, m := range messages {
		if lines, err = d.AppendLines(lines[:0], m); err != nil {
			t.Fatalf("message %s: %v", m.ID, err)
		}
		all.Write(lines)
	}
	return all.String()
}

// records are lines of some hosts; a line says which of its host it is.
func records(n, hosts int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	next := make([]int, hosts)
	var lines []string
	for range n {
		h := r.IntN(hosts)
		lines = append(lines, fmt.Sprintf(`{"number":%d,"pad":%q,"src_ip":"192.0.2.%d","community_id":"1:%d"}`+"\n", next[h], strings.Repeat("x", r.IntN(300)), h, h%3))
		next[h]++
	}
	return lines
}

func publish(t *testing.T, config Config, segments map[string][]string) error {
	t.Helper()
	config.Counters = new(Counters)
	w, err := NewWriter(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	var stored sync.Map
	for _, name := range slices.Sorted(mapKeys(segments)) {
		w.Begin(name)
		for _, line := range segments[name] {
			if err := w.Add([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		w.End(func(err error) { stored.Store(name, err) })
	}
	err = w.Close()
	for name := range segments {
		if e, ok := stored.Load(name); !ok || (e == nil) != (err == nil) {
			t.Errorf("segment %s: %v, %v", name, e, err)
		}
	}
	if n := config.Counters.Waiting.Load(); n != 0 {
		t.Errorf("%d messages under way at the end", n)
	}
	return err
}

func mapKeys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Every line arrives once, those of a key in their order and in one partition,
// whatever the configuration.
func TestWriter(t *testing.T) {
	lines := records(5000, 20)
	sorted := slices.Sorted(slices.Values(lines))
	for _, tt := range []struct {
		name   string
		config Config
		most   int
	}{
		{"by source", Config{Compress: true}, 1 << 20},
		{"not compressed", Config{}, 1 << 20},
		{"by Community ID", Config{Key: ByCommunityID, Compress: true, Threads: 3}, 1 << 20},
		{"by nothing", Config{Key: ByNothing, Size: 4096}, 1 << 20},
		{"small", Config{Size: 4096, Compress: true, Threads: 2}, 1 << 20},
		{"10 lines", Config{Lines: 10}, 1 << 20},
		{"single", Config{Lines: 1, Compress: true}, 1 << 20},
		{"divided", Config{Size: 64 << 10}, 2000},
	} {
		m := &memory{partitions: 5, most: tt.most}
		tt.config.Publisher, tt.config.Sensor = m, "s"
		if err := publish(t, tt.config, map[string][]string{"a": lines[:3000], "b": lines[3000:]}); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got := strings.SplitAfter(text(t, m.messages), "\n")
		got = got[:len(got)-1]
		if !slices.Equal(slices.Sorted(slices.Values(got)), sorted) {
			t.Errorf("%s: %d lines, not %d, or others", tt.name, len(got), len(lines))
		}
		ids := map[string]bool{}
		at := map[string]int{}
		for _, msg := range m.messages {
			if ids[msg.ID] || msg.Sensor != "s" || len(msg.Body) > tt.most {
				t.Errorf("%s: message %+v", tt.name, msg)
			}
			ids[msg.ID] = true
			if n := tt.config.Lines; n > 0 && msg.Records > n {
				t.Errorf("%s: %d lines", tt.name, msg.Records)
			}
			for line := range strings.Lines(text(t, []*Message{msg})) {
				if key := string(tt.config.Key.of([]byte(line))); key != "" {
					if p, ok := at[key]; ok && p != msg.Partition {
						t.Errorf("%s: key %s in partitions %d and %d", tt.name, key, p, msg.Partition)
					}
					at[key] = msg.Partition
					if tt.config.Lines == 1 && msg.Key != key {
						t.Errorf("%s: key %q, not %q", tt.name, msg.Key, key)
					}
				}
			}
		}
		if tt.config.Key == ByNothing {
			used := map[int]bool{}
			for _, msg := range m.messages {
				used[msg.Partition] = true
			}
			if len(used) != 5 {
				t.Errorf("%s: partitions %v", tt.name, used)
			}
			continue
		}
		next := map[string]int{}
		for _, line := range got {
			host := string(BySource.of([]byte(line)))
			var n int
			if _, err := fmt.Sscanf(line, `{"number":%d,`, &n); err != nil || n != next[host] {
				t.Fatalf("%s: host %s: record %d, not %d (%v)", tt.name, host, n, next[host], err)
			}
			next[host]++
		}
	}
}

// A segment that is sent again has the same messages, whatever came before it.
func TestWriterAgain(t *testing.T) {
	lines := records(3000, 20)
	for _, key := range []Key{BySource, ByNothing} {
		whole, again := &memory{partitions: 5, most: 1 << 20}, &memory{partitions: 5, most: 1 << 20}
		config := Config{Publisher: whole, Size: 4096, Compress: true, Key: key}
		if err := publish(t, config, map[string][]string{"a": lines[:1000], "b": lines[1000:]}); err != nil {
			t.Fatal(err)
		}
		config.Publisher = again
		if err := publish(t, config, map[string][]string{"b": lines[1000:]}); err != nil {
			t.Fatal(err)
		}
		bodies := map[string]string{}
		for _, m := range whole.messages {
			bodies[m.ID] = string(m.Body)
		}
		for _, m := range again.messages {
			if bodies[m.ID] != string(m.Body) {
				t.Errorf("message %s differs", m.ID)
			}
		}
		if len(again.messages) < 20 {
			t.Errorf("only %d messages", len(again.messages))
		}
	}
}

// A line that no message can have is left out, the others are not.
func TestWriterRejected(t *testing.T) {
	m := &memory{partitions: 2, most: 1000}
	lines := []string{"a\n", strings.Repeat("x", 2000) + "\n", "b\n"}
	var rejected string
	if err := publish(t, Config{Publisher: m, Rejected: func(line []byte) { rejected += string(line) }}, map[string][]string{"a": lines}); err != nil {
		t.Fatal(err)
	}
	if got := text(t, m.messages); got != "a\nb\n" || rejected != lines[1] {
		t.Errorf("%q, rejected %d bytes", got, len(rejected))
	}
}

// What can't be stored is an error of its segment and of the Writer.
func TestWriterFails(t *testing.T) {
	full := errors.New("full")
	m := &memory{partitions: 2, most: 1000, err: full}
	if err := publish(t, Config{Publisher: m}, map[string][]string{"a": {"x\n", "y\n"}}); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

// When the context is done, the Writer ends, with everything unfinished.
func TestWriterCanceled(t *testing.T) {
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	w, err := NewWriter(ctx, Config{Publisher: &memory{partitions: 2, most: 1000}, Counters: new(Counters)})
	if err != nil {
		t.Fatal(err)
	}
	w.Begin("a")
	if err := w.Add([]byte("x\n")); err != nil {
		t.Fatal(err)
	}
	cancel(over)
	if err := w.Close(); !errors.Is(err, over) {
		t.Errorf("%v", err)
	}
}

// Packing allocates per message, not per line.
func TestWriterAllocs(t *testing.T) {
	lines := []byte(strings.Join(records(2000, 20), ""))
	w, err := NewWriter(t.Context(), Config{Publisher: &discard{}, Compress: true, Counters: new(Counters)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	stored := make(chan error, 1)
	segment := func() {
		w.Begin("a")
		if err := w.Add(lines); err != nil {
			t.Fatal(err)
		}
		w.End(func(err error) { stored <- err })
		<-stored
	}
	for range 10 {
		segment()
	}
	if n := testing.AllocsPerRun(20, segment); n > 100 {
		t.Errorf("%.0f allocations for 2000 lines", n)
	}
}

// discard is a Publisher that stores nothing.
type discard struct{}

func (discard) Partitions() int { return 4 }
func (discard) MaxMessage() int { return 1 << 20 }
func (discard) Close()          {}
func (discard) Publish(_ context.Context, _ *Message, done func(error)) error {
	done(nil)
	return nil
}

func BenchmarkWriter(b *testing.B) {
	lines := []byte(strings.Join(records(5000, 20), ""))
	w, err := NewWriter(b.Context(), Config{Publisher: &discard{}, Compress: true, Counters: new(Counters)})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		w.Begin("a")
		if err := w.Add(lines); err != nil {
			b.Fatal(err)
		}
		w.End(func(error) {})
	}
}
